//! A client of few words over any stream of bytes, made of the core's parts.

use std::time::Duration;

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

const STREAM: MessageStreamId = MessageStreamId::new(1);

pub(crate) struct Client<S> {
    socket: S,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    input: Vec<u8>,
    /// Bytes of `input` that have been decoded.
    used: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Handshake, `connect` to the application "live", and `createStream`.
    pub(crate) async fn connect(socket: S) -> Self {
        let mut client = Self::open(socket).await;
        let connect = Object::new().with("app", "live");
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
    async fn open(socket: S) -> Self {
        let mut client = Self {
            socket,
            decoder: ChunkDecoder::new(&Limits::default()),
            encoder: ChunkEncoder::new(),
            input: Vec::new(),
            used: 0,
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
        self.command(STREAM, &Command::new("play", 3.0).with(name).with(-2.0))
            .await;
        self.wait_for_status("NetStream.Play.Start").await;
    }

    pub(crate) async fn send_video(&mut self, millis: u32, payload: &[u8]) {
        self.send(&Message {
            chunk_stream: ChunkStreamId::new(6).unwrap(),
            stream: STREAM,
            timestamp: Timestamp::from_millis(millis),
            kind: MessageType::Video,
            payload: payload.to_vec().into(),
        })
        .await;
    }

    async fn command(&mut self, stream: MessageStreamId, command: &Command<'_>) {
        self.send(&command.to_message(ChunkStreamId::COMMAND, stream))
            .await;
    }

    async fn send(&mut self, message: &Message) {
        let mut out = Vec::new();
        self.encoder.encode(message, ChunkSize::INITIAL, &mut out);
        self.send_bytes(&out).await;
    }

    async fn send_bytes(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.socket.write_all(bytes))
            .await
            .expect("the server does not read")
            .unwrap();
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

    async fn wait_for_command(&mut self, name: &str) -> Command<'static> {
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
