//! TLS as a pipe of bytes.

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;

use bytes::Buf;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::CertificateDer;
use rustls::server::UnbufferedServerConnection;
use rustls::{HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use super::error::{OtherProtocol, TlsError};
use super::machine::{Machine, Task};
use crate::connection::TransmitQueue;

/// Plaintext of one record at most (RFC 8446 §5.1).
const RECORD_LEN: usize = 1 << 14;

/// Bytes of a record's header (RFC 8446 §5.1): type, version, length.
const HEADER_LEN: usize = 5;

/// What waits to be sent, from which on nothing more is encrypted: what is written with one call, and what a peer that takes
/// nothing is kept for. One record may come on top.
const MAX_UNSENT: usize = 64 << 10;

/// What may have come of a record, or of a message of the handshake, that is not whole. The longest record has 18 kB, a
/// handshake with a long chain of certificates 10.
const MAX_PENDING: usize = 64 << 10;

/// One connection's TLS, between its socket and who speaks RTMP.
///
/// What comes from the socket goes through [`handle_input`](Self::handle_input), which hands on the plaintext; what is to go
/// out goes through [`encrypt`](Self::encrypt), and leaves by [`transmit`](Self::transmit). After either, `transmit` may
/// hold something: the handshake and alerts are none of the caller's business.
///
/// While nothing is on its way the pipe has no buffers.
pub struct TlsPipe {
    machine: Machine,
    /// The beginning of a record that is not whole, or records of a handshake's message that isn't.
    pub(super) pending: Vec<u8>,
    out: TransmitQueue,
    error: Option<TlsError>,
    /// Something has come.
    is_begun: bool,
    /// We have said that nothing follows.
    is_closed: bool,
    /// The peer has.
    is_peer_closed: bool,
}

impl TlsPipe {
    pub(super) fn of_server(connection: UnbufferedServerConnection) -> Self {
        Self::new(Machine::Server(connection))
    }

    /// What the client says first is there to be sent.
    pub(super) fn of_client(connection: UnbufferedClientConnection) -> Self {
        let mut pipe = Self::new(Machine::Client(connection));
        pipe.run(&mut [], Task::Read, &mut |_| ());
        pipe
    }

    fn new(machine: Machine) -> Self {
        Self {
            machine,
            pending: Vec::new(),
            out: TransmitQueue::default(),
            error: None,
            is_begun: false,
            is_closed: false,
            is_peer_closed: false,
        }
    }

    /// Takes bytes from the socket, cut anywhere, and hands their plaintext to `plain`, a record at a time. They are
    /// decrypted where they are: what `input` holds afterwards is of no use.
    ///
    /// An error ends it; see [`error`](Self::error). What came before was handed on.
    pub fn handle_input(&mut self, input: &mut [u8], mut plain: impl FnMut(&[u8])) {
        if !self.is_begun
            && self.takes_input()
            && let Some(&first) = input.first()
        {
            self.is_begun = true;
            if let Some(other) = OtherProtocol::of(first) {
                self.error = Some(TlsError::NotTls(other));
            }
        }
        let mut rest = input;
        // What has begun is made whole first, of no more than it needs: the rest need not be moved.
        while !self.pending.is_empty() && !rest.is_empty() && self.takes_input() {
            let (next, later) = rest.split_at_mut(missing(&self.pending).min(rest.len()));
            rest = later;
            let mut pending = std::mem::take(&mut self.pending);
            pending.extend_from_slice(next);
            let consumed = self.run(&mut pending, Task::Read, &mut plain);
            pending.drain(..consumed.min(pending.len()));
            self.keep(pending);
        }
        if !rest.is_empty() && self.takes_input() {
            let consumed = self.run(rest, Task::Read, &mut plain);
            let pending = rest.get(consumed..).unwrap_or_default().to_vec();
            self.keep(pending);
        }
        if !self.takes_input() || self.pending.is_empty() {
            self.pending = Vec::new();
        }
    }

    /// The socket has nothing more to read.
    pub fn handle_eof(&mut self) {
        if self.takes_input() {
            self.error = Some(if !self.is_begun {
                TlsError::Silence
            } else if self.is_handshaking() {
                TlsError::HandshakeCut
            } else {
                TlsError::Truncated
            });
        }
    }

    /// Takes from `plain` what fits, once the handshake is done: no more than is sent with one call. After an error, or the
    /// [end](Self::close), nobody will hear it: all is taken then, and dropped.
    pub fn encrypt(&mut self, plain: &mut impl Buf) {
        if self.error.is_some() || self.is_closed {
            plain.advance(plain.remaining());
            return;
        }
        if !plain.has_remaining() || self.is_handshaking() {
            return;
        }
        let mut room = MAX_UNSENT.saturating_sub(self.out.remaining());
        while room > 0 && plain.has_remaining() && self.error.is_none() {
            room = room.saturating_sub(self.encrypt_record(plain));
        }
    }

    /// Says to the peer that nothing follows (RFC 8446 §6.1). Needless calls do nothing.
    pub fn close(&mut self) {
        if self.is_closed || self.error.is_some() {
            return;
        }
        // Within the handshake there is nothing to close.
        if !self.is_handshaking() {
            self.run_pending(Task::Close);
        }
        self.is_closed = true;
        self.pending = Vec::new();
    }

    /// What is to be sent.
    pub const fn transmit(&mut self) -> &mut TransmitQueue {
        &mut self.out
    }

    /// Bytes that wait to be sent.
    pub fn unsent(&self) -> usize {
        self.out.remaining()
    }

    /// The handshake is not done: nothing can be encrypted yet.
    pub fn is_handshaking(&self) -> bool {
        self.machine.state().is_handshaking()
    }

    /// The peer has said that nothing follows.
    pub const fn is_peer_closed(&self) -> bool {
        self.is_peer_closed
    }

    /// What ended it, if something did. What [`transmit`](Self::transmit) holds tells the peer.
    pub const fn error(&self) -> Option<&TlsError> {
        self.error.as_ref()
    }

    /// The version of TLS, once it is known.
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.machine.state().protocol_version()
    }

    /// The cipher suite, once it is known.
    pub fn cipher_suite(&self) -> Option<SupportedCipherSuite> {
        self.machine.state().negotiated_cipher_suite()
    }

    /// The two have met before: the handshake was a short one.
    pub fn is_resumed(&self) -> bool {
        self.machine.state().handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// The peer's certificates, its own first, once they are verified. None of a client that was not asked.
    pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        self.machine.state().peer_certificates()
    }

    fn takes_input(&self) -> bool {
        self.error.is_none() && !self.is_closed && !self.is_peer_closed
    }

    /// Keeps what is not whole, unless it is over.
    fn keep(&mut self, pending: Vec<u8>) {
        if self.takes_input() {
            self.pending = pending;
            if self.pending.len() > MAX_PENDING {
                self.error = Some(TlsError::HandshakeTooLarge);
            }
        }
    }

    /// Encrypts one record; how long it was.
    fn encrypt_record(&mut self, plain: &mut impl Buf) -> usize {
        let first = plain.chunk();
        // A long piece is encrypted from where it is, short ones are gathered.
        if first.len() >= RECORD_LEN || first.len() == plain.remaining() {
            let len = first.len().min(RECORD_LEN);
            self.run_pending(Task::Encrypt(first.get(..len).unwrap_or_default()));
            plain.advance(len);
            len
        } else {
            let gathered = plain.copy_to_bytes(plain.remaining().min(RECORD_LEN));
            self.run_pending(Task::Encrypt(&gathered));
            gathered.len()
        }
    }

    /// Does something that does not come from the peer. rustls may have to look at what is not whole.
    fn run_pending(&mut self, task: Task<'_>) {
        let mut pending = std::mem::take(&mut self.pending);
        let consumed = self.run(&mut pending, task, &mut |_| ());
        pending.drain(..consumed.min(pending.len()));
        self.pending = pending;
    }

    fn run(&mut self, input: &mut [u8], task: Task<'_>, plain: &mut dyn FnMut(&[u8])) -> usize {
        let mut records = Vec::new();
        let (progress, result) = self.machine.run(input, task, &mut records, plain);
        self.is_peer_closed |= progress.is_closed;
        if let Err(error) = result {
            let rest = input.get_mut(progress.consumed..).unwrap_or_default();
            self.machine.last_words(rest, &mut records);
            self.error = Some(error.into());
        }
        self.out.push_reply(records);
        progress.consumed
    }
}

impl fmt::Debug for TlsPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsPipe")
            .field("version", &self.version())
            .field("is_handshaking", &self.is_handshaking())
            .field("unsent", &self.unsent())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// How much more makes a whole of what has begun.
fn missing(pending: &[u8]) -> usize {
    let Some(&[_, _, _, high, low]) = pending.first_chunk::<HEADER_LEN>() else {
        return HEADER_LEN.saturating_sub(pending.len());
    };
    let len = HEADER_LEN.saturating_add(usize::from(u16::from_be_bytes([high, low])));
    match len.saturating_sub(pending.len()) {
        // It is whole, but what it brought is not: a message of the handshake, which goes on in other records.
        0 => RECORD_LEN,
        missing => missing,
    }
}
