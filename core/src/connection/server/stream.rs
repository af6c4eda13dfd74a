//! The message streams of one connection and what each is doing.

use std::time::Instant;

use smallvec::SmallVec;

use crate::chunk::Message;
use crate::connection::request::RequestKind;
use crate::connection::server::event::RequestId;
use crate::units::MessageStreamId;

/// A message stream (NetStream): created by `createStream`, or by its first use from clients that skip it.
#[derive(Debug)]
pub(super) struct MessageStream {
    pub(super) id: MessageStreamId,
    pub(super) state: StreamState,
}

#[derive(Debug)]
pub(super) enum StreamState {
    /// Created, or closed again.
    Idle,
    /// Waits for the host.
    Requested(Box<Requested>),
    /// The host has let it publish.
    Publishing {
        path: String,
        /// When its last message came.
        last_media: Instant,
    },
    /// The host has let it play.
    Playing,
}

/// A `publish` or `play` that the host has not answered.
#[derive(Debug)]
pub(super) struct Requested {
    pub(super) request: RequestId,
    pub(super) kind: RequestKind,
    pub(super) path: String,
    /// `play2`: the player changes over and is told so.
    pub(super) transition: bool,
    /// `play`: what played before ends, and the player is told so.
    pub(super) reset: bool,
    /// What came for this stream since: handled once the answer is yes.
    pub(super) held: Vec<Message>,
}

/// All message streams of a connection; nearly always one.
#[derive(Debug, Default)]
pub(super) struct MessageStreams(SmallVec<[MessageStream; 1]>);

impl MessageStreams {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &MessageStream> {
        self.0.iter()
    }

    pub(super) fn get_mut(&mut self, id: MessageStreamId) -> Option<&mut MessageStream> {
        self.0.iter_mut().find(|stream| stream.id == id)
    }

    fn get(&self, id: MessageStreamId) -> Option<&MessageStream> {
        self.iter().find(|stream| stream.id == id)
    }

    /// The host has let it play.
    pub(super) fn is_playing(&self, id: MessageStreamId) -> bool {
        self.get(id)
            .is_some_and(|stream| matches!(stream.state, StreamState::Playing))
    }

    /// The host has let it publish.
    pub(super) fn is_publishing(&self, id: MessageStreamId) -> bool {
        self.get(id)
            .is_some_and(|stream| matches!(stream.state, StreamState::Publishing { .. }))
    }

    /// The lowest free id from 1 on.
    pub(super) fn free_id(&self) -> MessageStreamId {
        let mut id = 1;
        while self.iter().any(|stream| stream.id.get() == id) {
            id += 1;
        }
        MessageStreamId::new(id)
    }

    pub(super) fn insert(&mut self, id: MessageStreamId) {
        self.0.push(MessageStream {
            id,
            state: StreamState::Idle,
        });
    }

    pub(super) fn remove(&mut self, id: MessageStreamId) {
        self.0.retain(|stream| stream.id != id);
    }

    /// The stream that a message means: the one it names, or the only one there is.
    pub(super) fn meant(&self, id: MessageStreamId) -> Option<MessageStreamId> {
        match self.0.as_slice() {
            [only] => Some(only.id),
            streams => streams.iter().map(|stream| stream.id).find(|&known| known == id),
        }
    }

    /// The stream that media mean: the one named, if it publishes or wants to. Some encoders write the id of their
    /// media in the wrong byte order, or 0: if no stream has it, the only one that publishes is meant.
    pub(super) fn publishing(&self, id: MessageStreamId) -> Option<MessageStreamId> {
        if let Some(named) = self.get(id) {
            return named.state.publishes().then_some(id);
        }
        let mut publishing = self.iter().filter(|stream| stream.state.publishes());
        match (publishing.next(), publishing.next()) {
            (Some(only), None) => Some(only.id),
            _ => None,
        }
    }

    /// What a stream waits to hear from the host about.
    pub(super) fn requested(&self, id: MessageStreamId) -> Option<RequestKind> {
        self.get(id)?.state.requested()
    }

    /// A stream whose `publish` the host has not answered.
    pub(super) fn awaiting_publish(&self) -> Option<MessageStreamId> {
        self.iter()
            .find(|stream| stream.state.requested() == Some(RequestKind::Publish))
            .map(|stream| stream.id)
    }

    /// The stream that publishes, or asks to publish, under a name.
    pub(super) fn publishing_as(&self, path: &str) -> Option<MessageStreamId> {
        let named = self.iter().find(|stream| match &stream.state {
            StreamState::Publishing { path: own, .. } => own == path,
            StreamState::Requested(requested) => {
                requested.kind == RequestKind::Publish && requested.path == path
            }
            StreamState::Idle | StreamState::Playing => false,
        });
        named.map(|stream| stream.id)
    }

    /// None publishes, plays or has asked to.
    pub(super) fn all_idle(&self) -> bool {
        self.iter()
            .all(|stream| matches!(stream.state, StreamState::Idle))
    }
}

impl StreamState {
    fn requested(&self) -> Option<RequestKind> {
        match self {
            Self::Requested(requested) => Some(requested.kind),
            Self::Idle | Self::Publishing { .. } | Self::Playing => None,
        }
    }

    fn publishes(&self) -> bool {
        match self {
            Self::Publishing { .. } => true,
            Self::Requested(requested) => requested.kind == RequestKind::Publish,
            Self::Idle | Self::Playing => false,
        }
    }
}
