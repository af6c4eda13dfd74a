//! Programs that have to prove who they are before they publish, to a server on rtmp-tokio in this process.

use std::collections::HashMap;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::authmod::Mode;
use rtmp_core::host::ListenAddr;
use rtmp_core::session::{AllowAll, Authenticated};
use rtmp_tests::{media, obs::Obs, packets::Packets, player::Player, publisher::Publisher, scratch};
use rtmp_tokio::Server;
use tokio::runtime;

/// Starts a server on which "me" publishes with "secret", as long as the tests run: its host and port.
fn start(mode: Mode) -> String {
    let tokio = runtime::Builder::new_current_thread().enable_all().build();
    let tokio = tokio.expect("a thread's own runtime starts");
    let users = HashMap::from([("me".to_owned(), "secret".to_owned())]);
    let (seed, now) = ([7; 32].into(), Instant::now());
    let server = Server::builder()
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .policy(Authenticated::new(AllowAll, users, mode, seed, now));
    let server = tokio.block_on(server.bind()).expect("a port is free");
    let Some(ListenAddr::Tcp(address)) = server.local_addrs().pop() else {
        panic!("it listens at a TCP address");
    };
    thread::spawn(move || tokio.block_on(server.serve(pending())));
    address.to_string()
}

/// What `publisher` publishes with a password is played by one who proves nothing. `url` makes its URL of host and port.
fn publish(test: &str, publisher: Publisher, mode: Mode, url: impl Fn(&str) -> String) {
    let directory = scratch::directory(test);
    let address = start(mode);
    let playing = Player::Ffmpeg.play(&format!("rtmp://{address}/live/key"), &directory);
    publisher
        .publish(&media::H264_AAC, &url(&address), &directory)
        .succeed();
    let played = playing.finish().relayed_from(&media::H264_AAC.packets());
    // It may have come a little late.
    assert!(
        played.is_unbroken(50) && played.starts_with_keyframe() && played.has_the_end(0),
        "{played:?}"
    );
}

/// The form that FFmpeg and GStreamer read.
fn url(address: &str) -> String {
    format!("rtmp://me:secret@{address}/live/key")
}

#[test]
fn ffmpeg_proves_its_password_as_adobe_has_it() {
    publish("ffmpeg_adobe", Publisher::Ffmpeg, Mode::Adobe, url);
}

#[test]
fn newest_ffmpeg_proves_its_password_as_limelight_has_it() {
    publish("ffmpeg_newest_llnw", Publisher::FfmpegNewest, Mode::Llnw, url);
}

#[test]
fn gstreamer_proves_its_password() {
    publish("gstreamer_adobe", Publisher::GstRtmp2Sink, Mode::Adobe, url);
}

/// In Limelight's way alone: the librtmp of Debian, which is built with GnuTLS, does not end the texts in base64 that
/// Adobe's way takes, writes what follows them past the end of its memory, and dies of it, whatever the server says.
#[test]
fn librtmp_proves_its_password_as_limelight_has_it() {
    publish("librtmp_llnw", Publisher::GstRtmpSink, Mode::Llnw, |address| {
        format!("rtmp://{address}/live/key pubUser=me pubPasswd=secret")
    });
}

#[test]
#[ignore = "takes OBS Studio: tests/run --all"]
fn obs_proves_its_password() {
    for (mode, test) in [(Mode::Adobe, "obs_adobe"), (Mode::Llnw, "obs_llnw")] {
        let directory = scratch::directory(test);
        let address = start(mode);
        let playing = Player::Rtmpdump.play(&format!("rtmp://{address}/live/key"), &directory);
        let server = format!("rtmp://{address}/live");
        let mut obs = Obs::stream_as("me", "secret", &server, "key", &directory);
        thread::sleep(Duration::from_secs(6));
        obs.program.kill();
        let packets = Packets::of_source(&playing.finish_file());
        let played = packets.relayed_from(&packets);
        assert!(
            played.is_unbroken(50) && played.starts_with_keyframe(),
            "{played:?}"
        );
    }
}

#[test]
fn ffmpeg_says_what_is_wrong() {
    let directory = scratch::directory("ffmpeg_says_what_is_wrong");
    for (mode, before, said) in [
        (Mode::Adobe, "me:wrong@", "Incorrect username/password"),
        (Mode::Llnw, "you:secret@", "Incorrect username/password"),
        (Mode::Adobe, "", "No credentials set"),
    ] {
        let url = format!("rtmp://{before}{}/live/key", start(mode));
        let publishing = Publisher::Ffmpeg.publish(&media::H264_AAC, &url, &directory);
        let log = publishing.fail(Duration::from_secs(10));
        assert!(log.contains(said), "{log}");
    }
}
