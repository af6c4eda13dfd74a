//! The server's side: who has proved what.

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;
use std::time::Instant;

use super::challenge::{Challenge, Failure, Mode};
use super::reply::Reply;
use super::response::{self, hex};
use crate::mac::hmac_sha256;
use crate::units::Seed;

/// Bytes of a user's name. FFmpeg reads no more than 255 bytes of the description in which it is repeated.
pub const MAX_USER_LEN: usize = 64;

/// How long a challenge is good at least, in seconds, and half of how long it is at most. Clients answer at once, on a new
/// connection.
const CHALLENGE_SECONDS: u64 = 60;

/// What a server makes of a `connect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The user has proved the password.
    Accepted {
        /// Who.
        user: &'a str,
    },
    /// Something is still to be said.
    Asked(Challenge),
    /// The user has not.
    Failed {
        /// How it was tried.
        mode: Mode,
        /// Why: for the host, not for the client.
        reason: Failure,
    },
}

impl Verdict<'_> {
    /// The description with which `connect` is refused; `None` if it isn't. It does not tell a user who does not exist from a
    /// password that is wrong, or names could be tried.
    pub fn description(&self) -> Option<String> {
        match self {
            Self::Accepted { .. } => None,
            Self::Asked(challenge) => Some(challenge.to_string()),
            Self::Failed { mode, .. } => {
                let (mode, reason) = (*mode, Failure::AuthFailed);
                Some(Challenge::Failed { mode, reason }.to_string())
            }
        }
    }
}

/// A server's authentication of its publishers.
///
/// It keeps nothing of those who have not proved anything: a challenge is a code over the user's name and the time, made again
/// when it is answered. It is good for one to two minutes.
pub struct ServerAuthenticator {
    mode: Mode,
    secret: [u8; 32],
    since: Instant,
}

impl ServerAuthenticator {
    /// With challenges that only who knows `seed` can foretell. Clients that ask are told `mode`; who begins with the other one
    /// may go on with it.
    pub const fn new(mode: Mode, seed: Seed, now: Instant) -> Self {
        Self {
            mode,
            secret: seed.into_bytes(),
            since: now,
        }
    }

    /// What to answer a client that has not said anything of itself.
    pub const fn invite(&self) -> Challenge {
        Challenge::NeedAuth { mode: self.mode }
    }

    /// What to answer a `connect` to `app`, as it was sent: with its query. `password` is asked for a user's once there is
    /// something to compare it with, and answers `None` if there is no such user.
    pub fn check<'a, P: AsRef<str>>(
        &self,
        app: &'a str,
        password: impl FnOnce(&str) -> Option<P>,
        now: Instant,
    ) -> Verdict<'a> {
        let Some((reply, mode)) = Reply::parse(app).and_then(|reply| Some((reply, reply.mode?))) else {
            return Verdict::Asked(self.invite());
        };
        let Some(user) = reply.user else {
            return Verdict::Asked(Challenge::NeedAuth { mode });
        };
        if !is_name(user) {
            return failed(mode, Failure::AuthFailed);
        }
        let times = self.times(now);
        let offers = times.map(|time| Offer::new(&self.secret, mode, user, time));
        let Some(response) = reply.response else {
            return Verdict::Asked(offers[0].challenge(mode, user));
        };
        let echoed = match mode {
            Mode::Adobe => reply.opaque,
            Mode::Llnw => reply.nonce,
        };
        let Some(offer) = offers
            .iter()
            .find(|offer| echoed.is_some_and(|e| is_same(e, &offer.nonce)))
        else {
            // It was good once, or it is somebody else's.
            return Verdict::Asked(offers[0].challenge(mode, user));
        };
        let password = password(user);
        // Who is not known takes as long as who is.
        let expected = offer.expected(&reply, mode, user, password.as_ref().map_or("", P::as_ref), app);
        match (is_same(response, &expected), password) {
            (true, Some(_)) => Verdict::Accepted { user },
            (_, None) => failed(mode, Failure::NoSuchUser),
            (false, Some(_)) => failed(mode, Failure::AuthFailed),
        }
    }

    /// The two times whose challenges are good: this minute and the one before.
    fn times(&self, now: Instant) -> [u64; 2] {
        let time = now.saturating_duration_since(self.since).as_secs() / CHALLENGE_SECONDS;
        [time, time.saturating_sub(1)]
    }
}

impl fmt::Debug for ServerAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerAuthenticator({})", self.mode.as_str())
    }
}

/// What one user is challenged with for a minute.
struct Offer {
    /// What is sent back: FMS's opaque, Limelight's nonce.
    nonce: String,
    salt: String,
}

impl Offer {
    fn new(secret: &[u8; 32], mode: Mode, user: &str, time: u64) -> Self {
        let time = time.to_be_bytes();
        let code = hmac_sha256(secret, &[mode.as_str().as_bytes(), &time, user.as_bytes()]);
        let (nonce, rest) = code.split_at(16);
        let (salt, _) = rest.split_at(4);
        Self {
            nonce: hex(nonce),
            salt: hex(salt),
        }
    }

    fn challenge(&self, mode: Mode, user: &str) -> Challenge {
        match mode {
            Mode::Adobe => Challenge::Adobe {
                user: user.to_owned(),
                salt: self.salt.clone(),
                challenge: self.nonce.clone(),
                opaque: Some(self.nonce.clone()),
            },
            Mode::Llnw => Challenge::Llnw {
                user: user.to_owned(),
                nonce: self.nonce.clone(),
            },
        }
    }

    fn expected(&self, reply: &Reply<'_>, mode: Mode, user: &str, password: &str, app: &str) -> String {
        let text = Option::unwrap_or_default;
        match mode {
            Mode::Adobe => response::adobe(user, password, &self.salt, &self.nonce, text(reply.challenge)),
            Mode::Llnw => response::llnw(
                user,
                password,
                app,
                &self.nonce,
                text(reply.nonce_count),
                text(reply.client_nonce),
            ),
        }
    }
}

const fn failed<'a>(mode: Mode, reason: Failure) -> Verdict<'a> {
    Verdict::Failed { mode, reason }
}

/// Whether it can be repeated in a description without becoming something else.
fn is_name(user: &str) -> bool {
    let is_bad = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '[' | ']');
    !user.is_empty() && user.len() <= MAX_USER_LEN && !user.contains(is_bad)
}

/// Compares in a time that does not tell where two texts differ.
fn is_same(left: &str, right: &str) -> bool {
    let pairs = left.bytes().zip(right.bytes());
    left.len() == right.len() && pairs.fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}
