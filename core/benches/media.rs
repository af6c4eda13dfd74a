//! Media: messages taken apart into frames and NAL units, and put together again, beside a plain copy of the payloads
//! (what anyone pays who keeps one) and beside `scuffle-flv`. One second of 6 Mbit/s AVC in four slices a picture and
//! 160 kbit/s AAC, in cache; allocations are counted along. `scuffle-flv` reads tag headers and does not divide a
//! picture, and it writes nothing.
//!
//! `cargo bench -p rtmp-core --bench media`

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::Cursor;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use rtmp_core::media::config::VideoConfiguration;
use rtmp_core::media::demux::{DemuxOptions, Demuxer};
use rtmp_core::media::mux::{MuxOptions, Muxer};
use rtmp_core::media::sample::Media;
use rtmp_core::media::video::VideoCodec;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use scuffle_flv::tag::{FlvTagData, FlvTagType};
use smallvec::SmallVec;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// Slices of a picture, as encoders on several threads cut them.
const SLICES: usize = 4;

/// AVC, High profile at level 3.1, 1280x720: one SPS and one PPS.
const AVCC: [u8; 47] = [
    0x01, 0x64, 0x00, 0x1F, 0xFF, // version, profile, compatibility, level, lengths of 4 bytes
    0xE1, 0x00, 0x1A, // 1 SPS of 26 bytes
    0x67, 0x64, 0x00, 0x1F, 0xAC, 0xD9, 0x40, 0x50, 0x05, 0xBB, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
    0x00, 0x00, 0x03, 0x03, 0xC0, 0xF1, 0x83, 0x19, 0x60, //
    0x01, 0x00, 0x06, // 1 PPS of 6 bytes
    0x68, 0xEB, 0xE3, 0xCB, 0x22, 0xC0, //
    0xFD, 0xF8, 0xF8, 0x00, // 4:2:0, 8 bits, no SPS extension
];

fn main() {
    divan::main();
}

/// Two sequence headers, 60 pictures of which the first is a key frame, and 47 audio frames: 109 messages.
fn messages() -> Vec<MediaMessage> {
    let mut messages = vec![
        message(MediaKind::Video, 0, [&[0x17, 0, 0, 0, 0][..], &AVCC].concat()),
        // AAC-LC, 48 kHz, stereo.
        message(MediaKind::Audio, 0, vec![0xAF, 0, 0x11, 0x90]),
    ];
    for frame in 0..60_u32 {
        let millis = frame * 1000 / 60;
        let (first, nal, len) = if frame == 0 {
            (0x17, 0x65, 150_000)
        } else {
            (0x27, 0x41, 10_000)
        };
        let mut payload = vec![first, 1, 0, 0, 0];
        for _ in 0..SLICES {
            let len = len / SLICES;
            payload.extend_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
            payload.push(nal);
            payload.extend((1..len).map(|i| i.to_le_bytes()[0] | 1));
        }
        messages.push(message(MediaKind::Video, millis, payload));
        if frame * 47 / 60 != (frame + 1) * 47 / 60 {
            let frame = (0..425_usize).map(|i| i.to_le_bytes()[0]);
            messages.push(message(
                MediaKind::Audio,
                millis,
                [0xAF, 1].into_iter().chain(frame).collect(),
            ));
        }
    }
    messages
}

fn message(kind: MediaKind, millis: u32, payload: Vec<u8>) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: payload.into(),
    }
}

fn bytes_of(messages: &[MediaMessage]) -> BytesCount {
    BytesCount::new(
        messages
            .iter()
            .map(|message| message.payload.len())
            .sum::<usize>(),
    )
}

fn demuxed() -> Vec<Media> {
    let mut demuxer = Demuxer::new(DemuxOptions::default());
    let mut all = Vec::new();
    for message in messages() {
        demuxer.handle(&message);
        while let Some(media) = demuxer.poll() {
            all.push(media.unwrap());
        }
    }
    all
}

#[divan::bench]
fn demux(bencher: Bencher<'_, '_>) {
    let messages = messages();
    let mut demuxer = Demuxer::new(DemuxOptions::default());
    bencher.counter(bytes_of(&messages)).bench_local(move || {
        let mut units = 0;
        for message in &messages {
            demuxer.handle(black_box(message));
            while let Some(media) = demuxer.poll() {
                if let Media::Sample(sample) = black_box(media).unwrap() {
                    units += sample.units.len();
                }
            }
        }
        assert_eq!(units, 60 * SLICES + 47);
    });
}

#[divan::bench]
fn demux_scuffle(bencher: Bencher<'_, '_>) {
    let messages = messages();
    bencher.counter(bytes_of(&messages)).bench_local(move || {
        for message in &messages {
            let kind = match message.kind {
                MediaKind::Video => FlvTagType::Video,
                _ => FlvTagType::Audio,
            };
            let mut input = Cursor::new(black_box(message).payload.clone());
            black_box(FlvTagData::demux(kind, &mut input).unwrap());
        }
    });
}

