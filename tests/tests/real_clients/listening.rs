//! `ffmpeg -listen 1`: a server for one client, which is ours.

use std::{
    thread,
    time::{Duration, Instant},
};

use rtmp_tests::{media, player::Player, port, program::PATIENCE, publisher::Publisher, scratch};

/// The URL of a server that is to be started.
fn url() -> (u16, String) {
    let port = port::free();
    (port, format!("rtmp://127.0.0.1:{port}/live/key"))
}

/// It takes one connection: that must not be the one that finds out whether it listens.
fn wait_for(port: u16) {
    let started = Instant::now();
    while !port::is_listened_at(port) {
        assert!(started.elapsed() < PATIENCE, "ffmpeg does not listen");
        thread::sleep(Duration::from_millis(20));
    }
}

fn push_to(test: &str, listening: Player) {
    let directory = scratch::directory(test);
    let (port, url) = url();
    let playing = listening.play(&url, &directory);
    wait_for(port);
    Publisher::RtmpPush
        .publish(&media::H264_AAC, &url, &directory)
        .succeed();
    let received = playing.finish().relayed_from(&media::H264_AAC.packets());
    assert!(
        received.is_unbroken(100)
            && received.has_the_start()
            && received.has_the_headers()
            && received.has_the_end(0),
        "{received:?}"
    );
}

#[test]
fn ffmpeg_takes_what_rtmp_push_publishes() {
    push_to("push_to_ffmpeg", Player::FfmpegListening);
}

#[test]
fn newest_ffmpeg_takes_what_rtmp_push_publishes() {
    push_to("push_to_newest_ffmpeg", Player::FfmpegNewestListening);
}

/// ffmpeg never says that the stream is over: it closes the socket, with what it has not read of us still in it, and what
/// is on its way to us may be lost by that. `rtmp pull` calls it broken off, and what it has is whole up to there.
fn pull_from(test: &str, listening: Publisher) {
    let directory = scratch::directory(test);
    let (port, url) = url();
    let offering = listening.publish(&media::H264_AAC, &url, &directory);
    wait_for(port);
    let recording = Player::RtmpPull.play(&url, &directory);
    offering.succeed();
    let received = recording.finish_cut().relayed_from(&media::H264_AAC.packets());
    assert!(
        received.is_unbroken(100)
            && received.has_the_start()
            && received.has_the_headers()
            && received.has_the_end(20),
        "{received:?}"
    );
}

#[test]
fn rtmp_pull_records_what_ffmpeg_offers() {
    pull_from("pull_from_ffmpeg", Publisher::FfmpegListening);
}

#[test]
fn rtmp_pull_records_what_newest_ffmpeg_offers() {
    pull_from("pull_from_newest_ffmpeg", Publisher::FfmpegNewestListening);
}
