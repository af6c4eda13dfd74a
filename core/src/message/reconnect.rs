//! The request to reconnect (Enhanced RTMP v2, "Reconnect Request").

use std::borrow::Cow;

use crate::amf0::{Object, Value};
use crate::message::Command;

/// A server's request to its client to connect anew, to the same server or another one.
///
/// The client goes on with what it does up to a good place in its media, connects anew, and leaves only then. It has to
/// have announced that it [can](crate::message::Capabilities::can_reconnect).
///
/// ```
/// use rtmp_core::message::ReconnectRequest;
///
/// let request = ReconnectRequest::to("//b.example/live");
/// let command = request.to_command();
/// assert_eq!(ReconnectRequest::from_command(&command), Some(request.clone()));
/// assert_eq!(request.resolve("rtmp://a.example/live").unwrap(), "rtmp://b.example/live");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReconnectRequest {
    /// The `tcUrl` to connect to: absolute, or relative to that of the connection. `None`: the same.
    pub tc_url: Option<String>,
    /// Why, for a person.
    pub description: Option<String>,
}

impl ReconnectRequest {
    /// The `code` of the status that carries it.
    pub const CODE: &str = "NetConnection.Connect.ReconnectRequest";

    /// A request to connect to this `tcUrl`.
    pub fn to(tc_url: impl Into<String>) -> Self {
        Self {
            tc_url: Some(tc_url.into()),
            description: None,
        }
    }

    /// The `onStatus` that carries it, for the message stream of the connection.
    pub fn to_command(&self) -> Command<'static> {
        let mut information = Object::new().with("level", "status").with("code", Self::CODE);
        if let Some(description) = &self.description {
            information.push("description", description.clone());
        }
        if let Some(tc_url) = &self.tc_url {
            information.push("tcUrl", tc_url.clone());
        }
        Command::new("onStatus", 0.0).with(information)
    }

    /// Reads a command that a client has received. `None` if it is something else. An empty `tcUrl` is none.
    pub fn from_command(command: &Command<'_>) -> Option<Self> {
        if command.name != "onStatus" {
            return None;
        }
        let information = command.arguments.first()?.as_object()?;
        let text = |key| information.get(key).and_then(Value::as_str);
        if text("code") != Some(Self::CODE) {
            return None;
        }
        Some(Self {
            tc_url: text("tcUrl").filter(|url| !url.is_empty()).map(str::to_owned),
            description: text("description").map(str::to_owned),
        })
    }

    /// The `tcUrl` to connect to, for a client that is connected to `current`: relative ones are resolved as in RFC 3986
    /// §5.2, but that `.` and `..` stay as they are. `None` if a relative one meets a `current` without scheme and
    /// host.
    ///
    /// It comes from the server: a client that connects to other schemes or hosts than it was meant to decides here.
    pub fn resolve<'a>(&'a self, current: &'a str) -> Option<Cow<'a, str>> {
        let Some(target) = self.tc_url.as_deref() else {
            return Some(Cow::Borrowed(current));
        };
        if has_scheme(target) {
            return Some(Cow::Borrowed(target));
        }
        let (scheme, rest) = current.split_once("://")?;
        if let Some(authority) = target.strip_prefix("//") {
            return Some(format!("{scheme}://{authority}").into());
        }
        let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() {
            return None;
        }
        let resolved = if target.starts_with('/') {
            format!("{scheme}://{host}{target}")
        } else if target.starts_with('?') {
            format!("{scheme}://{host}/{path}{target}")
        } else {
            // A name takes the place of the last one.
            let parent = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default();
            format!("{scheme}://{host}/{parent}{target}")
        };
        Some(resolved.into())
    }
}

/// Whether it begins like `rtmp:` (RFC 3986 §3.1).
fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::MessageType;
    use crate::limits::Limits;

    #[test]
    fn a_request_is_read_from_its_bytes_and_written_to_the_same() {
        let payload = b"\x02\x00\x08onStatus\
            \x00\x00\x00\x00\x00\x00\x00\x00\x00\
            \x05\x03\
            \x00\x05level\x02\x00\x06status\
            \x00\x04code\x02\x00\x26NetConnection.Connect.ReconnectRequest\
            \x00\x0Bdescription\x02\x00\x06update\
            \x00\x05tcUrl\x02\x00\x0Drtmp://b/live\
            \x00\x00\x09"; // name; 0.0; null; {level, code, description, tcUrl}
        let command = Command::decode(MessageType::CommandAmf0, payload, &Limits::default()).unwrap();
        let request = ReconnectRequest::from_command(&command).unwrap();
        assert_eq!(
            request,
            ReconnectRequest {
                tc_url: Some("rtmp://b/live".into()),
                description: Some("update".into()),
            }
        );
        let mut written = Vec::new();
        request.to_command().encode(&mut written);
        assert_eq!(written, payload);
    }

    #[test]
    fn where_to_and_why_may_be_left_out() {
        let bare = ReconnectRequest::default();
        assert_eq!(
            ReconnectRequest::from_command(&bare.to_command()),
            Some(bare.clone())
        );
        assert_eq!(bare.resolve("rtmp://a/live").unwrap(), "rtmp://a/live");
        let empty = ReconnectRequest::to("");
        assert_eq!(ReconnectRequest::from_command(&empty.to_command()), Some(bare));
    }

    #[test]
    fn other_commands_are_no_request() {
        let status = |name: &'static str, code: &'static str| {
            Command::new(name, 0.0).with(Object::new().with("level", "status").with("code", code))
        };
        assert!(ReconnectRequest::from_command(&status("onStatus", ReconnectRequest::CODE)).is_some());
        for command in [
            status("onStatus", "NetConnection.Connect.Success"),
            status("_result", ReconnectRequest::CODE),
            Command::new("onStatus", 0.0),
            Command::new("onStatus", 0.0).with(ReconnectRequest::CODE),
            Command::new("onStatus", 0.0).with(Object::new()),
        ] {
            assert_eq!(ReconnectRequest::from_command(&command), None);
        }
    }

    #[test]
    fn a_relative_url_is_resolved_against_the_connections() {
        let current = "rtmps://user@a.example:1936/live/one?token=1";
        for (target, resolved) in [
            ("rtmp://b.example/app", "rtmp://b.example/app"),
            ("//b.example:443/app", "rtmps://b.example:443/app"),
            ("/app/two", "rtmps://user@a.example:1936/app/two"),
            ("two", "rtmps://user@a.example:1936/live/two"),
            ("two/http://x", "rtmps://user@a.example:1936/live/two/http://x"),
            ("?token=2", "rtmps://user@a.example:1936/live/one?token=2"),
        ] {
            let request = ReconnectRequest::to(target);
            assert_eq!(request.resolve(current).as_deref(), Some(resolved));
        }
        let name = ReconnectRequest::to("app");
        assert_eq!(name.resolve("rtmp://a").unwrap(), "rtmp://a/app");
        assert_eq!(name.resolve("rtmp://a/live").unwrap(), "rtmp://a/app");
    }

    #[test]
    fn a_relative_url_needs_one_that_is_not() {
        for current in ["", "live", "rtmp:", "rtmp:///live"] {
            assert_eq!(ReconnectRequest::to("/app").resolve(current), None);
            let absolute = ReconnectRequest::to("rtmp://b/app");
            assert_eq!(absolute.resolve(current).as_deref(), Some("rtmp://b/app"));
        }
    }
}
