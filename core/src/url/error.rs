//! Why a text is no URL of a stream.

use super::options::OptionError;
use super::scheme::Scheme;

/// A text that is no [`RtmpUrl`](super::RtmpUrl). Each cause says what to write instead; none repeats the text, which may
/// hold a password or a stream's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// More bytes than [`RtmpUrl::MAX_LEN`](super::RtmpUrl::MAX_LEN).
    #[error("the URL is {len} bytes long; {} are allowed", super::RtmpUrl::MAX_LEN)]
    TooLong {
        /// Bytes.
        len: usize,
    },
    /// No `://`.
    #[error("the URL has no scheme: write rtmp://HOST/APP/NAME or rtmps://HOST/APP/NAME")]
    NoScheme,
    /// A scheme that is not spoken here, in small letters.
    #[error("{0}:// can't be used: {remedy}", remedy = Scheme::remedy(.0))]
    UnsupportedScheme(String),
    /// Nothing where the host belongs.
    #[error("the URL names no host: write rtmp://HOST/APP/NAME")]
    NoHost,
    /// A character that no host's name has.
    #[error(
        "the host's name can't have a {0:?}: write a name, an IPv4 address, or an IPv6 address in brackets; a name in other \
         letters in its ASCII form (xn--...)"
    )]
    BadHost(char),
    /// More than one colon, and no brackets.
    #[error("an IPv6 address stands in brackets: write rtmp://[::1]/APP/NAME or rtmp://[::1]:1935/APP/NAME")]
    Ipv6WithoutBrackets,
    /// What stands in the brackets is no IPv6 address, or one of them is missing.
    #[error("what stands in the brackets is no IPv6 address: write it like [2001:db8::1]")]
    BadIpv6,
    /// No number from 1 to 65535 behind the colon.
    #[error(
        "the port is no number from 1 to 65535: write HOST:PORT, or HOST alone for the usual port; in a user name or \
         password write / as %2F and ? as %3F"
    )]
    BadPort,
    /// A line break or the like, or something else that can't be seen.
    #[error(
        "the URL holds a character that can't be seen, U+{:04X}: write it in one line, without what was pasted by mistake",
        u32::from(*.0)
    )]
    ControlCharacter(char),
    /// An option behind the URL.
    #[error(transparent)]
    Option(#[from] OptionError),
}
