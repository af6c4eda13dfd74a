//! A server and a clock of the tests' own. What the client says and what it tells its host are written down as lines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};

use super::*;
use crate::amf0::{Object, Value};
use crate::chunk::{Message, MessageType};
use crate::connection::error::ApiMisuse;
use crate::connection::testing::{Wire, command, line, message, seconds};
use crate::handshake::{Kind, Scheme, ServerHandshake};
use crate::media::{MediaKind, MediaMessage};
use crate::message::{Command, Control, UserControl};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

mod attempt;
mod authentication;
mod connect;
mod deadlines;
mod hostile;
mod pair;
mod play;
mod publish;
mod splits;
mod streams;

struct Server {
    client: ClientConnection,
    now: Instant,
    wire: Wire,
}

fn target() -> Target {
    Target::new("live", "rtmp://host/live")
}

impl Server {
    /// To which somebody has just connected.
    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    fn fresh(target: Target, configure: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut config = ClientConfig::default();
        configure(&mut config);
        let now = Instant::now();
        Self::of(
            ClientConnection::new(Arc::new(config), target, [1; 32].into(), now),
            now,
        )
    }

    fn of(client: ClientConnection, now: Instant) -> Self {
        Self {
            client,
            now,
            wire: Wire::default(),
        }
    }

    /// Does its part of the handshake.
    fn shake(mut self) -> Self {
        let mut handshake = ServerHandshake::new([2; 32].into(), true);
        let mut out = Vec::new();
        assert_eq!(
            handshake.handle_input(&mut &self.drain()[..], &mut out),
            Ok(false)
        );
        self.input(&out).unwrap();
        let answer = self.drain();
        let mut rest = &answer[..];
        assert_eq!(handshake.handle_input(&mut rest, &mut out), Ok(true));
        self.wire.outbox.clear();
        assert_eq!(self.wire.decoder.decode(&mut rest), Ok(Some(self.connect_sent())));
        assert!(rest.is_empty());
        self
    }

    /// The message that the client begins with.
    fn connect_sent(&self) -> Message {
        let command = self.client.target.connect(&self.client.config);
        command.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION)
    }

    /// Has answered `connect`.
    fn connected(target: Target, configure: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut server = Self::fresh(target, configure).shake();
        server.call(0, &success()).unwrap();
        server.events();
        server.heard();
        server
    }

    /// Has let a client publish "key" on message stream 1.
    fn publishing(configure: impl FnOnce(&mut ClientConfig)) -> (Self, StreamHandle) {
        let mut server = Self::connected(target(), configure);
        let stream = server.client.publish("key", PublishMode::Live, server.now);
        server.call(0, &result(4, 1.0)).unwrap();
        server.call(1, &status("NetStream.Publish.Start")).unwrap();
        server.events();
        server.heard();
        (server, stream)
    }

    /// Has let a client play "key" on message stream 1.
    fn playing(configure: impl FnOnce(&mut ClientConfig)) -> (Self, StreamHandle) {
        let mut server = Self::connected(target().to_play(), configure);
        let stream = server.client.play(PlayOptions::new("key"), server.now);
        server.call(0, &result(2, 1.0)).unwrap();
        server.call(1, &status("NetStream.Play.Start")).unwrap();
        server.events();
        server.heard();
        (server, stream)
    }

    /// Writes a message to be sent with the next one.
    fn write(&mut self, message: &Message) {
        self.wire.write(message);
    }

    fn write_command(&mut self, stream: u32, command: &Command<'_>) {
        self.write(&command.to_message(ChunkStreamId::COMMAND, MessageStreamId::new(stream)));
    }

    /// Sends all that was written, in one piece.
    fn flush(&mut self) -> Result<(), Error> {
        let bytes = self.wire.take();
        self.input(&bytes)
    }

    fn input(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.client.handle_input(bytes, self.now)
    }

    fn send(&mut self, message: &Message) -> Result<(), Error> {
        self.write(message);
        self.flush()
    }

    fn call(&mut self, stream: u32, command: &Command<'_>) -> Result<(), Error> {
        self.write_command(stream, command);
        self.flush()
    }

    /// Time passes, and the client is told when it wants to be.
    fn wait(&mut self, duration: Duration) -> Result<(), Error> {
        let end = self.now + duration;
        while let Some(at) = self.client.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.client.handle_timeout(self.now)?;
        }
        self.now = end;
        Ok(())
    }

    /// What has happened, as lines.
    fn events(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.client.poll_event())
            .map(event)
            .collect()
    }

    /// Takes all that is to be sent.
    fn drain(&mut self) -> Vec<u8> {
        let transmit = self.client.transmit();
        transmit.copy_to_bytes(transmit.remaining()).into()
    }

    /// Takes and reads all that is to be sent.
    fn messages(&mut self) -> Vec<Message> {
        let bytes = self.drain();
        self.wire.read(&bytes)
    }

    /// What the client says, as lines.
    fn heard(&mut self) -> Vec<String> {
        self.messages().iter().map(line).collect()
    }
}

