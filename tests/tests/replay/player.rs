//! A client that plays, without a socket: made of core's lower layers, to check its upper ones.

use rtmp_core::amf0::{Object, Value};
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::hub::StreamKey;
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::{Command, UserControl};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed};

/// Connects, creates a stream, plays, and keeps what it is sent.
#[derive(Debug)]
pub(crate) struct Player {
    app: String,
    name: String,
    handshake: Option<ClientHandshake>,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    output: Vec<u8>,
    /// Media, in order.
    pub(crate) received: Vec<MediaMessage>,
}

impl Player {
    pub(crate) fn new(key: &StreamKey) -> Self {
        let (app, name) = key.as_str().split_once('/').unwrap_or(("", key.as_str()));
        let mut output = Vec::new();
        let handshake = ClientHandshake::new(Kind::Simple, Seed::from([0x50; 32]), &mut output);
        Self {
            app: app.to_owned(),
            name: name.to_owned(),
            handshake: Some(handshake),
            decoder: ChunkDecoder::new(&Limits::default()),
            encoder: ChunkEncoder::new(),
            output,
            received: Vec::new(),
        }
    }

    /// What it begins with.
    pub(crate) fn greeting(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Takes what the server sends; returns the answer.
    pub(crate) fn handle_input(&mut self, mut input: &[u8]) -> Vec<u8> {
        if let Some(handshake) = &mut self.handshake {
            if !handshake.handle_input(&mut input, &mut self.output).unwrap() {
                return self.greeting();
            }
            self.handshake = None;
            let properties = Object::new()
                .with("app", self.app.clone())
                .with("tcUrl", format!("rtmp://replay/{}", self.app));
            let connect = Command::new("connect", 1.0).with_object(properties);
            self.send(&connect, ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
        }
        while let Some(message) = self.decoder.decode(&mut input).unwrap() {
            self.handle_message(message);
        }
        self.greeting()
    }

    fn handle_message(&mut self, message: Message) {
        let kind = match message.kind {
            MessageType::Audio => MediaKind::Audio,
            MessageType::Video => MediaKind::Video,
            MessageType::DataAmf0 => MediaKind::Data,
            MessageType::CommandAmf0 => return self.handle_command(&message),
            MessageType::UserControl => return self.handle_user_control(&message),
            _ => return,
        };
        self.received.push(MediaMessage {
            kind,
            timestamp: message.timestamp,
            payload: message.payload,
        });
    }

    fn handle_command(&mut self, message: &Message) {
        let command = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
        if command.name != "_result" {
            return;
        }
        if command.transaction_id == 1.0 {
            let create = Command::new("createStream", 2.0);
            self.send(&create, ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
        } else {
            let id = command.arguments.first().and_then(Value::as_number).unwrap();
            let stream = MessageStreamId::new(id as u32);
            let play = Command::new("play", 3.0).with(self.name.clone());
            self.send(&play, ChunkStreamId::new(8).unwrap(), stream);
        }
    }

    /// Answers pings, as every player does.
    fn handle_user_control(&mut self, message: &Message) {
        if let Some(UserControl::PingRequest(timestamp)) = UserControl::parse(&message.payload) {
            let pong = UserControl::PingResponse(Some(timestamp)).to_message();
            self.encoder.encode(&pong, ChunkSize::INITIAL, &mut self.output);
        }
    }

    fn send(&mut self, command: &Command<'_>, chunk_stream: ChunkStreamId, stream: MessageStreamId) {
        let message = command.to_message(chunk_stream, stream);
        self.encoder
            .encode(&message, ChunkSize::INITIAL, &mut self.output);
    }
}
