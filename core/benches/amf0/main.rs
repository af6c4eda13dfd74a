//! What reading a `connect` costs, beside the least that a reader of the same bytes could do and beside other
//! crates.
//!
//! `cargo bench -p rtmp-core --bench amf0`

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod floor;
mod peers;

use bytes::Bytes;
use divan::{Bencher, black_box};
use rtmp_core::amf0::{self, Object, Value};
use rtmp_core::limits::Limits;

use floor::Floor;
use peers::{RmlRtmp, RtmpRs, Scuffle};

fn main() {
    divan::main();
}

#[derive(Clone, Copy, Debug)]
enum Sent {
    FfmpegConnect,
    ObsConnect,
    ObsMetadata,
}

const CONNECTS: [Sent; 2] = [Sent::FfmpegConnect, Sent::ObsConnect];
const MESSAGES: [Sent; 3] = [Sent::FfmpegConnect, Sent::ObsConnect, Sent::ObsMetadata];

impl Sent {
    fn bytes(self) -> Bytes {
        Bytes::from(match self {
            Self::FfmpegConnect => ffmpeg_connect(),
            Self::ObsConnect => obs_connect(),
            Self::ObsMetadata => obs_metadata(),
        })
    }
}

/// Reads all the values of a message.
trait Decode {
    fn decode(bytes: &Bytes, limits: &Limits);
}

/// The crate itself.
struct RtmpCore;

impl Decode for RtmpCore {
    fn decode(bytes: &Bytes, limits: &Limits) {
        black_box(amf0::decode_all(bytes, limits).unwrap());
    }
}

#[divan::bench(args = CONNECTS, types = [Floor, RtmpCore, RtmpRs, Scuffle, RmlRtmp], sample_size = 1000)]
fn connect<D: Decode>(bencher: Bencher<'_, '_>, message: Sent) {
    decode::<D>(bencher, message);
}

#[divan::bench(types = [Floor, RtmpCore], sample_size = 1000)]
fn metadata<D: Decode>(bencher: Bencher<'_, '_>) {
    decode::<D>(bencher, Sent::ObsMetadata);
}

fn decode<D: Decode>(bencher: Bencher<'_, '_>, message: Sent) {
    let (bytes, limits) = (message.bytes(), Limits::default());
    bencher.bench_local(|| D::decode(black_box(&bytes), &limits));
}

#[divan::bench(args = MESSAGES, sample_size = 1000)]
fn validate(bencher: Bencher<'_, '_>, message: Sent) {
    let (bytes, limits) = (message.bytes(), Limits::default());
    bencher.bench_local(|| amf0::validate(black_box(&bytes), &limits).unwrap());
}

#[divan::bench(args = MESSAGES, sample_size = 1000)]
fn encode(bencher: Bencher<'_, '_>, message: Sent) {
    let bytes = message.bytes();
    let values = amf0::decode_all(&bytes, &Limits::default()).unwrap();
    bencher.bench_local(|| drop(black_box(encoded(black_box(&values)))));
}

fn encoded(values: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        amf0::encode(value, &mut out);
    }
    out
}

/// What FFmpeg sends to publish.
fn ffmpeg_connect() -> Vec<u8> {
    let object = Object::new()
        .with("app", "live")
        .with("type", "nonprivate")
        .with("flashVer", "FMLE/3.0 (compatible; Lavf60.16.100)")
        .with("tcUrl", "rtmp://media.example.com:1935/live");
    encoded(&["connect".into(), 1.0.into(), object.into()])
}

/// What OBS sends, with the lists of Enhanced RTMP.
fn obs_connect() -> Vec<u8> {
    let codecs = ["av01", "hvc1", "vp09", "avc1"].map(Value::from).to_vec();
    let object = Object::new()
        .with("app", "live")
        .with("type", "nonprivate")
        .with("flashVer", "FMLE/3.0 (compatible; FMSc/1.0)")
        .with("swfUrl", "rtmp://media.example.com:1935/live")
        .with("tcUrl", "rtmp://media.example.com:1935/live")
        .with("fourCcList", codecs)
        .with(
            "videoFourCcInfoMap",
            Object::new().with("av01", 4.0).with("hvc1", 4.0),
        )
        .with("capsEx", 4.0);
    encoded(&["connect".into(), 1.0.into(), object.into()])
}

/// The metadata that OBS sends.
fn obs_metadata() -> Vec<u8> {
    let keys = [
        "duration",
        "fileSize",
        "width",
        "height",
        "videocodecid",
        "videodatarate",
        "framerate",
        "audiocodecid",
        "audiodatarate",
        "audiosamplerate",
        "audiosamplesize",
        "audiochannels",
    ];
    let mut object = keys
        .iter()
        .fold(Object::new(), |object, key| object.with(*key, 1920.0));
    for key in ["stereo", "2.1", "3.1", "4.0", "4.1", "5.1", "7.1"] {
        object.push(key, key == "stereo");
    }
    object.push("encoder", "obs-output module (libobs version 30.2.3)");
    encoded(&[
        "@setDataFrame".into(),
        "onMetaData".into(),
        Value::EcmaArray(object),
    ])
}
