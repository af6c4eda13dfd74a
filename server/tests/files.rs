//! Reads FLV files: compares what is found with what another reader and FFmpeg found, keeps reports as snapshots, and
//! spoils the files to see that their damage is named.

mod expect;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rtmp_server::inspect::{Flv, FlvFacts, FlvReport};
use serde_json::Value;

use expect::compare;

/// `crosschecks` tell how other programs liked the file.
const COMPARED: [&str; 5] = ["file", "bytes", "sha256", "probe", "media"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/media")
}

/// Those of which it is known what they hold: users may have put their own beside them.
fn files() -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ext| ext == "flv"))
        .filter(|file| file.with_extension("expect.json").exists())
        .collect();
    files.sort();
    assert_eq!(files.len(), 26);
    files
}

fn name(file: &Path) -> &str {
    file.file_name().unwrap().to_str().unwrap()
}

fn report(bytes: &[u8], name: &str) -> String {
    let report = FlvReport::new(&Flv::read(bytes).unwrap(), name).to_string();
    anstream::adapter::strip_str(&report).to_string()
}

#[test]
fn every_file_is_read_as_another_reader_and_ffmpeg_read_it() {
    let mut differences = Vec::new();
    for file in files() {
        let expected = fs::read(file.with_extension("expect.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let flv = Flv::read(fs::File::open(&file).unwrap()).unwrap();
        assert!(flv.is_whole() && flv.warnings().is_empty());
        let found = serde_json::to_value(FlvFacts::of(&flv, name(&file))).unwrap();
        for field in COMPARED {
            let path = format!("{}: {field}", name(&file));
            compare(&path, &found[field], &expected[field], &mut differences);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn reports_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots/files");
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in files() {
            let stem = file.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(stem, report(&fs::read(&file).unwrap(), name(&file)));
        }
        insta::assert_snapshot!("damaged", report(&damaged(), "damaged.flv"));
    });
}

/// A file that much is wrong with.
fn damaged() -> Vec<u8> {
    let mut bytes = fs::read(folder().join("h264b_aac_ff9.flv")).unwrap();
    let starts = starts(&bytes);
    // Audio alone is announced.
    bytes[4] = 4;
    // PreviousTagSize.
    bytes[starts[20] - 1] ^= 1;
    // The packet type of AAC.
    bytes[starts[33] + 12] = 9;
    // The first byte of NAL units' first length, and the mark of a key frame.
    let is_video = |tag: &&usize| bytes[**tag] == 9;
    let video: Vec<_> = starts.iter().filter(is_video).copied().collect();
    bytes[video[5] + 16] = 0x7F;
    bytes[video[7] + 11] = 0x17;
    // Ten seconds on for one frame.
    bytes[video[9] + 5] += 40;
    bytes.truncate(bytes.len() - 300);
    bytes.drain(starts[90] + 30..starts[90] + 100);
    bytes
}

/// Where tags begin.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = Vec::new();
    // The header and the first PreviousTagSize.
    let mut at = 13;
    while let Some([high, middle, low]) = bytes.get(at + 1..at + 4) {
        starts.push(at);
        at += 15 + (usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low));
    }
    assert_eq!(at, bytes.len());
    starts
}

/// A small file, and where its tags begin.
fn small() -> (Vec<u8>, Vec<usize>) {
    let bytes = fs::read(folder().join("nellymoser8k_ff5.flv")).unwrap();
    let starts = starts(&bytes);
    (bytes, starts)
}

#[test]
fn a_file_that_is_cut_short_is_read_up_to_there_and_the_place_is_named() {
    let (bytes, starts) = small();
    let cut = starts[40] + 20;
    let flv = Flv::read(&bytes[..cut]).unwrap();
    assert!(!flv.is_whole());
    let warning = format!("the file is cut short at byte {}: ", starts[40]);
    assert!(flv.warnings()[0].starts_with(&warning), "{:?}", flv.warnings());
    // The metadata and 39 frames are in front of it.
    let facts = serde_json::to_value(FlvFacts::of(&flv, "cut.flv")).unwrap();
    assert_eq!(facts["media"]["audio"]["frames"], 39);
    assert_eq!(facts["damages"][0]["byte"], starts[40]);
}

#[test]
fn behind_damage_reading_goes_on_and_the_place_is_named() {
    let (mut bytes, starts) = small();
    bytes.drain(starts[10] + 5..starts[10] + 25);
    let flv = Flv::read(&bytes[..]).unwrap();
    let warning = format!("the file is damaged at byte {}: ", starts[10]);
    assert!(flv.warnings()[0].starts_with(&warning), "{:?}", flv.warnings());
    let facts = serde_json::to_value(FlvFacts::of(&flv, "hole.flv")).unwrap();
    assert_eq!(facts["media"]["audio"]["frames"], 82);
    let report = report(&bytes, "hole.flv");
    assert!(
        report
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("  ! the file is damaged"),
        "{report}"
    );
}

/// A length that is spoiled may reach beyond the end of the file: what follows is there all the same.
#[test]
fn a_tag_that_reaches_beyond_the_end_is_damage_in_the_middle() {
    let (mut bytes, starts) = small();
    bytes[starts[10] + 1] = 0xFF;
    let flv = Flv::read(&bytes[..]).unwrap();
    let warning = format!("the file is damaged at byte {}: a tag reaches ", starts[10]);
    assert!(flv.warnings()[0].starts_with(&warning), "{:?}", flv.warnings());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_spoiled_file_is_read_as_far_as_it_goes(
        which in 0..26_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = fs::read(&files()[which]).unwrap();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(bytes.len() + 1));
        let flv = Flv::read(&bytes[..]).unwrap();
        let report = report(&bytes, "spoiled.flv");
        prop_assert!(report.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert!(serde_json::to_string(&FlvFacts::of(&flv, "spoiled.flv")).is_ok());
    }
}
