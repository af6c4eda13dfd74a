//! When players come and publishers change.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rtmp_tests::{
    flv::Tags,
    media,
    player::{Player, rtmpdump_to_pipe},
    program::{self, Program},
    publisher::Publisher,
    scratch,
    server::Server,
};

use crate::SERVER;
use crate::relay::WAIT;

#[test]
fn a_late_joiner_has_a_key_frame_within_a_second() {
    let test = "late_joiner";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &[]);
    let url = server.url(test);
    let mut publishing = Publisher::Ffmpeg.publish(&media::H264_AAC_LONG_GOP, &url, &directory);
    server.wait_for_connections(1);
    // Key frames come every two seconds: who joins after 2.5 s and waits for the next one waits for 1.5 s.
    thread::sleep(Duration::from_millis(2500));

    let started = Instant::now();
    let (_rtmpdump, output) = rtmpdump_to_pipe("rtmpdump", &url, &directory);
    let mut tags = Tags::new(output).expect("rtmpdump writes an FLV file");
    let picture = loop {
        let tag = tags.next_tag().expect("the stream goes on");
        if tag.is_h264_picture() {
            break tag;
        }
    };
    let waited = started.elapsed();
    assert!(picture.is_keyframe(), "the first picture cannot be decoded alone");
    assert!(
        waited < Duration::from_secs(1),
        "the first picture took {waited:?}"
    );
    assert!(
        publishing.is_running(),
        "the stream was over before the player came"
    );
}

/// `-t` ends a copy by timestamps. What lies before the stream's own time, metadata at 0 that becomes a track of text
/// for one, is a start from which the end never comes.
#[test]
fn a_late_joiner_that_wants_two_seconds_has_them_and_ends() {
    let test = "late_joiner_with_a_limit";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &[]);
    let url = server.url(test);
    let mut publishing = Publisher::Ffmpeg.publish(&media::H264_AAC_LONG, &url, &directory);
    server.wait_for_connections(1);
    thread::sleep(Duration::from_millis(2500));

    let copying = ["ffmpeg", "ffmpeg-newest"].map(|name| {
        let output = directory.join(format!("{name}.mkv"));
        let mut command = Command::new(program::find(name));
        command
            .args(["-nostdin", "-hide_banner", "-nostats", "-i", &url, "-t", "2"])
            .args(["-c", "copy"])
            .arg(&output);
        (Program::start(name, &mut command, &directory), output)
    });
    for (program, output) in copying {
        program.succeed();
        assert!(
            publishing.is_running(),
            "{output:?} was over with the stream, not by itself"
        );
        assert_eq!(kinds_of_tracks(&output), ["audio", "video"], "{output:?}");
    }
}

fn kinds_of_tracks(file: &Path) -> Vec<String> {
    let listed = Command::new(program::find("ffprobe"))
        .args([
            "-v",
            "error",
            "-show_entries",
            "stream=codec_type",
            "-of",
            "csv=p=0",
        ])
        .arg(file)
        .output()
        .expect("ffprobe starts");
    let mut kinds: Vec<String> = String::from_utf8_lossy(&listed.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    kinds.sort();
    kinds
}

#[test]
fn a_player_may_come_long_before_its_publisher() {
    let test = "early_player";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &WAIT);
    let url = server.url(test);
    let players = [Player::Ffmpeg, Player::FfmpegNewest, Player::Rtmpdump]
        .map(|player| player.play_as("early", &url, &directory));
    thread::sleep(Duration::from_secs(4));
    Publisher::GstRtmp2Sink
        .publish(&media::H264_AAC, &url, &directory)
        .succeed();
    for playing in players {
        let name = format!("{playing:?}");
        let relayed = playing.finish().relayed_from(&media::H264_AAC.packets());
        assert!(
            relayed.is_unbroken(10) && relayed.has_the_start() && relayed.has_the_end(0),
            "{relayed:?}: {name}"
        );
    }
}

/// Players know when a publisher is gone, without a goodbye of its: each ends by itself, or goes on with the next one.
#[test]
fn a_killed_publisher_is_back_at_once() {
    let test = "killed_publisher";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &WAIT);
    let url = server.url(test);
    let mut first = Publisher::Ffmpeg.publish_as("first", &media::H264_AAC, &url, &directory);
    server.wait_for_connections(1);
    thread::sleep(Duration::from_millis(1000));
    let players = [
        Player::Ffmpeg,
        Player::FfmpegNewest,
        Player::GstRtmp2Src,
        Player::Rtmpdump,
    ]
    .map(|player| player.play_as("before", &url, &directory));
    thread::sleep(Duration::from_millis(1500));
    assert!(
        first.is_running(),
        "the first publisher had ended before it was killed"
    );
    first.kill();

    // The name is free.
    thread::sleep(Duration::from_millis(300));
    let second = Publisher::FfmpegNewest.publish_as("second", &media::H264_AAC, &url, &directory);
    thread::sleep(Duration::from_millis(1000));
    let after = Player::Ffmpeg.play_as("after", &url, &directory);
    second.succeed();

    let source = media::H264_AAC.packets();
    let relayed = after.finish().relayed_from(&source);
    assert!(
        relayed.is_unbroken(10) && relayed.starts_with_keyframe() && relayed.has_the_end(0),
        "{relayed:?}: after"
    );
    for playing in players {
        let name = format!("{playing:?}");
        let relayed = playing.finish().relayed_from(&source);
        assert!(
            (relayed.has_runs(1) || relayed.has_runs(2)) && relayed.starts_with_keyframe(),
            "{relayed:?}: {name}"
        );
    }
}

#[test]
fn a_player_goes_on_when_another_publisher_takes_the_stream_over() {
    let test = "takeover";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &["--takeover"]);
    let url = server.url(test);
    let mut first = Publisher::Ffmpeg.publish_as("first", &media::H264_AAC, &url, &directory);
    server.wait_for_connections(1);
    thread::sleep(Duration::from_millis(1000));
    let players =
        [Player::GstRtmp2Src, Player::Rtmpdump].map(|player| player.play_as("during", &url, &directory));
    thread::sleep(Duration::from_millis(1200));
    assert!(
        first.is_running(),
        "the first publisher had ended before the second came"
    );

    let second = Publisher::Ffmpeg.publish_as("second", &media::H264_AAC, &url, &directory);
    second.succeed();
    assert!(
        !first.is_running(),
        "the publisher that lost its stream is still there"
    );
    for playing in players {
        let (name, missing) = (format!("{playing:?}"), playing.careless_at_the_end());
        let relayed = playing.finish().relayed_from(&media::H264_AAC.packets());
        assert!(
            relayed.has_runs(2) && relayed.starts_with_keyframe() && relayed.has_the_end(missing),
            "{relayed:?}: {name}"
        );
    }
}
