//! What servers answer, say and call (RTMP 1.0 §7.2).

use std::time::{Duration, Instant};

use crate::amf0::Value;
use crate::chunk::Message;
use crate::connection::client::attempt::NotFollowed;
use crate::connection::client::event::{ClientEvent, ServerProperties};
use crate::connection::client::rejection::{Rejection, RejectionCause};
use crate::connection::client::status::{Status, information, printable};
use crate::connection::client::stream::{Goal, Playback, StreamHandle, StreamState};
use crate::connection::client::target::CONNECT;
use crate::connection::client::{ClientConnection, Phase};
use crate::connection::error::Error;
use crate::connection::request::RequestKind;
use crate::connection::timers::Timer;
use crate::message::{Command, CommandError, ReconnectRequest};
use crate::units::MessageStreamId;

/// A connection that has lasted so long is no step of a chain of redirections.
const SETTLED: Duration = Duration::from_secs(60);

impl ClientConnection {
    pub(super) fn handle_command(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        let payload = message.payload.clone();
        let command = match Command::decode(message.kind, &payload, &self.config.limits) {
            // FFmpeg, where it listens, answers FCPublish with a name and no more.
            Err(CommandError::NoTransactionId) => return Ok(()),
            command => command?.into_amf0(),
        };
        match &*command.name.to_ascii_lowercase() {
            "_result" => return self.handle_result(command, now),
            "_error" => return self.handle_error(&command, now),
            "onstatus" => return self.handle_status(message.stream, &command, now),
            "onbwdone" => {
                if !self.has_checked_bandwidth {
                    self.has_checked_bandwidth = true;
                    let check = self.call("_checkbw");
                    self.link.send_command(&check);
                }
            }
            // Answers to what is asked for beside the streams, in the words of FMS.
            "onfcpublish" | "onfcunpublish" | "onfcsubscribe" | "onfcunsubscribe" => {}
            "close" => {
                self.hung_up()?;
                self.finish(Ok(()), now);
            }
            _ => {
                if command.transaction_id != 0.0 {
                    let result = Command::new("_result", command.transaction_id).with(Value::Null);
                    self.link.send_command(&result);
                }
                self.events.push(ClientEvent::Message(message));
            }
        }
        Ok(())
    }

    fn handle_result(&mut self, command: Command<'_>, now: Instant) -> Result<(), Error> {
        let transaction_id = command.transaction_id;
        if let Phase::Connecting = self.phase {
            if transaction_id == f64::from(CONNECT) {
                return self.handle_connect_result(command, now);
            }
        } else if let Some(stream) = self.streams.of_transaction(transaction_id) {
            let handle = stream.handle;
            match stream.state {
                StreamState::Creating { .. } => self.created(handle, created(&command), now),
                StreamState::Abandoned { .. } => {
                    self.streams.remove(handle);
                    // There are servers with one message stream for all: another one's is not ours to delete.
                    if let Some(id) = created(&command).filter(|&id| self.streams.of_id(id).is_none()) {
                        self.delete_stream(id);
                    }
                }
                // librtmp takes it for a success, too.
                StreamState::Requested { id, .. } => self.started(handle, id),
                StreamState::Waiting | StreamState::Publishing { .. } | StreamState::Playing { .. } => {}
            }
            self.await_answer(now);
        }
        Ok(())
    }

    fn handle_connect_result(&mut self, command: Command<'_>, now: Instant) -> Result<(), Error> {
        let information = information(&command);
        if Status::of(information).is_error() {
            return Err(self.rejected(Rejection::of_connect(information)));
        }
        let properties = ServerProperties::from_command(command);
        self.answer_secure_token(&properties)?;
        self.events.push(ClientEvent::Connected(Box::new(properties)));
        self.phase = Phase::Connected;
        self.begin_streams(now);
        Ok(())
    }

    /// Who has no key says nothing: servers that insist hang up later.
    fn answer_secure_token(&mut self, properties: &ServerProperties) -> Result<(), Error> {
        let (Some(question), Some(token)) = (properties.secure_token(), &self.target.secure_token) else {
            return Ok(());
        };
        let Some(answer) = token.answer(question) else {
            let status = Status {
                description: "its SecureToken can't be read with the key that was given".to_owned(),
                ..Status::default()
            };
            return Err(self.rejected(Rejection {
                request: RequestKind::Connect,
                cause: RejectionCause::WrongToken,
                status,
            }));
        };
        let response = Command::new("secureTokenResponse", 0.0).with(answer);
        self.link.send_command(&response);
        Ok(())
    }

