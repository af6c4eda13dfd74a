//! Messages as they are written, and read again.

#![allow(clippy::panic)]

mod configurations;
mod forms;
mod properties;
mod samples;

use super::*;
use crate::media::audio::SoundFlags;
use crate::media::config::aac::AudioSpecificConfig;

const AT: Timestamp = Timestamp::from_millis(1000);

fn write(muxer: &mut Muxer, media: impl Into<Media>) -> Vec<Vec<u8>> {
    muxer.push(media).unwrap();
    std::iter::from_fn(|| muxer.poll())
        .map(|message| message.payload.to_vec())
        .collect()
}

/// What one thing becomes that nothing has been said before.
fn written(options: MuxOptions, media: impl Into<Media>) -> Vec<Vec<u8>> {
    write(&mut Muxer::new(options), media)
}

const fn spelled(spelling: MuxSpelling) -> MuxOptions {
    MuxOptions {
        spelling,
        configurations: Configurations::AsGiven,
    }
}

fn units<const N: usize>(units: [&'static [u8]; N]) -> [Bytes; N] {
    units.map(Bytes::from_static)
}

/// 320x180, Main profile.
const SPS: &[u8] = &[
    0x67, 0x4D, 0x40, 0x0C, 0xEC, 0xA0, 0xA0, 0xCB, 0xFF, 0x80, 0x80, 0x00, 0x80, 0x40,
];
const PPS: &[u8] = &[0x68, 0xEB, 0xE3, 0xCB];
const IDR: &[u8] = &[0x65, 0x88, 0x84];
const SLICE: &[u8] = &[0x41, 0x9A];

fn avc_record(pps: &[u8]) -> Vec<u8> {
    let len = |unit: &[u8]| u8::try_from(unit.len()).unwrap();
    let head = [1, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0, len(SPS)];
    [&head, SPS, &[1, 0, len(pps)], pps].concat()
}

fn avc_start(pps: &[u8]) -> Vec<u8> {
    [&[0x17, 0, 0, 0, 0][..], &avc_record(pps)].concat()
}

fn avc(frame: &[&'static [u8]]) -> Sample {
    Sample::video(VideoCodec::Avc, AT, frame.iter().copied().map(Bytes::from_static))
}
