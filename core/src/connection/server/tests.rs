//! A client and a clock of the tests' own. What the server says and what it tells its host are written down as
//! lines.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Buf;

use super::*;
use crate::amf0::{Object, Value};
use crate::chunk::{ChunkDecoder, ChunkedMessage, MessageType};
use crate::connection::error::ApiMisuse;
use crate::connection::testing::{Wire, command, line, message, seconds};
use crate::connection::timers::Timer;
use crate::handshake::{ClientHandshake, Kind};
use crate::limits::Limits;
use crate::message::{Command, Control, UserControl};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

mod acknowledgement;
mod amf3;
mod commands;
mod connect;
mod deadlines;
mod ending;
mod held;
mod limits;
mod media;
mod play;
mod publish;
mod refusal;
mod splits;

/// What a server sends for a granted `connect`, as lines of [`Client::heard`].
pub(crate) const CONNECTED: [&str; 5] = [
    "Window Acknowledgement Size 2500000",
    "Set Peer Bandwidth 2500000 Dynamic",
    "Set Chunk Size 60000",
    "StreamBegin 0",
    "0: _result 1 NetConnection.Connect.Success",
];
pub(crate) const PUBLISHED: [&str; 2] = ["StreamBegin 1", "1: onStatus 0 NetStream.Publish.Start"];
pub(crate) const PLAYED: [&str; 3] = [
    "StreamBegin 1",
    "1: onStatus 0 NetStream.Play.Reset",
    "1: onStatus 0 NetStream.Play.Start",
];

struct Client {
    server: ServerConnection,
    now: Instant,
    wire: Wire,
    requests: VecDeque<RequestId>,
}

impl Client {
    /// On a connection that has just been accepted.
    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    fn fresh(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut config = ServerConfig::default();
        configure(&mut config);
        let now = Instant::now();
        Self {
            server: ServerConnection::new(Arc::new(config), [2; 32].into(), now),
            now,
            wire: Wire::default(),
            requests: VecDeque::new(),
        }
    }

    /// Behind the handshake.
    fn new(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut client = Self::fresh(configure);
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(Kind::Simple, [1; 32].into(), &mut out);
        client.input(&out).unwrap();
        let answer = client.drain();
        out.clear();
        assert_eq!(handshake.handle_input(&mut &answer[..], &mut out), Ok(true));
        client.input(&out).unwrap();
        client
    }

    /// Connected to the application "live".
    fn connected(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut client = Self::new(configure);
        client.call(0, &connect("live")).unwrap();
        client.grant();
        client.heard();
        client
    }

    /// Publishes "live/key" on message stream 1.
    fn publishing(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut client = Self::connected(configure);
        client.call(0, &command("createStream", 4)).unwrap();
        client.call(1, &publish("key")).unwrap();
        client.grant();
        client.heard();
        client
    }

    /// Plays "live/key" on message stream 1.
    fn playing(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut client = Self::connected(configure);
        client.call(0, &command("createStream", 2)).unwrap();
        client.call(1, &play("key")).unwrap();
        client.grant();
        client.heard();
        client
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
        self.server.handle_input(bytes, self.now)
    }

    fn send(&mut self, message: &Message) -> Result<(), Error> {
        self.write(message);
        self.flush()
    }

    fn call(&mut self, stream: u32, command: &Command<'_>) -> Result<(), Error> {
        self.write_command(stream, command);
        self.flush()
    }

    /// Time passes, and the server is told when it wants to be.
    fn wait(&mut self, duration: Duration) -> Result<(), Error> {
        let end = self.now + duration;
        while let Some(at) = self.server.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.server.handle_timeout(self.now)?;
        }
        self.now = end;
        Ok(())
    }

    /// What has happened, as lines.
    fn events(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(event) = self.server.poll_event() {
            lines.push(self.event(event));
        }
        lines
    }

    fn event(&mut self, event: ServerEvent) -> String {
        match event {
            ServerEvent::Connect { request, connect } => {
                self.requests.push_back(request);
                format!("connect {}", connect.app)
            }
            ServerEvent::Publish {
                request,
                stream,
                name,
                mode,
            } => {
                self.requests.push_back(request);
                format!("{stream}: publish {} {mode:?}", name.path)
            }
            ServerEvent::Play {
                request,
                stream,
                play,
            } => {
                self.requests.push_back(request);
                let (path, start, duration) = (&play.name.path, play.start, play.duration);
                format!("{stream}: play {path} {start:?} {duration:?} {}", play.reset)
            }
            ServerEvent::Media { stream, message } => format!(
                "{stream}: {:?} @{} {:?}",
                message.kind,
                message.timestamp.as_millis(),
                String::from_utf8_lossy(&message.payload)
            ),
            ServerEvent::Refused { kind, name, refusal } => {
                format!("{kind:?} refused: {:?}, {refusal}", name.map(|name| name.path))
            }
            ServerEvent::Pause {
                stream,
                paused,
                position,
            } => format!("{stream}: pause {paused} @{}", position.as_millis()),
            ServerEvent::Seek { stream, position } => format!("{stream}: seek @{}", position.as_millis()),
            ServerEvent::ReceiveAudio { stream, receive } => format!("{stream}: receive audio {receive}"),
            ServerEvent::ReceiveVideo { stream, receive } => format!("{stream}: receive video {receive}"),
            ServerEvent::StreamClosed { stream } => format!("{stream}: closed"),
            ServerEvent::Message(message) => format!("{}: message {:?}", message.stream, message.kind),
        }
    }

    /// The oldest request that has not been answered.
    fn request(&mut self) -> RequestId {
        self.events();
        self.requests.pop_front().unwrap()
    }

    /// Grants the oldest request.
    fn grant(&mut self) {
        let request = self.request();
        self.server.accept(request, self.now).unwrap();
    }

    /// Refuses the oldest request.
    fn refuse(&mut self, refusal: &Refusal) {
        let request = self.request();
        self.server.reject(request, refusal, self.now).unwrap();
    }

    /// Takes all that is to be sent.
    fn drain(&mut self) -> Vec<u8> {
        let transmit = self.server.transmit();
        let bytes = transmit.copy_to_bytes(transmit.remaining());
        bytes.into()
    }

    /// Takes and reads all that is to be sent.
    fn messages(&mut self) -> Vec<Message> {
        let bytes = self.drain();
        self.wire.read(&bytes)
    }

    /// What the server says, as lines.
    fn heard(&mut self) -> Vec<String> {
        self.messages().iter().map(line).collect()
    }

    /// The description of the last status.
    fn description(&mut self) -> String {
        let message = self.messages().pop().unwrap();
        let command = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
        let information = command.arguments[0].as_object().unwrap();
        information
            .get("description")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }
}

pub(crate) fn connect(app: &str) -> Command<'_> {
    command("connect", 1).with_object(Object::new().with("app", app).with("tcUrl", "rtmp://host/live"))
}

pub(crate) fn publish(name: &str) -> Command<'_> {
    command("publish", 5).with(name).with("live")
}

pub(crate) fn play(name: &str) -> Command<'_> {
    command("play", 3).with(name)
}

fn video(stream: u32, millis: u32, payload: &str) -> Message {
    message(MessageType::Video, stream, millis, payload.as_bytes())
}

fn control(control: Control) -> Message {
    control.to_message()
}
