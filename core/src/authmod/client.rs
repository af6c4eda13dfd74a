//! The client's side: what to connect with the next time.

use super::Credentials;
use super::challenge::{Challenge, Failure, Mode};
use super::response::{self, NONCE_COUNT, hex};
use crate::mac::hmac_sha256;
use crate::units::Seed;

/// Why a client can't prove who it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The server asks, and there is nothing to answer with.
    #[error("the server asks who publishes: write rtmp://USER:PASSWORD@HOST/APP/NAME")]
    NoCredentials,
    /// The server does not take the password, or does not know the user.
    #[error("the server does not take user name and password: check both, and capital letters")]
    Failed,
    /// The server does not know the user.
    #[error("the server does not know this user: check the name before the colon in USER:PASSWORD@HOST")]
    NoSuchUser,
    /// The server gives a reason that is not known here.
    #[error("the server refuses the user for the reason {0:?}: ask whoever runs it")]
    Refused(String),
    /// The server asks in a mode that is not known here.
    #[error(
        "the server asks for authentication by {0:?}; known are adobe and llnw: ask whoever runs it for another way"
    )]
    UnknownMode(String),
    /// The name has a character that would end it.
    #[error(
        "a user name with blanks, control characters or & can't be sent: ask whoever runs the server for another"
    )]
    BadUser,
    /// The server asks what it has been told.
    #[error("the server asks for authentication again and again: ask whoever runs it")]
    TooManyRounds,
}

impl Challenge {
    /// What to put behind `app` and `tcUrl` of the next `connect`: from its question mark on, also where `app` has a query
    /// already. `app` is the application as it was sent, without what was put behind it before; `seed` makes the client's own
    /// challenge.
    ///
    /// ```
    /// use rtmp_core::authmod::{Challenge, Credentials, Mode};
    ///
    /// let credentials = Credentials::new("me", "secret");
    /// let answer = Challenge::NeedAuth { mode: Mode::Llnw }.answer(&credentials, "live", [1; 32].into())?;
    /// assert_eq!(answer, "?authmod=llnw&user=me");
    /// # Ok::<(), rtmp_core::authmod::AuthError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AuthError`], if there is no answer.
    pub fn answer(&self, credentials: &Credentials, app: &str, seed: Seed) -> Result<String, AuthError> {
        let Credentials { user, password } = credentials;
        if user.contains(|c: char| c == '&' || c.is_whitespace() || c.is_control()) {
            return Err(AuthError::BadUser);
        }
        // Eight digits, as FFmpeg has them.
        let own = hex(&hmac_sha256(&seed.into_bytes(), &[b"authmod"])[..4]);
        match self {
            Self::NeedAuth { mode } => Ok(format!("?authmod={}&user={user}", mode.as_str())),
            Self::Adobe {
                salt,
                challenge,
                opaque,
                ..
            } => {
                let server = opaque.as_ref().unwrap_or(challenge);
                let response = response::adobe(user, password, salt, server, &own);
                let opaque = opaque
                    .as_ref()
                    .map(|opaque| format!("&opaque={opaque}"))
                    .unwrap_or_default();
                Ok(format!(
                    "?authmod=adobe&user={user}&challenge={own}&response={response}{opaque}"
                ))
            }
            Self::Llnw { nonce, .. } => {
                let response = response::llnw(user, password, app, nonce, NONCE_COUNT, &own);
                Ok(format!(
                    "?authmod=llnw&user={user}&nonce={nonce}&cnonce={own}&nc={NONCE_COUNT}&response={response}"
                ))
            }
            Self::Failed { reason, .. } => Err(match reason {
                Failure::AuthFailed => AuthError::Failed,
                Failure::NoSuchUser => AuthError::NoSuchUser,
                Failure::Other(reason) => AuthError::Refused(reason.clone()),
            }),
            Self::Unknown { mode } => Err(AuthError::UnknownMode(mode.clone())),
        }
    }
}

/// A client's authentication over its connections: each step is taken once, whatever the server says.
#[derive(Clone, Debug)]
pub struct ClientAuthenticator {
    credentials: Option<Credentials>,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Unasked,
    /// The user's name has been said.
    Named,
    /// The password has been proved.
    Proved,
}

impl ClientAuthenticator {
    /// For a client that may be asked who it is.
    pub const fn new(credentials: Option<Credentials>) -> Self {
        Self {
            credentials,
            step: Step::Unasked,
        }
    }

    /// The user's name said in the first `connect` already, for a server that is known to ask: what to put behind `app` and
    /// `tcUrl`.
    ///
    /// # Errors
    ///
    /// [`AuthError::NoCredentials`] and [`AuthError::BadUser`].
    pub fn announce(&mut self, mode: Mode, seed: Seed) -> Result<String, AuthError> {
        self.answer(&Challenge::NeedAuth { mode }, "", seed)
    }

    /// A `connect` to `app` was refused with this description. What to put behind `app` and `tcUrl` of the next one, on a new
    /// connection; `None` if the refusal is not about authentication.
    ///
    /// # Errors
    ///
    /// [`AuthError`], if connecting again makes no sense.
    pub fn handle_refusal(
        &mut self,
        description: &str,
        app: &str,
        seed: Seed,
    ) -> Result<Option<String>, AuthError> {
        let challenge = Challenge::parse(description);
        challenge
            .map(|challenge| self.answer(&challenge, app, seed))
            .transpose()
    }

    fn answer(&mut self, challenge: &Challenge, app: &str, seed: Seed) -> Result<String, AuthError> {
        let step = match challenge {
            Challenge::NeedAuth { .. } => Step::Named,
            Challenge::Adobe { .. }
            | Challenge::Llnw { .. }
            | Challenge::Failed { .. }
            | Challenge::Unknown { .. } => Step::Proved,
        };
        let is_final = matches!(challenge, Challenge::Failed { .. } | Challenge::Unknown { .. });
        if step <= self.step && !is_final {
            return Err(AuthError::TooManyRounds);
        }
        self.step = step;
        let credentials = self.credentials.as_ref().ok_or(AuthError::NoCredentials)?;
        challenge.answer(credentials, app, seed)
    }
}
