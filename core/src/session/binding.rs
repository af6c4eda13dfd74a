//! What one message stream of the peer's is to the hub.

use std::time::{Duration, Instant};

use crate::chunk::Payload;
use crate::connection::server::{PublishMode, RequestId, StreamName};
use crate::hub::{Cursor, Publication, StreamKey};
use crate::media::audio::{AudioCodec, AudioTag};
use crate::media::video::{VideoCodec, VideoTag};
use crate::media::{MediaKind, MediaMessage};
use crate::prefetch::prefetch;
use crate::session::event::Summary;
use crate::units::{MessageStreamId, Timestamp};

/// Names a binding within its session. Message stream ids won't do: a stream that ended may be followed by
/// another of the same id while the hub has yet to hear of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BindingId(pub(super) u32);

#[derive(Debug)]
pub(super) struct Binding {
    pub(super) id: BindingId,
    pub(super) stream: MessageStreamId,
    pub(super) key: StreamKey,
    /// What the peer called it; `None` once the driver has been told that it has begun.
    pub(super) name: Option<StreamName>,
    pub(super) state: State,
    /// The peer has ended it: what was published before still goes to the hub, and then the binding goes.
    pub(super) ended: bool,
    /// The hub may have something for it: its token was woken, or it has not been told that it is caught up.
    pub(super) ready: bool,
    /// Since when it publishes or plays.
    pub(super) since: Option<Instant>,
    pub(super) summary: Summary,
}

#[derive(Debug)]
pub(super) enum State {
    /// The policy has not answered, or the hub has yet to be told.
    PublishRequested {
        request: RequestId,
        mode: PublishMode,
    },
    /// As above, for a player.
    PlayRequested {
        request: RequestId,
        duration: Option<u32>,
    },
    Publishing(Publication),
    /// The player's request is answered when the publisher comes, or when the time to wait is over.
    Waiting {
        request: RequestId,
        cursor: Cursor,
        duration: Option<u32>,
        /// Somebody has been told that it waits.
        is_known: bool,
        /// `None`: as long as it takes.
        until: Option<Instant>,
    },
    Playing(Playing),
    /// The hub has nothing of it any more.
    Left,
}

#[derive(Debug)]
pub(super) struct Playing {
    pub(super) cursor: Cursor,
    pub(super) duration: Option<u32>,
    pub(super) first: Option<Timestamp>,
    /// Since when it skips and does not keep up: the first and the last skip of a row.
    pub(super) lagging: Option<(Instant, Instant)>,
    /// When its queue was filled last. As long as there is no room, nothing is pulled, and nobody sees how far
    /// behind it is.
    pub(super) filled: Option<Instant>,
    /// There has been no room for so long that the hub has to be asked how far behind it is.
    pub(super) is_overdue: bool,
}

impl Playing {
    pub(super) const fn new(cursor: Cursor, duration: Option<u32>) -> Self {
        Self {
            cursor,
            duration,
            first: None,
            lagging: None,
            filled: None,
            is_overdue: false,
        }
    }
}

impl Binding {
    pub(super) fn prefetch(&self) {
        prefetch(&self.state);
        prefetch(&self.ready);
        prefetch(&self.stream);
        prefetch(&self.summary);
    }

    pub(super) fn prefetch_player(&self) {
        if let State::Playing(playing) = &self.state {
            prefetch(&playing.first);
            prefetch(&playing.lagging);
            prefetch(&playing.filled);
            playing.cursor.prefetch();
        }
    }

    /// When the binding has waited for too long, or has had no room for half as long as it may lag.
    pub(super) fn deadline(&self, lag_timeout: Duration) -> Option<Instant> {
        match &self.state {
            _ if self.ended => None,
            State::Waiting { until, .. } => *until,
            State::Playing(playing) if playing.is_overdue => None,
            State::Playing(playing) => playing.filled?.checked_add(lag_timeout / 2),
            State::PublishRequested { .. }
            | State::PlayRequested { .. }
            | State::Publishing(_)
            | State::Left => None,
        }
    }

    /// It plays, or would if its peer had not ended it.
    pub(super) const fn is_playing(&self) -> bool {
        matches!(self.state, State::Playing(_))
    }
}

impl Summary {
    /// Takes note of a published message.
    pub(super) fn count(&mut self, message: &MediaMessage<Payload>) {
        self.messages += 1;
        self.bytes += message.payload.len() as u64;
        match message.kind {
            MediaKind::Video if self.video.is_none() => {
                self.video = video_codec(&message.payload);
            }
            MediaKind::Audio if self.audio.is_none() => {
                self.audio = audio_codec(&message.payload);
            }
            MediaKind::Video | MediaKind::Audio | MediaKind::Data => {}
        }
    }
}

fn video_codec(payload: &[u8]) -> Option<VideoCodec> {
    match VideoTag::parse(payload).ok()? {
        VideoTag::Packets(mut packets) => packets.next()?.ok()?.codec.into(),
        VideoTag::Empty | VideoTag::Command(_) => None,
    }
}

fn audio_codec(payload: &[u8]) -> Option<AudioCodec> {
    match AudioTag::parse(payload).ok()? {
        AudioTag::Packets(mut packets) => packets.next()?.ok()?.codec.into(),
        AudioTag::Silence => None,
    }
}

impl Binding {
    /// The request that the peer waits to hear about.
    pub(super) const fn request(&self) -> Option<RequestId> {
        match &self.state {
            State::PublishRequested { request, .. }
            | State::PlayRequested { request, .. }
            | State::Waiting { request, .. } => Some(*request),
            State::Publishing(_) | State::Playing(_) | State::Left => None,
        }
    }
}
