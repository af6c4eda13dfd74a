//! What a server says about a request: the information object of `onStatus`, `_result` and `_error`, and the codes of
//! refusals (RTMP 1.0 §7.2.2).

use std::borrow::Cow;

use crate::amf0::Object;
use crate::connection::refusal::Refusal;
use crate::connection::request::RequestKind;

/// The information object: how it went, what happened, and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) level: Level,
    pub(super) code: &'static str,
    pub(super) description: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Status,
    Error,
}

impl Status {
    pub(super) fn new(code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            level: Level::Status,
            code,
            description: description.into(),
        }
    }

    pub(super) fn error(code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            level: Level::Error,
            code,
            description: description.into(),
        }
    }

    pub(super) fn to_object(&self) -> Object<'_> {
        let level = match self.level {
            Level::Status => "status",
            Level::Error => "error",
        };
        Object::new()
            .with("level", level)
            .with("code", self.code)
            .with("description", &*self.description)
    }
}

impl Refusal {
    /// The status for a refused request. librtmp and OBS give up on `Publish.BadName`, `.Denied`, `.Rejected`
    /// and on `Play.StreamNotFound`, `.Failed` and the general `Failed`; ffmpeg on any of level "error".
    pub(super) fn status(&self, kind: RequestKind, what: &str) -> Status {
        let code = match (kind, self) {
            (RequestKind::Connect, Self::NotFound) => "NetConnection.Connect.InvalidApp",
            (RequestKind::Connect, Self::Malformed(_)) => "NetConnection.Connect.Failed",
            (RequestKind::Connect, Self::Denied(_) | Self::Unauthenticated(_)) => {
                "NetConnection.Connect.Rejected"
            }
            (RequestKind::Connect, Self::Full(_) | Self::NameInUse) => "NetConnection.Connect.Closed",
            (RequestKind::Publish, Self::NameInUse) => "NetStream.Publish.BadName",
            (RequestKind::Publish, Self::Denied(_) | Self::Unauthenticated(_)) => "NetStream.Publish.Denied",
            (RequestKind::Publish, Self::Full(_)) => "NetStream.Publish.Rejected",
            (RequestKind::Publish, Self::NotFound) => "NetStream.Failed",
            (RequestKind::Publish, Self::Malformed(_)) => "NetStream.Publish.Failed",
            (RequestKind::Play, Self::NotFound) => "NetStream.Play.StreamNotFound",
            (RequestKind::Play, Self::Denied(_) | Self::Unauthenticated(_)) => "NetStream.Play.Failed",
            (RequestKind::Play, Self::Full(_)) => "NetStream.Play.InsufficientBW",
            (RequestKind::Play, Self::Malformed(_) | Self::NameInUse) => "NetStream.Failed",
        };
        Status::error(code, self.describe(what))
    }

    fn describe(&self, what: &str) -> String {
        match self {
            Self::Unauthenticated(description) => description.clone(),
            Self::Denied(_) | Self::NameInUse | Self::NotFound | Self::Full(_) | Self::Malformed(_) => {
                format!("{what}: {self}")
            }
        }
    }
}
