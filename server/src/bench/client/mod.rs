//! One RTMP client, as far as a load needs one: bytes in, bytes and events out.
//!
//! ```text
//! handshake ─> connect ─> createStream ─> publish or play ─> started
//! ```
//!
//! It answers pings, acknowledges as the server's window asks, and obeys chunk sizes. It opens no socket and reads no
//! clock.

mod error;
mod received;
mod request;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use bytes::Bytes;
use rtmp_core::chunk::{self, ChunkDecoder, ChunkEncoder, Message, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::limits::Limits;
use rtmp_core::message::{Command, Control, UserControl};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed, Timestamp};

pub(super) use error::ClientError;
use request::Request;
pub(super) use request::Target;

use received::Received;

/// What a client is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// `connect` and `createStream`, nothing else.
    Connect,
    /// `publish`, in chunks of this size.
    Publish(ChunkSize),
    /// `play`.
    Play,
}

/// What a client tells.
#[derive(Debug, PartialEq)]
pub(super) enum Event {
    /// The handshake is done, `connect` under way.
    Handshaken,
    /// The goal is reached. Said once.
    Started,
    /// A message of the stream played: audio, video or data.
    Media(Message),
    /// The stream played has ended; it may go on.
    Ended,
}

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    state: State,
    goal: Goal,
    target: Rc<Target>,
    /// The message stream, once there is one.
    stream: MessageStreamId,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    chunk_size: ChunkSize,
    received: Received,
}

#[derive(Debug)]
enum State {
    Handshake(Box<ClientHandshake>),
    Connect,
    CreateStream,
    /// `publish` or `play` has been sent.
    Start,
    Started,
}

/// The chunk streams of media, as librtmp has them.
const DATA: u32 = 5;
const AUDIO: u32 = 4;
const VIDEO: u32 = 6;

impl Client {
    /// A client at its start. Its first bytes are appended to `out`.
    pub(super) fn new(target: Rc<Target>, goal: Goal, seed: Seed, out: &mut Vec<u8>) -> Self {
        // What every server takes, and the least work for both sides.
        let handshake = ClientHandshake::new(Kind::Simple, seed, out);
        Self {
            state: State::Handshake(Box::new(handshake)),
            goal,
            target,
            stream: MessageStreamId::CONNECTION,
            decoder: ChunkDecoder::new(&Limits::default()),
            encoder: ChunkEncoder::new(),
            chunk_size: ChunkSize::INITIAL,
            received: Received::default(),
        }
    }

    /// Takes what the server sent, and appends the answers to `out`.
    ///
    /// # Errors
    ///
    /// [`ClientError`]: the client is of no use after it.
    pub(super) fn handle_input(
        &mut self,
        mut input: &[u8],
        out: &mut Vec<u8>,
        on_event: &mut impl FnMut(Event),
    ) -> Result<(), ClientError> {
        if let State::Handshake(handshake) = &mut self.state {
            if !handshake.handle_input(&mut input, out)? {
                return Ok(());
            }
            self.state = State::Connect;
            self.send(&self.target.connect(self.goal), out);
            on_event(Event::Handshaken);
        }
        self.received.add(input.len() as u64);
        while let Some(message) = self.decoder.decode(&mut input)? {
            self.handle_message(message, out, on_event)?;
        }
        // Who sends this load is trusted with its own chunks.
        self.decoder.replenish();
        self.acknowledge(out);
        Ok(())
    }

    /// Counts bytes that were thrown away unseen.
    pub(super) fn handle_discarded(&mut self, count: u64, out: &mut Vec<u8>) {
        self.received.add(count);
        self.acknowledge(out);
    }

    /// Appends an acknowledgement that was not asked for: who discards what comes can't see pings, and is not silent
    /// this way.
    pub(super) fn keep_alive(&mut self, out: &mut Vec<u8>) {
        let sequence = self.received.acknowledge();
        self.put(&Control::Acknowledgement(sequence).to_message(), out);
    }

    /// Appends a message of the stream that is published.
    pub(super) fn publish(
        &mut self,
        kind: MessageType,
        timestamp: Timestamp,
        payload: Bytes,
        out: &mut Vec<u8>,
    ) {
        let chunk_stream = match kind {
            MessageType::Audio => AUDIO,
            MessageType::Video => VIDEO,
            _ => DATA,
        };
        let message = Message {
            chunk_stream: ChunkStreamId::new(chunk_stream).unwrap_or(ChunkStreamId::COMMAND),
            stream: self.stream,
            timestamp,
            kind,
            payload,
        };
        self.encoder.encode(&message, self.chunk_size, out);
    }

    /// Bytes received behind the handshake.
    pub(super) const fn received(&self) -> u64 {
        self.received.total()
    }

