//! RTMPS: what goes through TLS comes out as it went in, and who does not trust a server says so.

use std::{collections::HashMap, process::Command};

use rtmp_tests::{
    certificate::{self, Certificate},
    media,
    player::Player,
    program::{self, PATIENCE, Program},
    publisher::Publisher,
    scratch,
    server::Server,
};

use crate::SERVER;
use crate::relay::{WAIT, relay_securely};

const ALL_PLAYERS: [Player; 5] = [
    Player::Ffmpeg,
    Player::FfmpegNewest,
    Player::GstRtmp2Src,
    Player::Rtmpdump,
    Player::Mpv,
];

#[test]
fn ffmpeg_to_all_players_through_tls() {
    relay_securely(
        "ffmpeg_through_tls",
        Publisher::Ffmpeg,
        &media::H264_B_FRAMES,
        &ALL_PLAYERS,
    );
}

#[test]
fn newest_ffmpeg_to_players_of_enhanced_rtmp_through_tls() {
    relay_securely(
        "newest_ffmpeg_through_tls",
        Publisher::FfmpegNewest,
        &media::HEVC_AAC,
        &[Player::FfmpegNewest, Player::Rtmpdump],
    );
}

#[test]
fn gstreamer_to_ffmpeg_and_gstreamer_through_tls() {
    relay_securely(
        "gstreamer_through_tls",
        Publisher::GstRtmp2Sink,
        &media::H264_AAC,
        &[Player::Ffmpeg, Player::GstRtmp2Src],
    );
}

#[test]
fn librtmp_to_ffmpeg_and_librtmp_through_tls() {
    relay_securely(
        "librtmp_through_tls",
        Publisher::GstRtmpSink,
        &media::H264_AAC,
        &[Player::FfmpegNewest, Player::Rtmpdump],
    );
}

/// The checksums of the pictures that a program's `-vf showinfo` has seen.
fn pictures(said: &str) -> Vec<&str> {
    said.split_whitespace()
        .filter_map(|word| word.strip_prefix("checksum:"))
        .collect()
}

#[test]
fn ffplay_shows_every_picture_that_came_through_tls() {
    let directory = scratch::directory("ffplay_through_tls");
    let server = Server::start_secure(SERVER, &directory, &WAIT);
    let url = server.url("key");
    let mut ffplay = Command::new(program::find("ffplay"));
    ffplay
        .args([
            "-hide_banner",
            "-nostats",
            "-autoexit",
            "-noframedrop",
            "-vf",
            "showinfo",
        ])
        .args(["-tls_verify", "1", "-ca_file"])
        .arg(certificate::authority(&directory))
        .arg(&url)
        .env("SDL_VIDEODRIVER", "dummy")
        .env("SDL_AUDIODRIVER", "dummy");
    let mut ffplay = Program::start("ffplay", &mut ffplay, &directory);
    server.wait_for_connections(1);
    let publishing = Publisher::Ffmpeg.publish(&media::H264_AAC, &url, &directory);

    let mut decoding = Command::new(program::find("ffmpeg"));
    decoding
        .args(["-nostdin", "-hide_banner", "-i"])
        .arg(media::H264_AAC.file());
    decoding.args(["-vf", "showinfo", "-f", "null", "-"]);
    let mut decoding = Program::start("decoding", &mut decoding, &directory);
    assert!(decoding.wait(PATIENCE).success());
    publishing.succeed();
    assert!(ffplay.wait(PATIENCE).success(), "{}", ffplay.output());
    let (sent, shown) = (decoding.output(), ffplay.output());
    assert_eq!(pictures(&sent).len(), 125);
    assert_eq!(pictures(&shown), pictures(&sent));
}

/// A client that trusts somebody else says so, and the server's log has what became of it.
#[test]
fn who_verifies_refuses_a_server_of_an_authority_that_it_does_not_know() {
    let directory = scratch::directory("another_authority");
    let server = Server::start_secure(SERVER, &directory, &[]);
    let url = server.url("nobody");
    /// What OpenSSL and rustls say to the server; GnuTLS just leaves.
    const REFUSED: &str = "does not trust our certificate";
    const LEFT: &str = "does it trust our certificate";
    /// What our own clients say.
    const OURS: &str = "nobody who is trusted here has signed it";
    let mut logged: HashMap<_, usize> = HashMap::new();
    for (player, complaint, reason) in [
        (Player::Ffmpeg, "Peer certificate failed verification", LEFT),
        (Player::FfmpegNewest, "certificate verify failed", REFUSED),
        (
            Player::GstRtmp2Src,
            "Unacceptable TLS certificate",
            "whether the server's certificate is one that the client trusts",
        ),
        (Player::RtmpPull, OURS, REFUSED),
        (Player::TokioExample, OURS, REFUSED),
        (Player::AsyncStdExample, OURS, REFUSED),
        (Player::MioExample, OURS, REFUSED),
    ] {
        let elsewhere = directory.join(format!("{player:?}"));
        let _another = Certificate::issue(&elsewhere);
        let playing = player.play(&url, &elsewhere);
        let said = playing.program.fail(PATIENCE);
        assert!(said.contains(complaint), "{player:?} said:\n{said}");
        let times = logged.entry(reason).or_default();
        *times += 1;
        let _ = server.wait_to_say(reason, *times);
    }
}