fn event(event: ClientEvent) -> String {
    let number = |stream: StreamHandle| stream.0;
    match event {
        ClientEvent::Handshaken(kind) => format!("handshake {kind:?}"),
        ClientEvent::Connected(properties) => {
            format!("connected to {}", properties.fms_version().unwrap_or("?"))
        }
        ClientEvent::Publishing { stream } => format!("{}: publishing", number(stream)),
        ClientEvent::Playing { stream } => format!("{}: playing", number(stream)),
        ClientEvent::Media { stream, message } => format!(
            "{}: {:?} @{} {:?}",
            number(stream),
            message.kind,
            message.timestamp.as_millis(),
            String::from_utf8_lossy(&message.payload)
        ),
        ClientEvent::Ended { stream } => format!("{}: ended", number(stream)),
        ClientEvent::Started { stream } => format!("{}: started", number(stream)),
        ClientEvent::StreamRefused { stream, rejection } => {
            format!("{}: refused {:?}, {rejection}", number(stream), rejection.cause)
        }
        ClientEvent::StreamClosed { stream } => format!("{}: closed", number(stream)),
        ClientEvent::Status { stream, status } => format!("{:?}: status {status}", stream.map(number)),
        ClientEvent::ReconnectRequested(request) => format!("reconnect to {:?}", request.tc_url),
        ClientEvent::ReconnectDeclined { request, reason } => {
            format!("no reconnect to {:?}: {reason}", request.tc_url)
        }
        ClientEvent::Pong { round_trip } => format!("pong after {round_trip:?}"),
        ClientEvent::Message(message) => format!("{}: message {:?}", message.stream, message.kind),
    }
}

/// An answer with one value.
fn result(transaction_id: u32, value: impl Into<Value<'static>>) -> Command<'static> {
    command("_result", transaction_id).with(value)
}

/// The answer to `connect`.
fn success() -> Command<'static> {
    command("_result", 1)
        .with_object(Object::new().with("fmsVer", "FMS/3,0,1,123"))
        .with(
            Object::new()
                .with("level", "status")
                .with("code", "NetConnection.Connect.Success"),
        )
}

fn information(level: &'static str, code: &'static str) -> Object<'static> {
    Object::new().with("level", level).with("code", code)
}

fn status(code: &'static str) -> Command<'static> {
    command("onStatus", 0).with(information("status", code))
}

fn failure(code: &'static str) -> Command<'static> {
    command("onStatus", 0).with(information("error", code))
}

fn video(stream: u32, millis: u32, payload: &str) -> Message {
    message(MessageType::Video, stream, millis, payload.as_bytes())
}

fn data(stream: u32, payload: &[u8]) -> Message {
    message(MessageType::DataAmf0, stream, 0, payload)
}

fn control(event: UserControl) -> Message {
    event.to_message()
}
