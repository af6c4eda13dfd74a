//! Requests and the host's answers to them, and what waits for an answer.

use std::time::Instant;

use crate::chunk::Message;
use crate::connection::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::connection::refusal::Refusal;
use crate::connection::request::RequestKind;
use crate::connection::server::connect::ConnectCommand;
use crate::connection::server::event::{RequestId, ServerEvent};
use crate::connection::server::name::StreamName;
use crate::connection::server::stream::{Requested, StreamState};
use crate::connection::server::{Phase, ServerConnection};
use crate::connection::timers::Timer;
use crate::units::MessageStreamId;

impl ServerConnection {
    /// Grants a request. What it held back is handled now.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownRequest`], which leaves the connection as it is; or an error in what was held back,
    /// after which the connection is over.
    pub fn accept(&mut self, request: RequestId, now: Instant) -> Result<(), Error> {
        let held = self.grant(request, now)?;
        let result = self.handle_held(held, now);
        self.conclude(result, now)
    }

    /// Refuses a request and tells the peer why. The connection is over unless another of its streams publishes
    /// or plays: there are encoders that take a refusal for a success as long as the connection stays.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownRequest`], which leaves the connection as it is.
    pub fn reject(&mut self, request: RequestId, refusal: &Refusal, now: Instant) -> Result<(), ApiMisuse> {
        if let Phase::Connecting { request: own, .. } = &self.phase
            && *own == request
        {
            let status = refusal.status(
                RequestKind::Connect,
                &format!("application {:?}", self.connect.app_path()),
            );
            self.send_connect_error(self.connect.transaction_id, &status);
        } else {
            let (stream, requested) = self.take_request(request)?;
            self.forget_held(&requested);
            let status = refusal.status(requested.kind, &requested.path);
            self.send_status(stream, &status);
        }
        self.finish_if_idle(Error::Refused(refusal.clone()), now);
        Ok(())
    }

