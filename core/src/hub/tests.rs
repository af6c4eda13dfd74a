//! A driver of one room, without sockets: what is told to each player is written down as it would be seen.

#![allow(clippy::panic, clippy::wildcard_enum_match_arm)]

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::*;
use crate::media::spelling::Spelling;
use crate::media::{Class, MediaKind, MediaMessage};
use crate::units::Timestamp;

mod bundles;
mod company;
mod interleaving;
mod joining;
mod leaving;
mod limits;
mod playing;
mod reconfigure;
mod spelling;
mod takeover;

pub(super) fn message(kind: MediaKind, millis: u32, tag: &[u8], label: &str) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: Bytes::from([tag, label.as_bytes()].concat()),
    }
}

/// Frame type 1, codec 7 (AVC), NAL units, no composition time offset.
pub(super) fn keyframe(millis: u32) -> MediaMessage {
    message(MediaKind::Video, millis, &[0x17, 1, 0, 0, 0], "K")
}

/// Frame type 2.
pub(super) fn inter(millis: u32) -> MediaMessage {
    message(MediaKind::Video, millis, &[0x27, 1, 0, 0, 0], "I")
}

/// AAC, raw frame.
pub(super) fn audio(millis: u32) -> MediaMessage {
    message(MediaKind::Audio, millis, &[0xAF, 1], "A")
}

/// AVC, sequence header.
pub(super) fn video_header(millis: u32, label: &str) -> MediaMessage {
    message(MediaKind::Video, millis, &[0x17, 0, 0, 0, 0], label)
}

/// AAC, sequence header.
pub(super) fn audio_header(millis: u32, label: &str) -> MediaMessage {
    message(MediaKind::Audio, millis, &[0xAF, 0], label)
}

/// The string "onMetaData" and what follows it.
pub(super) fn metadata(millis: u32, label: &str) -> MediaMessage {
    message(MediaKind::Data, millis, b"\x02\x00\x0AonMetaData", label)
}

/// Video of 25 frames per second with audio at the same times, a key frame every `gop` frames.
pub(super) fn frames(range: std::ops::Range<u32>, gop: u32) -> impl Iterator<Item = MediaMessage> {
    range.flat_map(move |n| {
        let video = if n.is_multiple_of(gop) {
            keyframe(n * 40)
        } else {
            inter(n * 40)
        };
        [video, audio(n * 40)]
    })
}

/// One line for each message: "video header v1 @0", "key @40".
pub(super) fn line(delivery: &Delivery<'_>) -> String {
    let message = delivery.to_media_message();
    let payload = String::from_utf8_lossy(&message.payload);
    let label = |len: usize| payload.chars().skip(len).collect::<String>();
    let what = match delivery.class() {
        Class::Keyframe => "key".to_owned(),
        Class::TrackKeyframe { track } => format!("key of track {track}"),
        Class::Inter => "inter".to_owned(),
        Class::Audio => "audio".to_owned(),
        Class::VideoSequenceHeader { .. } => format!("video header {}", label(5)),
        Class::AudioSequenceHeader { .. } => format!("audio header {}", label(2)),
        Class::Metadata => format!("metadata {}", label(13)),
        other => format!("{other:?}"),
    };
    format!("{what} @{}", message.timestamp.as_millis())
}

pub(super) struct Room {
    pub(super) hub: Hub,
    pub(super) wake: WakeList,
    pub(super) key: StreamKey,
    pub(super) now: Instant,
}

impl Room {
    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    pub(super) fn new(configure: impl FnOnce(&mut HubConfig)) -> Self {
        let mut config = HubConfig::default();
        configure(&mut config);
        Self {
            hub: Hub::new(config),
            wake: WakeList::new(),
            key: StreamKey::from("live/room"),
            now: Instant::now(),
        }
    }

    pub(super) fn publish(&mut self) -> Publication {
        self.hub.publish(&self.key, None, &mut self.wake).unwrap()
    }

    pub(super) fn unpublish(&mut self, publication: Publication) {
        self.hub.unpublish(publication, &mut self.wake);
    }

    pub(super) fn send(&mut self, to: &mut Publication, messages: impl IntoIterator<Item = MediaMessage>) {
        for message in messages {
            let entry = to.encode(message);
            self.hub.push(to, entry, &mut self.wake, self.now).unwrap();
        }
    }

    pub(super) fn join(&mut self, token: usize) -> Cursor {
        self.hub
            .subscribe(&self.key, Token(token), SubscribeOptions::default())
    }

    pub(super) fn join_as(&mut self, token: usize, spelling: Spelling) -> Cursor {
        let options = SubscribeOptions {
            spelling,
            ..SubscribeOptions::default()
        };
        self.hub.subscribe(&self.key, Token(token), options)
    }

    /// Pulls until there is nothing more; all that is told and delivered.
    pub(super) fn hear(&mut self, cursor: &mut Cursor) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let pulled = self
                .hub
                .pull(cursor, usize::MAX, |delivery| heard.push(line(&delivery)));
            match pulled {
                Pulled::CaughtUp => return heard,
                Pulled::Waiting => {
                    heard.push("waiting".to_owned());
                    return heard;
                }
                Pulled::Started => heard.push("started".to_owned()),
                Pulled::Ended => heard.push("ended".to_owned()),
                Pulled::Skipped { messages } => heard.push(format!("skipped {messages}")),
                Pulled::More => {}
            }
        }
    }

    /// The tokens woken since the last call.
    pub(super) fn woken(&mut self) -> Vec<usize> {
        self.wake.drain(..).map(|token| token.0).collect()
    }

    pub(super) fn stats(&self) -> StreamStats {
        self.hub.streams().next().unwrap()
    }
}

pub(super) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
