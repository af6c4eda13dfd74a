//! A client of few words over any stream of bytes, made of the core's parts.

use std::time::Duration;

use bytes::Bytes;
use rtmp_core::amf0::Object;
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::limits::Limits;
use rtmp_core::message::Command;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Long enough for a busy machine; a test that waits for so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const STREAM: MessageStreamId = MessageStreamId::new(1);

/// An AVC sequence header with a record of four bytes.
pub(crate) const AVC_HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 0x42, 0xC0, 0x1E];

pub(crate) struct Client<S> {
    socket: S,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    input: Vec<u8>,
    /// Bytes of `input` that have been decoded.
    used: usize,
    /// Bytes of one write at most.
    write_at_most: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Handshake, `connect` to the application "live", and `createStream`.
    pub(crate) async fn connect(socket: S) -> Self {
        Self::connect_in_pieces(socket, usize::MAX).await
    }

    /// As [`connect`](Self::connect), with writes of at most so many bytes.
    pub(crate) async fn connect_in_pieces(socket: S, write_at_most: usize) -> Self {
        Self::connect_with(socket, write_at_most, Object::new()).await
    }

    /// As [`connect_in_pieces`](Self::connect_in_pieces), with more properties.
    pub(crate) async fn connect_with(socket: S, write_at_most: usize, properties: Object<'_>) -> Self {
        let mut client = Self::open(socket, write_at_most).await;
        let mut connect = properties;
        connect.push("app", "live");
        connect.push("flashVer", "tests/1");
        connect.push("tcUrl", "rtmp://127.0.0.1/live");
        client
            .command(
                MessageStreamId::CONNECTION,
                &Command::new("connect", 1.0).with_object(connect),
            )
            .await;
        client.wait_for_command("_result").await;
        client
            .command(MessageStreamId::CONNECTION, &Command::new("createStream", 2.0))
            .await;
        client.wait_for_command("_result").await;
        client
    }

    /// The handshake, and nothing more.
    pub(crate) async fn open(socket: S, write_at_most: usize) -> Self {
        let mut client = Self {
            socket,
            decoder: ChunkDecoder::new(&Limits::default()),
            encoder: ChunkEncoder::new(),
            input: Vec::new(),
            used: 0,
            write_at_most,
        };
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(Kind::Simple, Seed::from([7; 32]), &mut out);
        loop {
            client.send_bytes(&out).await;
            out.clear();
            assert!(client.receive().await, "closed in the handshake");
            let mut rest = &client.input[..];
            let done = handshake.handle_input(&mut rest, &mut out).unwrap();
            client.used = client.input.len() - rest.len();
            if done {
                client.send_bytes(&out).await;
                return client;
            }
        }
    }

    pub(crate) async fn publish(&mut self, name: &str) {
        self.command(STREAM, &Command::new("publish", 3.0).with(name).with("live"))
            .await;
        self.wait_for_status("NetStream.Publish.Start").await;
    }

    pub(crate) async fn play(&mut self, name: &str) {
        self.request_play(name).await;
        self.wait_for_status("NetStream.Play.Start").await;
    }

    pub(crate) async fn request_play(&mut self, name: &str) {
        self.command(STREAM, &Command::new("play", 3.0).with(name).with(-2.0))
            .await;
    }

    pub(crate) async fn command(&mut self, stream: MessageStreamId, command: &Command<'_>) {
        self.send(&command.to_message(ChunkStreamId::COMMAND, stream))
            .await;
    }

    pub(crate) async fn send_video(&mut self, timestamp: u32, payload: impl Into<Bytes>) {
        self.send(&Message {
            chunk_stream: ChunkStreamId::new(6).unwrap(),
            stream: STREAM,
            timestamp: Timestamp::from_millis(timestamp),
            kind: MessageType::Video,
            payload: payload.into(),
        })
        .await;
    }

    pub(crate) async fn send(&mut self, message: &Message) {
        let mut out = Vec::new();
        self.encoder.encode(message, ChunkSize::INITIAL, &mut out);
        self.send_bytes(&out).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.write_at_most) {
            timeout(PATIENCE, self.socket.write_all(piece))
                .await
                .expect("the server does not read")
                .unwrap();
        }
    }

    /// The next message; `None` when the server has closed the connection.
    pub(crate) async fn next_message(&mut self) -> Option<Message> {
        loop {
            let mut rest = &self.input[self.used..];
            let message = self.decoder.decode(&mut rest).unwrap();
            self.used = self.input.len() - rest.len();
            if message.is_some() {
                return message;
            }
            if !self.receive().await {
                return None;
            }
        }
    }

    pub(crate) async fn wait_for_command(&mut self, name: &str) -> Command<'static> {
        loop {
            let message = self
                .next_message()
                .await
                .unwrap_or_else(|| panic!("closed before {name}"));
            if let Some(command) = command_of(&message)
                && command.name == name
            {
                return command;
            }
        }
    }

    pub(crate) async fn wait_for_status(&mut self, code: &str) {
        loop {
            let command = self.wait_for_command("onStatus").await;
            let status = command.arguments[0].as_object().unwrap();
            if status.get("code").unwrap().as_str() == Some(code) {
                return;
            }
        }
    }

    pub(crate) async fn next_video(&mut self) -> Message {
        loop {
            let message = self.next_message().await.expect("closed before a video message");
            if message.kind == MessageType::Video {
                return message;
            }
        }
    }

    /// Reads to the end of the connection; the codes of all `onStatus` on the way.
    pub(crate) async fn statuses_to_the_end(&mut self) -> Vec<String> {
        let mut codes = Vec::new();
        while let Some(message) = self.next_message().await {
            if let Some(command) = command_of(&message)
                && command.name == "onStatus"
            {
                let status = command.arguments[0].as_object().unwrap();
                codes.push(status.get("code").unwrap().as_str().unwrap().to_owned());
            }
        }
        codes
    }

    async fn receive(&mut self) -> bool {
        self.input.drain(..self.used);
        self.used = 0;
        let read = timeout(PATIENCE, self.socket.read_buf(&mut self.input)).await;
        // A reset is an end as well.
        read.expect("the server is silent").unwrap_or(0) > 0
    }
}

fn command_of(message: &Message) -> Option<Command<'static>> {
    if message.kind != MessageType::CommandAmf0 {
        return None;
    }
    Some(
        Command::decode(message.kind, &message.payload, &Limits::default())
            .unwrap()
            .into_owned(),
    )
}

/// An AVC key frame whose last byte tells it from others.
pub(crate) fn keyframe(number: u8) -> Vec<u8> {
    vec![0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, number]
}

/// An AVC inter frame of `len` bytes.
pub(crate) fn inter_frame(len: usize) -> Vec<u8> {
    let mut frame = vec![0x27, 1, 0, 0, 0];
    frame.resize(len, 0x41);
    frame
}
