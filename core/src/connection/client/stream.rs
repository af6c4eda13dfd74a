//! The streams of one client, from the wish to publish or play to its end.

use crate::connection::client::publication::Publication;
use crate::connection::request::{PlayStart, PublishMode, RequestKind};
use crate::units::{MessageStreamId, Timestamp};
use crate::url::{Live, RtmpUrl};

/// Names a stream that was asked for, from then on: message streams have their numbers from the server, later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamHandle(pub(super) u32);

/// What to play, and how (RTMP 1.0 §7.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlayOptions {
    /// The stream's name, with its query: sent as it is.
    pub name: String,
    /// From where. [`PlayStart::Live`] also sends `FCSubscribe`, as FFmpeg and librtmp do: there are networks for delivery
    /// that fetch a stream only then.
    pub start: PlayStart,
    /// For how many milliseconds, if not to the end.
    pub duration_millis: Option<u32>,
    /// The name that `FCSubscribe` says. With one it is sent whatever the start is.
    pub subscribe: Option<String>,
    /// Milliseconds to be buffered (*SetBufferLength*), if not those of the
    /// [configuration](crate::connection::ClientConfig::buffer_millis).
    pub buffer_millis: Option<u32>,
}

impl PlayOptions {
    /// The stream of this name, live or recorded, to its end.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            start: PlayStart::Any,
            duration_millis: None,
            subscribe: None,
            buffer_millis: None,
        }
    }

    /// What `FCSubscribe` is to say, if anything.
    pub(super) fn subscription(&self) -> Option<&str> {
        match (&self.subscribe, self.start) {
            (Some(name), _) => Some(name),
            (None, PlayStart::Live) => Some(&self.name),
            (None, PlayStart::Any | PlayStart::Recorded(_)) => None,
        }
    }
}

/// The stream that a URL names, as librtmp's options say how to play it.
impl From<&RtmpUrl> for PlayOptions {
    fn from(url: &RtmpUrl) -> Self {
        let options = url.options();
        let position = options.start.unwrap_or_default();
        Self {
            start: match (options.live, options.start) {
                (Some(Live::Live), _) => PlayStart::Live,
                (Some(Live::Recorded), _) | (_, Some(_)) => {
                    PlayStart::Recorded(Timestamp::from_millis(position))
                }
                (Some(Live::Any) | None, None) => PlayStart::Any,
            },
            duration_millis: options.stop.map(|stop| stop.saturating_sub(position)),
            subscribe: options.subscribe.clone(),
            buffer_millis: options.buffer,
            ..Self::new(url.name())
        }
    }
}

/// What a stream is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Publish { name: String, mode: PublishMode },
    Play(PlayOptions),
}

impl Goal {
    pub(super) const fn kind(&self) -> RequestKind {
        match self {
            Self::Publish { .. } => RequestKind::Publish,
            Self::Play(_) => RequestKind::Play,
        }
    }
}

#[derive(Debug)]
pub(super) struct ClientStream {
    pub(super) handle: StreamHandle,
    pub(super) goal: Goal,
    pub(super) state: StreamState,
    /// What has been published, here or at servers before.
    pub(super) publication: Publication,
}

/// ```text
/// Waiting ── connected ──> Creating ── _result ──> Requested ── onStatus ──> Publishing, Playing
///                              └── close ──> Abandoned ── _result ──> deleteStream
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamState {
    /// For `connect` to be answered.
    Waiting,
    /// `createStream` has been sent.
    Creating {
        transaction: u32,
    },
    /// Closed since.
    Abandoned {
        transaction: u32,
    },
    /// `publish` or `play` has been sent.
    Requested {
        id: MessageStreamId,
        transaction: u32,
    },
    Publishing {
        id: MessageStreamId,
    },
    Playing {
        id: MessageStreamId,
        playback: Playback,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Playback {
    Running,
    /// We have asked for a pause, or for another position: the server's *StreamEOF* means no end.
    Interrupted,
    Ended,
}

impl StreamState {
    /// The message stream, once there is one.
    pub(super) const fn id(self) -> Option<MessageStreamId> {
        match self {
            Self::Waiting | Self::Creating { .. } | Self::Abandoned { .. } => None,
            Self::Requested { id, .. } | Self::Publishing { id } | Self::Playing { id, .. } => Some(id),
        }
    }

    /// The request that has to be answered before the stream can go on.
    pub(super) const fn transaction(self) -> Option<u32> {
        match self {
            Self::Creating { transaction }
            | Self::Abandoned { transaction }
            | Self::Requested { transaction, .. } => Some(transaction),
            Self::Waiting | Self::Publishing { .. } | Self::Playing { .. } => None,
        }
    }
}

/// All streams of a connection; nearly always one.
#[derive(Debug, Default)]
pub(super) struct ClientStreams(Vec<ClientStream>);

impl ClientStreams {
    pub(super) fn iter(&self) -> impl Iterator<Item = &ClientStream> {
        self.0.iter()
    }

    pub(super) fn push(&mut self, handle: StreamHandle, goal: Goal, publication: Publication) {
        self.0.push(ClientStream {
            handle,
            goal,
            state: StreamState::Waiting,
            publication,
        });
    }

    pub(super) fn get(&self, handle: StreamHandle) -> Option<&ClientStream> {
        self.iter().find(|stream| stream.handle == handle)
    }

    fn get_mut(&mut self, handle: StreamHandle) -> Option<&mut ClientStream> {
        self.0.iter_mut().find(|stream| stream.handle == handle)
    }

    pub(super) fn state_mut(&mut self, handle: StreamHandle) -> Option<&mut StreamState> {
        Some(&mut self.get_mut(handle)?.state)
    }

    pub(super) fn publication_mut(&mut self, handle: StreamHandle) -> Option<&mut Publication> {
        Some(&mut self.get_mut(handle)?.publication)
    }

    pub(super) fn remove(&mut self, handle: StreamHandle) -> Option<ClientStream> {
        let index = self.0.iter().position(|stream| stream.handle == handle)?;
        Some(self.0.remove(index))
    }

    /// The stream whose request this is.
    pub(super) fn of_transaction(&self, transaction_id: f64) -> Option<&ClientStream> {
        self.iter()
            .find(|stream| stream.state.transaction().map(f64::from) == Some(transaction_id))
    }

    /// The stream on this message stream; or the only one that has any, for servers that speak of it on that of the
    /// connection. Any other number may be that of a stream that has been closed, of which something was under way.
    pub(super) fn meant(&self, id: MessageStreamId) -> Option<&ClientStream> {
        if id != MessageStreamId::CONNECTION {
            return self.of_id(id);
        }
        let mut with_id = self.iter().filter(|stream| stream.state.id().is_some());
        with_id.next().filter(|_| with_id.next().is_none())
    }

    pub(super) fn of_id(&self, id: MessageStreamId) -> Option<&ClientStream> {
        self.iter().find(|stream| stream.state.id() == Some(id))
    }

    pub(super) fn publishes(&self) -> bool {
        self.iter()
            .any(|stream| matches!(stream.state, StreamState::Publishing { .. }))
    }

    /// Whether a server is to answer in time. A `play` may wait for its publisher.
    pub(super) fn await_answer(&self) -> bool {
        self.iter().any(|stream| match stream.state {
            StreamState::Creating { .. } | StreamState::Abandoned { .. } => true,
            StreamState::Requested { .. } => stream.goal.kind() == RequestKind::Publish,
            StreamState::Waiting | StreamState::Publishing { .. } | StreamState::Playing { .. } => false,
        })
    }
}
