//! Why a server refuses, and what can be done about it.

use std::borrow::Cow;
use std::fmt;

use crate::amf0::Object;
use crate::authmod::AuthError;
use crate::connection::client::status::Status;
use crate::connection::request::RequestKind;

/// A request that the server has refused, or that it ended after it had granted it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// What was asked for.
    pub request: RequestKind,
    /// Why, as far as the server's words tell.
    pub cause: RejectionCause,
    /// The server's words.
    pub status: Status,
}

/// Why a server refuses. Servers have many codes for few causes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionCause {
    /// There is no such application.
    NoSuchApplication,
    /// The key, the token, or where the client comes from.
    Denied,
    /// The server asks who publishes: [another attempt](super::ClientConnection::next_attempt) answers.
    AuthenticationRequired,
    /// The server asks who publishes and there is no answer, or it has not taken the one that it got.
    Unauthenticated(AuthError),
    /// The server's SecureToken is none under the key that was given.
    WrongToken,
    /// Somebody else publishes under this name.
    NameInUse,
    /// Nobody publishes under this name.
    NotFound,
    /// The server goes, or takes no more.
    Unavailable,
    /// Another server is to be asked, at this `tcUrl`, which may be relative.
    Redirected(String),
    /// The server has no second message stream on one connection: it named the same one again.
    OneStreamOnly,
    /// It can't be told.
    Other,
}

impl RejectionCause {
    /// What can be done about it, for a person.
    pub fn remedy(&self) -> Option<Cow<'static, str>> {
        let remedy = match self {
            Self::NoSuchApplication => {
                "check the application in the URL: it is the path before the stream's name"
            }
            Self::Denied => {
                "check the stream key, the token and the password, and from where the server lets clients in"
            }
            Self::AuthenticationRequired => "connect again, with an answer to the server's question",
            Self::Unauthenticated(error) => return Some(error.to_string().into()),
            Self::WrongToken => "check the token behind the URL, and capital letters in it",
            Self::NameInUse => "stop the other publisher, or choose another name",
            Self::NotFound => "check the stream's name, and whether it is being published",
            Self::Unavailable => "try again later",
            Self::Redirected(_) => "connect to the server that it names",
            Self::OneStreamOnly => "open a connection for each stream",
            Self::Other => return None,
        };
        Some(remedy.into())
    }
}

impl Rejection {
    pub(super) fn of_connect(information: Option<&Object<'_>>) -> Self {
        let status = Status::of(information);
        let cause = match (redirect(information), &*status.code) {
            (Some(tc_url), _) => RejectionCause::Redirected(tc_url),
            (None, "NetConnection.Connect.InvalidApp") => RejectionCause::NoSuchApplication,
            (None, "NetConnection.Connect.Rejected") => RejectionCause::Denied,
            (
                None,
                "NetConnection.Connect.Closed"
                | "NetConnection.Connect.AppShutdown"
                | "NetConnection.Connect.IdleTimeout",
            ) => RejectionCause::Unavailable,
            (None, _) => RejectionCause::Other,
        };
        Self {
            request: RequestKind::Connect,
            cause,
            status,
        }
    }

    pub(super) fn of_stream(request: RequestKind, status: Status) -> Self {
        let cause = match &*status.code {
            "NetStream.Publish.BadName" => RejectionCause::NameInUse,
            // What gortmplib and ZLMediaKit say where others have one of the first two.
            "NetStream.Publish.Denied"
            | "NetStream.Publish.Rejected"
            | "NetStream.Publish.Unauthorized"
            | "NetStream.Publish.BadAuth" => RejectionCause::Denied,
            "NetStream.Play.StreamNotFound" => RejectionCause::NotFound,
            "NetStream.Play.InsufficientBW" => RejectionCause::Unavailable,
            _ => RejectionCause::Other,
        };
        Self {
            request,
            cause,
            status,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server refused {}, {}",
            self.request.command(),
            self.status
        )?;
        match self.cause.remedy() {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

/// Where a server sends its client: `ex` with code 302 and `redirect`, a `tcUrl`, as FMS and SRS have it.
fn redirect(information: Option<&Object<'_>>) -> Option<String> {
    let redirect = information?.get("ex")?.as_object()?.get("redirect")?.as_str()?;
    is_url(redirect).then(|| redirect.to_owned())
}

/// Bytes of a URL that a server may send us to.
const MAX_URL: usize = 2048;

/// Whether it may be a URL to go to, and to be shown.
pub(super) fn is_url(text: &str) -> bool {
    text.len() <= MAX_URL && !text.is_empty() && !text.contains(char::is_control)
}
