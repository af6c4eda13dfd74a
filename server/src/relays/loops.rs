//! Streams that come back to where they have been.
//!
//! A relay says in its `connect`, in the property `via`, which servers its stream has passed, and how many one behind the
//! other: for a publisher those that it has come through, for a player those that it is played for. A server that finds itself
//! there, with the same stream, refuses; so does one where publisher and player of a stream have come from the same place.
//! Under another name a stream may come again, but not for ever: neither under a new name each time, nor through ever more
//! servers. HTTP has the same in `Via` (RFC 9110 §7.6.3) and `CDN-Loop` (RFC 8586). Servers of other make pass nothing on:
//! there a loop ends at a name that is in use.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use rtmp_core::connection::server::StreamName;
use rtmp_core::host::ListenAddr;
use rtmp_core::hub::StreamKey;
use rtmp_core::limits::Limits;
use rtmp_core::url::RtmpUrl;

/// How long a relay waits that has been told that it leads in a circle: somebody has to change that first.
pub(super) const LONG_WAIT: Duration = Duration::from_secs(300);

/// What is said of a loop, on the wire and in logs: by these words the other end knows it.
pub(super) const LOOP: &str = "relay loop";

/// A server, for as long as it runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerId(u64);

impl ServerId {
    /// Another one than all others, by chance.
    pub(super) fn draw() -> Self {
        Self(random())
    }

    /// This server, as a place where this stream has been.
    pub(super) fn stop(self, key: &StreamKey) -> Stop {
        Stop {
            server: self.0,
            stream: crc32c::crc32c(key.as_str().as_bytes()),
        }
    }
}

/// Of the standard library: what keeps hash maps from being attacked.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A stream at a server. Under another name it may well come to the same server again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    server: u64,
    stream: u32,
}

/// Where a stream has been, the newest place first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Via {
    /// For a player all places that its stream is played for, and they may lie side by side.
    stops: Vec<Stop>,
    /// Of the places those that lie one behind the other.
    hops: usize,
}

/// Why a relay is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Loop {
    #[error("{LOOP}: this server has had the stream already")]
    Own,
    #[error(
        "{LOOP}: this server has had the stream under {} names already",
        Via::MOST_NAMES
    )]
    Renamed,
    #[error("{LOOP}: the stream would go back to a server that it comes from")]
    Back,
    #[error("{LOOP}, or too many relays: {} are the most", Via::MOST)]
    TooLong,
}

impl Via {
    /// Relays in a row. Each adds its delay to that of the others; a stream that has been at more goes round.
    pub(super) const MOST: usize = 16;

    /// Names that one server may have a stream under. One that is published there under yet another goes round, and is renamed
    /// each time.
    pub(super) const MOST_NAMES: usize = 3;

    /// What a `connect` says. What can't be read is not ours, and says nothing.
    pub(super) fn parse(text: &str) -> Result<Self, Loop> {
        let mut via = Self::default();
        for item in text.split(',') {
            if let Some(stop) = Stop::parse(item) {
                via.stops.push(stop);
            } else if let Some(hops) = parse_hops(item) {
                via.hops = via.hops.max(hops);
            }
            if via.hops > Self::MOST || via.stops.len() > Self::MOST {
                return Err(Loop::TooLong);
            }
        }
        Ok(via)
    }

    /// Whether the stream has been there.
    pub(super) fn has(&self, stop: Stop) -> bool {
        self.stops.contains(&stop)
    }

    /// Under how many names the stream has been at this server.
    pub(super) fn names(&self, server: ServerId) -> usize {
        let stops = self.stops.iter();
        stops.filter(|stop| stop.server == server.0).count()
    }

    /// Whether both have been at one place.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.stops.iter().any(|&stop| other.has(stop))
    }

    /// And where the other one has been, too. Of more than can be said the first are said: a loop is one for all who are in it,
    /// and another one of them says so.
    pub(super) fn add(&mut self, other: &Self) {
        for &stop in &other.stops {
            if self.stops.len() < Self::MOST && !self.has(stop) {
                self.stops.push(stop);
            }
        }
        self.hops = self.hops.max(other.hops);
    }

    /// And then there.
    pub(super) fn pass(&mut self, stop: Stop) {
        self.stops.retain(|&other| other != stop);
        self.stops.truncate(Self::MOST.saturating_sub(1));
        self.stops.insert(0, stop);
        self.hops = self.hops.saturating_add(1);
    }
}

/// Two digits at most.
fn parse_hops(item: &str) -> Option<usize> {
    let item = item.trim_ascii();
    let is_number = (1..=2).contains(&item.len()) && item.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| item.parse().ok()).flatten()
}

impl Stop {
    /// Sixteen digits of the server, a point, eight of the stream.
    fn parse(item: &str) -> Option<Self> {
        let (server, stream) = item.trim_ascii().split_once('.')?;
        let is_hex = |text: &str, len| text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex(server, 16) || !is_hex(stream, 8) {
            return None;
        }
        Some(Self {
            server: u64::from_str_radix(server, 16).ok()?,
            stream: u32::from_str_radix(stream, 16).ok()?,
        })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}.{:08x}", self.server, self.stream)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.hops)?;
        self.stops.iter().try_for_each(|stop| write!(f, ",{stop}"))
    }
}

