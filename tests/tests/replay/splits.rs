//! However a client's bytes are cut, the same happens.

use std::fmt;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
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
    let bursts = up_to(&recording::bursts(session), LONGEST);
    let whole = run(session, &bursts, source);

    let single = bursts.iter().flat_map(|burst| cut(burst, burst.bytes.clone()));
    assert_same(
        &whole,
        &run(session, &single.collect::<Vec<_>>(), source),
        &"byte by byte",
    );

    for seed in 0..RANDOM_RUNS {
        let mut random = StdRng::seed_from_u64(seed);
        // From pieces of a few bytes to such as a socket gives.
        let longest = 1 << (2 + 2 * seed);
        let mut pieces = Vec::new();
        for burst in &bursts {
            let mut cuts = Vec::new();
            let mut at = burst.bytes.start;
            while at < burst.bytes.end {
                cuts.push(at);
                at += random.random_range(1..=longest);
            }
            pieces.extend(cut(burst, cuts));
        }
        let how = format_args!("cut with seed {seed}").to_string();
        assert_same(&whole, &run(session, &pieces, source), &how);
    }

    let phase_end = recording::command_phase_end(session).min(LONGEST_COMMAND_PHASE);
    let phase = up_to(&bursts, phase_end);
    let whole = run(session, &phase, source);
    for burst in 0..phase.len() {
        for at in phase[burst].bytes.clone() {
            let mut pieces = phase[..burst].to_vec();
            pieces.extend(cut(&phase[burst], [phase[burst].bytes.start, at]));
            pieces.extend_from_slice(&phase[burst + 1..]);
            let how = format_args!("cut at byte {at}").to_string();
            assert_same(&whole, &run(session, &pieces, source), &how);
        }
    }
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

fn up_to(bursts: &[Piece], end: usize) -> Vec<Piece> {
    let bursts = bursts.iter().filter(|burst| burst.bytes.start < end).cloned();
    let cut = |mut burst: Piece| {
        burst.bytes.end = burst.bytes.end.min(end);
        burst
    };
    bursts.map(cut).collect()
}

fn run(session: &Session, pieces: &[Piece], source: &Source) -> Outcome {
    let company = Company {
        players: false,
        source: Some(source.clone()),
    };
    let mut server = Server::new(AllowAll, company, session.connection.start);
    let peer = server.open();
    for piece in pieces {
        server.advance(piece.time);
        server.receive(peer, &session.connection.client_stream.bytes[piece.bytes.clone()]);
    }
    server.close(peer);
    let peer = server.peer(peer);
    Outcome {
        output: peer.output(),
        events: peer.events.iter().map(|(_, event)| event.clone()).collect(),
        error: peer.session.error().map(ToString::to_string),
    }
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
