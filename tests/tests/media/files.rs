//! The FLV files of `testdata/media`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rtmp_core::flv::{FlvItem, FlvReader, ReadOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::config::{VideoConfiguration, VideoInfo};
use rtmp_core::media::mux::MuxOptions;
use rtmp_core::media::sample::Media;
use rtmp_core::media::video::VideoCodec;
use rtmp_core::media::{Class, MediaKind, MediaMessage, TrackId};
use serde_json::Value;

use crate::{check, demux, mux, without_empty};

#[test]
fn what_comes_out_of_each_file_is_what_went_in_and_goes_back_into_the_same_bytes() {
    for file in files() {
        let name = name(&file);
        let facts = check(&name, &messages(&file));
        facts.assert_are(&name, &expected(&file)["media"]);
    }
}

#[test]
fn a_muxer_that_looks_for_configurations_finds_only_what_has_not_been_given() {
    for file in files() {
        let messages = without_empty(&messages(&file));
        let media: Vec<_> = demux(&messages).into_iter().map(Result::unwrap).collect();
        let mut written = mux(MuxOptions::default(), media);
        if name(&file) == "av1_aac_ff7" {
            // The sequence header in this stream is another than the one in its record.
            let first_frame = messages
                .iter()
                .position(|message| message.class() == Class::Keyframe);
            let added = written.remove(first_frame.unwrap());
            assert!(added.payload.starts_with(b"\x90av01\x81"));
        }
        assert!(written == messages, "{}", name(&file));
    }
}

#[test]
fn configurations_made_of_elementary_streams_say_the_same_as_those_of_the_file() {
    let mut found = Vec::new();
    for file in files() {
        let (mut given, mut samples) = (BTreeMap::new(), Vec::new());
        for media in demux(&messages(&file)) {
            match media.unwrap() {
                Media::VideoConfiguration {
                    track, configuration, ..
                } => {
                    given.insert(track, configuration);
                }
                Media::Sample(sample)
                    if given.contains_key(&sample.track) && sample.kind() == MediaKind::Video =>
                {
                    samples.push(sample.with_parameters(&given[&sample.track]).into());
                }
                _ => {}
            }
        }
        // VP9 brings nothing with it.
        given.retain(|_, configuration| configuration.codec() != VideoCodec::Vp9);
        let mut made = BTreeMap::new();
        for media in demux(&mux(MuxOptions::default(), samples)) {
            if let Media::VideoConfiguration {
                track, configuration, ..
            } = media.unwrap()
            {
                assert!(
                    made.insert(track, configuration).is_none(),
                    "{}: one is enough",
                    name(&file)
                );
            }
        }
        let info = |configurations: &BTreeMap<TrackId, VideoConfiguration>| -> Vec<VideoInfo> {
            configurations
                .values()
                .map(|configuration| configuration.info().unwrap())
                .collect()
        };
        assert_eq!(info(&made), info(&given), "{}", name(&file));
        found.extend(made.values().map(VideoConfiguration::codec));
    }
    for codec in [
        VideoCodec::Avc,
        VideoCodec::Hevc,
        VideoCodec::Vvc,
        VideoCodec::Av1,
    ] {
        assert!(found.contains(&codec), "{codec:?}");
    }
}

fn files() -> Vec<PathBuf> {
    let folder = rtmp_tests::scratch::workspace().join("testdata/media");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "flv"))
        .collect();
    assert!(files.len() >= 26, "{} files", files.len());
    files
}

fn name(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

fn messages(file: &Path) -> Vec<MediaMessage> {
    let bytes = fs::read(file).unwrap();
    let mut reader = FlvReader::new(ReadOptions::default());
    let mut input = &bytes[..];
    let mut messages = Vec::new();
    while let Some(item) = reader.read(&mut input).unwrap() {
        if let FlvItem::Tag(tag) = item {
            messages.push(tag.message(&Limits::default()).unwrap());
        }
    }
    messages
}

fn expected(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file.with_extension("expect.json")).unwrap()).unwrap()
}
