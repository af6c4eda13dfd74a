//! Publishers with user names and passwords.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::BuildHasher;
use std::time::Instant;

use super::policy::{Decision, Policy};
use crate::authmod::{Mode, Reply, ServerAuthenticator};
use crate::connection::server::{ConnectCommand, Refusal, StreamName};
use crate::hub::StreamKey;
use crate::units::Seed;

/// Who may publish, and by what password.
pub trait Users: Send + Sync {
    /// A user's password; `None` if there is no such user. Asked for in the middle of handling input: it is to be quick.
    fn password(&self, user: &str) -> Option<Cow<'_, str>>;

    /// May this user publish this stream? Any, unless this says otherwise.
    fn may_publish(&self, user: &str, key: &StreamKey) -> bool {
        let _ = (user, key);
        true
    }
}

/// Passwords by user.
impl<S: BuildHasher + Send + Sync> Users for HashMap<String, String, S> {
    fn password(&self, user: &str) -> Option<Cow<'_, str>> {
        self.get(user).map(|password| password.as_str().into())
    }
}

/// Passwords by user.
impl Users for BTreeMap<String, String> {
    fn password(&self, user: &str) -> Option<Cow<'_, str>> {
        self.get(user).map(|password| password.as_str().into())
    }
}

/// A policy by which only [`Users`] publish who have proved their passwords ([`authmod`](crate::authmod)), and what another
/// policy says otherwise. Players are not asked.
///
/// A client is asked at its `connect` if it [announces](ConnectCommand::announces_publishing) that it is going to publish, or
/// begins of itself to say who it is. Who publishes without either is refused then.
///
/// ```
/// use std::collections::HashMap;
/// use std::time::Instant;
/// use rtmp_core::authmod::Mode;
/// use rtmp_core::session::{AllowAll, Authenticated};
///
/// let users = HashMap::from([("me".to_owned(), "secret".to_owned())]);
/// let policy = Authenticated::new(AllowAll, users, Mode::Adobe, [7; 32].into(), Instant::now());
/// ```
pub struct Authenticated<P, U> {
    policy: P,
    users: U,
    authenticator: ServerAuthenticator,
}

/// Without the users, who may be a table of passwords.
impl<P: fmt::Debug, U> fmt::Debug for Authenticated<P, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated")
            .field("policy", &self.policy)
            .field("authenticator", &self.authenticator)
            .finish_non_exhaustive()
    }
}

impl<P: Policy, U: Users> Authenticated<P, U> {
    /// A policy that asks `policy` only about those that have passed. `seed` is to be random and this server's own; `mode` is
    /// what clients are asked for (most know [`Mode::Adobe`]).
    pub const fn new(policy: P, users: U, mode: Mode, seed: Seed, now: Instant) -> Self {
        Self {
            policy,
            users,
            authenticator: ServerAuthenticator::new(mode, seed, now),
        }
    }
}

impl<P: Policy, U: Users> Policy for Authenticated<P, U> {
    fn connect(&self, connect: &ConnectCommand, now: Instant) -> Decision {
        if Reply::parse(&connect.app).is_some() || connect.announces_publishing {
            let password = |user: &str| self.users.password(user);
            if let Some(description) = self
                .authenticator
                .check(&connect.app, password, now)
                .description()
            {
                return Decision::Reject(Refusal::Unauthenticated(description));
            }
        }
        self.policy.connect(connect, now)
    }

    fn publish(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        // No `connect` with a proof has been accepted but with a good one.
        let Some(user) = Reply::parse(&connect.app).and_then(|reply| reply.proves()) else {
            let remedy = "publishing needs a user name and password: rtmp://USER:PASSWORD@HOST/APP/NAME";
            return Decision::Reject(Refusal::Denied(remedy.into()));
        };
        if !self.users.may_publish(user, key) {
            return Decision::Reject(Refusal::Denied("another user's stream".into()));
        }
        self.policy.publish(key, name, connect)
    }

    fn play(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        self.policy.play(key, name, connect)
    }
}
