//! What has happened to a client, until its host asks.

use std::collections::VecDeque;

use rtmp_core::connection::client::{ClientEvent, Rejection, StreamHandle};

/// Bytes of media that wait, from which on nothing more is read: the server has to wait as well, and a live one skips.
/// What one round of reads brings may come on top.
const MAX_MEDIA: usize = 256 << 10;

/// The same while an answer is waited for: it stands behind whatever the server has sent before, the newest GOP of another stream
/// for instance, and meanwhile nobody takes that.
const MAX_MEDIA_BEFORE_ANSWER: usize = 16 << 20;

/// What a message costs beside its payload.
const OVERHEAD: usize = 128;

/// Events that wait and are no media. Of more the oldest are dropped: who takes none does not miss them.
const MAX_NEWS: usize = 256;

/// Bytes of messages among them: nothing else has as many.
const MAX_MESSAGES: usize = 256 << 10;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    events: VecDeque<ClientEvent>,
    /// Bytes of media among them.
    media: usize,
    /// Events among them that are no media.
    news: usize,
    /// Bytes of messages among those.
    messages: usize,
    /// The server has let us in, once at least.
    pub(super) is_connected: bool,
    /// The stream that has been asked for and is being waited for, and how that went.
    asked: Option<Asked>,
    /// The last stream that was refused.
    refused: Option<(StreamHandle, Rejection)>,
}

#[derive(Debug)]
struct Asked {
    stream: StreamHandle,
    answer: Option<Answer>,
}

/// How a request for a stream went.
#[derive(Debug)]
pub(super) enum Answer {
    Granted,
    Refused(Rejection),
    /// The connection has ended.
    Closed,
}

impl Inbox {
    pub(super) fn has_room(&self) -> bool {
        self.media
            < if self.is_owed() {
                MAX_MEDIA_BEFORE_ANSWER
            } else {
                MAX_MEDIA
            }
    }

    /// Nothing more is read until the host takes something. A server that says so much instead of an answer is not the
    /// host's doing.
    pub(super) fn is_held(&self) -> bool {
        !self.has_room() && !self.is_owed()
    }

    fn is_owed(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.answer.is_none())
    }

    pub(super) fn push(&mut self, event: ClientEvent) {
        match &event {
            ClientEvent::Media { message, .. } => self.media += message.payload.len() + OVERHEAD,
            ClientEvent::Connected(_) => self.is_connected = true,
            ClientEvent::StreamRefused { stream, rejection } => {
                self.refused = Some((*stream, rejection.clone()));
            }
            _ => {}
        }
        let Some(event) = self.answered(event) else {
            return;
        };
        if !is_media(&event) {
            self.news += 1;
            self.messages += message_len(&event);
            self.drop_old_news();
        }
        self.events.push_back(event);
    }

    fn drop_old_news(&mut self) {
        while (self.news > MAX_NEWS || self.messages > MAX_MESSAGES)
            && let Some(place) = self.events.iter().position(|event| !is_media(event))
            && let Some(oldest) = self.events.remove(place)
        {
            self.news -= 1;
            self.messages -= message_len(&oldest);
        }
    }

    pub(super) fn pop(&mut self) -> Option<ClientEvent> {
        let event = self.events.pop_front()?;
        match &event {
            ClientEvent::Media { message, .. } => self.media -= message.payload.len() + OVERHEAD,
            _ => {
                self.news -= 1;
                self.messages -= message_len(&event);
            }
        }
        Some(event)
    }

    /// From here on, what answers the request for this stream is no event.
    pub(super) fn ask(&mut self, stream: StreamHandle) {
        self.asked = Some(Asked { stream, answer: None });
    }

    pub(super) fn take_answer(&mut self) -> Option<Answer> {
        self.asked.as_mut()?.answer.take()
    }

    /// Nobody waits for the answer any more.
    pub(super) fn forget(&mut self) {
        self.asked = None;
    }

    /// Why a stream is not there any more, if the server has said so.
    pub(super) fn refusal(&self, stream: StreamHandle) -> Option<&Rejection> {
        let (refused, rejection) = self.refused.as_ref()?;
        (*refused == stream).then_some(rejection)
    }

    /// Keeps what somebody waits for; gives back everything else.
    fn answered(&mut self, event: ClientEvent) -> Option<ClientEvent> {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.answer.is_none()) else {
            return Some(event);
        };
        let asked_for = asked.stream;
        asked.answer = Some(match event {
            ClientEvent::Publishing { stream } | ClientEvent::Playing { stream } if stream == asked_for => {
                Answer::Granted
            }
            ClientEvent::StreamRefused { stream, rejection } if stream == asked_for => {
                Answer::Refused(rejection)
            }
            ClientEvent::StreamClosed { stream } if stream == asked_for => Answer::Closed,
            event => return Some(event),
        });
        None
    }
}

/// Bytes of a message that the connection does not understand.
fn message_len(event: &ClientEvent) -> usize {
    match event {
        ClientEvent::Message(message) => message.payload.len(),
        _ => 0,
    }
}

const fn is_media(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::Media { .. })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rtmp_core::chunk::{Message, MessageType};
    use rtmp_core::connection::client::{ClientConnection, Target};
    use rtmp_core::connection::server::PublishMode;
    use rtmp_core::media::{MediaKind, MediaMessage};
    use rtmp_core::units::{ChunkStreamId, MessageStreamId, Timestamp};

    use super::*;

    #[test]
    fn of_what_nobody_takes_the_newest_is_kept_and_no_more_than_so_many_bytes() {
        let message = |number: u8, len| {
            ClientEvent::Message(Message {
                chunk_stream: ChunkStreamId::COMMAND,
                stream: MessageStreamId::CONNECTION,
                timestamp: Timestamp::ZERO,
                kind: MessageType::SharedObjectAmf0,
                payload: vec![number; len].into(),
            })
        };
        for (len, kept) in [(1, MAX_NEWS), (MAX_MESSAGES / 4, 4)] {
            let mut inbox = Inbox::default();
            for _ in 0..1000 {
                inbox.push(message(1, len));
            }
            inbox.push(message(2, len));
            let events: Vec<_> = std::iter::from_fn(|| inbox.pop()).collect();
            assert_eq!(events.len(), kept);
            assert_eq!(events.last(), Some(&message(2, len)));
            assert_eq!((inbox.news, inbox.messages), (0, 0));
        }
    }

    #[test]
    fn an_answer_may_stand_behind_more_media_than_are_kept_otherwise() {
        let now = Instant::now();
        let mut connection = ClientConnection::waiting(Default::default(), Target::new("live", ""), now);
        let [playing, asked] = ["a", "b"].map(|name| connection.publish(name, PublishMode::Live, now));
        let media = || ClientEvent::Media {
            stream: playing,
            message: MediaMessage {
                kind: MediaKind::Video,
                timestamp: Timestamp::ZERO,
                payload: vec![0; MAX_MEDIA].into(),
            },
        };
        let mut inbox = Inbox::default();
        inbox.ask(asked);
        inbox.push(media());
        assert!(inbox.has_room(), "the answer is yet to be read");
        inbox.push(ClientEvent::Publishing { stream: asked });
        assert!(!inbox.has_room());
        assert!(matches!(inbox.take_answer(), Some(Answer::Granted)));
        inbox.ask(asked);
        for _ in 0..64 {
            inbox.push(media());
        }
        assert!(
            !inbox.has_room(),
            "a server does not fill the memory instead of answering"
        );
    }
}