    pub(super) fn grant(&mut self, request: RequestId, now: Instant) -> Result<Vec<Message>, ApiMisuse> {
        if let Phase::Connecting { request: own, held } = &mut self.phase
            && *own == request
        {
            let held = std::mem::take(held);
            self.phase = Phase::Connected;
            ConnectCommand::redact(&mut self.connect);
            self.link
                .timers
                .set(Timer::Idle, now, self.config.limits.idle_timeout);
            self.send_connect_success();
            return Ok(held);
        }
        let (stream, requested) = self.take_request(request)?;
        let Requested {
            kind,
            path,
            reset,
            transition,
            held,
            ..
        } = requested;
        let state = if kind == RequestKind::Publish {
            self.send_publish_start(stream, &path);
            self.link
                .timers
                .set(Timer::Publisher, now, self.config.limits.publisher_timeout);
            StreamState::Publishing {
                path,
                last_media: now,
            }
        } else {
            self.send_play_start(stream, &path, reset, transition);
            StreamState::Playing
        };
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.state = state;
        }
        Ok(held)
    }

    pub(super) fn take_request(
        &mut self,
        request: RequestId,
    ) -> Result<(MessageStreamId, Requested), ApiMisuse> {
        let stream = self.streams.iter().find_map(|stream| match &stream.state {
            StreamState::Requested(requested) if requested.request == request => Some(stream.id),
            StreamState::Requested(_)
            | StreamState::Idle
            | StreamState::Publishing { .. }
            | StreamState::Playing => None,
        });
        let stream = stream
            .and_then(|id| self.streams.get_mut(id))
            .ok_or(ApiMisuse::UnknownRequest)?;
        match std::mem::replace(&mut stream.state, StreamState::Idle) {
            StreamState::Requested(requested) => Ok((stream.id, *requested)),
            StreamState::Idle | StreamState::Publishing { .. } | StreamState::Playing => {
                Err(ApiMisuse::UnknownRequest)
            }
        }
    }

    pub(super) fn handle_held(&mut self, held: Vec<Message>, now: Instant) -> Result<(), Error> {
        for message in held {
            self.held_bytes = self.held_bytes.saturating_sub(held_size(&message));
            if !self.is_over() {
                self.handle_message(message.map(Into::into), now)?;
            }
        }
        Ok(())
    }

    pub(super) fn forget_held(&mut self, requested: &Requested) {
        let bytes: usize = requested.held.iter().map(held_size).sum();
        self.held_bytes = self.held_bytes.saturating_sub(bytes);
    }

    pub(super) fn count_held(&mut self, bytes: usize) -> Result<(), Error> {
        self.held_bytes += bytes;
        // `wants_input` asks for nothing above the limit, but a driver may have read a large message at once.
        let limits = &self.config.limits;
        if self.held_bytes > limits.max_held_bytes + limits.max_partial_bytes {
            return Err(PeerMisbehaved::TooMuchHeld.into());
        }
        Ok(())
    }

    /// The message stream for a `publish` or `play`: the one that the message names; or, from clients that name
    /// none or a wrong one, the only one there is; or, from clients that create none, a new one of that number.
    pub(super) fn stream_for_request(
        &mut self,
        message: &Message,
        kind: RequestKind,
        name: Option<&StreamName>,
        now: Instant,
    ) -> Result<Option<MessageStreamId>, Error> {
        let Some(stream) = self.streams.meant(message.stream) else {
            if self.streams.len() >= self.config.limits.max_message_streams {
                let limit = self.config.limits.max_message_streams;
                let refusal =
                    Refusal::Full(format!("this connection has {limit} message streams already").into());
                self.refuse_at_once(message.stream, kind, name.cloned(), refusal, now);
                return Ok(None);
            }
            self.streams.insert(message.stream);
            return Ok(Some(message.stream));
        };
        if self.hold_for_publish(stream, message)? {
            return Ok(None);
        }
        // A second publish or play on one stream ends the first.
        self.close_stream(stream, now);
        Ok(Some(stream))
    }

    /// Refuses what no host could grant. The host hears of it, for its log.
    pub(super) fn refuse_at_once(
        &mut self,
        stream: MessageStreamId,
        kind: RequestKind,
        name: Option<StreamName>,
        refusal: Refusal,
        now: Instant,
    ) {
        let what = match kind {
            RequestKind::Connect => "the application",
            RequestKind::Publish => "publishing",
            RequestKind::Play => "playing",
        };
        let status = refusal.status(kind, what);
        if kind == RequestKind::Connect {
            self.send_connect_error(self.connect.transaction_id, &status);
        } else {
            self.send_status(stream, &status);
        }
        self.events.push(ServerEvent::Refused {
            kind,
            name,
            refusal: refusal.clone(),
        });
        self.finish_if_idle(Error::Refused(refusal), now);
    }

    pub(super) fn request(
        &mut self,
        stream: MessageStreamId,
        kind: RequestKind,
        name: &StreamName,
        transition: bool,
        reset: bool,
    ) -> RequestId {
        let request = self.new_request();
        if let Some(stream) = self.streams.get_mut(stream) {
            let path = name.path.clone();
            stream.state = StreamState::Requested(Box::new(Requested {
                request,
                kind,
                path,
                transition,
                reset,
                held: Vec::new(),
            }));
        }
        self.link.timers.clear(Timer::Idle);
        request
    }

    pub(super) fn new_request(&mut self) -> RequestId {
        self.next_request = self.next_request.wrapping_add(1);
        RequestId(self.next_request)
    }

    /// Keeps a message back while the stream that it is for waits for the host.
    pub(super) fn hold_for_request(
        &mut self,
        stream: MessageStreamId,
        message: &Message,
    ) -> Result<bool, Error> {
        let Some(stream) = self.streams.get_mut(stream) else {
            return Ok(false);
        };
        let StreamState::Requested(requested) = &mut stream.state else {
            return Ok(false);
        };
        requested.held.push(message.clone());
        self.count_held(held_size(message))?;
        Ok(true)
    }

    /// Keeps back what ends a stream while its `publish` waits for the host: the media before it are to be taken
    /// first. A `play` is not worth waiting for: what ends it withdraws it.
    pub(super) fn hold_for_publish(
        &mut self,
        stream: MessageStreamId,
        message: &Message,
    ) -> Result<bool, Error> {
        if self.streams.requested(stream) == Some(RequestKind::Publish) {
            self.hold_for_request(stream, message)
        } else {
            Ok(false)
        }
    }
}

/// What a held message is counted with: the smallest one costs memory, too.
pub(super) fn held_size(message: &Message) -> usize {
    message.payload.len() + size_of::<Message>()
}
