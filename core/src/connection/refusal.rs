//! The causes for which a host refuses what a peer asks for.

use std::borrow::Cow;

/// Why a request is refused. Each cause has a code of its own, so that the person at the encoder sees what to
/// mend; the description says it in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The peer may not: a wrong or missing key or token.
    #[error("not allowed: {0}")]
    Denied(Cow<'static, str>),
    /// Somebody else publishes under this name.
    #[error("somebody else publishes under this name")]
    NameInUse,
    /// There is no such application, or no such stream within the time that a player waits.
    #[error("not found")]
    NotFound,
    /// The server takes no more of this kind.
    #[error("no more is taken: {0}")]
    Full(Cow<'static, str>),
    /// The request makes no sense: a name that can't name a stream.
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    /// Who the peer is, is still to be proved, or has not been: what it is told is this, word for word, as programs read it
    /// ([`authmod`](crate::authmod)).
    #[error("{0}")]
    Unauthenticated(String),
}