    fn handle_error(&mut self, command: &Command<'_>, now: Instant) -> Result<(), Error> {
        let information = information(command);
        // Nothing else has been asked for yet; some leave out which request they answer.
        if let Phase::Connecting = self.phase {
            return Err(self.rejected(Rejection::of_connect(information)));
        }
        // Servers that do not know releaseStream, FCPublish or _checkbw say so, and it does not matter.
        if let Some(stream) = self.streams.of_transaction(command.transaction_id) {
            let rejection = Rejection::of_stream(stream.goal.kind(), Status::of(information));
            self.refused(stream.handle, rejection, now);
        }
        Ok(())
    }

    /// The server asks to connect anew, and that is not done.
    pub(super) fn declined(&mut self, mut request: ReconnectRequest, reason: NotFollowed) {
        request.tc_url = request.tc_url.as_deref().map(printable);
        self.events
            .push(ClientEvent::ReconnectDeclined { request, reason });
    }

    fn handle_status(
        &mut self,
        id: MessageStreamId,
        command: &Command<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        if let Some(mut request) = ReconnectRequest::from_command(command) {
            if matches!(self.phase, Phase::Connected) {
                request.description = request.description.as_deref().map(printable);
                if now.saturating_duration_since(self.link.timers.start()) >= SETTLED {
                    self.target.tries.redirects = 0;
                }
                match self.destination(&request) {
                    Ok(_) => {
                        self.reconnect = Some(request.clone());
                        self.events.push(ClientEvent::ReconnectRequested(request));
                    }
                    Err(reason) => self.declined(request, reason),
                }
            }
            return Ok(());
        }
        let information = information(command);
        let status = Status::of(information);
        // SRS refuses `connect` with a status, in the place of the answer or later.
        let is_end = match self.phase {
            Phase::Connecting => status.is_error(),
            Phase::Handshake(_) | Phase::Connected | Phase::Over(_) => matches!(
                &*status.code,
                "NetConnection.Connect.Rejected"
                    | "NetConnection.Connect.InvalidApp"
                    | "NetConnection.Connect.Failed"
                    | "NetConnection.Connect.Closed"
                    | "NetConnection.Connect.AppShutdown"
                    | "NetConnection.Connect.IdleTimeout"
            ),
        };
        if is_end {
            return Err(self.rejected(Rejection::of_connect(information)));
        }
        let stream = self
            .streams
            .meant(id)
            .filter(|_| status.code.starts_with("NetStream."));
        match stream.map(|stream| (stream.handle, stream.state)) {
            Some((handle, state)) => self.handle_stream_status(handle, state, status, now),
            None => self.events.push(ClientEvent::Status { stream: None, status }),
        }
        Ok(())
    }

    fn handle_stream_status(
        &mut self,
        stream: StreamHandle,
        state: StreamState,
        status: Status,
        now: Instant,
    ) {
        let is_news = match (state, &*status.code) {
            (StreamState::Requested { id, .. }, "NetStream.Publish.Start" | "NetStream.Play.Start") => {
                self.started(stream, id);
                self.await_answer(now);
                true
            }
            (StreamState::Requested { .. }, _) if status.is_error() => {
                self.refuse(stream, status, now);
                return;
            }
            (
                StreamState::Publishing { .. } | StreamState::Playing { .. },
                "NetStream.Publish.BadName"
                | "NetStream.Publish.Denied"
                | "NetStream.Publish.Rejected"
                | "NetStream.Publish.Failed"
                | "NetStream.Play.StreamNotFound"
                | "NetStream.Play.Failed"
                | "NetStream.Failed",
            ) => {
                self.refuse(stream, status, now);
                return;
            }
            // From a server that minds. FMS only remarks upon it.
            (StreamState::Publishing { .. }, "NetStream.Publish.Idle") if status.is_error() => {
                self.refuse(stream, status, now);
                return;
            }
            (StreamState::Publishing { .. }, "NetStream.Unpublish.Success") => {
                self.withdraw(stream);
                self.events.push(ClientEvent::StreamClosed { stream });
                true
            }
            (
                StreamState::Playing { .. },
                "NetStream.Play.UnpublishNotify" | "NetStream.Play.Stop" | "NetStream.Play.Complete",
            ) => self.has_ended(stream),
            (StreamState::Playing { .. }, "NetStream.Play.PublishNotify") => self.has_started(stream),
            (
                StreamState::Playing {
                    id,
                    playback: Playback::Interrupted,
                },
                "NetStream.Unpause.Notify"
                | "NetStream.Seek.Notify"
                | "NetStream.Seek.Failed"
                | "NetStream.Play.Start",
            ) => {
                let playback = Playback::Running;
                if let Some(state) = self.streams.state_mut(stream) {
                    *state = StreamState::Playing { id, playback };
                }
                false
            }
            _ => false,
        };
        if !is_news {
            let stream = Some(stream);
            self.events.push(ClientEvent::Status { stream, status });
        }
    }

