//! `rtmp serve --tls-self-signed`: what the README says of it, and the line of the log.

use std::{path::Path, process::Command};

use rtmp_tests::{
    media,
    obs::Obs,
    player::Player,
    program::{self, PATIENCE, Program},
    publisher::Publisher,
    scratch,
    server::Server,
};

use crate::relay::WAIT;

/// The test's directory has no authority: programs are told not to look at certificates, those that can be told.
#[test]
fn who_is_told_not_to_look_publishes_and_plays() {
    let directory = scratch::directory("try_out");
    let server = Server::start_self_signed(&directory, &WAIT);
    let url = server.url("key");
    let players = [
        Player::Ffmpeg,
        Player::FfmpegNewest,
        Player::GstRtmp2Src,
        Player::RtmpPull,
    ]
    .map(|player| player.play(&url, &directory));
    server.wait_for_connections(players.len());
    Publisher::FfmpegNewest
        .publish(&media::H264_AAC, &url, &directory)
        .succeed();
    for playing in players {
        let is_warned = playing
            .program
            .output()
            .contains("the server's certificate is not verified");
        let (name, missing) = (format!("{playing:?}"), playing.careless_at_the_end());
        let played = playing.finish().relayed_from(&media::H264_AAC.packets());
        // Ours says it out loud.
        assert_eq!(is_warned, name.contains("RtmpPull"), "{name}");
        assert!(
            played.is_unbroken(100) && played.has_the_start() && played.has_the_end(missing),
            "{played:?}: {name}"
        );
    }
}

fn refused(name: &str, program: &str, arguments: &[&str], directory: &Path) -> String {
    let mut command = Command::new(program::find(program));
    Program::start(name, command.args(arguments), directory).fail(PATIENCE)
}

#[test]
fn who_looks_refuses_and_says_why() {
    let directory = scratch::directory("try_out_refused");
    let server = Server::start_self_signed(&directory, &[]);
    let url = server.url("key");
    let _ = server.wait_to_say("RTMPS has a self-signed certificate", 1);

    let ffmpeg = ["-nostdin", "-i", &url, "-f", "null", "-"];
    let said = refused("ffmpeg-newest", "ffmpeg-newest", &ffmpeg, &directory);
    assert!(said.contains("certificate verify failed"), "{said}");

    let location = format!("location={url}");
    let gstreamer = ["rtmp2src", &location, "!", "fakesink"];
    let said = refused("gstreamer", "gst-launch-1.0", &gstreamer, &directory);
    assert!(said.contains("Unacceptable TLS certificate"), "{said}");

    let mut pull = Command::new(program::ours("rtmp"));
    pull.args(["pull", &url, "-"]);
    let said = Program::start("pull", &mut pull, &directory).fail(PATIENCE);
    assert!(said.contains("--insecure trusts anybody"), "{said}");
}

#[test]
#[ignore = "takes OBS Studio: tests/run --all"]
fn obs_looks_always_and_refuses() {
    let directory = scratch::directory("obs_refuses");
    let server = Server::start_self_signed(&directory, &[]);
    let obs = Obs::stream(server.base(), "key", &directory);
    let line = server.wait_to_say("the peer refuses TLS", 1);
    assert!(line.contains("does not trust our certificate"), "{line}");
    obs.program.wait_to_say("Cert verify failed", PATIENCE);
}
