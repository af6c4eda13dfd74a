//! Who may do what.

use std::time::Instant;

use crate::connection::server::{ConnectCommand, Refusal, StreamName};
use crate::hub::StreamKey;

/// The host's answers to what peers ask for. Everything is allowed unless a method says otherwise.
///
/// The answers are asked for in the middle of handling input, so they are to be quick; what takes time answers
/// [`Decision::Later`] and calls [`ServerSession::decide`](super::ServerSession::decide) when it knows.
pub trait Policy: Send + Sync {
    /// May this client use the application that it names?
    fn connect(&self, connect: &ConnectCommand, now: Instant) -> Decision {
        let _ = (connect, now);
        Decision::Accept
    }

    /// May this client publish `key`? `name` has the query, where tokens are.
    fn publish(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        let _ = (key, name, connect);
        Decision::Accept
    }

    /// May this client play `key`?
    fn play(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        let _ = (key, name, connect);
        Decision::Accept
    }
}

/// Everybody may do everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllowAll;

impl Policy for AllowAll {}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Yes.
    Accept,
    /// No, and why.
    Reject(Refusal),
    /// Not known yet: the request waits, and what depends on it.
    Later,
}
