//! `--convert-tags`: an ffmpeg that knows nothing of Enhanced RTMP plays what is published with it, and one that does gets
//! what it asks for.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::amf0::Object;
use rtmp_core::chunk::{ChunkEncoder, Message, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::media::spelling::{Respelled, Spelling, respell};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};
use rtmp_tests::flv::Tags;

use crate::SERVER;
use rtmp_tests::packets::Packets;
use rtmp_tests::{media, player::Player, program, publisher::Publisher, scratch, server::Server};

const OPTIONS: [&str; 3] = ["--wait", "20", "--convert-tags"];

#[test]
fn h264_and_aac_published_by_fourcc_play_in_an_old_ffmpeg() {
    let test = "convert_avc1";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &OPTIONS);
    let flv = ffmpeg_copy(
        &media::H264_B_FRAMES.file(),
        &["-map", "0"],
        &directory.join("source.flv"),
    );
    let playing = Player::Ffmpeg.play(&server.url(test), &directory);
    server.wait_for_connections(1);
    publish_enhanced(&flv, &server.url(test)).expect("the server takes it all");
    let relayed = playing.finish().relayed_from(&media::H264_B_FRAMES.packets());
    assert!(
        relayed.is_unbroken(10)
            && relayed.has_the_start()
            && relayed.has_the_end(0)
            && relayed.has_the_headers(),
        "{relayed:?}"
    );
}

#[test]
fn the_default_tracks_of_several_play_in_an_old_ffmpeg() {
    let test = "convert_multitrack";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &OPTIONS);
    let url = server.url(test);
    let playing = Player::Ffmpeg.play(&url, &directory);
    server.wait_for_connections(1);
    Publisher::FfmpegNewest
        .publish(&media::MULTITRACK, &url, &directory)
        .succeed();
    let received = playing.finish();
    let defaults = ffmpeg_copy(
        &media::MULTITRACK.file(),
        &["-map", "0:v:0", "-map", "0:a:0"],
        &directory.join("defaults.mkv"),
    );
    let relayed = received.relayed_from(&Packets::of_source(&defaults));
    assert!(
        relayed.is_unbroken(10)
            && relayed.has_the_start()
            && relayed.has_the_end(0)
            && relayed.has_the_headers(),
        "{relayed:?}"
    );
}

#[test]
fn who_announces_hvc1_gets_it_early_and_late() {
    let test = "convert_announced";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &OPTIONS);
    let url = server.url(test);
    let early = Player::FfmpegAnnouncing.play_as("early", &url, &directory);
    server.wait_for_connections(1);
    let publishing = Publisher::FfmpegNewest.publish(&media::HEVC_AAC, &url, &directory);
    server.wait_for_connections(2);
    thread::sleep(Duration::from_millis(1600));
    let late = Player::FfmpegAnnouncing.play_as("late", &url, &directory);
    publishing.succeed();
    let source = media::HEVC_AAC.packets();
    for (playing, is_early) in [(early, true), (late, false)] {
        let relayed = playing.finish().relayed_from(&source);
        assert!(
            relayed.is_unbroken(10)
                && relayed.starts_with_keyframe()
                && relayed.has_the_end(0)
                && relayed.has_the_headers()
                && relayed.has_the_start() == is_early,
            "{relayed:?}"
        );
    }
}

/// The same packets, or some of them, in another container.
fn ffmpeg_copy(from: &Path, map: &[&str], to: &Path) -> PathBuf {
    let status = Command::new(program::find("ffmpeg"))
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(from)
        .args(map)
        .args(["-c", "copy"])
        .arg(to)
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    to.to_owned()
}

/// Publishes an FLV file with every tag of audio and video in the enhanced form, as no ffmpeg does for these codecs, at
/// four times its speed.
fn publish_enhanced(flv: &Path, url: &str) -> io::Result<()> {
    let (address, path) = url
        .strip_prefix("rtmp://")
        .and_then(|rest| rest.split_once('/'))
        .expect("the address of a stream");
    let (app, name) = path.split_once('/').expect("an application and a stream");
    let mut socket = TcpStream::connect(address)?;
    shake_hands(&mut socket)?;
    // What the server says is nothing new: its ids are known.
    let mut answers = socket.try_clone()?;
    let reading = thread::spawn(move || io::copy(&mut answers, &mut io::sink()));

    let mut encoder = ChunkEncoder::new();
    let mut send = |message: &Message| {
        let mut bytes = Vec::new();
        encoder.encode(message, ChunkSize::INITIAL, &mut bytes);
        socket.write_all(&bytes)
    };
    let properties = Object::new()
        .with("app", app)
        .with("tcUrl", format!("rtmp://{address}/{app}"));
    let connect = message::Command::new("connect", 1.0).with_object(properties);
    send(&connect.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION))?;
    let create = message::Command::new("createStream", 2.0);
    send(&create.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION))?;
    let stream = MessageStreamId::new(1);
    let publish = message::Command::new("publish", 3.0).with(name).with("live");
    send(&publish.to_message(ChunkStreamId::COMMAND, stream))?;

    let mut tags = Tags::new(File::open(flv)?)?;
    let started = Instant::now();
    while let Ok(tag) = tags.next_tag() {
        let due = Duration::from_millis(tag.timestamp.into()) / 4;
        thread::sleep(due.saturating_sub(started.elapsed()));
        let (kind, message_type) = match tag.kind {
            8 => (MediaKind::Audio, MessageType::Audio),
            9 => (MediaKind::Video, MessageType::Video),
            _ => continue,
        };
        let timestamp = Timestamp::from_millis(tag.timestamp);
        let legacy = MediaMessage {
            kind,
            timestamp,
            payload: tag.body.into(),
        };
        let Respelled::Changed(enhanced) = respell(&legacy, Spelling::ENHANCED) else {
            panic!("{legacy:?} has an enhanced form");
        };
        send(&Message {
            chunk_stream: ChunkStreamId::new(6).expect("an id for media"),
            stream,
            timestamp,
            kind: message_type,
            payload: enhanced.payload,
        })?;
    }
    socket.shutdown(Shutdown::Write)?;
    reading
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok(())
}

fn shake_hands(socket: &mut TcpStream) -> io::Result<()> {
    let mut out = Vec::new();
    let mut handshake = ClientHandshake::new(Kind::Simple, [7; 32].into(), &mut out);
    let mut buffer = [0; 4096];
    loop {
        socket.write_all(&out)?;
        out.clear();
        let count = socket.read(&mut buffer)?;
        let mut input = &buffer[..count];
        let is_done = handshake
            .handle_input(&mut input, &mut out)
            .map_err(io::Error::other)?;
        if is_done || count == 0 {
            return socket.write_all(&out);
        }
    }
}
