//! A client of few words over a blocking socket, made of the core's parts.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use rtmp_core::amf0::Object;
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::limits::Limits;
use rtmp_core::message::Command;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed, Timestamp};

/// Long enough for a busy machine; a test that waits for so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const STREAM: MessageStreamId = MessageStreamId::new(1);

pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    input: Vec<u8>,
}

impl Client {
    /// Handshake, `connect` to the application "live", and `createStream`.
    pub(crate) fn connect(socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut client = Self {
            socket,
            decoder: ChunkDecoder::new(&Limits::default()),
            encoder: ChunkEncoder::new(),
            input: Vec::new(),
        };
        client.shake_hands();
        let mut connect = Object::new();
        connect.push("app", "live");
        connect.push("tcUrl", "rtmp://127.0.0.1/live");
        // It can reconnect, says Enhanced RTMP: it may be asked to.
        connect.push("capsEx", 1.0);
        let connect = Command::new("connect", 1.0).with_object(connect);
        client.command(MessageStreamId::CONNECTION, &connect);
        client.wait_for_command("_result");
        client.command(MessageStreamId::CONNECTION, &Command::new("createStream", 2.0));
        client.wait_for_command("_result");
        client
    }

    fn shake_hands(&mut self) {
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(Kind::Simple, Seed::from([7; 32]), &mut out);
        loop {
            self.socket.write_all(&out).unwrap();
            out.clear();
            assert!(self.receive(), "closed in the handshake");
            let mut rest = &self.input[..];
            let is_done = handshake.handle_input(&mut rest, &mut out).unwrap();
            self.input = rest.to_vec();
            if is_done {
                return self.socket.write_all(&out).unwrap();
            }
        }
    }

    pub(crate) fn publish(&mut self, name: &str) {
        self.request_publish(name);
        self.wait_for_status("NetStream.Publish.Start");
    }

    pub(crate) fn request_publish(&mut self, name: &str) {
        self.command(STREAM, &Command::new("publish", 3.0).with(name).with("live"));
    }

    /// As often as there are message streams, all in one write.
    pub(crate) fn request_publishes(&mut self, name: &str, streams: std::ops::Range<u32>) {
        let mut out = Vec::new();
        let publish = Command::new("publish", 3.0).with(name).with("live");
        for stream in streams {
            for message in [
                Command::new("createStream", 2.0)
                    .to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION),
                publish.to_message(ChunkStreamId::COMMAND, MessageStreamId::new(stream)),
            ] {
                self.encoder.encode(&message, ChunkSize::INITIAL, &mut out);
            }
        }
        self.socket.write_all(&out).unwrap();
    }

    pub(crate) fn play(&mut self, name: &str) {
        self.request_play(name);
        self.wait_for_status("NetStream.Play.Start");
    }

    pub(crate) fn request_play(&mut self, name: &str) {
        self.command(STREAM, &Command::new("play", 3.0).with(name).with(-2.0));
    }

    /// Asks something, and waits for the answer.
    pub(crate) fn ask(&mut self) {
        self.command(MessageStreamId::CONNECTION, &Command::new("_checkbw", 2.0));
        self.wait_for_command("_result");
    }

    fn command(&mut self, stream: MessageStreamId, command: &Command<'_>) {
        self.send(&command.to_message(ChunkStreamId::COMMAND, stream));
    }

    pub(crate) fn send_video(&mut self, timestamp: u32, payload: impl Into<Bytes>) {
        self.send(&Message {
            chunk_stream: ChunkStreamId::new(6).unwrap(),
            stream: STREAM,
            timestamp: Timestamp::from_millis(timestamp),
            kind: MessageType::Video,
            payload: payload.into(),
        });
    }

    fn send(&mut self, message: &Message) {
        let mut out = Vec::new();
        self.encoder.encode(message, ChunkSize::INITIAL, &mut out);
        self.socket.write_all(&out).unwrap();
    }

    /// The next message; `None` when the server has closed the connection.
    pub(crate) fn next_message(&mut self) -> Option<Message> {
        loop {
            let mut rest = &self.input[..];
            let message = self.decoder.decode(&mut rest).unwrap();
            self.input = rest.to_vec();
            if message.is_some() || !self.receive() {
                return message;
            }
        }
    }

    fn wait_for_command(&mut self, name: &str) -> Command<'static> {
        loop {
            let message = self
                .next_message()
                .unwrap_or_else(|| panic!("closed before {name}"));
            if let Some(command) = command_of(&message)
                && command.name == name
            {
                return command;
            }
        }
    }

    pub(crate) fn wait_for_status(&mut self, code: &str) {
        while code_of(&self.wait_for_command("onStatus")) != code {}
    }

    pub(crate) fn next_video(&mut self) -> Bytes {
        loop {
            let message = self.next_message().expect("closed before a video message");
            if message.kind == MessageType::Video {
                return message.payload;
            }
        }
    }

    /// Whether what came with the last message goes on behind it.
    pub(crate) const fn has_more(&self) -> bool {
        !self.input.is_empty()
    }

    /// Reads to the end of the connection; the codes of all `onStatus` on the way.
    pub(crate) fn statuses_to_the_end(&mut self) -> Vec<String> {
        let mut codes = Vec::new();
        while let Some(message) = self.next_message() {
            codes.extend(
                command_of(&message)
                    .filter(|c| c.name == "onStatus")
                    .map(|c| code_of(&c)),
            );
        }
        codes
    }

    fn receive(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        let count = match self.socket.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the server is silent"),
            // A reset is an end as well.
            result => result.unwrap_or(0),
        };
        self.input.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

fn command_of(message: &Message) -> Option<Command<'static>> {
    (message.kind == MessageType::CommandAmf0).then(|| {
        let command = Command::decode(message.kind, &message.payload, &Limits::default());
        command.unwrap().into_owned()
    })
}

fn code_of(command: &Command<'_>) -> String {
    let status = command.arguments[0].as_object().unwrap();
    status.get("code").unwrap().as_str().unwrap().to_owned()
}

/// An AVC key frame whose last byte tells it from others.
pub(crate) fn keyframe(number: u8) -> Vec<u8> {
    vec![0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, number]
}
