//! Our own clients, on servers of our own and on nginx, on RTMP and RTMPS: each publishes for a program of others, and
//! plays what another one publishes.
//!
//! ```text
//! rtmp push, examples ──> server ──> GStreamer
//! ffmpeg ──> server ──> rtmp pull, examples, rtmp probe
//!              └──> rtmp relay ──> server ──> GStreamer
//! ```

use std::{path::Path, process::Command, thread, time::Duration};

use rtmp_tests::{
    certificate, media,
    player::{Player, Playing},
    program::{self, PATIENCE, Program},
    publisher::Publisher,
    scratch,
    server::{Binary, Server},
};

use crate::relay::WAIT;

const PUBLISHERS: [Publisher; 4] = [
    Publisher::RtmpPush,
    Publisher::TokioExample,
    Publisher::AsyncStdExample,
    Publisher::MioExample,
];
const PLAYERS: [Player; 4] = [
    Player::RtmpPull,
    Player::TokioExample,
    Player::AsyncStdExample,
    Player::MioExample,
];

/// Everybody at the same time; all who play are there before the stream is.
fn all_clients(test: &str, start: impl FnOnce(&Path) -> Server) {
    let directory = scratch::directory(test);
    let media = media::H264_AAC;
    let (source, _made) = (media.packets(), media.flv());
    let server = start(&directory);
    let (from_ffmpeg, relayed) = (server.url("ffmpeg"), server.url("relayed"));
    let client = |arguments: &[&str]| {
        let mut command = Command::new(program::ours("rtmp"));
        command.args(arguments);
        if server.base().starts_with("rtmps:") {
            command.arg("--ca").arg(certificate::authority(&directory));
        }
        Program::start(arguments[0], &mut command, &directory)
    };

    let mut playing: Vec<Playing> = PLAYERS
        .iter()
        .map(|player| player.play_as("ours", &from_ffmpeg, &directory))
        .collect();
    playing.extend(PUBLISHERS.iter().map(|publisher| {
        let name = format!("{publisher:?}");
        Player::GstRtmp2Src.play_as(&name, &server.url(&name), &directory)
    }));
    playing.push(Player::GstRtmp2Src.play_as("relayed", &relayed, &directory));
    let probing = client(&["probe", &from_ffmpeg, "--duration", "3s", "--timeout", "20s"]);
    let mut relaying = client(&["relay", &from_ffmpeg, &relayed]);
    server.wait_for_connections(playing.len() + 2);
    // nginx has nothing for who asks for a stream a moment too late, and where so many start they take their time.
    thread::sleep(Duration::from_millis(700));

    let mut publishing: Vec<Program> = PUBLISHERS
        .iter()
        .map(|publisher| {
            let name = format!("{publisher:?}");
            publisher.publish_as(
                &format!("{name}-publishes"),
                &media,
                &server.url(&name),
                &directory,
            )
        })
        .collect();
    publishing.push(Publisher::Ffmpeg.publish(&media, &from_ffmpeg, &directory));

    // Its exit status says that nothing is wrong with the stream.
    probing.succeed();
    publishing.into_iter().for_each(Program::succeed);
    // It waits for more, until it is told that there is none.
    relaying.hear("relay ended", PATIENCE);
    relaying.terminate();
    relaying.succeed();
    for playing in playing {
        let (name, missing) = (format!("{playing:?}"), playing.careless_at_the_end());
        let received = playing.finish().relayed_from(&source);
        assert!(
            received.is_unbroken(100)
                && received.has_the_start()
                && received.has_the_headers()
                && received.has_the_end(missing),
            "{received:?}: {name}"
        );
    }
}

#[test]
fn our_clients_and_rtmp_serve() {
    all_clients("our_clients_rtmp", |directory| {
        Server::start(Binary::Rtmp, directory, &WAIT)
    });
}

#[test]
fn our_clients_and_rtmp_serve_through_tls() {
    all_clients("our_clients_rtmp_tls", |directory| {
        Server::start_secure(Binary::Rtmp, directory, &WAIT)
    });
}

#[test]
fn our_clients_and_rtmp_mio() {
    all_clients("our_clients_mio", |directory| {
        Server::start(Binary::RtmpMio, directory, &WAIT)
    });
}

#[test]
fn our_clients_and_rtmp_mio_through_tls() {
    all_clients("our_clients_mio_tls", |directory| {
        Server::start_secure(Binary::RtmpMio, directory, &WAIT)
    });
}

#[test]
fn our_clients_and_nginx() {
    all_clients("our_clients_nginx", Server::start_nginx);
}

#[test]
fn our_clients_and_nginx_through_tls() {
    all_clients("our_clients_nginx_tls", Server::start_secure_nginx);
}
