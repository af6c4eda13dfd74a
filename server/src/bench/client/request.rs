//! What a client asks for, in the words of the programs that servers know (RTMP 1.0 §7.2).

use rtmp_core::amf0::{Object, Value};
use rtmp_core::message::Command;
use rtmp_core::units::{ChunkStreamId, MessageStreamId};

use super::Goal;

/// Where a stream is, as commands name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Target {
    /// `app`.
    pub(in crate::bench) app: String,
    /// `tcUrl`.
    pub(in crate::bench) tc_url: String,
    /// The stream's name, with its query.
    pub(in crate::bench) name: String,
}

/// The requests; the number is the transaction id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Connect = 1,
    ReleaseStream = 2,
    FcPublish = 3,
    CreateStream = 4,
    Publish = 5,
    Play = 6,
}

impl Request {
    const ALL: [Self; 6] = [
        Self::Connect,
        Self::ReleaseStream,
        Self::FcPublish,
        Self::CreateStream,
        Self::Publish,
        Self::Play,
    ];

    /// Which one an answer is to.
    pub(super) fn of(transaction_id: f64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|request| request.transaction_id() == transaction_id)
    }

    fn transaction_id(self) -> f64 {
        f64::from(self as u8)
    }

    /// Whether it has to be granted.
    pub(super) const fn matters(self) -> bool {
        !matches!(self, Self::ReleaseStream | Self::FcPublish)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ReleaseStream => "releaseStream",
            Self::FcPublish => "FCPublish",
            Self::CreateStream => "createStream",
            Self::Publish => "publish",
            Self::Play => "play",
        }
    }

    fn command(self) -> Command<'static> {
        Command::new(self.name(), self.transaction_id())
    }
}

/// What players announce to buffer, in milliseconds.
pub(super) const BUFFER_MILLIS: u32 = 3000;

/// The chunk stream of `publish` and `play`, as librtmp has it.
pub(super) fn of_stream() -> ChunkStreamId {
    ChunkStreamId::new(8).unwrap_or(ChunkStreamId::COMMAND)
}

impl Target {
    /// `connect`, as FFmpeg's publisher and rtmpdump's player say it.
    pub(super) fn connect(&self, goal: Goal) -> Command<'_> {
        let object = Object::new().with("app", &*self.app);
        let object = if let Goal::Publish(_) = goal {
            object
                .with("type", "nonprivate")
                .with("flashVer", "FMLE/3.0 (compatible; rtmp bench)")
                .with("tcUrl", &*self.tc_url)
        } else {
            object
                .with("flashVer", "LNX 9,0,124,2")
                .with("tcUrl", &*self.tc_url)
                .with("fpad", false)
                .with("capabilities", 15.0)
                .with("audioCodecs", 4071.0)
                .with("videoCodecs", 252.0)
                .with("videoFunction", 1.0)
        };
        Request::Connect.command().with_object(object)
    }

    /// What is asked for once connected.
    pub(super) fn create_stream(&self, goal: Goal) -> Vec<Command<'_>> {
        let mut commands = Vec::new();
        if let Goal::Publish(_) = goal {
            commands.push(Request::ReleaseStream.command().with(&*self.name));
            commands.push(Request::FcPublish.command().with(&*self.name));
        }
        commands.push(Request::CreateStream.command());
        commands
    }

    pub(super) fn publish(&self) -> Command<'_> {
        Request::Publish.command().with(&*self.name).with("live")
    }

    /// A live stream, or a recorded one of that name (RTMP 1.0 §7.2.2.1: -2).
    pub(super) fn play(&self) -> Command<'_> {
        Request::Play.command().with(&*self.name).with(-2.0)
    }
}

/// The message stream that a `_result` to `createStream` names.
pub(super) fn created(result: &Command<'_>) -> Option<MessageStreamId> {
    let number = result.arguments.iter().find_map(Value::as_number)?;
    // No id is fractional, negative or beyond its 32 bits; 0 is the connection itself.
    let is_id = number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number);
    is_id.then_some(MessageStreamId::new(number as u32))
}

/// The information object of an `onStatus` or `_error`; empty where the server says nothing.
#[derive(Debug, Default)]
pub(super) struct Status<'a> {
    pub(super) level: &'a str,
    pub(super) code: &'a str,
    pub(super) description: &'a str,
}

impl<'a> Status<'a> {
    pub(super) fn of(command: &'a Command<'_>) -> Self {
        let values = command.arguments.iter().chain([&command.object]);
        let Some(object) = values.filter_map(Value::as_object).next() else {
            return Self::default();
        };
        let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
        Self {
            level: text("level"),
            code: text("code"),
            description: text("description"),
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.level == "error"
    }
}
