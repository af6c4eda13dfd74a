//! OBS Studio and VLC, which bring hundreds of megabytes with them: `tests/run --all`.

use std::{path::Path, thread, time::Duration};

use rtmp_tests::{
    media, obs::Obs, packets::Packets, player::Player, publisher::Publisher, scratch, server::Server,
};

use crate::SERVER;
use crate::relay::WAIT;

#[test]
#[ignore = "takes OBS Studio: tests/run --all"]
fn obs_to_ffmpeg_and_rtmpdump() {
    obs("obs", |directory| Server::start(SERVER, directory, &WAIT));
}

#[test]
#[ignore = "takes OBS Studio: tests/run --all"]
fn obs_to_ffmpeg_and_rtmpdump_through_tls() {
    obs("obs_through_tls", |directory| {
        Server::start_secure(SERVER, directory, &WAIT)
    });
}

fn obs(test: &str, start: impl FnOnce(&Path) -> Server) {
    let directory = scratch::directory(test);
    let server = start(&directory);
    let url = server.url(test);
    // Two that are there from the start, of which one is the reference for all, and one that joins late.
    let reference = Player::Rtmpdump.play_as("early", &url, &directory);
    let early = Player::Ffmpeg.play_as("early", &url, &directory);
    server.wait_for_connections(2);
    let mut obs = Obs::stream(server.base(), test, &directory);
    server.wait_for_connections(3);
    thread::sleep(Duration::from_secs(3));
    let late = Player::FfmpegNewest.play_as("late", &url, &directory);
    thread::sleep(Duration::from_secs(3));
    assert!(
        obs.program.is_running(),
        "OBS ended by itself; it said:\n{}",
        obs.program.output()
    );
    // No goodbye on the connection: what OBS does when it crashes.
    obs.program.kill();

    let reference = reference.finish_file();
    let source = Packets::of_source(&reference);
    assert!(
        Packets::of_pictures(&reference)
            .relayed_from(&Packets::of_pictures(&reference))
            .is_unbroken(100)
    );
    let early = early.finish().relayed_from(&source);
    assert!(
        early.is_unbroken(100) && early.has_the_start() && early.has_the_headers(),
        "{early:?}"
    );
    let late = late.finish().relayed_from(&source);
    assert!(
        late.is_unbroken(50) && late.starts_with_keyframe() && late.has_the_headers(),
        "{late:?}"
    );
}

#[test]
#[ignore = "takes VLC: tests/run --all"]
fn ffmpeg_to_vlc() {
    vlc("vlc", |directory| Server::start(SERVER, directory, &[]));
}

#[test]
#[ignore = "takes VLC: tests/run --all"]
fn ffmpeg_to_vlc_through_tls() {
    vlc("vlc_through_tls", |directory| {
        Server::start_secure(SERVER, directory, &[])
    });
}

fn vlc(test: &str, start: impl FnOnce(&Path) -> Server) {
    let directory = scratch::directory(test);
    let server = start(&directory);
    let url = server.url(test);
    let source = media::H264_B_FRAMES;
    let publishing = Publisher::Ffmpeg.publish(&source, &url, &directory);
    server.wait_for_connections(1);
    let playing = Player::Vlc.play(&url, &directory);
    publishing.succeed();
    let relayed =
        Packets::of_pictures(&playing.finish_file()).relayed_from(&Packets::of_pictures(&source.file()));
    assert!(relayed.is_unbroken(75) && relayed.has_the_end(0), "{relayed:?}");
}
