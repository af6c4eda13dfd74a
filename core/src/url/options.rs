//! What librtmp reads behind a URL: `rtmp://host/app/name live=1 playpath=other`.

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;

use super::authority::hex_value;
use super::conn::{Arguments, ConnError, ConnValue};
use super::is_unseen;

/// The options behind a URL, after a blank: librtmp's (`librtmp(3)`), which many sites tell their users to paste.
///
/// Names may be in large or small letters; of an option that is given twice the last one counts, but each `conn` is one
/// more argument. In a value a blank is `\20`, a backslash `\5c`, and any byte so. FFmpeg's names of the same options
/// (`-rtmp_playpath NAME` or `rtmp_playpath=NAME`) are read, too.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct LibrtmpOptions {
    /// `app`: the application, instead of the one in the URL.
    pub app: Option<String>,
    /// `playpath`: the stream's name, instead of the one in the URL.
    pub playpath: Option<String>,
    /// `tcUrl`: what `connect` says as such, instead of what is made of the URL.
    pub tc_url: Option<String>,
    /// `swfUrl`: where the player would have come from.
    pub swf_url: Option<String>,
    /// `pageUrl`: the web page of the player.
    pub page_url: Option<String>,
    /// `flashver`: the client's program.
    pub flash_ver: Option<String>,
    /// `conn`: more arguments of `connect`, behind its object.
    pub conn: Vec<ConnValue>,
    /// `live`: what kind of stream is played.
    pub live: Option<Live>,
    /// `subscribe`: the name for `FCSubscribe`, if it is not that of the stream.
    pub subscribe: Option<String>,
    /// `start`: where to begin, milliseconds.
    pub start: Option<u32>,
    /// `stop`: where to end, milliseconds.
    pub stop: Option<u32>,
    /// `buffer`: what the player buffers, milliseconds.
    pub buffer: Option<u32>,
    /// `timeout`: how long the server may be silent, seconds. A [`Call`](crate::host::Call) keeps to it.
    pub timeout: Option<u32>,
    /// `token`: the key for the answer to a server's SecureToken.
    pub token: Option<String>,
    /// `pubUser`: who publishes, as before the `@` of the URL.
    pub pub_user: Option<String>,
    /// `pubPasswd`: the publisher's password.
    pub pub_password: Option<String>,
}

/// What kind of stream is played: FFmpeg's three, of which librtmp knows `Live` and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// A live stream, or else a recording. `live=0`, `live=any`.
    Any,
    /// A live stream. `live=1`, `live=live`.
    Live,
    /// A recording. `live=recorded`.
    Recorded,
}

