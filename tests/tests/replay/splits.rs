//! However a client's bytes are cut, the same happens.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rtmp_core::handshake::PACKET_LEN;
use rtmp_core::session::{AllowAll, SessionEvent};
use rtmp_server::inspect::Session;

use crate::recording::{self, Piece};
use crate::server::{Company, Server};
use crate::source::Source;

/// How often a capture is cut at random places.
const RANDOM_RUNS: u64 = 6;

/// As much of a long recording is cut, from its beginning: many times what commands take, and some media.
const LONGEST: usize = 1 << 20;
const LONGEST_COMMAND_PHASE: usize = 16 << 10;

/// What must not depend on how the input is cut.
#[derive(PartialEq)]
struct Outcome {
    output: Vec<u8>,
    events: Vec<SessionEvent>,
    error: Option<String>,
}

/// Cuts a client's bytes in every way; the outcome is that of the uncut run.
pub(crate) fn check(session: &Session, source: &Source) {
    let source = &source.brief();
    let client = Client::recorded(session);
    let single = cut_everywhere(&client.bursts);
    client.check(&single, "byte by byte", source);
    for seed in 0..RANDOM_RUNS {
        let pieces = cut_at_random(&client.bursts, seed);
        client.check(&pieces, &format!("cut with seed {seed}"), source);
    }
    if let Some(demanding) = Client::demanding(session) {
        let pieces = cut_at_random(&demanding.bursts, 0);
        demanding.check(&pieces, "cut, and acknowledged", source);
    }

    let client = client.up_to(recording::command_phase_end(session).min(LONGEST_COMMAND_PHASE));
    let whole = client.run(&client.bursts, source);
    for (index, burst) in client.bursts.iter().enumerate() {
        for at in burst.bytes.clone() {
            let mut pieces = client.bursts[..index].to_vec();
            pieces.extend(cut(burst, [burst.bytes.start, at]));
            pieces.extend_from_slice(&client.bursts[index + 1..]);
            let outcome = client.run(&pieces, source);
            assert_same(&whole, &outcome, &format_args!("cut at byte {at}"));
        }
    }
}

/// A client, and what it sends in one go.
struct Client {
    start: Duration,
    bytes: Vec<u8>,
    bursts: Vec<Piece>,
}

impl Client {
    fn recorded(session: &Session) -> Self {
        let client = Self {
            start: session.connection.start,
            bytes: session.connection.client_stream.bytes.clone(),
            bursts: recording::bursts(session),
        };
        client.up_to(LONGEST)
    }

    fn up_to(self, end: usize) -> Self {
        let bursts = self.bursts.into_iter().filter(|burst| burst.bytes.start < end);
        let bursts = bursts.map(|burst| Piece {
            bytes: burst.bytes.start..burst.bytes.end.min(end),
            ..burst
        });
        Self {
            bursts: bursts.collect(),
            ..self
        }
    }

    /// The same client, but it wants an acknowledgement for every 2500 bytes: the windows of the recorded clients are
    /// larger than all that they send. It waits for answers as it was recorded, since acknowledgements do not wait for
    /// what the host has to answer. `None` for a client that does not get beyond the handshake.
    fn demanding(session: &Session) -> Option<Self> {
        // Chunk type 0 on chunk stream 63, timestamp 0, 4 bytes, type 5, stream 0: 2500.
        const WINDOW: [u8; 16] = [0x3F, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0x09, 0xC4];
        const HANDSHAKE: usize = 1 + 2 * PACKET_LEN;
        let bytes = &session.connection.client_stream.bytes;
        if bytes.len() <= HANDSHAKE {
            return None;
        }
        let moved = |at: usize| if at > HANDSHAKE { at + WINDOW.len() } else { at };
        let (handshake, chunks) = bytes.split_at(HANDSHAKE);
        let bursts = recording::segments(session).into_iter().map(|segment| Piece {
            bytes: moved(segment.bytes.start)..moved(segment.bytes.end),
            ..segment
        });
        let client = Self {
            start: session.connection.start,
            bytes: [handshake, &WINDOW, chunks].concat(),
            bursts: bursts.collect(),
        };
        Some(client.up_to(LONGEST))
    }

    fn check(&self, pieces: &[Piece], how: &str, source: &Source) {
        let whole = self.run(&self.bursts, source);
        assert_same(&whole, &self.run(pieces, source), &how);
    }

    fn run(&self, pieces: &[Piece], source: &Source) -> Outcome {
        let company = Company {
            players: false,
            source: Some(source.clone()),
        };
        let mut server = Server::new(AllowAll, company, self.start);
        let peer = server.open();
        for piece in pieces {
            server.advance(piece.time);
            server.receive(peer, &self.bytes[piece.bytes.clone()]);
        }
        server.close(peer);
        let peer = server.peer(peer);
        Outcome {
            output: peer.output(),
            events: peer.events.iter().map(|(_, event)| event.clone()).collect(),
            error: peer.session.error().map(ToString::to_string),
        }
    }
}

fn cut_everywhere(bursts: &[Piece]) -> Vec<Piece> {
    let pieces = bursts.iter().flat_map(|burst| cut(burst, burst.bytes.clone()));
    pieces.collect()
}

/// The higher the seed, the larger the pieces: from a few bytes to what a socket gives.
fn cut_at_random(bursts: &[Piece], seed: u64) -> Vec<Piece> {
    let mut random = StdRng::seed_from_u64(seed);
    let longest = 1 << (2 + 2 * seed);
    let mut pieces = Vec::new();
    for burst in bursts {
        let mut starts = Vec::new();
        let mut at = burst.bytes.start;
        while at < burst.bytes.end {
            starts.push(at);
            at += random.random_range(1..=longest);
        }
        pieces.extend(cut(burst, starts));
    }
    pieces
}

/// The pieces of `burst` that begin at `starts`.
fn cut(burst: &Piece, starts: impl IntoIterator<Item = usize>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for start in starts {
        if let Some(last) = pieces.last_mut() {
            last.bytes.end = start;
        }
        pieces.push(Piece {
            time: burst.time,
            bytes: start..burst.bytes.end,
        });
    }
    pieces
}

fn assert_same(whole: &Outcome, pieces: &Outcome, how: &impl fmt::Display) {
    if whole == pieces {
        return;
    }
    let byte = whole.output.iter().zip(&pieces.output).position(|(a, b)| a != b);
    let event = whole.events.iter().zip(&pieces.events).position(|(a, b)| a != b);
    panic!(
        "{how}: {} bytes of output where there are {} without a cut, different from byte {byte:?} on; {} events where \
         there are {}, different from event {event:?} on; error {:?} where it is {:?}",
        pieces.output.len(),
        whole.output.len(),
        pieces.events.len(),
        whole.events.len(),
        pieces.error,
        whole.error,
    );
}
