//! What a client says of itself and of where it wants to go: the `connect` command (RTMP 1.0 §7.2.1.1).

use std::fmt;

use crate::amf0::{Object, Value};
use crate::authmod::{ClientAuthenticator, Credentials};
use crate::connection::client::secure_token::SecureToken;
use crate::connection::config::ClientConfig;
use crate::handshake::Kind;
use crate::message::{Capabilities, Command, VideoFunction};
use crate::url::{RtmpUrl, Scheme};

/// What a connection is for. Publishers and players say different things in `connect`; a connection that does both is a
/// publisher's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// `type` "nonprivate", and `FMLE/3.0 (compatible; FMSc/1.0)` as OBS and FMLE have it.
    #[default]
    Publisher,
    /// The codecs of Flash Player, and `LNX 9,0,124,2` as FFmpeg has it.
    Player,
}

/// Where a connection is to lead, in the words of `connect`. They are sent as they are.
///
/// ```
/// use rtmp_core::connection::client::Target;
///
/// let url = "rtmp://me:secret@host/live/key swfUrl=http://host/player.swf".parse().unwrap();
/// let target = Target::from(&url).to_play();
/// assert_eq!((&*target.app, &*target.tc_url), ("live", "rtmp://host/live"));
/// assert_eq!(target.swf_url.as_deref(), Some("http://host/player.swf"));
/// assert_eq!(target.credentials.unwrap().user, "me");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Target {
    /// The application: the URL's path without the stream's name. It may have an instance and a query.
    pub app: String,
    /// The URL up to the application, `rtmp://host/app`. There are servers that refuse to go without.
    pub tc_url: String,
    /// Publish or play.
    pub role: Role,
    /// Where the player came from. OBS repeats `tcUrl` here.
    pub swf_url: Option<String>,
    /// The web page of the player.
    pub page_url: Option<String>,
    /// `flashVer`, where it is not that of the [configuration](ClientConfig::flash_version).
    pub flash_version: Option<String>,
    /// What an application wants to hear beside its properties: the `conn` options of librtmp.
    pub arguments: Vec<Value<'static>>,
    /// What a server is answered that asks who publishes (see [`authmod`](crate::authmod)). No server is told unasked, and none
    /// is told the password: what it gets is a hash of it with its own challenge. They go along where a server leads, which is
    /// what networks for delivery do before they ask; who leads the client astray can learn no more there than by asking it
    /// himself, and from `rtmps` nobody leads to where others can listen.
    pub credentials: Option<Credentials>,
    /// What a server is answered that asks for a SecureToken, as those of Wowza may.
    pub secure_token: Option<SecureToken>,
    pub(super) scheme: Scheme,
    pub(super) tries: Tries,
}

/// Without what is nobody else's business: answers to servers that ask who it is, and what applications are told.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("app", &self.app)
            .field("tc_url", &self.tc_url)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What has been tried on the way here.
#[derive(Clone, Default)]
pub(super) struct Tries {
    /// Redirections and requests to reconnect followed.
    pub(super) redirects: u32,
    /// The server hung up on a handshake with digests.
    pub(super) is_simple: bool,
    /// How far the server's questions have been answered.
    pub(super) authenticator: Option<ClientAuthenticator>,
    /// What is put behind `app` and `tcUrl` to answer the last one.
    pub(super) answer: String,
}

impl Target {
    /// An application to publish to.
    pub fn new(app: impl Into<String>, tc_url: impl Into<String>) -> Self {
        let tc_url = tc_url.into();
        Self {
            app: app.into(),
            scheme: Scheme::of(&tc_url).unwrap_or(Scheme::Rtmp),
            tc_url,
            role: Role::Publisher,
            swf_url: None,
            page_url: None,
            flash_version: None,
            arguments: Vec::new(),
            credentials: None,
            secure_token: None,
            tries: Tries::default(),
        }
    }

    /// The same application, to play from.
    #[must_use]
    pub fn to_play(self) -> Self {
        Self {
            role: Role::Player,
            ..self
        }
    }

    pub(super) fn handshake(&self, config: &ClientConfig) -> Kind {
        if self.tries.is_simple {
            Kind::Simple
        } else {
            config.handshake
        }
    }

    /// `connect`, its properties in the order of librtmp, whose subset FFmpeg and OBS send.
    pub(super) fn connect(&self, config: &ClientConfig) -> Command<'_> {
        let is_player = self.role == Role::Player;
        let usual = match self.role {
            Role::Publisher => "FMLE/3.0 (compatible; FMSc/1.0)",
            Role::Player => "LNX 9,0,124,2",
        };
        let flash_version = self.flash_version.as_ref().or(config.flash_version.as_ref());
        let flash_version = flash_version.map_or(usual, String::as_str).to_owned();
        let answered = |text: &str| format!("{text}{}", self.tries.answer);
        let mut properties = Object::new().with("app", answered(&self.app));
        if !is_player {
            properties.push("type", "nonprivate");
        }
        properties.push("flashVer", flash_version);
        if let Some(swf_url) = &self.swf_url {
            properties.push("swfUrl", &**swf_url);
        }
        properties.push("tcUrl", answered(&self.tc_url));
        if is_player {
            properties.push("fpad", false);
            properties.push("capabilities", 15.0);
            properties.push("audioCodecs", AUDIO_CODECS);
            properties.push("videoCodecs", VIDEO_CODECS);
        }
        capabilities(&config.capabilities, self.role).write_to(&mut properties);
        if let Some(page_url) = &self.page_url {
            properties.push("pageUrl", &**page_url);
        }
        if let Some(via) = &config.via {
            properties.push("via", via.clone());
        }
        let mut connect = Command::new("connect", f64::from(CONNECT)).with_object(properties);
        for argument in &self.arguments {
            connect = connect.with(argument.clone());
        }
        connect
    }
}

/// The application to publish to that a URL names, with user and password, and with what librtmp's options say of `connect`.
impl From<&RtmpUrl> for Target {
    fn from(url: &RtmpUrl) -> Self {
        let options = url.options();
        Self {
            scheme: url.scheme(),
            swf_url: options.swf_url.clone(),
            page_url: options.page_url.clone(),
            flash_version: options.flash_ver.clone(),
            arguments: options.conn.iter().cloned().map(Value::from).collect(),
            credentials: Credentials::from_url(url),
            secure_token: options.token.clone().map(SecureToken::new),
            ..Self::new(url.app(), url.tc_url())
        }
    }
}

/// The transaction id of `connect` (RTMP 1.0 §7.2.1.1).
pub(super) const CONNECT: u32 = 1;

/// All that Flash Player can, as FFmpeg has it.
const AUDIO_CODECS: f64 = 4071.0;
const VIDEO_CODECS: f64 = 252.0;

/// What is said of what we can do.
fn capabilities(own: &Capabilities, role: Role) -> Capabilities {
    match role {
        Role::Publisher => Capabilities {
            caps_ex: own.caps_ex,
            ..Capabilities::default()
        },
        Role::Player => Capabilities {
            video_function: own.video_function | VideoFunction::CLIENT_SEEK,
            ..own.clone()
        },
    }
}
