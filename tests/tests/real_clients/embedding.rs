//! Programs that have the core and an event loop of their own.

use std::{thread, time::Duration};

use rtmp_tests::{media, player::Player, publisher::Publisher, scratch, server::Server};

/// The example of the core that its documentation and the README point to does what they say.
#[test]
fn the_blocking_example_is_published_to_and_played_from() {
    let directory = scratch::directory("blocking_example");
    let server = Server::start_blocking_example(&directory);
    let url = server.url("key");
    let early = Player::Ffmpeg.play_as("early", &url, &directory);
    server.wait_for_connections(1);
    let publishing = Publisher::Ffmpeg.publish(&media::H264_AAC, &url, &directory);
    server.wait_for_connections(2);
    thread::sleep(Duration::from_millis(1600));
    let late = Player::FfmpegNewest.play_as("late", &url, &directory);
    publishing.succeed();

    let source = media::H264_AAC.packets();
    let early = early.finish().relayed_from(&source);
    assert!(
        early.is_unbroken(50) && early.has_the_start() && early.has_the_headers() && early.has_the_end(0),
        "{early:?}"
    );
    let late = late.finish().relayed_from(&source);
    assert!(
        late.is_unbroken(10) && late.starts_with_keyframe() && !late.has_the_start() && late.has_the_end(0),
        "{late:?}"
    );
}
