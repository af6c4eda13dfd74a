//! How the bytes go: plain or through TLS.

use std::fmt;

use super::UrlError;

/// The scheme of a URL that can be spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `rtmp`: over TCP.
    Rtmp,
    /// `rtmps`: over TLS.
    Rtmps,
}

impl Scheme {
    /// Reads what precedes `://`; letters may be large or small (RFC 3986 §3.1).
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        if text.eq_ignore_ascii_case("rtmp") {
            Ok(Self::Rtmp)
        } else if text.eq_ignore_ascii_case("rtmps") {
            Ok(Self::Rtmps)
        } else if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !text.is_empty() {
            Err(UrlError::UnsupportedScheme(text.to_ascii_lowercase()))
        } else {
            // A URL inside of something else.
            Err(UrlError::NoScheme)
        }
    }

    /// That of a URL; `None` if it has none that can be spoken here.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (scheme, _) = url.split_once("://")?;
        Self::parse(scheme).ok()
    }

    /// The port where a URL names none: 1935, or 443 through TLS.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Rtmp => 1935,
            Self::Rtmps => 443,
        }
    }

    /// As a URL writes it, without `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
        }
    }

    /// What to write instead of a scheme that is not spoken here.
    pub(super) fn remedy(other: &str) -> &'static str {
        match other {
            "rtmpt" => {
                "no tunnel through HTTP is spoken here; write rtmps://, which most firewalls let pass, or rtmp://"
            }
            "rtmpts" => "no tunnel through HTTP is spoken here; write rtmps://",
            "rtmpe" | "rtmpte" => {
                "that cipher protects nothing, and no server demands it any more; write rtmps:// or rtmp://"
            }
            "rtmfp" => {
                "that is another protocol, over UDP; ask the service for a URL with rtmp:// or rtmps://"
            }
            _ => "write rtmp:// or rtmps://",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
