//! Messages as encoders send them, and as nobody should.

#![allow(clippy::panic)]

mod configurations;
mod faults;
mod frames;
mod keyframes;
mod the_rest;

use super::*;
use crate::media::nal::NalError;
use crate::media::nal::NalFilterOptions;
use crate::media::obu::ObuError;
use crate::media::video::VideoCommand;

fn message(kind: MediaKind, payload: impl AsRef<[u8]>) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(1000),
        payload: Bytes::copy_from_slice(payload.as_ref()),
    }
}

fn video(payload: impl AsRef<[u8]>) -> MediaMessage {
    message(MediaKind::Video, payload)
}

fn audio(payload: impl AsRef<[u8]>) -> MediaMessage {
    message(MediaKind::Audio, payload)
}

fn read(demuxer: &mut Demuxer, message: &MediaMessage) -> Vec<Result<Media, MediaFault>> {
    demuxer.handle(message);
    std::iter::from_fn(|| demuxer.poll())
        .map(|media| media.map_err(|error| error.fault))
        .collect()
}

/// What a new demuxer makes of the messages.
fn all(options: DemuxOptions, messages: &[MediaMessage]) -> Vec<Result<Media, MediaFault>> {
    let mut demuxer = Demuxer::new(options);
    messages
        .iter()
        .flat_map(|message| read(&mut demuxer, message))
        .collect()
}

fn samples(messages: &[MediaMessage]) -> Vec<Sample> {
    let media = all(DemuxOptions::default(), messages).into_iter();
    media
        .filter_map(|media| match media {
            Ok(Media::Sample(sample)) => Some(sample),
            _ => None,
        })
        .collect()
}

fn sample(payload: impl AsRef<[u8]>) -> Sample {
    let [sample] = samples(&[video(payload)]).try_into().unwrap();
    sample
}

/// 320x180, Main profile, with lengths of 4 bytes.
const AVC_RECORD: [u8; 29] = [
    1, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0, 14, 0x67, 0x4D, 0x40, 0x0C, 0xEC, 0xA0, 0xA0, 0xCB, 0xFF, 0x80, 0x80,
    0x00, 0x80, 0x40, 1, 0, 4, 0x68, 0xEB, 0xE3, 0xCB,
];

fn sequence_header(record: &[u8]) -> MediaMessage {
    video([&[0x17, 0, 0, 0, 0], record].concat())
}
