//! Connections that follow from others.

use std::sync::Arc;
use std::time::Instant;

use super::{Address, Call, Line};
use crate::connection::client::{ClientConnection, ClientEvent, NotFollowed, StreamHandle};
use crate::media::MediaMessage;
use crate::url::Scheme;

impl Call {
    /// Connects anew, now, if the server has [asked](ClientEvent::ReconnectRequested) for it. A player does so at once. A
    /// publisher is left some seconds to come to a key frame: before that one it calls this, and what it
    /// sends next waits for the new connection. Without the call it is done when the time is over.
    ///
    /// Returns whether it will be done: there are servers that one must not be sent to, and an end to being sent.
    pub fn reconnect(&mut self, now: Instant) -> bool {
        let Line::Open(wire) = &mut self.line else {
            return false;
        };
        wire.move_at = None;
        if wire.is_leaving() || self.connection.is_over() || !self.connection.is_asked_to_reconnect() {
            return false;
        }
        let is_done = self.follow(now);
        if let Line::Open(wire) = &mut self.line {
            wire.disconnect(now);
        }
        is_done
    }

    /// Whether a publisher is to [`reconnect`](Self::reconnect) before its next key frame.
    pub fn wants_to_reconnect(&self) -> bool {
        matches!(&self.line, Line::Open(wire) if wire.move_at.is_some())
    }

    /// A server that has asked to connect anew is left before a key frame. Whoever sends says of each message that it is the
    /// next, before it asks whether [it is wanted](ClientConnection::wants_media): a key frame waits for the new connection
    /// then, and is the first that is sent there.
    pub fn reconnect_before(&mut self, stream: StreamHandle, message: &MediaMessage, now: Instant) {
        if self.wants_to_reconnect()
            && self.connection.has_stream(stream)
            && self.connection.may_begin_with(stream, message.class())
        {
            self.reconnect(now);
        }
    }

    /// Has another connection in the place of this one, if the server's words, or its silence, ask for it.
    pub(super) fn follow(&mut self, now: Instant) -> bool {
        let Line::Open(wire) = &mut self.line else {
            return false;
        };
        let Some(attempt) = self.connection.next_attempt() else {
            return false;
        };
        if let Some(url) = attempt.server() {
            if !cfg!(feature = "tls") && url.scheme() == Scheme::Rtmps {
                self.connection.decline_reconnect(NotFollowed::NoTls);
                // It may ask for something else.
                wire.is_asked = false;
                return false;
            }
            self.address = Address::of(url);
        }
        let next = ClientConnection::waiting_for(Arc::clone(&self.config), attempt, now);
        let mut former = std::mem::replace(&mut self.connection, next);
        while let Some(event) = former.poll_event() {
            // Streams that go along have not ended.
            if !matches!(event, ClientEvent::StreamClosed { stream } if self.connection.has_stream(stream)) {
                self.events.push(event);
            }
        }
        wire.leave(former);
        true
    }
}
