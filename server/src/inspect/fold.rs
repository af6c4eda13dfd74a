//! Runs of messages that a transcript tells in one line.

use std::fmt::{self, Formatter};
use std::time::Duration;

use bytes::Bytes;
use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::media::MediaKind;

use super::connection::Direction;
use super::media::{Packet, packets};
use super::side::Recorded;
use super::text::{FAINT, write_time};

/// A run of frames and acknowledgements, and of data messages that only repeat the last one.
#[derive(Default)]
pub(super) struct Fold {
    client: Run,
    server: Run,
    last_data: Option<(Direction, Bytes)>,
}

fn is_all_frames(kind: MediaKind, message: &Message) -> bool {
    packets(kind, &message.payload).iter().all(Packet::is_frame)
}

/// One direction's share of it.
#[derive(Default)]
struct Run {
    /// When its first message came.
    time: Duration,
    audio: u64,
    video: u64,
    acknowledgements: u64,
    data: u64,
    bytes: usize,
    /// Timestamps of the first and the last frame.
    timestamps: Option<(u32, u32)>,
}

impl Fold {
    /// Whether there is so much of it that a line for each helps nobody.
    pub(super) fn takes(&mut self, direction: Direction, message: &Message) -> bool {
        match message.kind {
            MessageType::DataAmf0 | MessageType::DataAmf3 => {
                let data = Some((direction, message.payload.clone()));
                let is_repeated = self.last_data == data;
                self.last_data = data;
                is_repeated
            }
            MessageType::Acknowledgement => true,
            MessageType::Audio => is_all_frames(MediaKind::Audio, message),
            MessageType::Video => is_all_frames(MediaKind::Video, message),
            _ => false,
        }
    }

    pub(super) fn add(&mut self, direction: Direction, recorded: &Recorded) {
        let run = match direction {
            Direction::ClientToServer => &mut self.client,
            Direction::ServerToClient => &mut self.server,
        };
        if run.audio + run.video + run.acknowledgements + run.data == 0 {
            run.time = recorded.time;
        }
        let count = match recorded.message.kind {
            MessageType::Audio => &mut run.audio,
            MessageType::Video => &mut run.video,
            MessageType::Acknowledgement => &mut run.acknowledgements,
            _ => &mut run.data,
        };
        *count += 1;
        if !matches!(recorded.message.kind, MessageType::Audio | MessageType::Video) {
            return;
        }
        let timestamp = recorded.message.timestamp.as_millis();
        run.bytes += recorded.message.payload.len();
        run.timestamps = Some((run.timestamps.map_or(timestamp, |(first, _)| first), timestamp));
    }

    pub(super) fn flush(&mut self, start: Duration, f: &mut Formatter<'_>) -> fmt::Result {
        let (client, server) = (std::mem::take(&mut self.client), std::mem::take(&mut self.server));
        client.line(Direction::ClientToServer, start, f)?;
        server.line(Direction::ServerToClient, start, f)
    }
}

impl Run {
    fn line(&self, direction: Direction, start: Duration, f: &mut Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.audio, "audio"),
            (self.video, "video"),
            (self.acknowledgements, "Ack"),
            (self.data, "repeated data"),
        ];
        let counts: Vec<_> = counts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        if counts.is_empty() {
            return Ok(());
        }
        write_time(self.time, start, direction, f)?;
        write!(f, "{FAINT}... {}", counts.join(", "))?;
        if let Some((first, last)) = self.timestamps {
            write!(
                f,
                ", {} bytes of frames, timestamps {first} to {last}",
                self.bytes
            )?;
        }
        writeln!(f, "{FAINT:#}")
    }
}