/// An option behind a URL that says nothing, or nothing that can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// Something without a name or without a value.
    #[error(
        "behind a blank the URL has options like playpath=NAME, and here is something else: put the URL in quotes, without \
         more in them; a blank in a stream's name is written playpath=one\\20two"
    )]
    NotAnOption,
    /// A name that neither librtmp nor FFmpeg has.
    #[error(
        "the URL has an option {0}, which does not exist: there are app, playpath, tcUrl, swfUrl, pageUrl, flashver, conn, \
         live, subscribe, start, stop, buffer, timeout, token, pubUser and pubPasswd"
    )]
    Unknown(String),
    /// An option of librtmp or FFmpeg that is not supported here.
    #[error("the URL's option {0} is not supported: leave it out")]
    Unsupported(String),
    /// A value that is no number.
    #[error("the URL's option {0} takes a number from 0 to 4294967295")]
    BadNumber(&'static str),
    /// A value that is none of those of [`Live`].
    #[error("the URL's option live takes 1 (live), 0 (any) or recorded")]
    BadLive,
    /// A backslash without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("a value in the URL's options has a \\ that begins no escape: write it \\5c, and a blank \\20")]
    BadEscape,
    /// A `conn` that says no value.
    #[error("the URL's option conn {0}")]
    Conn(#[from] ConnError),
}

impl LibrtmpOptions {
    /// Reads what stands behind the first blank.
    pub(super) fn parse(text: &str) -> Result<Self, OptionError> {
        let mut options = Self::default();
        let mut arguments = Arguments::default();
        let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let (name, value) = match word.strip_prefix('-') {
                Some(name) => (name, words.next()),
                None => word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v))),
            };
            let value = unescape(value.ok_or(OptionError::NotAnOption)?)?;
            options.set(&name.to_ascii_lowercase(), value, &mut arguments)?;
        }
        options.conn = arguments.finish()?;
        Ok(options)
    }

    fn set(&mut self, name: &str, value: String, arguments: &mut Arguments) -> Result<(), OptionError> {
        let name = name.strip_prefix("rtmp_").unwrap_or(name);
        if let Some(text) = self
            .texts()
            .into_iter()
            .find(|text| text.name.eq_ignore_ascii_case(name))
        {
            *text.value = Some(value);
            return Ok(());
        }
        if let Some(number) = self.numbers().into_iter().find(|number| number.name == name) {
            *number.value = Some(value.parse().map_err(|_| OptionError::BadNumber(number.name))?);
            return Ok(());
        }
        match name {
            "live" => self.live = Some(Live::parse(&value)?),
            "conn" => arguments.push(&value)?,
            "socks" | "playlist" | "jtv" | "swfvfy" | "swfverify" | "swfage" | "swfhash" | "swfsize"
            | "listen" | "flush_interval" | "enhanced_codecs" => {
                return Err(OptionError::Unsupported(name.to_owned()));
            }
            _ => return Err(OptionError::Unknown(name.to_owned())),
        }
        Ok(())
    }

    /// The options that are text, in the order in which they are written.
    fn texts(&mut self) -> [Text<'_>; 10] {
        let text = |name, value| Text {
            name,
            value,
            is_secret: false,
        };
        let secret = |name, value| Text {
            name,
            value,
            is_secret: true,
        };
        [
            text("app", &mut self.app),
            text("playpath", &mut self.playpath),
            text("tcUrl", &mut self.tc_url),
            text("swfUrl", &mut self.swf_url),
            text("pageUrl", &mut self.page_url),
            text("flashver", &mut self.flash_ver),
            text("subscribe", &mut self.subscribe),
            secret("token", &mut self.token),
            secret("pubUser", &mut self.pub_user),
            secret("pubPasswd", &mut self.pub_password),
        ]
    }

    /// The options that are numbers, likewise.
    fn numbers(&mut self) -> [Number<'_>; 4] {
        let number = |name, value| Number { name, value };
        [
            number("start", &mut self.start),
            number("stop", &mut self.stop),
            number("buffer", &mut self.buffer),
            number("timeout", &mut self.timeout),
        ]
    }

    /// Writes what stands behind the URL, each option with a blank before it.
    pub(super) fn write(&self, f: &mut impl fmt::Write, secrets: Secrets) -> fmt::Result {
        // The lists above lend for change; a copy makes them serve here, too.
        let mut options = self.clone();
        for text in options.texts() {
            if let Some(value) = text.value {
                let is_hidden = text.is_secret && secrets == Secrets::Hidden;
                let value = if is_hidden { HIDDEN } else { value.as_str() };
                write!(f, " {}={}", text.name, Escaped(value))?;
            }
        }
        for number in options.numbers() {
            if let Some(value) = number.value {
                write!(f, " {}={value}", number.name)?;
            }
        }
        if let Some(live) = self.live {
            write!(f, " live={}", live.as_str())?;
        }
        for item in self.conn.iter().flat_map(ConnValue::items) {
            let item = if secrets == Secrets::Hidden {
                HIDDEN
            } else {
                item.as_str()
            };
            write!(f, " conn={}", Escaped(item))?;
        }
        Ok(())
    }
}

/// As behind a URL, without what is secret.
impl fmt::Debug for LibrtmpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LibrtmpOptions(")?;
        self.write(f, Secrets::Hidden)?;
        f.write_str(" )")
    }
}

struct Text<'a> {
    name: &'static str,
    value: &'a mut Option<String>,
    is_secret: bool,
}

struct Number<'a> {
    name: &'static str,
    value: &'a mut Option<u32>,
}

/// What becomes of user names, passwords and tokens in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    Shown,
    Hidden,
}

/// Stands for a secret.
pub(super) const HIDDEN: &str = "***";

impl Live {
    fn parse(text: &str) -> Result<Self, OptionError> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "on" | "yes" | "true" | "live" | "-1" => Ok(Self::Live),
            "0" | "off" | "no" | "false" | "any" | "-2" => Ok(Self::Any),
            "recorded" => Ok(Self::Recorded),
            _ => Err(OptionError::BadLive),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Live => "1",
            Self::Recorded => "recorded",
        }
    }
}

/// Resolves `\XX`.
fn unescape(text: &str) -> Result<String, OptionError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (digits, behind) = rest.split_first_chunk::<2>().ok_or(OptionError::BadEscape)?;
        bytes.push(hex_value(*digits).ok_or(OptionError::BadEscape)?);
        rest = behind;
    }
    String::from_utf8(bytes).map_err(|_| OptionError::BadEscape)
}

/// A value as it is written: blanks, backslashes and what can't be seen as `\xx`.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c == ' ' || c == '\\' || is_unseen(c) {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(f, "\\{byte:02x}")?;
                }
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}
