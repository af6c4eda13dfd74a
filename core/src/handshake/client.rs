//! The client's side: writes C0, C1 and C2, takes S0, S1 and S2.

use super::digest::{self, Role};
use super::packet::{self, Assembly, PACKET_LEN, Skip};
use super::{HandshakeError, Kind, Scheme, VERSION};
use crate::units::Seed;

/// The client's side of a handshake: feed it until it says true.
#[derive(Debug)]
pub struct ClientHandshake {
    state: State,
    offered: Kind,
    kind: Option<Kind>,
}

#[derive(Debug)]
enum State {
    AwaitS0,
    AwaitS1(Assembly),
    SkipS2(Skip),
    Done,
    Failed(HandshakeError),
}

impl ClientHandshake {
    /// Appends C0 and C1 to `out`, in the form that is to be offered. `seed` makes C1's random bytes.
    ///
    /// Every server takes [`Kind::Simple`]. A few want a digest before they let H.264 or AAC be played.
    pub fn new(kind: Kind, seed: Seed, out: &mut Vec<u8>) -> Self {
        let c1 = match kind {
            Kind::Simple => packet::random([0; 4], seed),
            Kind::Digest(scheme) => {
                let mut c1 = packet::random(c1_version(scheme), seed);
                digest::sign_first(&mut c1, scheme, Role::Client);
                c1
            }
        };
        out.reserve(1 + PACKET_LEN);
        out.push(VERSION);
        out.extend_from_slice(&c1);
        Self {
            state: State::AwaitS0,
            offered: kind,
            kind: None,
        }
    }

    /// Takes bytes off the front of `input` and appends C2 to `out` once S1 is whole.
    ///
    /// True once S2 is in; what is left of `input` then are the first chunks. False: `input` is used up, more
    /// is needed. Calling again after that is harmless, with any input or none. S2 is not looked at.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::UnsupportedVersion`] for a first byte other than 3, which stays in `input`. It comes
    /// again with each further call.
    pub fn handle_input(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, HandshakeError> {
        loop {
            self.state = match &mut self.state {
                State::AwaitS0 => match input.split_first() {
                    None => return Ok(false),
                    Some((&VERSION, rest)) => {
                        *input = rest;
                        State::AwaitS1(Assembly::default())
                    }
                    Some((&other, _)) => State::Failed(HandshakeError::UnsupportedVersion(other)),
                },
                State::AwaitS1(s1) => {
                    let Some(kind) = s1.take(input, |s1| answer(s1, self.offered, out)) else {
                        return Ok(false);
                    };
                    self.kind = Some(kind);
                    State::SkipS2(Skip::packet())
                }
                State::SkipS2(s2) => {
                    if !s2.take(input) {
                        return Ok(false);
                    }
                    State::Done
                }
                State::Done => return Ok(true),
                State::Failed(error) => return Err(error.clone()),
            };
        }
    }

    /// The form of this handshake: digest if it was offered and S1 carries one that is right, in the block that
    /// the server chose; else simple. `None` before S1 is in.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }
}

/// The version in a C1 with a digest, of a Flash Player that used that scheme: 9.0.124.2 (which FFmpeg sends
/// too) and 128.0.7.2.
const fn c1_version(scheme: Scheme) -> [u8; 4] {
    match scheme {
        Scheme::Zero => [9, 0, 124, 2],
        Scheme::One => [128, 0, 7, 2],
    }
}

/// Appends C2 for this S1.
fn answer(s1: &[u8; PACKET_LEN], offered: Kind, out: &mut Vec<u8>) -> Kind {
    // A version without a digest does happen (YouTube), and nginx-rtmp signs at byte 8 whatever was offered.
    let found = match offered {
        Kind::Digest(_) if packet::version(s1) != [0; 4] => digest::find(s1, Role::Server),
        Kind::Digest(_) | Kind::Simple => None,
    };
    let mut c2 = *s1;
    let kind = match found {
        None => Kind::Simple,
        Some(s1) => {
            digest::sign_second(&mut c2, Role::Client, &s1.digest);
            Kind::Digest(s1.scheme)
        }
    };
    out.extend_from_slice(&c2);
    kind
}