/// The ceiling for anyone who wants units that outlive the message: the lengths read without a look at anything else,
/// and a reference counted for each.
#[divan::bench]
fn divide_by_hand(bencher: Bencher<'_, '_>) {
    let messages = messages();
    bencher.counter(bytes_of(&messages)).bench_local(move || {
        for message in &messages {
            let mut rest = black_box(message).payload.clone();
            let is_picture = rest.starts_with(&[0x17, 1]) || rest.starts_with(&[0x27, 1]);
            rest.advance(if is_picture { 5 } else { 2 });
            let mut units = SmallVec::<[Bytes; 4]>::new();
            while is_picture && !rest.is_empty() {
                let len = rest.get_u32();
                units.push(rest.split_to(len as usize));
            }
            if !is_picture {
                units.push(rest);
            }
            black_box(units);
        }
    });
}

/// The ceiling for anyone who copies: one allocation, and the bytes put there.
#[divan::bench]
fn copy(bencher: Bencher<'_, '_>) {
    let messages = messages();
    bencher.counter(bytes_of(&messages)).bench_local(move || {
        for message in &messages {
            black_box(Bytes::copy_from_slice(&black_box(message).payload));
        }
    });
}

#[divan::bench]
fn mux(bencher: Bencher<'_, '_>) {
    let media = demuxed();
    let mut muxer = Muxer::new(MuxOptions::default());
    bencher
        .counter(bytes_of(&messages()))
        .with_inputs(|| media.clone())
        .bench_local_values(move |media| {
            let mut messages = 0;
            for media in media {
                muxer.push(black_box(media)).unwrap();
                while let Some(message) = muxer.poll() {
                    black_box(&message.payload);
                    messages += 1;
                }
            }
            assert_eq!(messages, 109);
        });
}

/// Start codes in, lengths out, and a configuration made of the parameter sets in the stream.
#[divan::bench]
fn mux_annex_b(bencher: Bencher<'_, '_>) {
    use rtmp_core::media::nal::NalCodec;
    use rtmp_core::media::sample::Sample;

    let configuration = VideoConfiguration::parse(VideoCodec::Avc, &Bytes::from_static(&AVCC)).unwrap();
    let units: Vec<_> = demuxed()
        .into_iter()
        .filter_map(|media| match media {
            Media::Sample(sample) if sample.kind() == MediaKind::Video => {
                Some((sample.dts, sample.annex_b(Some(&configuration))))
            }
            _ => None,
        })
        .collect();
    let len: usize = units.iter().map(|(_, unit)| unit.len()).sum();
    bencher.counter(BytesCount::new(len)).bench_local(move || {
        let mut muxer = Muxer::new(MuxOptions::default());
        let mut messages = 0;
        for (dts, unit) in &units {
            let sample = Sample::from_annex_b(NalCodec::Avc, *dts, black_box(unit));
            muxer.push(sample).unwrap();
            while let Some(message) = muxer.poll() {
                black_box(&message.payload);
                messages += 1;
            }
        }
        assert_eq!(messages, 61);
    });
}

/// The units between start codes, and no more than found.
#[divan::bench]
fn annex_b_units(bencher: Bencher<'_, '_>) {
    use rtmp_core::media::nal;

    let streams: Vec<_> = demuxed()
        .into_iter()
        .filter_map(|media| match media {
            Media::Sample(sample) if sample.kind() == MediaKind::Video => Some(sample.annex_b(None)),
            _ => None,
        })
        .collect();
    let len: usize = streams.iter().map(Bytes::len).sum();
    bencher.counter(BytesCount::new(len)).bench_local(move || {
        let units: usize = streams
            .iter()
            .map(|stream| nal::annex_b_units(black_box(stream)).map(black_box).count())
            .sum();
        assert_eq!(units, 60 * SLICES);
    });
}

/// What start codes cost a reader at least: one look at each byte, as fast as memory allows, and a copy.
#[divan::bench]
fn annex_b_copy(bencher: Bencher<'_, '_>) {
    let messages = messages();
    bencher.counter(bytes_of(&messages)).bench_local(move || {
        for message in &messages {
            let payload = &black_box(message).payload;
            black_box(payload.iter().fold(0, |all, byte| all | byte));
            let mut out = BytesMut::with_capacity(payload.len());
            out.put_slice(payload);
            black_box(out);
        }
    });
}

#[divan::bench]
fn configuration(bencher: Bencher<'_, '_>) {
    let record = Bytes::from_static(&AVCC);
    bencher.bench_local(move || {
        let configuration = VideoConfiguration::parse(VideoCodec::Avc, black_box(&record)).unwrap();
        black_box(configuration.info().unwrap())
    });
}

#[divan::bench]
fn configuration_scuffle(bencher: Bencher<'_, '_>) {
    let record = Bytes::from_static(&AVCC);
    bencher.bench_local(move || {
        let mut input = Cursor::new(black_box(&record).clone());
        let configuration = scuffle_h264::AVCDecoderConfigurationRecord::parse(&mut input).unwrap();
        black_box(
            scuffle_h264::Sps::parse_with_emulation_prevention(Cursor::new(&configuration.sps[0])).unwrap(),
        )
    });
}
