//! RTMPS: what goes through TLS comes out as it went in, and who does not trust a server says so.

use rtmp_tests::{
    certificate::Certificate, media, player::Player, program::PATIENCE, publisher::Publisher, scratch,
    server::Server,
};

use crate::SERVER;
use crate::relay::relay_securely;

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

/// A client that trusts somebody else says so, and the server's log has what became of it.
#[test]
fn who_verifies_refuses_a_server_of_an_authority_that_it_does_not_know() {
    let directory = scratch::directory("another_authority");
    let server = Server::start_secure(SERVER, &directory, &[]);
    let url = server.url("nobody");
    let mut refusals = 0;
    for (player, complaint) in [
        (Player::Ffmpeg, "Peer certificate failed verification"),
        (Player::FfmpegNewest, "certificate verify failed"),
        (Player::GstRtmp2Src, "Unacceptable TLS certificate"),
        (Player::Mpv, "Peer certificate failed verification"),
        (Player::RtmpPull, "nobody who is trusted here has signed it"),
        (Player::TokioExample, "nobody who is trusted here has signed it"),
        (
            Player::AsyncStdExample,
            "nobody who is trusted here has signed it",
        ),
        (Player::MioExample, "nobody who is trusted here has signed it"),
    ] {
        let elsewhere = directory.join(format!("{player:?}"));
        let _another = Certificate::issue(&elsewhere);
        let playing = player.play(&url, &elsewhere);
        let said = playing.program.fail(PATIENCE);
        assert!(said.contains(complaint), "{player:?} said:\n{said}");
        refusals += 1;
        let _ = server.wait_to_say("does not trust our certificate", refusals);
    }
}
