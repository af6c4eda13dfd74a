//! What is in a stream, counted and hashed.

use std::collections::BTreeMap;

use rtmp_core::media::config::VideoConfiguration;
use rtmp_core::media::nal::{LengthSize, NalCodec};
use rtmp_core::media::sample::{Codec, Media, Sample};
use rtmp_core::media::{MediaKind, TrackId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// All tracks of a stream.
#[derive(Default)]
pub(crate) struct Facts {
    video: BTreeMap<u8, Track>,
    audio: BTreeMap<u8, Track>,
}

struct Track {
    frames: u64,
    frame_bytes: usize,
    first_frame_dts: Option<u32>,
    last_frame_dts: Option<u32>,
    configs: Vec<String>,
    hash: Sha256,
    keyframes: u64,
    composition_times: Vec<i32>,
    length_size: LengthSize,
}

impl Facts {
    pub(crate) fn of(media: &[Media]) -> Self {
        let mut facts = Self::default();
        for media in media {
            match media {
                Media::Sample(sample) => facts.track(sample.kind(), sample.track).sample(sample),
                Media::VideoConfiguration {
                    track, configuration, ..
                } => {
                    let track = facts.track(MediaKind::Video, *track);
                    track.configured(configuration.record());
                    track.length_size = match configuration {
                        VideoConfiguration::Avc(record) => record.length_size(),
                        VideoConfiguration::Hevc(record) => record.length_size(),
                        VideoConfiguration::Vvc(record) => record.length_size(),
                        _ => LengthSize::FOUR,
                    };
                }
                Media::AudioConfiguration {
                    track, configuration, ..
                } => facts
                    .track(MediaKind::Audio, *track)
                    .configured(configuration.record()),
                _ => {}
            }
        }
        facts
    }

    fn track(&mut self, kind: MediaKind, id: TrackId) -> &mut Track {
        let tracks = if kind == MediaKind::Video {
            &mut self.video
        } else {
            &mut self.audio
        };
        tracks.entry(id.get()).or_default()
    }

    /// Compares with the facts that another program has found in the same stream.
    pub(crate) fn assert_are(&self, name: &str, expected: &Value) {
        for (kind, tracks) in [("video", &self.video), ("audio", &self.audio)] {
            let expected = &expected[kind];
            if expected.is_null() {
                assert!(tracks.is_empty(), "{name}: {kind}");
                continue;
            }
            for (id, track) in tracks {
                let expected = match expected["tracks"].as_array() {
                    Some(all) => all.iter().find(|track| track["track"] == *id).unwrap(),
                    None => expected,
                };
                for (key, value) in track.to_json().as_object().unwrap() {
                    // Audio has no key frames to be counted; of several tracks, composition times are not told apart.
                    let is_told = expected.get(key).is_some();
                    assert!(
                        is_told || kind == "audio" || key.starts_with("cts"),
                        "{name}: {key}"
                    );
                    assert!(
                        !is_told || expected[key] == *value,
                        "{name}: {kind} {id} {key}: {value}, not {}",
                        expected[key]
                    );
                }
            }
            let frames = |expected: &Value| expected["frames"].as_u64().unwrap();
            let all = match expected["tracks"].as_array() {
                Some(all) => all.iter().map(frames).sum(),
                None => frames(expected),
            };
            assert_eq!(
                tracks.values().map(|track| track.frames).sum::<u64>(),
                all,
                "{name}: {kind}"
            );
        }
    }

    pub(crate) fn frames(&self) -> u64 {
        self.video
            .values()
            .chain(self.audio.values())
            .map(|track| track.frames)
            .sum()
    }
}

impl Default for Track {
    fn default() -> Self {
        Self {
            frames: 0,
            frame_bytes: 0,
            first_frame_dts: None,
            last_frame_dts: None,
            configs: Vec::new(),
            hash: Sha256::new(),
            keyframes: 0,
            composition_times: Vec::new(),
            length_size: LengthSize::FOUR,
        }
    }
}

impl Track {
    fn configured(&mut self, record: &[u8]) {
        let hash = hex(&Sha256::digest(record));
        if !self.configs.contains(&hash) {
            self.configs.push(hash);
        }
    }

    fn sample(&mut self, sample: &Sample) {
        // The codec's bytes as they are in the message, which has lengths in front of NAL units.
        let is_of_nal_units = matches!(sample.codec, Codec::Video(codec) if NalCodec::of(codec).is_some());
        let bytes = match is_of_nal_units {
            true => sample.length_prefixed(self.length_size).unwrap(),
            false => sample.raw(),
        };
        self.frames += 1;
        self.frame_bytes += bytes.len();
        self.hash.update(&bytes);
        self.first_frame_dts.get_or_insert(sample.dts.as_millis());
        self.last_frame_dts = Some(sample.dts.as_millis());
        self.keyframes += u64::from(sample.keyframe && matches!(sample.codec, Codec::Video(_)));
        self.composition_times.push(sample.composition_time);
    }

    fn to_json(&self) -> Value {
        json!({
            "frames": self.frames,
            "frame_bytes": self.frame_bytes,
            "first_frame_dts": self.first_frame_dts,
            "last_frame_dts": self.last_frame_dts,
            "config_sha256": self.configs,
            "sha256_frames": hex(&self.hash.clone().finalize()),
            "keyframes": self.keyframes,
            "cts_min": self.composition_times.iter().min(),
            "cts_max": self.composition_times.iter().max(),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
