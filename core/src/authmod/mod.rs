//! How publishers say who they are: the challenges of `authmod=adobe` and `authmod=llnw`.
//!
//! RTMP has no authentication of its own. Flash Media Server got one by its *AccessManager* add-in, Limelight by another, and
//! FFmpeg, librtmp, OBS and GStreamer answer both (GStreamer the first only). Nobody has written them down; this is what
//! those programs send and look for. A client connects three times, and each time but the last is refused with a
//! description that says what to put behind `app` and `tcUrl` the next time:
//!
//! ```text
//! client                                                             server
//!    | ── connect, app=live ────────────────────────────────────────> |
//!    | <─ … code=403 need auth; authmod=adobe ─────────────────────── |
//!    | ── connect, app=live?authmod=adobe&user=U ───────────────────> |
//!    | <─ … ?reason=needauth&user=U&salt=S&challenge=C&opaque=O ───── |
//!    | ── connect, app=live?authmod=adobe&user=U&challenge=C2&response=R&opaque=O ─> |
//!    | <─ _result, or … ?reason=authfailed ────────────────────────── |
//! ```
//!
//! [`Challenge`] is what the server says, [`ClientAuthenticator`] and [`ServerAuthenticator`] are the two sides. Neither does
//! any I/O; a server's session takes part through [`Authenticated`](crate::session::Authenticated).
//!
//! One librtmp crashes where it should answer `adobe`, whatever the server says: built with GnuTLS, as Debian's is, it does not
//! end its texts in base64. OBS has a librtmp of its own, which answers both.
//!
//! The hash is MD5 and the connection may be read by others, who can try passwords on what they have read, and repeat an
//! answer for as long as its challenge is good: what this keeps out is who knows no password. Through TLS it keeps out the
//! others, too.

mod challenge;
mod client;
mod reply;
mod response;
mod server;
#[cfg(test)]
mod tests;

use std::fmt;

pub use challenge::{Challenge, Failure, Mode};
pub use client::{AuthError, ClientAuthenticator};
pub use server::{MAX_USER_LEN, ServerAuthenticator, Verdict};

pub(crate) use reply::Reply;

use crate::url::RtmpUrl;

/// Who publishes, and what proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The user's password. `Debug` does not show it.
    pub password: String,
}

impl Credentials {
    /// Those of a user.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
        }
    }

    /// Those that a URL names; `None` if it lacks either.
    ///
    /// ```
    /// use rtmp_core::authmod::Credentials;
    ///
    /// let url = "rtmp://me:secret@a.example/live/key".parse().unwrap();
    /// assert_eq!(Credentials::from_url(&url), Some(Credentials::new("me", "secret")));
    /// ```
    pub fn from_url(url: &RtmpUrl) -> Option<Self> {
        Some(Self::new(url.user()?, url.password()?))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?}, ..)", self.user)
    }
}
