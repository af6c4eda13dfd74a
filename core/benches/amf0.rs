//! What reading a `connect` costs, beside the least that a reader of the same bytes could do.
//!
//! The floor knows only the markers that a `connect` has, and no limits; it borrows its strings too, and puts
//! properties into a `Vec`.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use divan::{Bencher, black_box};
use rtmp_core::amf0::{self, Object, Value};
use rtmp_core::limits::Limits;

fn main() {
    divan::main();
}

fn message(values: &[Value<'_>]) -> Vec<u8> {
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
    message(&["connect".into(), 1.0.into(), object.into()])
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
    message(&["connect".into(), 1.0.into(), object.into()])
}

/// The metadata that OBS sends.
fn metadata() -> Vec<u8> {
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
    message(&[
        "@setDataFrame".into(),
        "onMetaData".into(),
        Value::EcmaArray(object),
    ])
}

const NAMES: [&str; 3] = ["connect of FFmpeg", "connect of OBS", "metadata of OBS"];

fn bytes_of(name: &str) -> Vec<u8> {
    match name {
        "connect of FFmpeg" => ffmpeg_connect(),
        "connect of OBS" => obs_connect(),
        _ => metadata(),
    }
}

#[divan::bench(args = NAMES, sample_size = 1000)]
fn decode(bencher: Bencher<'_, '_>, name: &str) {
    let (bytes, limits) = (bytes_of(name), Limits::default());
    bencher.bench_local(|| drop(black_box(amf0::decode_all(black_box(&bytes), &limits).unwrap())));
}

#[divan::bench(args = NAMES, sample_size = 1000)]
fn decode_floor(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes_of(name);
    bencher.bench_local(|| drop(black_box(floor::decode_all(black_box(&bytes)).unwrap())));
}

#[divan::bench(args = NAMES, sample_size = 1000)]
fn validate(bencher: Bencher<'_, '_>, name: &str) {
    let (bytes, limits) = (bytes_of(name), Limits::default());
    bencher.bench_local(|| amf0::validate(black_box(&bytes), &limits).unwrap());
}

#[divan::bench(args = NAMES, sample_size = 1000)]
fn encode(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes_of(name);
    let values = amf0::decode_all(&bytes, &Limits::default()).unwrap();
    bencher.bench_local(|| drop(black_box(message(black_box(&values)))));
}

mod floor {
    #[allow(dead_code, reason = "the benchmark only builds them")]
    pub(crate) enum Value<'a> {
        Number(f64),
        Boolean(bool),
        String(&'a str),
        Object(Vec<(&'a str, Self)>),
        StrictArray(Vec<Self>),
    }

    pub(crate) fn decode_all(mut bytes: &[u8]) -> Option<Vec<Value<'_>>> {
        let mut values = Vec::new();
        while !bytes.is_empty() {
            values.push(value(&mut bytes)?);
        }
        Some(values)
    }

    fn value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
        Some(match array(bytes)? {
            [0] => Value::Number(f64::from_be_bytes(array(bytes)?)),
            [1] => Value::Boolean(array(bytes)? != [0]),
            [2] => Value::String(string(bytes)?),
            [3] => Value::Object(properties(bytes)?),
            [8] => {
                array::<4>(bytes)?;
                Value::Object(properties(bytes)?)
            }
            [10] => {
                let mut items = Vec::new();
                for _ in 0..u32::from_be_bytes(array(bytes)?) {
                    items.push(value(bytes)?);
                }
                Value::StrictArray(items)
            }
            _ => return None,
        })
    }

    fn properties<'a>(bytes: &mut &'a [u8]) -> Option<Vec<(&'a str, Value<'a>)>> {
        let mut properties = Vec::new();
        while !bytes.starts_with(&[0, 0, 9]) {
            properties.push((string(bytes)?, value(bytes)?));
        }
        array::<3>(bytes)?;
        Some(properties)
    }

    fn string<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
        let len = u16::from_be_bytes(array(bytes)?);
        let (text, rest) = bytes.split_at_checked(len.into())?;
        *bytes = rest;
        str::from_utf8(text).ok()
    }

    fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (taken, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*taken)
    }
}
