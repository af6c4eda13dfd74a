//! Any messages can be taken apart; what comes out can be written, and is read again as the same.
//!
//! The input is messages: a byte for the kind, two for the length, the payload.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rtmp_core::media::config::VideoConfiguration;
use rtmp_core::media::demux::{DemuxOptions, Demuxer};
use rtmp_core::media::mux::{MuxError, MuxOptions, Muxer};
use rtmp_core::media::obu::Delimiters;
use rtmp_core::media::sample::{Media, Sample};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

fuzz_target!(|bytes: &[u8]| {
    let messages = messages(bytes);
    for options in [DemuxOptions::default(), DemuxOptions::unfiltered()] {
        let mut demuxer = Demuxer::new(options);
        let mut muxers = [MuxOptions::as_given(), MuxOptions::default()].map(Muxer::new);
        let mut configuration = None;
        for message in &messages {
            demuxer.handle(message);
            while let Some(media) = demuxer.poll() {
                let Ok(media) = media else { continue };
                match &media {
                    Media::VideoConfiguration { configuration: new, .. } => configuration = Some(new.clone()),
                    Media::Sample(sample) => write(sample, configuration.as_ref(), message.payload.len()),
                    _ => {}
                }
                let [as_given, from_stream] = &mut muxers;
                match as_given.push(media.clone()) {
                    // A unit behind a start code may be too long for the lengths of the configuration.
                    Ok(()) | Err(MuxError::Nal(_)) => {}
                    Err(error) => panic!("{error}: {media:?}"),
                }
                // It may lack a configuration.
                let _ = from_stream.push(media);
                while from_stream.poll().is_some() {}
                while let Some(message) = as_given.poll() {
                    read(&message);
                }
            }
        }
    }
});

/// What has been written is read without a fault.
fn read(message: &MediaMessage) {
    let mut demuxer = Demuxer::new(DemuxOptions::unfiltered());
    demuxer.handle(message);
    while let Some(media) = demuxer.poll() {
        if let Err(error) = media {
            // Alone it lacks the lengths of its configuration.
            assert!(message.kind == MediaKind::Video || !error.fault.is_loss(), "{error}");
        }
    }
}

fn write(sample: &Sample, configuration: Option<&VideoConfiguration>, len: usize) {
    assert!(sample.len() <= len);
    let _ = sample.annex_b(configuration);
    let _ = sample.temporal_unit(Delimiters::InFront);
    let _ = sample.raw();
}

fn messages(mut bytes: &[u8]) -> Vec<MediaMessage> {
    let mut messages = Vec::new();
    while let [kind, high, low, rest @ ..] = bytes {
        let kind = match kind % 3 {
            0 => MediaKind::Audio,
            1 => MediaKind::Video,
            _ => MediaKind::Data,
        };
        let len = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (payload, rest) = rest.split_at(len);
        messages.push(MediaMessage {
            kind,
            timestamp: Timestamp::from_millis(messages.len() as u32),
            payload: Bytes::copy_from_slice(payload),
        });
        bytes = rest;
    }
    messages
}
