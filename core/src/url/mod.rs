//! Where a stream is: `rtmp://user:password@host:port/app/name?query`, with librtmp's options behind it.
//!
//! No document of RTMP says what its URLs are. What programs agree upon: `tcUrl` is the URL up to and with the application
//! (RTMP 1.0 §7.2.1.1), the rest is the stream's name, and where the one ends and the other begins is a matter of taste.
//! [`RtmpUrl`] is what people paste, kept as it was written.

mod authority;
mod conn;
mod error;
mod options;
mod scheme;
mod split;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

pub use conn::{ConnError, ConnValue};
pub use error::UrlError;
pub use options::{LibrtmpOptions, Live, OptionError};
pub use scheme::Scheme;

use authority::Authority;
use options::{HIDDEN, Secrets};

/// The URL of a stream, or of a server.
///
/// It is shown (`Display`) as it was written, whatever its path and query are; only the scheme is put in small letters, and
/// options in a fixed order. `Debug` and [`redacted`](Self::redacted) leave out what is secret.
///
/// ```
/// use rtmp_core::url::RtmpUrl;
///
/// let url: RtmpUrl = "rtmp://me:secret@a.example/live/key?token=1".parse()?;
/// assert_eq!((url.host().as_ref(), url.port()), ("a.example", 1935));
/// assert_eq!((url.app(), url.name().as_ref()), ("live", "key?token=1"));
/// assert_eq!(url.tc_url(), "rtmp://a.example/live");
/// assert_eq!(url.to_string(), "rtmp://me:secret@a.example/live/key?token=1");
/// assert_eq!(url.redacted(), "rtmp://***@a.example/live/key?token=1");
/// # Ok::<(), rtmp_core::url::UrlError>(())
/// ```
///
/// # Application and name
///
/// A path is cut as FFmpeg cuts it, since its users are the most:
///
/// | path | application | name | |
/// | --- | --- | --- | --- |
/// | `/live` | `live` | | a server's URL, without a name |
/// | `/live/key?token=a/b` | `live` | `key?token=a/b` | a query belongs to what it follows |
/// | `/live/room/key` | `live/room` | `key` | the second segment is an instance of the application |
/// | `/live/room/a/b` | `live/room` | `a/b` | |
/// | `/vod/mp4:a/b` | `vod` | `mp4:a/b` | a segment with a colon is no instance |
/// | `/vod/clip.mp4`, `/vod/clip.flv` | `vod` | `mp4:clip.mp4`, `clip` | |
/// | `/live?vhost=a.example/key` | `live?vhost=a.example` | `key` | the last slash |
/// | `/ondemand/a/b` | `ondemand` | `a/b` | |
/// | `/live/x?slist=key` | `live/x?slist=key` | `key` | |
///
/// (FFmpeg itself also takes a slash in the query of the name for a cut.) Of a path of one segment whose application is said
/// elsewhere, as in `rtmp://host/key app=live`, that segment is the name. Where that is not what is meant,
/// [`with_key`](Self::with_key) has all of the path for the application, as OBS has, and [`with_app`](Self::with_app) and
/// [`with_name`](Self::with_name) say either; so do librtmp's options: `rtmp://host/a/b/c app=a playpath=b/c`. Servers that
/// join the two again, as [`StreamName`](crate::connection::server::StreamName) does, find the same stream.
#[derive(Clone, PartialEq)]
pub struct RtmpUrl {
    scheme: Scheme,
    authority: Authority,
    /// With its query. Empty, or begins with a slash or question mark.
    path: String,
    options: Box<LibrtmpOptions>,
}

impl RtmpUrl {
    /// Bytes of a URL with all its options. One may come from a server, which sends its client elsewhere.
    pub const MAX_LEN: usize = 8192;

