//! What a server says to a client that has not proved yet who it is: the description of
//! `NetConnection.Connect.Rejected`.

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;

/// The two ways to prove a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `adobe`: salted MD5 of the password, and MD5 of that with a challenge of each side.
    Adobe,
    /// `llnw`, of Limelight: HTTP Digest (RFC 2617 §3.2.2) with realm `live` and method `publish`.
    Llnw,
}

impl Mode {
    /// As `authmod=` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adobe => "adobe",
            Self::Llnw => "llnw",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Adobe, Self::Llnw]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

/// A description by which a server asks for authentication, or says that it has failed.
///
/// It is shown in FMS's long form, spaces and brackets and all: FFmpeg takes the mode up to a space, GStreamer knows no other
/// form, librtmp and OBS search in it. [`parse`](Self::parse) also reads the shorter one of other servers.
///
/// ```
/// use rtmp_core::authmod::{Challenge, Mode};
///
/// let text = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
/// let challenge = Challenge::NeedAuth { mode: Mode::Adobe };
/// assert_eq!(challenge.to_string(), text);
/// assert_eq!(Challenge::parse(text), Some(challenge));
/// assert_eq!(Challenge::parse("application \"live\": not found"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Challenge {
    /// Who publishes is to be said.
    NeedAuth {
        /// How it is to be proved.
        mode: Mode,
    },
    /// The password is to be proved as [`Mode::Adobe`] has it.
    Adobe {
        /// The user as the server understood.
        user: String,
        /// Hashed with the password.
        salt: String,
        /// Hashed with the answer, if there is nothing opaque.
        challenge: String,
        /// Hashed with the answer and sent back. FMS sends the same as the challenge.
        opaque: Option<String>,
    },
    /// The password is to be proved as [`Mode::Llnw`] has it.
    Llnw {
        /// The user as the server understood.
        user: String,
        /// Hashed with the answer and sent back.
        nonce: String,
    },
    /// The proof was none.
    Failed {
        /// How it was tried.
        mode: Mode,
        /// Why it has failed.
        reason: Failure,
    },
    /// A mode that is not known here.
    Unknown {
        /// As `authmod=` has it.
        mode: String,
    },
}

/// Why a server turns a client away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `authfailed`: the password is wrong, or the user.
    AuthFailed,
    /// `nosuchuser`.
    NoSuchUser,
    /// Something else.
    Other(String),
}

const NEED_AUTH: &str = "code=403 need auth";
const REASON: &str = "?reason=";

impl Challenge {
    /// Reads a description. `None` if it is not about authentication.
    pub fn parse(description: &str) -> Option<Self> {
        let (_, mode) = description.split_once("authmod=")?;
        let mode = mode
            .split([' ', ';', ',', ']', '?', '&'])
            .next()
            .unwrap_or_default();
        let reason = description.split_once(REASON).map(|(_, query)| query);
        // Other refusals repeat what was sent, `authmod=` and all.
        if reason.is_none() && !description.contains(NEED_AUTH) {
            return None;
        }
        let Some(mode) = Mode::parse(mode) else {
            return Some(Self::Unknown {
                mode: mode.to_owned(),
            });
        };
        let Some(query) = reason else {
            return Some(Self::NeedAuth { mode });
        };
        // No value has a blank; what follows one is for people.
        let query = query.split_ascii_whitespace().next().unwrap_or_default();
        let (reason, query) = query.split_once('&').unwrap_or((query, ""));
        let value = |key: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(k, value)| (k == key).then(|| value.to_owned()))
        };
        let text = |key| value(key).unwrap_or_default();
        Some(match (reason, mode) {
            ("needauth", Mode::Adobe) => Self::Adobe {
                user: text("user"),
                salt: text("salt"),
                challenge: text("challenge"),
                opaque: value("opaque").filter(|opaque| !opaque.is_empty()),
            },
            ("needauth", Mode::Llnw) => Self::Llnw {
                user: text("user"),
                nonce: text("nonce"),
            },
            (reason, mode) => Self::Failed {
                mode,
                reason: Failure::parse(reason),
            },
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[ AccessManager.Reject ] : ")?;
        match self {
            Self::NeedAuth { mode } => write!(f, "[ {NEED_AUTH}; authmod={} ] : ", mode.as_str()),
            Self::Adobe {
                user,
                salt,
                challenge,
                opaque,
            } => {
                write!(
                    f,
                    "[ authmod=adobe ] : {REASON}needauth&user={user}&salt={salt}&challenge={challenge}"
                )?;
                opaque
                    .as_ref()
                    .map_or(Ok(()), |opaque| write!(f, "&opaque={opaque}"))
            }
            Self::Llnw { user, nonce } => {
                write!(f, "[ authmod=llnw ] : {REASON}needauth&user={user}&nonce={nonce}")
            }
            Self::Failed { mode, reason } => {
                write!(f, "[ authmod={} ] : {REASON}{}", mode.as_str(), reason.as_str())
            }
            Self::Unknown { mode } => write!(f, "[ {NEED_AUTH}; authmod={mode} ] : "),
        }
    }
}

impl Failure {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "authfailed" => Self::AuthFailed,
            "nosuchuser" => Self::NoSuchUser,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As `reason=` has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AuthFailed => "authfailed",
            Self::NoSuchUser => "nosuchuser",
            Self::Other(other) => other,
        }
    }
}