    fn refuse(&mut self, stream: StreamHandle, status: Status, now: Instant) {
        if let Some(kind) = self.streams.get(stream).map(|stream| stream.goal.kind()) {
            self.refused(stream, Rejection::of_stream(kind, status), now);
        }
    }

    /// The server has made a message stream, or says that it has: `publish` or `play` goes out on it.
    fn created(&mut self, stream: StreamHandle, id: Option<MessageStreamId>, now: Instant) {
        let is_taken = id.is_some_and(|id| self.streams.of_id(id).is_some());
        match id {
            Some(id) if !is_taken => self.request_on(stream, id),
            _ => {
                let Some(request) = self.streams.get(stream).map(|stream| stream.goal.kind()) else {
                    return;
                };
                let cause = if is_taken {
                    RejectionCause::OneStreamOnly
                } else {
                    RejectionCause::Other
                };
                let status = Status {
                    description: "createStream was answered without a new message stream".to_owned(),
                    ..Status::default()
                };
                let rejection = Rejection {
                    request,
                    cause,
                    status,
                };
                self.refused(stream, rejection, now);
            }
        }
    }

    fn started(&mut self, stream: StreamHandle, id: MessageStreamId) {
        match self.streams.get(stream).map(|stream| &stream.goal) {
            Some(Goal::Publish { .. }) => {
                if let Some(state) = self.streams.state_mut(stream) {
                    *state = StreamState::Publishing { id };
                }
                self.events.push(ClientEvent::Publishing { stream });
            }
            Some(Goal::Play(_)) => self.started_playing(stream, id),
            None => {}
        }
    }

    pub(super) fn started_playing(&mut self, stream: StreamHandle, id: MessageStreamId) {
        if let Some(state) = self.streams.state_mut(stream) {
            let playback = Playback::Running;
            *state = StreamState::Playing { id, playback };
        }
        self.events.push(ClientEvent::Playing { stream });
    }

    /// A stream is not granted, or no longer.
    fn refused(&mut self, stream: StreamHandle, rejection: Rejection, now: Instant) {
        let was_abandoned = self
            .streams
            .get(stream)
            .is_some_and(|stream| matches!(stream.state, StreamState::Abandoned { .. }));
        self.discard(stream);
        if !was_abandoned {
            self.events.push(ClientEvent::StreamRefused { stream, rejection });
        }
        self.await_answer(now);
    }

    /// Waits for the answers that are outstanding, if there are any.
    pub(super) fn await_answer(&mut self, now: Instant) {
        if self.streams.await_answer() {
            let timeout = self.config.limits.answer_timeout;
            self.link.timers.set(Timer::Answer, now, timeout);
        } else {
            self.link.timers.clear(Timer::Answer);
        }
    }
}

/// The message stream that a `_result` to `createStream` names. No id is fractional, negative or beyond its 32 bits; 0 is
/// the connection itself.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
fn created(result: &Command<'_>) -> Option<MessageStreamId> {
    let values = result.arguments.iter().chain([&result.object]);
    let number = values.filter_map(Value::as_number).next()?;
    let is_id = number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number);
    is_id.then_some(MessageStreamId::new(number as u32))
}
