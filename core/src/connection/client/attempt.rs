//! Connections that follow from one that has ended.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::authmod::{AuthError, ClientAuthenticator};
use crate::connection::client::ClientConnection;
use crate::connection::client::publication::Publication;
use crate::connection::client::rejection::{Rejection, RejectionCause, is_url};
use crate::connection::client::stream::{Goal, StreamHandle, StreamState};
use crate::connection::client::target::{Target, Tries};
use crate::connection::config::ClientConfig;
use crate::connection::error::{Error, Unanswered};
use crate::connection::timers::Timer;
use crate::handshake::Kind;
use crate::message::ReconnectRequest;
use crate::units::Seed;
use crate::url::{RtmpUrl, Scheme};

/// What to connect to next, and what to do there.
#[derive(Clone)]
pub struct Attempt {
    cause: AttemptCause,
    server: Option<RtmpUrl>,
    target: Target,
    streams: Vec<(StreamHandle, Goal, Publication)>,
    next_handle: u32,
}

/// Without streams' names, which let people publish.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("cause", &self.cause)
            .field("server", &self.server)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Why another connection is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptCause {
    /// The server hung up on a handshake with digests: without.
    SimpleHandshake,
    /// The server asks who publishes: with the next answer.
    Authentication,
    /// The server named another one.
    Redirect,
    /// The server asked to connect anew.
    Reconnect,
}

/// Why a client does not go where its server wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotFollowed {
    /// What the server names is no URL, or that of another protocol.
    #[error("the server names no URL that begins with rtmp:// or rtmps://")]
    NoUrl,
    /// From `rtmps` to `rtmp`.
    #[error("it leads from rtmps to rtmp, where others can listen")]
    Unprotected,
    /// There have been [`max_redirects`](crate::connection::ClientConfig::max_redirects) in a row.
    #[error("there have been too many of them in a row")]
    TooOften,
    /// To `rtmps`, which the program does not speak.
    #[error("rtmps is not part of this program: it was built without the feature `tls`")]
    NoTls,
}

impl Attempt {
    /// Why.
    pub const fn cause(&self) -> AttemptCause {
        self.cause
    }

    /// Where to: scheme, host and port are to be connected to. `None` stands for the same as before.
    pub const fn server(&self) -> Option<&RtmpUrl> {
        self.server.as_ref()
    }

    /// What for.
    pub const fn target(&self) -> &Target {
        &self.target
    }
}

impl ClientConnection {
    /// What to connect to next, if the server's words, or its silence, ask for it: of a connection that is over by an error
    /// that another one mends, and of one that the server has asked to [reconnect](super::ClientEvent::ReconnectRequested),
    /// over or not.
    ///
    /// A driver makes the connection, to [the same server or the one named](Attempt::server), and goes on with
    /// [`follow`](Self::follow). There is an end to it:
    /// [`max_redirects`](crate::connection::ClientConfig::max_redirects), and at each server one in the simple handshake and
    /// two that answer its questions. Nobody is sent from `rtmps` to `rtmp`, or to anything else.
    pub fn next_attempt(&self) -> Option<Attempt> {
        if let Some(request) = &self.reconnect {
            return self.moved(AttemptCause::Reconnect, request).ok();
        }
        let error = self.error()?;
        if let Error::Unanswered(Unanswered::Handshake) | Error::TimedOut(Timer::Handshake) = error {
            let has_offered_more = self.target.handshake(&self.config) != Kind::Simple;
            return has_offered_more.then(|| {
                let mut target = self.target.clone();
                target.tries.is_simple = true;
                self.attempt(AttemptCause::SimpleHandshake, None, target)
            });
        }
        let Error::Rejected(rejection) = error else {
            return None;
        };
        if let RejectionCause::Redirected(tc_url) = &rejection.cause {
            return self
                .moved(AttemptCause::Redirect, &ReconnectRequest::to(tc_url.clone()))
                .ok();
        }
        let target = self.authenticated(rejection)?.ok()?;
        Some(self.attempt(AttemptCause::Authentication, None, target))
    }