    /// Plain or through TLS.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host as a resolver takes it, and TLS as the server's name: an IPv6 address without its brackets.
    pub fn host(&self) -> Cow<'_, str> {
        self.authority.bare_host()
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.authority.port.unwrap_or_else(|| self.scheme.default_port())
    }

    /// The port, if it is written.
    pub const fn written_port(&self) -> Option<u16> {
        self.authority.port
    }

    /// Who publishes: what precedes the colon before `@`, with `%XX` resolved, or librtmp's `pubUser`.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        let option = self.options.pub_user.as_deref().map(Cow::Borrowed);
        option.or_else(|| self.authority.user())
    }

    /// The publisher's password: what stands between the colon and the last `@`, with `%XX` resolved, or librtmp's
    /// `pubPasswd`.
    pub fn password(&self) -> Option<Cow<'_, str>> {
        let option = self.options.pub_password.as_deref().map(Cow::Borrowed);
        option.or_else(|| self.authority.password())
    }

    /// The path with its query, as written: empty, or from its slash (or question mark) on.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The application, for `connect`: without slashes around it, with its query if it has one.
    pub fn app(&self) -> &str {
        match &self.options.app {
            Some(app) => app,
            None => split::split(&self.path, false).0,
        }
    }

    /// The stream's name, for `publish` and `play`, with its query. Empty if the URL names none.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.options.playpath {
            Some(name) => Cow::Borrowed(name),
            None => split::split(&self.path, self.options.app.is_some()).1,
        }
    }

    /// The `tcUrl` of `connect`: scheme, host, port and application, or librtmp's `tcUrl`.
    ///
    /// It has no user and password. The port is there if the URL has it: so do librtmp and OBS, which copy what they were
    /// given. FFmpeg writes the default port, too, and GStreamer never does; servers take either, and who needs one of
    /// them writes it into the URL.
    pub fn tc_url(&self) -> String {
        match (&self.options.tc_url, self.authority.port) {
            (Some(tc_url), _) => tc_url.clone(),
            (None, Some(port)) => format!("{}://{}:{port}/{}", self.scheme, self.authority.host, self.app()),
            (None, None) => format!("{}://{}/{}", self.scheme, self.authority.host, self.app()),
        }
    }

    /// What stands behind the URL.
    pub fn options(&self) -> &LibrtmpOptions {
        &self.options
    }

    /// The same with another application than the path has. `Display` shows it as librtmp's `app`.
    #[must_use]
    pub fn with_app(mut self, app: impl Into<String>) -> Self {
        self.options.app = Some(app.into());
        self
    }

    /// The same with another stream's name than the path has. `Display` shows it as librtmp's `playpath`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.options.playpath = Some(name.into());
        self
    }

    /// What OBS calls server and stream key: all of the path is the application, the key is the stream's name. So is the
    /// `tcUrl` of a server that sends its client elsewhere, with the name that it had.
    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Self {
        let app = self.path.strip_prefix('/').unwrap_or(&self.path).to_owned();
        self.with_app(app).with_name(key)
    }

    /// The same with these options.
    #[must_use]
    pub fn with_options(mut self, options: LibrtmpOptions) -> Self {
        *self.options = options;
        self
    }

    /// The URL for logs: without user, password and what options keep secret. A stream's name stays, though it may be a
    /// secret, too.
    pub fn redacted(&self) -> String {
        let mut text = String::new();
        // Nothing fails that writes into memory.
        let _ = self.write(&mut text, Secrets::Hidden);
        text
    }

    fn write(&self, f: &mut impl fmt::Write, secrets: Secrets) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match (&self.authority.user_info, secrets) {
            (Some(_), Secrets::Hidden) => write!(f, "{HIDDEN}@")?,
            (Some(user_info), Secrets::Shown) => write!(f, "{user_info}@")?,
            (None, _) => {}
        }
        f.write_str(&self.authority.host)?;
        if let Some(port) = self.authority.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)?;
        self.options.write(f, secrets)
    }
}

impl FromStr for RtmpUrl {
    type Err = UrlError;

    /// Reads a URL. Blanks and line breaks around it do not count.
    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim_ascii();
        if text.len() > Self::MAX_LEN {
            return Err(UrlError::TooLong { len: text.len() });
        }
        if let Some(c) = text.chars().find(|&c| is_unseen(c) && c != '\t') {
            return Err(UrlError::ControlCharacter(c));
        }
        let (url, options) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let (scheme, rest) = url.split_once("://").ok_or(UrlError::NoScheme)?;
        let scheme = Scheme::parse(scheme)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        Ok(Self {
            scheme,
            authority: Authority::parse(authority)?,
            path: path.to_owned(),
            options: Box::new(LibrtmpOptions::parse(options)?),
        })
    }
}

/// Characters that web pages and editors put between others, and nobody sees; as part of a stream's name they only make it a
/// wrong one. Those that join letters of some scripts are none of them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Blanks that do not break, soft hyphens, blanks without width, marks of direction, line ends, byte order marks.
            '\u{A0}' | '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202F}' | '\u{2060}'
                | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}

impl fmt::Display for RtmpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Secrets::Shown)
    }
}

impl fmt::Debug for RtmpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RtmpUrl({})", self.redacted())
    }
}