/// Whether a URL leads to such a stream of the server that listens at these addresses. Names but `localhost` are not looked
/// up: what they lead to is seen when it is connected to.
pub(super) fn leads_back(
    url: &RtmpUrl,
    is_such: impl FnOnce(&StreamKey) -> bool,
    listening: &[ListenAddr],
) -> bool {
    let name = StreamName::new(&url.tc_url(), url.app(), &url.name(), &Limits::default());
    name.is_ok_and(|name| is_such(&StreamKey::new(name.path)))
        && listening.iter().any(|address| match address {
            ListenAddr::Tcp(listening) => leads_to(url, *listening),
            ListenAddr::Unix(_) => false,
        })
}

fn leads_to(url: &RtmpUrl, listening: SocketAddr) -> bool {
    let host = url.host();
    let ip = match host.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical(),
        Err(_) if host.eq_ignore_ascii_case("localhost") => return url.port() == listening.port(),
        Err(_) => return false,
    };
    let is_there = if listening.ip().is_unspecified() {
        ip.is_loopback() || is_of_this_machine(ip)
    } else {
        ip == listening.ip().to_canonical()
    };
    url.port() == listening.port() && is_there
}

/// A socket can only be bound to an address of this machine.
fn is_of_this_machine(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One behind the other.
    fn via(stops: impl IntoIterator<Item = Stop>) -> Via {
        let mut via = Via::default();
        stops.into_iter().for_each(|stop| via.pass(stop));
        via
    }

    fn stops(count: usize) -> Vec<Stop> {
        let key = StreamKey::from("live/x");
        (0..count).map(|_| ServerId::draw().stop(&key)).collect()
    }

    #[test]
    fn where_a_stream_has_been_is_said_and_read_again() {
        let via = via([
            Stop {
                server: u64::MAX,
                stream: u32::MAX,
            },
            Stop { server: 1, stream: 2 },
        ]);
        let text = "2,0000000000000001.00000002,ffffffffffffffff.ffffffff";
        assert_eq!(via.to_string(), text);
        assert_eq!(Via::parse(text), Ok(via));
        assert_eq!(Via::parse(""), Ok(Via::default()));
    }

    #[test]
    fn what_others_say_is_passed_over() {
        for text in [
            "1.1 vegur",
            "0000000000000001",
            "0000000000000001.0000000ü",
            ",,,",
            "+000000000000001.00000002",
        ] {
            assert_eq!(Via::parse(text), Ok(Via::default()), "{text}");
        }
    }

    #[test]
    fn a_way_that_has_no_end_is_refused() {
        let parse = |via: Via| Via::parse(&via.to_string());
        assert_eq!(parse(via(stops(Via::MOST))).map(|via| via.hops), Ok(Via::MOST));
        assert_eq!(parse(via(stops(Via::MOST + 1))), Err(Loop::TooLong));
        let text = |count| {
            let stops: Vec<_> = stops(count).iter().map(Stop::to_string).collect();
            stops.join(",")
        };
        assert!(Via::parse(&text(Via::MOST)).is_ok());
        assert_eq!(Via::parse(&text(Via::MOST + 1)), Err(Loop::TooLong));
    }

    #[test]
    fn many_who_play_one_stream_are_no_long_way() {
        let mut all = Via::default();
        for stop in stops(40) {
            all.add(&via([stop]));
        }
        assert_eq!((all.stops.len(), all.hops), (Via::MOST, 1));
        let own = stops(1)[0];
        all.pass(own);
        assert_eq!((all.stops.len(), all.hops), (Via::MOST, 2));
        assert!(all.has(own), "the newest is said in any case");
        assert_eq!(Via::parse(&all.to_string()), Ok(all));
    }

    #[test]
    fn a_stream_may_come_back_under_another_name() {
        let id = ServerId::draw();
        let via = via([id.stop(&"live/x".into())]);
        assert!(via.has(id.stop(&"live/x".into())));
        assert!(!via.has(id.stop(&"return/x".into())));
        assert!(!via.has(ServerId::draw().stop(&"live/x".into())));
        assert_eq!([id, ServerId::draw()].map(|id| via.names(id)), [1, 0]);
    }

    #[test]
    fn a_publisher_and_a_player_from_one_place_make_a_circle() {
        let [a, b] = [stops(1), stops(1)].map(via);
        assert!(a.meets(&a.clone()) && !a.meets(&b) && !a.meets(&Via::default()));
    }

    #[test]
    fn a_url_that_leads_to_the_same_stream_here_is_found() {
        let own = |url: &str, listening: &str| {
            let listening = [listening.parse::<ListenAddr>().unwrap()];
            leads_back(&url.parse().unwrap(), |key| key.as_str() == "live/x", &listening)
        };
        assert!(own("rtmp://127.0.0.1/live/x", "127.0.0.1:1935"));
        assert!(own("rtmp://127.0.0.1/live/x?token=1", ":1935"));
        assert!(own("rtmp://localhost/live/x", ":1935"));
        assert!(own("rtmp://LOCALHOST:1936/live/x", "127.0.0.1:1936"));
        assert!(!own("rtmp://127.0.0.1:1936/live/x", ":1935"), "another port");
        assert!(!own("rtmp://127.0.0.1/live/y", ":1935"), "another stream");
        assert!(
            !own("rtmp://127.0.0.2/live/x", "127.0.0.1:1935"),
            "another address"
        );
        // 192.0.2.0/24 is nobody's (RFC 5737).
        assert!(!own("rtmp://192.0.2.1/live/x", ":1935"));
        assert!(!own("rtmp://a.example/live/x", ":1935"), "not looked up");
    }
}
