//! What is written anew is what was read, and FFmpeg reads it without a word: with the right duration, and an index that
//! leads to the key frames.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rtmp_core::amf0::{self, Object, Value};
use rtmp_core::flv::{FlvTag, FlvWriter, WriteOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::{Class, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_tests::{program, scratch};

use crate::files;

/// FFmpeg of 2022 knows no Enhanced RTMP; the newest knows all there is.
const FFMPEG: &str = "ffmpeg-newest";

/// What a program says on its two outputs, but for the addresses of its memory; it must succeed.
fn said(program: &str, arguments: &[&str], file: &Path) -> (String, String) {
    let mut command = Command::new(program::find(program));
    for argument in arguments {
        match *argument {
            "FILE" => command.arg(file),
            argument => command.arg(argument),
        };
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{warnings}",
        output.status
    );
    let is_address = |word: &&str| word.starts_with("0x");
    let lines = warnings.lines().map(|line| {
        line.split(' ')
            .filter(|word| !is_address(word))
            .collect::<Vec<_>>()
            .join(" ")
    });
    (
        String::from_utf8(output.stdout).unwrap(),
        lines.collect::<Vec<_>>().join("\n"),
    )
}

/// What a program says on its standard output; it must not complain.
fn output(program: &str, arguments: &[&str], file: &Path) -> String {
    let (output, warnings) = said(program, arguments, file);
    assert_eq!(warnings, "", "{program} {arguments:?} {}", file.display());
    output
}

/// The object of the first `onMetaData`.
fn metadata(tags: &[FlvTag]) -> Object<'static> {
    let tag = files::messages(tags)
        .find(|message| message.class() == Class::Metadata)
        .unwrap();
    let values = amf0::decode_all(&tag.payload, &Limits::default()).unwrap();
    values[1].as_object().unwrap().clone().into_owned()
}

/// A finished file of these messages, and the length of its head.
fn write(messages: &[MediaMessage], options: WriteOptions) -> (Vec<u8>, usize) {
    let (mut writer, head) = FlvWriter::begin(options).unwrap();
    let mut file = head.to_vec();
    for message in messages {
        for slice in writer.tag(message).unwrap().slices() {
            file.extend_from_slice(&slice);
        }
    }
    assert_eq!(writer.position(), file.len() as u64);
    let finished = writer.finish();
    assert_eq!(finished.len(), head.len());
    file[..head.len()].copy_from_slice(&finished);
    (file, head.len())
}

/// The messages of a file but for its `onMetaData`, and what the writer is to know of them.
fn source(bytes: &[u8]) -> (Vec<MediaMessage>, WriteOptions) {
    let tags = files::tags(bytes);
    let mut options = WriteOptions::default();
    options.metadata = metadata(&tags);
    let messages = files::messages(&tags);
    let messages = messages
        .filter(|message| message.class() != Class::Metadata)
        .collect();
    (messages, options)
}

fn saved(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_codec_is_read_by_ffmpeg_as_from_the_file_it_comes_from() {
    let directory = scratch::directory("flv_written");
    for file in files::all() {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        let (messages, options) = source(&bytes);
        let written = saved(&directory, name, &write(&messages, options).0);
        // Every packet's timestamps, length and checksum.
        let packets = [
            "-v", "warning", "-i", "FILE", "-map", "0", "-c", "copy", "-copyts", "-f", "framemd5", "-",
        ];
        assert!(
            said(FFMPEG, &packets, &written) == said(FFMPEG, &packets, &file),
            "{}",
            written.display()
        );
    }
}

/// Seconds, as ffprobe finds them in the file's metadata.
fn duration(file: &Path) -> f64 {
    let arguments = [
        "-v",
        "warning",
        "-show_entries",
        "format=duration",
        "-of",
        "csv=p=0",
        "FILE",
    ];
    output("ffprobe", &arguments, file).trim().parse().unwrap()
}

/// Where ffprobe arrives when it is to go to a time: the packet's time and its place in the file.
fn seek(file: &Path, seconds: f64) -> (f64, f64) {
    let interval = format!("{seconds}%+#1");
    let mut arguments = vec![
        "-v",
        "warning",
        "-select_streams",
        "v",
        "-read_intervals",
        &interval,
    ];
    arguments.extend(["-show_entries", "packet=dts_time,pos", "-of", "csv=p=0", "FILE"]);
    let output = output("ffprobe", &arguments, file);
    let (time, position) = output.lines().next().unwrap().split_once(',').unwrap();
    (
        time.parse().unwrap(),
        position.trim_end_matches(',').parse().unwrap(),
    )
}

/// Times and places of the index, which must be those of key frames.
fn index(file: &[u8]) -> Vec<(f64, f64)> {
    let tags = files::tags(file);
    let metadata = metadata(&tags);
    let keyframes = metadata.get("keyframes").unwrap().as_object().unwrap();
    let list = |name| {
        let Some(Value::StrictArray(list)) = keyframes.get(name) else {
            panic!("no {name}")
        };
        list.iter()
            .map(|value| value.as_number().unwrap())
            .collect::<Vec<_>>()
    };
    let index: Vec<_> = list("times").into_iter().zip(list("filepositions")).collect();
    for (_, position) in &index {
        let tag = tags.iter().find(|tag| tag.offset as f64 == *position).unwrap();
        assert_eq!(tag.message(&Limits::default()).unwrap().class(), Class::Keyframe);
    }
    index
}

/// The messages of a file of H.264 and AAC, or of H.264 alone.
fn h264(name: &str) -> (Vec<MediaMessage>, WriteOptions) {
    let file = scratch::workspace().join("testdata/media").join(name);
    source(&fs::read(file).unwrap())
}

#[test]
fn a_finished_file_has_its_duration_and_is_sought_by_its_index() {
    let directory = scratch::directory("flv_finished");
    let (messages, options) = h264("h264_aac_ff5.flv");
    let (file, _) = write(&messages, options);
    let path = saved(&directory, "finished.flv", &file);
    // As the media are, to a frame of audio.
    assert!((duration(&path) - 2.6).abs() <= 0.024, "{}", duration(&path));
    let index = index(&file);
    assert_eq!(index.len(), 3);
    for (time, position) in &index {
        assert_eq!(seek(&path, time + 0.5), (*time, *position));
    }
    // Every picture is decoded, and nothing is complained of.
    output(FFMPEG, &["-v", "warning", "-i", "FILE", "-f", "null", "-"], &path);
}

#[test]
fn a_file_that_was_never_finished_can_be_played() {
    let directory = scratch::directory("flv_unfinished");
    let (messages, options) = h264("h264_aac_ff5.flv");
    let (finished, head_len) = write(&messages, options.clone());
    let (_, head) = FlvWriter::begin(options).unwrap();
    let unfinished = [&head, &finished[head_len..]].concat();
    let path = saved(&directory, "unfinished.flv", &unfinished);
    output(FFMPEG, &["-v", "warning", "-i", "FILE", "-f", "null", "-"], &path);
}

#[test]
fn a_stream_of_weeks_can_be_sought() {
    const MINUTES: u32 = 6;
    let directory = scratch::directory("flv_weeks");
    let (messages, mut options) = h264("h264_video_only_keyindex_ff5.flv");
    options.max_keyframes = 40;
    let header = messages[0].clone();
    let keyframe = messages.iter().find(|message| message.class() == Class::Keyframe);
    // Five weeks: beyond 24 bits of milliseconds, and beyond 31. It is more than FFmpeg reads before it seeks.
    let keyframes = (0..35 * 24 * 60 / MINUTES).map(|count| MediaMessage {
        timestamp: Timestamp::from_millis(count * MINUTES * 60_000),
        ..keyframe.unwrap().clone()
    });
    let messages: Vec<_> = [header].into_iter().chain(keyframes).collect();
    let (file, _) = write(&messages, options);
    assert!(file.len() > 10 << 20);
    let path = saved(&directory, "weeks.flv", &file);

    assert_eq!(duration(&path), 35.0 * 86_400.0 - 360.0);
    let index = index(&file);
    // One in 256, which is 25.6 hours.
    assert_eq!(index.len(), 33);
    for (count, (time, position)) in index.into_iter().enumerate().take(32) {
        assert_eq!(time, count as f64 * 92_160.0);
        if count % 7 == 3 {
            // Who does not follow the index arrives later: at the last key frame before this time.
            assert_eq!(seek(&path, time + 25.0 * 3600.0), (time, position));
        }
    }
}

/// The example of the core does what it says.
#[test]
fn the_repairing_example_makes_a_whole_file_of_one_with_a_hole() {
    let directory = scratch::directory("flv_repaired");
    let bytes = fs::read(scratch::workspace().join("testdata/media/h264_aac_ff5.flv")).unwrap();
    // Within the last group of pictures but one.
    let (from, to) = (20_000, 22_000);
    let spoilt = saved(&directory, "spoilt.flv", &[&bytes[..from], &bytes[to..]].concat());
    let repaired = directory.join("repaired.flv");
    let example = program::ours("examples/flv_repair");
    let output = Command::new(example).args([&spoilt, &repaired]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.starts_with("at byte 19987: "),
        "{said}"
    );

    let file = fs::read(&repaired).unwrap();
    assert_eq!(files::tags(&file)[0].offset, 13);
    assert_eq!(index(&file).len(), 3);
    assert!((duration(&repaired) - 2.6).abs() <= 0.024);
}