    fn handle_message(
        &mut self,
        message: Message,
        out: &mut Vec<u8>,
        on_event: &mut impl FnMut(Event),
    ) -> Result<(), ClientError> {
        match message.kind {
            MessageType::Audio | MessageType::Video | MessageType::DataAmf0 | MessageType::DataAmf3 => {
                // Some servers send media in the place of a status.
                if matches!(self.state, State::Start) && !is_data(message.kind) {
                    self.started(on_event);
                }
                on_event(Event::Media(message));
            }
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => {
                let command = Command::decode(message.kind, &message.payload, &Limits::default())?;
                self.handle_command(&command.into_amf0(), out, on_event)?;
            }
            MessageType::UserControl => match UserControl::parse(&message.payload) {
                Some(UserControl::PingRequest(time)) => {
                    self.put(&UserControl::PingResponse(Some(time)).to_message(), out);
                }
                Some(UserControl::StreamEof(_)) if matches!(self.state, State::Started) => {
                    on_event(Event::Ended);
                }
                _ => {}
            },
            MessageType::WindowAcknowledgementSize => {
                if let Some(Control::WindowAcknowledgementSize(window)) =
                    Control::parse(message.kind, &message.payload)
                {
                    self.received.set_window(window);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn handle_command(
        &mut self,
        command: &Command<'_>,
        out: &mut Vec<u8>,
        on_event: &mut impl FnMut(Event),
    ) -> Result<(), ClientError> {
        let answered = Request::of(command.transaction_id);
        match &*command.name {
            "_result" => match (&self.state, answered) {
                (State::Connect, Some(Request::Connect)) => {
                    self.state = State::CreateStream;
                    if let Goal::Publish(chunk_size) = self.goal {
                        self.put(&Control::SetChunkSize(chunk_size).to_message(), out);
                        self.chunk_size = chunk_size;
                    }
                    for command in self.target.create_stream(self.goal) {
                        self.send(&command, out);
                    }
                }
                (State::CreateStream, Some(Request::CreateStream)) => {
                    self.stream = request::created(command).ok_or(ClientError::NoStream)?;
                    self.state = State::Start;
                    self.start(out, on_event);
                }
                _ => {}
            },
            // Servers that do not know releaseStream and FCPublish say so, and it does not matter.
            "_error" => {
                if let Some(request) = answered.filter(|request| request.matters()) {
                    return Err(ClientError::refused(request, command));
                }
            }
            "onStatus" => self.handle_status(command, on_event)?,
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, out: &mut Vec<u8>, on_event: &mut impl FnMut(Event)) {
        let message = match self.goal {
            Goal::Connect => return self.started(on_event),
            Goal::Publish(_) => self.target.publish(),
            Goal::Play => self.target.play(),
        }
        .to_message(request::of_stream(), self.stream);
        self.put(&message, out);
        if self.goal == Goal::Play {
            let buffer = UserControl::SetBufferLength {
                stream: self.stream,
                millis: request::BUFFER_MILLIS,
            };
            self.put(&buffer.to_message(), out);
        }
    }

    fn handle_status(
        &mut self,
        command: &Command<'_>,
        on_event: &mut impl FnMut(Event),
    ) -> Result<(), ClientError> {
        let status = request::Status::of(command);
        match status.code {
            "NetStream.Publish.Start" | "NetStream.Play.Start" if matches!(self.state, State::Start) => {
                self.started(on_event);
            }
            "NetStream.Play.UnpublishNotify" | "NetStream.Play.Stop" => on_event(Event::Ended),
            _ if status.is_error() => {
                let request = match (&self.state, self.goal) {
                    (State::Handshake(_) | State::Connect, _) => Request::Connect,
                    (_, Goal::Publish(_)) => Request::Publish,
                    (_, Goal::Play) => Request::Play,
                    (_, Goal::Connect) => Request::CreateStream,
                };
                return Err(ClientError::refused(request, command));
            }
            _ => {}
        }
        Ok(())
    }

    fn started(&mut self, on_event: &mut impl FnMut(Event)) {
        self.state = State::Started;
        on_event(Event::Started);
    }

    /// A command of the connection itself.
    fn send(&self, command: &Command<'_>, out: &mut Vec<u8>) {
        self.put(
            &command.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION),
            out,
        );
    }

    fn put(&self, message: &Message, out: &mut Vec<u8>) {
        chunk::encode(message, self.chunk_size, out);
    }

    fn acknowledge(&mut self, out: &mut Vec<u8>) {
        if self.received.is_due() {
            self.keep_alive(out);
        }
    }
}

const fn is_data(kind: MessageType) -> bool {
    matches!(kind, MessageType::DataAmf0 | MessageType::DataAmf3)
}
