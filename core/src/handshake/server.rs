//! The server's side: takes C0, C1 and C2, writes S0, S1 and S2.

use super::digest::{self, Role};
use super::packet::{self, Assembly, PACKET_LEN, Skip};
use super::{HandshakeError, Kind, VERSION};
use crate::units::Seed;

/// The version in an S1 with a digest: FMS 4.5.0.1. Players take a first byte of 3 or more as the promise of
/// a digest (FFmpeg) and some want a real server's number.
const S1_VERSION: [u8; 4] = [4, 5, 0, 1];

/// The server's side of a handshake: feed it until it says true.
#[derive(Debug)]
pub struct ServerHandshake {
    state: State,
    seed: Seed,
    verify_c2: bool,
    kind: Option<Kind>,
}

#[derive(Debug)]
enum State {
    AwaitC0,
    AwaitC1(Assembly),
    SkipC2(Skip),
    VerifyC2 { c2: Assembly, s1: Box<[u8; PACKET_LEN]> },
    Done,
    Failed(HandshakeError),
}

impl ServerHandshake {
    /// A handshake that waits for a client. `seed` makes S1's random bytes.
    ///
    /// `verify_c2` refuses a C2 that neither echoes S1 nor is signed with its digest, at the price of keeping
    /// S1 until then. It proves nothing about a client; no common server does it.
    pub fn new(seed: Seed, verify_c2: bool) -> Self {
        Self {
            state: State::AwaitC0,
            seed,
            verify_c2,
            kind: None,
        }
    }

    /// Takes bytes off the front of `input` and appends S0, S1 and S2 to `out` once C1 is whole.
    ///
    /// True once C2 is in; what is left of `input` then are the first chunks. False: `input` is used up, more
    /// is needed. Calling again after that is harmless, with any input or none.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::UnsupportedVersion`] for a first byte other than 3, which stays in `input` for
    /// whoever can make sense of it; [`HandshakeError::C2Mismatch`] if C2 is to be verified. Either stays.
    pub fn handle_input(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, HandshakeError> {
        loop {
            self.state = match &mut self.state {
                State::AwaitC0 => match input.split_first() {
                    None => return Ok(false),
                    Some((&VERSION, rest)) => {
                        *input = rest;
                        State::AwaitC1(Assembly::default())
                    }
                    Some((&other, _)) => State::Failed(HandshakeError::UnsupportedVersion(other)),
                },
                State::AwaitC1(c1) => {
                    let Some((kind, s1)) = c1.take(input, |c1| answer(c1, self.seed.clone(), out)) else {
                        return Ok(false);
                    };
                    self.kind = Some(kind);
                    if self.verify_c2 {
                        State::VerifyC2 {
                            c2: Assembly::default(),
                            s1: Box::new(s1),
                        }
                    } else {
                        State::SkipC2(Skip::packet())
                    }
                }
                State::SkipC2(c2) => {
                    if !c2.take(input) {
                        return Ok(false);
                    }
                    State::Done
                }
                State::VerifyC2 { c2, s1 } => match c2.take(input, |c2| answers(c2, s1)) {
                    None => return Ok(false),
                    Some(true) => State::Done,
                    Some(false) => State::Failed(HandshakeError::C2Mismatch),
                },
                State::Done => return Ok(true),
                State::Failed(error) => return Err(error.clone()),
            };
        }
    }

    /// The form of this handshake: the client's, if its digest is right, else simple. `None` before C1 is in.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }
}

/// Appends S0, S1 and S2 for this C1.
fn answer(c1: &[u8; PACKET_LEN], seed: Seed, out: &mut Vec<u8>) -> (Kind, [u8; PACKET_LEN]) {
    // A version without a digest does happen, from clients that send what was in their buffer. Such a client
    // gets the simple form with a zero version, which promises no digest.
    let found = if packet::version(c1) == [0; 4] {
        None
    } else {
        digest::find(c1, Role::Client)
    };

    // What a signed S2 has before its digest may be anything. The echo costs no randomness.
    let mut s2 = *c1;
    let (kind, s1) = match found {
        None => (Kind::Simple, packet::random([0; 4], seed)),
        Some(c1) => {
            let mut s1 = packet::random(S1_VERSION, seed);
            digest::sign_first(&mut s1, c1.scheme, Role::Server);
            digest::sign_second(&mut s2, Role::Server, &c1.digest);
            (Kind::Digest(c1.scheme), s1)
        }
    };
    out.reserve(1 + 2 * PACKET_LEN);
    out.push(VERSION);
    out.extend_from_slice(&s1);
    out.extend_from_slice(&s2);
    (kind, s1)
}

/// Whether C2 answers S1. FFmpeg's publisher and many others send the echo even if S1 carries a digest.
fn answers(c2: &[u8; PACKET_LEN], s1: &[u8; PACKET_LEN]) -> bool {
    packet::is_echo(c2, s1)
        || packet::version(s1) != [0; 4]
            && digest::find(s1, Role::Server)
                .is_some_and(|s1| digest::is_signed_second(c2, Role::Client, &s1.digest))
}
