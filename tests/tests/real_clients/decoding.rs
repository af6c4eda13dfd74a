//! What comes out of the demuxer decodes like the file that went in: every picture and every sample, without a warning.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rtmp_tests::{program, scratch, server::Binary};

/// A picture, or the sound of a packet: bytes and their hash.
type Decoded = Vec<(String, String)>;

/// Extracts a file of testdata/media and compares each track with what ffmpeg makes of the file itself.
/// `tracks`: ffmpeg's name for a stream of the file (`v:0`), and the end of the name of its file.
fn agree(name: &str, tracks: &[(&str, &str)]) {
    let directory = scratch::directory(&format!("decoding_{name}"));
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../testdata/media/{name}.flv"));
    extract(&original, &directory, &[]);
    for (stream, ending) in tracks {
        let file = directory.join(format!("{name}.{ending}"));
        let (expected, _) = decode(&original, stream);
        let (decoded, warnings) = decode(&file, "0");
        assert!(warnings.is_empty(), "{name}, {ending}: {warnings:?}");
        assert!(!expected.is_empty(), "{name} has no {stream}");
        assert_eq!(decoded.len(), expected.len(), "{name}, {ending}: frames");
        for (number, (decoded, expected)) in decoded.iter().zip(&expected).enumerate() {
            assert_eq!(decoded, expected, "{name}, {ending}: frame {number}");
        }
    }
    let written = fs::read_dir(&directory)
        .expect("the scratch directory is there")
        .count();
    assert_eq!(written, tracks.len(), "{name}: files in {directory:?}");
}

fn extract(original: &Path, directory: &Path, options: &[&str]) {
    let status = Command::new(Binary::Rtmp.path())
        .arg("extract")
        .arg(original)
        .arg("--to")
        .arg(directory)
        .args(options)
        .stdout(std::process::Stdio::null())
        .status()
        .expect("the binary starts");
    assert!(status.success(), "{original:?}: {status}");
}

/// What ffmpeg says of every file of its kind: one that has no index, and sound that nobody has said where it comes from.
const ALWAYS_SAID: [&str; 2] = ["Estimating duration from bitrate", "Guessed Channel Layout"];

/// Lets the newest ffmpeg decode one stream of a file; returns its warnings as well.
fn decode(file: &Path, stream: &str) -> (Decoded, Vec<String>) {
    let output = Command::new(program::find("ffmpeg-newest"))
        .args(["-nostdin", "-v", "warning", "-i"])
        .arg(file)
        .args([
            "-map",
            &format!("0:{stream}"),
            "-fps_mode",
            "passthrough",
            "-f",
            "framehash",
            "-",
        ])
        .output()
        .expect("ffmpeg starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file:?}: {said}");
    let warnings = said
        .lines()
        .filter(|line| !line.is_empty() && !ALWAYS_SAID.iter().any(|said| line.contains(said)))
        .map(str::to_owned)
        .collect();
    // "0,  3,  3,  1,  86400, 4e07...": stream, decoding time, presentation time, duration, bytes, hash
    let decoded = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let fields: Vec<_> = line.split(',').map(str::trim).collect();
            let [.., len, hash] = fields[..] else { return None };
            Some((len.to_owned(), hash.to_owned()))
        })
        .collect();
    (decoded, warnings)
}

#[test]
fn h264_and_aac() {
    agree("h264_aac_ff5", &[("v:0", "video.h264"), ("a:0", "audio.aac")]);
}

#[test]
fn h264_with_b_frames() {
    agree("h264b_aac_ff9", &[("v:0", "video.h264"), ("a:0", "audio.aac")]);
}

#[test]
fn h264_with_negative_times() {
    agree(
        "h264b_aac_negcts_ff7",
        &[("v:0", "video.h264"), ("a:0", "audio.aac")],
    );
}

#[test]
fn hevc() {
    agree("hevc_aac_ff7", &[("v:0", "video.h265"), ("a:0", "audio.aac")]);
}

#[test]
fn hevc_with_b_frames() {
    agree("hevcb_aac_ff9", &[("v:0", "video.h265"), ("a:0", "audio.aac")]);
}

#[test]
fn vvc() {
    agree("vvc_aac_ff9", &[("v:0", "video.h266"), ("a:0", "audio.aac")]);
}

#[test]
fn av1() {
    agree("av1_aac_ff7", &[("v:0", "video.obu"), ("a:0", "audio.aac")]);
}

#[test]
fn av1_and_opus() {
    agree("av1_opus_ff9", &[("v:0", "video.obu"), ("a:0", "audio.opus")]);
}

#[test]
fn vp9_and_opus() {
    agree("vp9_opus_ff9", &[("v:0", "video.ivf"), ("a:0", "audio.opus")]);
}

#[test]
fn flac() {
    agree("h264_flac_ff9", &[("v:0", "video.h264"), ("a:0", "audio.flac")]);
}

#[test]
fn ac3() {
    agree("h264_ac3_ff9", &[("v:0", "video.h264"), ("a:0", "audio.ac3")]);
}

#[test]
fn eac3() {
    agree("eac3_only_ff9", &[("a:0", "audio.eac3")]);
}

#[test]
fn mp3() {
    agree("mp3_44k_only_ff5", &[("a:0", "audio.mp3")]);
}

/// A WAVE file knows no packets: the samples as a whole are the same.
#[test]
fn g711_and_pcm() {
    for name in ["alaw8k_ff5", "mulaw8k_ff5", "pcm16_11k_ff5"] {
        let directory = scratch::directory(&format!("decoding_{name}"));
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../testdata/media/{name}.flv"));
        extract(&original, &directory, &[]);
        let expected = samples(&original);
        assert!(!expected.is_empty(), "{name}");
        assert_eq!(
            samples(&directory.join(format!("{name}.audio.wav"))),
            expected,
            "{name}"
        );
    }
}

fn samples(file: &Path) -> Vec<u8> {
    let output = Command::new(program::find("ffmpeg-newest"))
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(file)
        .args(["-f", "s16le", "-"])
        .output()
        .expect("ffmpeg starts");
    assert!(output.status.success(), "{file:?}");
    output.stdout
}

#[test]
fn tracks_of_different_codecs() {
    agree(
        "multitrack_2v2a_ff9",
        &[
            ("v:0", "video.h264"),
            ("v:1", "video1.h265"),
            ("a:0", "audio.aac"),
            ("a:1", "audio1.opus"),
        ],
    );
    agree(
        "multitrack_3a_ff9",
        &[
            ("v:0", "video.h264"),
            ("a:0", "audio.aac"),
            ("a:1", "audio1.aac"),
            ("a:2", "audio2.ac3"),
        ],
    );
}

/// A capture's stream, as a file that can be sought.
#[test]
fn a_capture_becomes_a_file() {
    let directory = scratch::directory("decoding_capture");
    let testdata = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/captures"));
    let capture = testdata.join("pub_ff5_h264_aac_nginx.pcap");
    extract(&capture, &directory, &["--flv"]);
    extract(&capture, &directory, &[]);
    let file = directory.join("pub_ff5_h264_aac_nginx.flv");
    for (stream, ending) in [("v:0", "video.h264"), ("a:0", "audio.aac")] {
        let track = directory.join(format!("pub_ff5_h264_aac_nginx.{ending}"));
        assert_eq!(decode(&track, "0").0, decode(&file, stream).0, "{ending}");
    }
}
