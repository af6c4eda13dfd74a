//! What a target is sent of a stream: all of it, and where that goes on when the target has been away.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use rtmp_core::connection::client::{PublishMode, Role};
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_tokio::{Handle, Player, PlayerEvent, Server as Inside};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{client, key_frame, start};
use crate::configuration::File;

/// A server inside of the test, and whoever plays there from its first moment on.
struct Target {
    port: u16,
    player: Player,
    task: JoinHandle<()>,
}

impl Target {
    async fn start(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Inside::builder().listener(listener).bind().await.unwrap();
        let handle: Handle = server.handle();
        Self {
            port,
            player: handle.play(&StreamKey::from("copy/room")),
            task: tokio::spawn(server.serve(std::future::pending())),
        }
    }

    /// Ends without a farewell, and begins anew with nothing.
    async fn end(self) -> u16 {
        self.task.abort();
        let _ = self.task.await;
        self.port
    }

    /// What comes, up to a frame of this time.
    async fn until(&mut self, last: u32) -> Vec<(MediaKind, u32)> {
        let mut all = Vec::new();
        loop {
            let PlayerEvent::Message(message) = self.player.next().await.unwrap() else {
                continue;
            };
            all.push((message.kind, message.timestamp.as_millis()));
            if message.timestamp.as_millis() == last {
                return all;
            }
        }
    }
}

fn push(port: u16, more: &str) -> String {
    format!("[[push]]\nstream = \"live/*\"\nurl = \"rtmp://127.0.0.1:{port}/copy/{{name}}\"\n{more}")
}

/// The same as a key frame, with frame type 2.
fn inter(millis: u32) -> MediaMessage {
    MediaMessage {
        payload: [0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 1][..].to_vec().into(),
        ..key_frame(millis)
    }
}

/// Coded frames of AAC.
fn audio(millis: u32) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Audio,
        timestamp: Timestamp::from_millis(millis),
        payload: [0xAF, 1, 0x21][..].to_vec().into(),
    }
}

/// What a target is sent that comes back in the midst of a group of pictures, of which it has had 40 ms.
async fn sent_again(test: &str, resume: &str) -> Vec<(MediaKind, u32)> {
    let mut target = Target::start(0).await;
    let file = File::new(test, &push(target.port, resume));
    let mut origin = start(&file);
    let mut publisher = client(&origin, "live", Role::Publisher).await;
    let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
    for message in [key_frame(0), audio(20), inter(40)] {
        publisher.send(stream, message).await.unwrap();
    }
    publisher.flush().await.unwrap();
    target.until(40).await;

    let port = target.end().await;
    origin.wait_for("relay lost");
    for message in [audio(60), inter(80)] {
        publisher.send(stream, message).await.unwrap();
    }
    publisher.flush().await.unwrap();
    let mut target = Target::start(port).await;
    origin.wait_for("relay healed");
    for message in [inter(120), key_frame(1000), audio(1020), inter(1040)] {
        publisher.send(stream, message).await.unwrap();
    }
    publisher.flush().await.unwrap();
    let all = target.until(1040).await;
    target.end().await;
    all
}

const AUDIO: MediaKind = MediaKind::Audio;
const VIDEO: MediaKind = MediaKind::Video;

#[tokio::test(flavor = "multi_thread")]
async fn time_goes_on_rising_at_a_target_that_comes_back() {
    let goes_on = [(AUDIO, 60), (VIDEO, 1000), (AUDIO, 1020), (VIDEO, 1040)];
    assert_eq!(sent_again("resume-default", "").await, goes_on);
    let next = sent_again("resume-next", "resume = \"next-key-frame\"\n").await;
    assert_eq!(next, goes_on);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_may_be_given_all_of_what_it_lacks() {
    let all = sent_again("resume-last", "resume = \"last-key-frame\"\n").await;
    assert_eq!(
        all,
        [
            (VIDEO, 0),
            (AUDIO, 20),
            (VIDEO, 40),
            (AUDIO, 60),
            (VIDEO, 80),
            (VIDEO, 120),
            (VIDEO, 1000),
            (AUDIO, 1020),
            (VIDEO, 1040)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_whose_clock_begins_anew_is_heard_by_a_target_that_was_away() {
    let mut target = Target::start(0).await;
    let file = File::new("resume-clock", &push(target.port, ""));
    let mut origin = start(&file);
    let mut publisher = client(&origin, "live", Role::Publisher).await;
    let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
    for message in [key_frame(20_000), audio(20_020)] {
        publisher.send(stream, message).await.unwrap();
    }
    publisher.flush().await.unwrap();
    target.until(20_020).await;
    let port = target.end().await;
    origin.wait_for("relay lost");
    let mut target = Target::start(port).await;
    origin.wait_for("relay healed");
    // What is kept has been read by then, and left out.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for message in [audio(0), key_frame(40), audio(60)] {
        publisher.send(stream, message).await.unwrap();
    }
    publisher.flush().await.unwrap();
    let all = timeout(Duration::from_secs(10), target.until(60)).await.unwrap();
    assert_eq!(all, [(AUDIO, 0), (VIDEO, 40), (AUDIO, 60)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_begins_with_the_beginning_of_its_stream() {
    let mut target = Target::start(0).await;
    let file = File::new("resume-beginning", &push(target.port, ""));
    let origin = start(&file);
    let mut publisher = client(&origin, "live", Role::Publisher).await;
    let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
    for message in [audio(0), audio(23), key_frame(40), inter(80)] {
        publisher.send(stream, message).await.unwrap();
    }
    publisher.flush().await.unwrap();
    let all = target.until(80).await;
    assert_eq!(all, [(AUDIO, 0), (AUDIO, 23), (VIDEO, 40), (VIDEO, 80)]);
}
