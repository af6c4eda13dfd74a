//! rustls's machine, driven: records in, plaintext and records out.

#![allow(clippy::wildcard_enum_match_arm)] // There may be more states one day, of what is not asked for.

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use rustls::{CommonState, Error};

/// What a record adds to its plaintext at most: header, explicit nonce or inner type, tag (RFC 8446 §5.2, RFC 5288 §3).
const RECORD_OVERHEAD: usize = 5 + 8 + 16;

/// One side of TLS.
pub(super) enum Machine {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

/// What is to be done once all that came has been processed.
pub(super) enum Task<'a> {
    /// Nothing.
    Read,
    /// This is to be sent.
    Encrypt(&'a [u8]),
    /// The peer is to be told that nothing follows.
    Close,
}

/// What has become of it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Bytes of the input that have done their part: the rest has to be there at the next call, with more behind it.
    pub(super) consumed: usize,
    /// The peer has said that nothing follows.
    pub(super) is_closed: bool,
}

impl Machine {
    pub(super) fn state(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    /// Processes `input`, in place. What it holds for us goes to `plain`, record by record; what is to be sent is appended to
    /// `records`.
    pub(super) fn run(
        &mut self,
        input: &mut [u8],
        task: Task<'_>,
        records: &mut Vec<u8>,
        plain: &mut dyn FnMut(&[u8]),
    ) -> (Progress, Result<(), Error>) {
        match self {
            Self::Client(connection) => run(connection, input, task, records, plain),
            Self::Server(connection) => run(connection, input, task, records, plain),
        }
    }

    /// What is still to be sent after an error: the alert that tells the peer of it.
    pub(super) fn last_words(&mut self, input: &mut [u8], records: &mut Vec<u8>) {
        // While there is something to send, no input is looked at.
        while self.state().wants_write() {
            let before = records.len();
            let _ = match self {
                Self::Client(connection) => step(connection, input, records),
                Self::Server(connection) => step(connection, input, records),
            };
            if records.len() == before {
                break;
            }
        }
    }
}

/// What the two kinds of unbuffered connections have in common, but not by a trait of rustls.
trait Process {
    type Data;
    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Process for UnbufferedClientConnection {
    type Data = ClientConnectionData;
    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
}

impl Process for UnbufferedServerConnection {
    type Data = ServerConnectionData;
    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
}

fn run<P: Process>(
    connection: &mut P,
    mut input: &mut [u8],
    task: Task<'_>,
    records: &mut Vec<u8>,
    plain: &mut dyn FnMut(&[u8]),
) -> (Progress, Result<(), Error>) {
    let mut progress = Progress::default();
    loop {
        let UnbufferedStatus { mut discard, state } = connection.process(input);
        let result = match state {
            Err(error) => Err(error),
            Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                match traffic.next_record() {
                    Some(Ok(record)) => {
                        discard = discard.saturating_add(record.discard);
                        plain(record.payload);
                    }
                    Some(Err(error)) => break Err(error),
                    None => break Ok(true),
                }
            },
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                encode(records, |room| data.encode(room)).map(|()| true)
            }
            Ok(ConnectionState::TransmitTlsData(data)) => {
                data.done();
                Ok(true)
            }
            Ok(ConnectionState::PeerClosed) => {
                progress.is_closed = true;
                Ok(true)
            }
            Ok(ConnectionState::WriteTraffic(traffic)) => write(traffic, &task, records).map(|()| false),
            Ok(ConnectionState::BlockedHandshake | ConnectionState::Closed) => Ok(false),
            // Early data is not offered, nor accepted; what else may come one day has not been asked for.
            Ok(_) => Err(Error::General("an unexpected state of TLS".into())),
        };
        progress.consumed = progress.consumed.saturating_add(discard);
        input = input.get_mut(discard..).unwrap_or_default();
        match result {
            Ok(true) => {}
            Ok(false) => return (progress, Ok(())),
            Err(error) => return (progress, Err(error)),
        }
    }
}

/// One step, for what it has to send.
fn step<P: Process>(connection: &mut P, input: &mut [u8], records: &mut Vec<u8>) -> Result<(), Error> {
    match connection.process(input).state? {
        ConnectionState::EncodeTlsData(mut data) => encode(records, |room| data.encode(room)),
        _ => Ok(()),
    }
}

fn write<D>(mut traffic: WriteTraffic<'_, D>, task: &Task<'_>, records: &mut Vec<u8>) -> Result<(), Error> {
    match *task {
        Task::Read => Ok(()),
        Task::Encrypt(plain) => {
            let room = plain.len().saturating_add(RECORD_OVERHEAD);
            fill(records, room, |room| traffic.encrypt(plain, room))
        }
        Task::Close => fill(records, RECORD_OVERHEAD + 2, |room| {
            traffic.queue_close_notify(room)
        }),
    }
}

fn encode(
    records: &mut Vec<u8>,
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>,
) -> Result<(), Error> {
    fill(records, 0, |room| match encode(room) {
        Ok(count) => Ok(count),
        Err(EncodeError::InsufficientSize(size)) => Err(EncryptError::InsufficientSize(size)),
        // It is asked again only when it had no room.
        Err(EncodeError::AlreadyEncoded) => Ok(0),
    })
}

/// Appends what `write` writes, into `room` bytes or as many as it asks for.
fn fill(
    records: &mut Vec<u8>,
    room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, EncryptError>,
) -> Result<(), Error> {
    let start = records.len();
    let mut room = room;
    // What was queued before comes first, and makes it more than was thought, once.
    for _ in 0..2 {
        records.resize(start.saturating_add(room), 0);
        match write(records.get_mut(start..).unwrap_or_default()) {
            Ok(count) => {
                records.truncate(start.saturating_add(count));
                return Ok(());
            }
            Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) => {
                room = required_size
            }
            Err(EncryptError::EncryptExhausted) => break,
        }
    }
    records.truncate(start);
    Err(Error::EncryptError)
}
