//! A stream played by the host program.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use rtmp_core::hub::{Cursor, Pulled, StreamKey, SubscribeOptions};
use rtmp_core::media::MediaMessage;

use crate::shared::{Phase, Shared};
use crate::wake::Seat;

/// Bytes taken from the log at a time. They are copied while the hub is locked.
const BUDGET: usize = 64 << 10;

/// Plays one stream until it is dropped. As any player it starts at the newest key frame, and skips what it is too
/// slow for.
#[must_use = "playing ends when the player is dropped"]
pub struct Player {
    shared: Arc<Shared>,
    seat: Seat,
    key: StreamKey,
    /// `None` only while it is dropped.
    cursor: Option<Cursor>,
    events: VecDeque<PlayerEvent>,
}

/// What happens to a player, in the order of the stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PlayerEvent {
    /// There is a publisher.
    Started,
    /// A message of the stream.
    Message(MediaMessage),
    /// The player was too slow and goes on nearer to the source.
    Skipped {
        /// Messages that it will never be given.
        messages: u64,
    },
    /// The publisher has left. The next one may come.
    Ended,
}

impl Player {
    pub(crate) fn new(shared: Arc<Shared>, key: StreamKey) -> Self {
        let seat = shared.wakes.register();
        let cursor = shared
            .hubs
            .lock(&key)
            .subscribe(&key, seat.token(), SubscribeOptions::default());
        Self {
            shared,
            seat,
            key,
            cursor: Some(cursor),
            events: VecDeque::new(),
        }
    }

    /// The stream.
    pub const fn key(&self) -> &StreamKey {
        &self.key
    }

    /// Waits for what happens next; `None` when the server has stopped. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<PlayerEvent> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`next`](Self::next), for futures written by hand.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<PlayerEvent>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(Some(event));
            }
            if self.shared.phase() != Phase::Serving {
                return Poll::Ready(None);
            }
            // What comes from here on wakes the task, also before it is asked for.
            self.seat.take_wake(cx);
            if !self.pull() {
                return Poll::Pending;
            }
        }
    }

    /// `false` when there is nothing.
    fn pull(&mut self) -> bool {
        let Some(cursor) = &mut self.cursor else {
            return false;
        };
        let events = &mut self.events;
        let pulled = self.shared.hubs.lock(&self.key).pull(cursor, BUDGET, |delivery| {
            events.push_back(PlayerEvent::Message(delivery.to_media_message()));
        });
        match pulled {
            Pulled::Waiting | Pulled::CaughtUp => return !events.is_empty(),
            Pulled::Started => events.push_back(PlayerEvent::Started),
            Pulled::Ended => events.push_back(PlayerEvent::Ended),
            Pulled::Skipped { messages } => events.push_back(PlayerEvent::Skipped { messages }),
            // More, above all: there may be something to pull.
            _ => {}
        }
        true
    }
}

/// What happens, in its order, until the server has stopped.
impl Stream for Player {
    type Item = PlayerEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PlayerEvent>> {
        self.get_mut().poll_next(cx)
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Some(cursor) = self.cursor.take() {
            self.shared.hubs.lock(&self.key).unsubscribe(cursor);
        }
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
