//! Messages in both directions over any socket that blocks, made of the core's parts.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use rtmp_core::limits::Limits;
use rtmp_core::message::{Command, Control, UserControl};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// The message stream that `createStream` gives first.
pub(crate) const STREAM: MessageStreamId = MessageStreamId::new(1);

/// An AVC sequence header with a record of four bytes.
pub(crate) const AVC_HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 0x42, 0xC0, 0x1E];

/// A connection behind its handshake, as either side of it sees it.
pub(crate) struct Talk<S> {
    socket: S,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    /// The chunk size that we send with.
    chunk_size: ChunkSize,
    /// All that the other end has sent since the handshake, undecoded.
    pub(crate) transcript: Vec<u8>,
    /// Bytes of `transcript` that have been decoded.
    used: usize,
    /// Bytes of one write at most.
    write_at_most: usize,
    since: Instant,
}

/// No scenario takes longer. Who only pings keeps us from running out of patience, but not beyond this.
const LIFETIME: Duration = Duration::from_secs(60);

impl<S: Read + Write> Talk<S> {
    /// Goes on behind a handshake, with what came after it already.
    pub(crate) fn new(socket: S, come: Vec<u8>, write_at_most: usize) -> Self {
        Self {
            socket,
            decoder: ChunkDecoder::new(&Limits::default()),
            encoder: ChunkEncoder::new(),
            chunk_size: ChunkSize::INITIAL,
            transcript: come,
            used: 0,
            write_at_most,
            since: Instant::now(),
        }
    }

    pub(crate) fn command(&mut self, stream: MessageStreamId, command: &Command<'_>) {
        self.send(&command.to_message(ChunkStreamId::COMMAND, stream));
    }

    /// Announces a chunk size, and sends with it from then on.
    pub(crate) fn change_chunk_size(&mut self, size: ChunkSize) {
        self.send(&Control::SetChunkSize(size).to_message());
        self.chunk_size = size;
    }

    pub(crate) fn send_video(&mut self, timestamp: u32, payload: impl Into<Bytes>) {
        self.send(&video(STREAM, timestamp, payload));
    }

    pub(crate) fn send_audio(&mut self, timestamp: u32, payload: impl Into<Bytes>) {
        self.send(&audio(STREAM, timestamp, payload));
    }

    pub(crate) fn send(&mut self, message: &Message) {
        let bytes = self.encoded(message);
        self.send_bytes(&bytes);
    }

    /// The bytes of a message, to be sent in one piece with others.
    pub(crate) fn encoded(&mut self, message: &Message) -> Vec<u8> {
        let mut out = Vec::new();
        self.encoder.encode(message, self.chunk_size, &mut out);
        out
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        write_in_pieces(&mut self.socket, bytes, self.write_at_most);
    }

    /// The next message; `None` when the other end has closed the connection. Pings are answered.
    pub(crate) fn next_message(&mut self) -> Option<Message> {
        let message = self.next_message_unanswered()?;
        if let Some(UserControl::PingRequest(time)) = user_control(&message) {
            self.send(&UserControl::PingResponse(Some(time)).to_message());
        }
        Some(message)
    }

    /// The next message, pings unanswered.
    pub(crate) fn next_message_unanswered(&mut self) -> Option<Message> {
        loop {
            let mut rest = &self.transcript[self.used..];
            let message = self.decoder.decode(&mut rest).expect("what is sent can be read");
            self.used = self.transcript.len() - rest.len();
            if message.is_some() {
                return message;
            }
            if !self.receive() {
                return None;
            }
        }
    }

    pub(crate) fn wait_for_command(&mut self, name: &str) -> Command<'static> {
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
        loop {
            let message = self
                .next_message()
                .unwrap_or_else(|| panic!("closed before {code}"));
            if status_of(&message).as_deref() == Some(code) {
                return;
            }
        }
    }

    pub(crate) fn next_video(&mut self) -> Message {
        self.next_of(MessageType::Video)
    }

    pub(crate) fn next_of(&mut self, kind: MessageType) -> Message {
        loop {
            let message = self
                .next_message()
                .unwrap_or_else(|| panic!("closed before a message of type {kind:?}"));
            if message.kind == kind {
                return message;
            }
        }
    }

    /// Reads to the end of the connection; the codes of all `onStatus` on the way.
    pub(crate) fn statuses_to_the_end(&mut self) -> Vec<String> {
        let messages = std::iter::from_fn(|| self.next_message());
        messages.filter_map(|message| status_of(&message)).collect()
    }

    pub(crate) fn socket(&self) -> &S {
        &self.socket
    }

    pub(crate) fn into_socket(self) -> S {
        self.socket
    }

    /// `false` at the end, of which a reset is one as well.
    fn receive(&mut self) -> bool {
        assert!(self.since.elapsed() < LIFETIME, "it has not come to an end");
        let mut buffer = [0; 64 << 10];
        match self.socket.read(&mut buffer) {
            Ok(read) => {
                self.transcript.extend_from_slice(&buffer[..read]);
                read > 0
            }
            Err(error) if is_timeout(&error) => panic!("the other end is silent"),
            Err(_) => false,
        }
    }
}

pub(crate) fn write_in_pieces(socket: &mut impl Write, bytes: &[u8], at_most: usize) {
    for piece in bytes.chunks(at_most) {
        socket.write_all(piece).expect("the other end reads");
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

pub(crate) fn user_control(message: &Message) -> Option<UserControl> {
    let is_one = message.kind == MessageType::UserControl;
    is_one.then(|| UserControl::parse(&message.payload)).flatten()
}

fn command_of(message: &Message) -> Option<Command<'static>> {
    if message.kind != MessageType::CommandAmf0 {
        return None;
    }
    let command = Command::decode(message.kind, &message.payload, &Limits::default());
    Some(command.unwrap().into_owned())
}

/// The code of an `onStatus`.
fn status_of(message: &Message) -> Option<String> {
    let command = command_of(message).filter(|command| command.name == "onStatus")?;
    let status = command.arguments.first()?.as_object()?;
    Some(status.get("code")?.as_str()?.to_owned())
}

pub(crate) fn video(stream: MessageStreamId, timestamp: u32, payload: impl Into<Bytes>) -> Message {
    media(MessageType::Video, 6, stream, timestamp, payload.into())
}

pub(crate) fn audio(stream: MessageStreamId, timestamp: u32, payload: impl Into<Bytes>) -> Message {
    media(MessageType::Audio, 4, stream, timestamp, payload.into())
}

fn media(
    kind: MessageType,
    chunk_stream: u32,
    stream: MessageStreamId,
    timestamp: u32,
    payload: Bytes,
) -> Message {
    Message {
        chunk_stream: ChunkStreamId::new(chunk_stream).unwrap(),
        stream,
        timestamp: Timestamp::from_millis(timestamp),
        kind,
        payload,
    }
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

/// A raw AAC frame whose last byte tells it from others.
pub(crate) fn aac_frame(number: u8) -> Vec<u8> {
    vec![0xAF, 1, 0x21, number]
}
