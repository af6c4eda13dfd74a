//! `rtmp extract`: files out of files. That decoders take them is the real-client tests' to show.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata");

/// An empty directory of this test's own.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    directory
}

fn extract(file: &str, to: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rtmp"))
        .arg("extract")
        .arg(Path::new(TESTDATA).join(file))
        .arg("--to")
        .arg(to)
        .args(options)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn each_track_becomes_a_file() {
    let to = directory("extract_tracks");
    let output = extract("media/multitrack_2v2a_ff9.flv", &to, &["--json"]);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        stderr(&output)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<_> = report["files"].as_array().unwrap().iter().collect();
    let frames: Vec<_> = files
        .iter()
        .map(|file| (file["codec"].as_str().unwrap(), file["frames"].as_u64().unwrap()))
        .collect();
    assert_eq!(frames, [("h264", 65), ("hevc", 65), ("aac", 113), ("opus", 131)]);
    for file in files {
        let len = fs::metadata(file["file"].as_str().unwrap()).unwrap().len();
        assert_eq!(file["bytes"], len);
    }
    // Start codes, and a parameter set in front of the first picture.
    let video = fs::read(to.join("multitrack_2v2a_ff9.video.h264")).unwrap();
    assert_eq!(video[..5], [0, 0, 0, 1, 0x67]);
    let audio = fs::read(to.join("multitrack_2v2a_ff9.audio.aac")).unwrap();
    assert_eq!(audio[..2], [0xFF, 0xF1]);
}

#[test]
fn a_file_that_is_there_is_replaced_only_if_one_says_so() {
    let to = directory("extract_overwrite");
    assert!(extract("media/mp3_44k_only_ff5.flv", &to, &[]).status.success());
    let file = to.join("mp3_44k_only_ff5.audio.mp3");
    let extracted = fs::read(&file).unwrap();
    fs::write(&file, "mine").unwrap();

    let output = extract("media/mp3_44k_only_ff5.flv", &to, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--overwrite"), "{}", stderr(&output));
    assert_eq!(fs::read(&file).unwrap(), b"mine");

    assert!(
        extract("media/mp3_44k_only_ff5.flv", &to, &["--overwrite"])
            .status
            .success()
    );
    assert_eq!(fs::read(&file).unwrap(), extracted);
}

#[test]
fn what_has_no_file_of_its_own_is_named() {
    let to = directory("extract_speex");
    let output = extract("media/speex16k_ff5.flv", &to, &[]);
    assert!(
        stderr(&output).contains("130 frames left out"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1), "nothing was written");
    let output = extract("media/speex16k_ff5.flv", &to, &["--flv"]);
    assert!(output.status.success() && to.join("speex16k_ff5.flv").exists());
}

/// The audio and video messages of a published stream, and those of the file that is made of it.
#[test]
fn the_stream_of_a_capture_becomes_an_flv_file() {
    let to = directory("extract_capture");
    let output = extract("captures/pub_ff5_h264_aac_nginx.pcap", &to, &["--flv"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let inspect = |file: &Path| -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_rtmp"))
            .args(["inspect", "--json"])
            .arg(file)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let capture = inspect(&Path::new(TESTDATA).join("captures/pub_ff5_h264_aac_nginx.pcap"));
    let file = inspect(&to.join("pub_ff5_h264_aac_nginx.flv"));
    let published = &capture["connections"][0]["c2s"]["media_streams"]["1"];
    for kind in ["audio", "video"] {
        let hash = &file["media"][kind]["sha256_messages"];
        assert!(hash.is_string());
        assert_eq!(hash, &published[kind]["sha256_messages"], "{kind}");
    }
}

#[test]
fn a_file_without_media_is_an_error_with_a_remedy() {
    let to = directory("extract_nothing");
    let output = extract("captures/fail_taken_ff5_nginx.pcap", &to, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("rtmp inspect"), "{}", stderr(&output));
    assert!(!to.exists());
}

/// The status is that of `rtmp inspect`, and what can be read is written.
#[test]
fn a_file_that_is_cut_short_is_taken_apart_up_to_there() {
    let to = directory("extract_cut");
    fs::create_dir_all(&to).unwrap();
    let mut bytes = fs::read(Path::new(TESTDATA).join("media/mp3_44k_only_ff5.flv")).unwrap();
    bytes.truncate(bytes.len() / 2);
    let file = to.join("cut.flv");
    fs::write(&file, bytes).unwrap();
    let output = extract(file.to_str().unwrap(), &to, &[]);
    assert_eq!(output.status.code(), Some(3));
    let warning = format!("rtmp: {}: the file is cut short at byte ", file.display());
    assert!(stderr(&output).starts_with(&warning), "{}", stderr(&output));
    assert!(to.join("cut.audio.mp3").exists());
}

#[test]
fn a_dash_is_the_standard_input() {
    let to = directory("extract_stdin");
    let file = fs::File::open(Path::new(TESTDATA).join("media/mp3_44k_only_ff5.flv")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rtmp"))
        .args(["extract", "-", "--to"])
        .arg(&to)
        .stdin(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(to.join("stdin.audio.mp3").exists());
}

#[test]
fn what_cannot_be_read_is_named_by_its_reason() {
    let output = extract("media", &directory("extract_directory"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).ends_with("media: is a directory\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_file_of_configurations_alone_has_nothing_in_it() {
    let to = directory("extract_configurations");
    fs::create_dir_all(&to).unwrap();
    // The header, and a tag with the configuration of AAC.
    let file = [
        &b"FLV\x01\x04\0\0\0\x09\0\0\0\0"[..],
        &[8, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0xAF, 0, 0x12, 0x10, 0, 0, 0, 15],
    ];
    let path = to.join("configuration.flv");
    fs::write(&path, file.concat()).unwrap();
    let output = extract(path.to_str().unwrap(), &to, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("no audio or video in it"),
        "{}",
        stderr(&output)
    );
}
