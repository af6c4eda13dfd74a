//! Connections that follow from one that has ended.

use std::sync::Arc;
use std::time::Instant;

use crate::connection::client::ClientConnection;
use crate::connection::client::rejection::RejectionCause;
use crate::connection::client::stream::{Goal, StreamHandle, StreamState};
use crate::connection::client::target::{Target, Tries};
use crate::connection::config::ClientConfig;
use crate::connection::error::{Error, Unanswered};
use crate::connection::timers::Timer;
use crate::handshake::Kind;
use crate::message::ReconnectRequest;
use crate::units::Seed;

/// What to connect to next, and what to do there.
#[derive(Clone, Debug)]
pub struct Attempt {
    cause: AttemptCause,
    target: Target,
    streams: Vec<(StreamHandle, Goal)>,
    next_handle: u32,
}

/// Why another connection is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptCause {
    /// The server hung up on a handshake with digests: without.
    SimpleHandshake,
    /// The server named another one.
    Redirect,
    /// The server asked to connect anew.
    Reconnect,
}

impl AttemptCause {
    /// Whether the address stays the same. If not, it is that of [`Target::tc_url`].
    pub const fn is_same_address(self) -> bool {
        match self {
            Self::SimpleHandshake => true,
            Self::Redirect | Self::Reconnect => false,
        }
    }
}

impl Attempt {
    /// Why.
    pub const fn cause(&self) -> AttemptCause {
        self.cause
    }

    /// Where to.
    pub const fn target(&self) -> &Target {
        &self.target
    }
}

impl ClientConnection {
    /// What to connect to next, if the server's words, or its silence, ask for it: of a connection that is over by an error
    /// that another one mends, and of one that the server has asked to [reconnect](super::ClientEvent::ReconnectRequested),
    /// over or not.
    ///
    /// A driver makes the connection, to the same address or the one named, and goes on with
    /// [`follow`](Self::follow). There is an end to it:
    /// [`max_redirects`](crate::connection::ClientConfig::max_redirects), and one of each other kind. Nobody is sent from
    /// `rtmps` to `rtmp`, or to anything else.
    pub fn next_attempt(&self) -> Option<Attempt> {
        if let Some(request) = &self.reconnect {
            return self.moved(AttemptCause::Reconnect, request);
        }
        let error = self.error()?;
        if let Error::Unanswered(Unanswered::Handshake) | Error::TimedOut(Timer::Handshake) = error {
            let has_offered_more = self.target.handshake(&self.config) != Kind::Simple;
            return has_offered_more.then(|| {
                let mut target = self.target.clone();
                target.tries.is_simple = true;
                self.attempt(AttemptCause::SimpleHandshake, target)
            });
        }
        let Error::Rejected(rejection) = error else {
            return None;
        };
        if let RejectionCause::Redirected(tc_url) = &rejection.cause {
            return self.moved(AttemptCause::Redirect, &ReconnectRequest::to(tc_url.clone()));
        }
        None
    }

    /// The connection that an attempt asks for, on a socket that has just been connected. It has the streams of the one
    /// before it, under the same handles, and asks for them as if its host had.
    pub fn follow(config: Arc<ClientConfig>, attempt: Attempt, seed: Seed, now: Instant) -> Self {
        let mut connection = Self::new(config, attempt.target, seed, now);
        connection.next_handle = attempt.next_handle;
        for (handle, goal) in attempt.streams {
            connection.streams.push(handle, goal);
        }
        connection
    }

    fn moved(&self, cause: AttemptCause, request: &ReconnectRequest) -> Option<Attempt> {
        let current = &self.target.tc_url;
        let tc_url = request.resolve(current)?;
        if !may_lead(current, &tc_url) || self.target.tries.redirects >= self.config.max_redirects {
            return None;
        }
        let target = Target {
            app: application(&tc_url).to_owned(),
            tc_url: tc_url.clone().into_owned(),
            tries: Tries {
                redirects: self.target.tries.redirects.saturating_add(1),
                is_simple: false,
            },
            ..self.target.clone()
        };
        Some(self.attempt(cause, target))
    }

    fn attempt(&self, cause: AttemptCause, target: Target) -> Attempt {
        let streams = self.streams.iter();
        let kept = streams.filter(|stream| !matches!(stream.state, StreamState::Abandoned { .. }));
        Attempt {
            cause,
            target,
            streams: kept.map(|stream| (stream.handle, stream.goal.clone())).collect(),
            next_handle: self.next_handle,
        }
    }
}

/// Whether a server may send its client from one URL to another: plain or encrypted stays so, or becomes encrypted.
fn may_lead(from: &str, to: &str) -> bool {
    let scheme = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let has_host = !rest.is_empty() && !rest.starts_with('/');
        has_host.then(|| scheme.to_ascii_lowercase())
    };
    match (scheme(from).as_deref(), scheme(to).as_deref()) {
        (_, Some("rtmps")) => true,
        (from, Some("rtmp")) => from != Some("rtmps"),
        _ => false,
    }
}

/// The application that a `tcUrl` names: its path, with its query.
fn application(tc_url: &str) -> &str {
    let rest = tc_url.split_once("://").map_or(tc_url, |(_, rest)| rest);
    rest.split_once('/').map_or("", |(_, path)| path)
}