    /// The connection that an attempt asks for, on a socket that has just been connected. It has the streams of the one
    /// before it, under the same handles, and asks for them as if its host had. They begin with the headers that they have
    /// published: see [`send_media`](Self::send_media).
    pub fn follow(config: Arc<ClientConfig>, attempt: Attempt, seed: Seed, now: Instant) -> Self {
        let mut connection = Self::waiting_for(config, attempt, now);
        connection.start(seed, now);
        connection
    }

    /// As [`follow`](Self::follow), before the socket is connected: see [`waiting`](Self::waiting).
    pub fn waiting_for(config: Arc<ClientConfig>, attempt: Attempt, now: Instant) -> Self {
        let mut connection = Self::waiting(config, attempt.target, now);
        connection.next_handle = attempt.next_handle;
        for (handle, goal, publication) in attempt.streams {
            connection.streams.push(handle, goal, publication);
        }
        connection
    }

    /// What answers a server that has refused `connect` because it wants to know who publishes. `None` if that is not why.
    pub(super) fn authenticated(&self, rejection: &Rejection) -> Option<Result<Target, AuthError>> {
        let mut target = self.target.clone();
        let fresh = || ClientAuthenticator::new(self.target.credentials.clone());
        let mut authenticator = target.tries.authenticator.take().unwrap_or_else(fresh);
        let description = &rejection.status.description;
        let answer = authenticator.handle_refusal(description, &target.app, self.seed.clone()?);
        answer.transpose().map(|answer| {
            target.tries.answer = answer?;
            target.tries.authenticator = Some(authenticator);
            Ok(target)
        })
    }

    fn moved(&self, cause: AttemptCause, request: &ReconnectRequest) -> Result<Attempt, NotFollowed> {
        let (server, target) = self.destination(request)?;
        Ok(self.attempt(cause, server, target))
    }

    /// Where a server sends us, if that is a place to go to.
    pub(super) fn destination(
        &self,
        request: &ReconnectRequest,
    ) -> Result<(Option<RtmpUrl>, Target), NotFollowed> {
        let Tries { redirects, .. } = self.target.tries;
        if redirects >= self.config.max_redirects {
            return Err(NotFollowed::TooOften);
        }
        let mut target = Target {
            tries: Tries {
                redirects: redirects.saturating_add(1),
                ..Tries::default()
            },
            ..self.target.clone()
        };
        let Some(to) = &request.tc_url else {
            return Ok((None, target));
        };
        let resolved = request.resolve(&self.target.tc_url).filter(|_| is_url(to));
        let url = resolved.and_then(|url| parse(&url)).ok_or(NotFollowed::NoUrl)?;
        if (self.target.scheme, url.scheme()) == (Scheme::Rtmps, Scheme::Rtmp) {
            return Err(NotFollowed::Unprotected);
        }
        target.scheme = url.scheme();
        target.app = url.app().to_owned();
        target.tc_url = url.tc_url();
        Ok((Some(url), target))
    }

    fn attempt(&self, cause: AttemptCause, server: Option<RtmpUrl>, target: Target) -> Attempt {
        let streams = self.streams.iter();
        let kept = streams.filter(|stream| !matches!(stream.state, StreamState::Abandoned { .. }));
        let streams = kept.map(|stream| (stream.handle, stream.goal.clone(), stream.publication.elsewhere()));
        Attempt {
            cause,
            server,
            target,
            streams: streams.collect(),
            next_handle: self.next_handle,
        }
    }
}

/// Reads a `tcUrl`: all of its path is the application. What a person may write behind a blank is not a server's to say.
fn parse(tc_url: &str) -> Option<RtmpUrl> {
    let url: RtmpUrl = tc_url.parse().ok()?;
    (!tc_url.contains([' ', '\t'])).then(|| url.with_key(""))
}
