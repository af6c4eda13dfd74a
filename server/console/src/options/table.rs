//! The table of all options.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use rtmp_core::host::Coalescing;
use rtmp_core::units::ChunkSize;

use super::{Change, Default, Group, Kind, Opt};
use crate::duration;
use crate::listen::Listen;

/// All options of a server, in the order in which they are listed.
pub const OPTIONS: &[Opt] = &[
    Opt {
        name: "listen",
        variable: "RTMP_LISTEN",
        short: Some('l'),
        kind: Kind::List("ADDR"),
        default: Default::Value("[::]:1935"),
        sample: "127.0.0.1:1936",
        about: "Where to listen: IP:PORT, HOST:PORT, :PORT (all of IPv6 and IPv4), unix:PATH; may be given more than \
                once",
        group: Group::Server,
        change: Change::Restart,
        set: |settings, text| {
            let all: Result<_, _> = text.split(',').map(str::parse).collect();
            all.map(|all| settings.listen = all)
        },
    },
    Opt {
        name: "workers",
        variable: "RTMP_WORKERS",
        short: None,
        kind: Kind::Value("N"),
        default: Default::Program,
        sample: "4",
        about: "Threads that move bytes. One alone spends the least on each; more of them serve more players, up to one \
                for each processor",
        group: Group::Server,
        change: Change::Restart,
        set: |settings, text| workers(text).map(|count| settings.workers = Some(count)),
    },
    Opt {
        name: "reconnect-to",
        variable: "RTMP_RECONNECT_TO",
        short: None,
        kind: Kind::Value("URL"),
        default: Default::Off,
        sample: "rtmp://b.example/live",
        about: "When stopping, ask clients that can reconnect (Enhanced RTMP) to do so at this tcUrl: rtmp://HOST/APP, \
                or //HOST/APP or /APP to keep what is left out; they have 20s. Others are disconnected at once",
        group: Group::Server,
        change: Change::AtOnce,
        set: |settings, text| reconnect_to(text).map(|url| settings.reconnect_to = Some(url)),
    },
    Opt {
        name: "tls-listen",
        variable: "RTMP_TLS_LISTEN",
        short: None,
        kind: Kind::List("ADDR"),
        default: Default::Off,
        sample: ":443",
        about: "Where to listen for RTMPS, next to --listen: as there, and an address without a port is at 443",
        group: Group::Tls,
        change: Change::Restart,
        set: |settings, text| {
            let all: Result<_, _> = text.split(',').map(Listen::parse_tls).collect();
            all.map(|all| settings.tls_listen = all)
        },
    },
    Opt {
        name: "tls-cert",
        variable: "RTMP_TLS_CERT",
        short: None,
        kind: Kind::Value("FILE"),
        default: Default::Off,
        sample: "/etc/letsencrypt/live/example.org/fullchain.pem",
        about: "The certificate for RTMPS, in PEM: the server's own first, and behind it those between it and its CA. Files \
                that change are read again within seconds, and drop no connection",
        group: Group::Tls,
        change: Change::AtOnce,
        set: |settings, text| path(text).map(|path| settings.tls_cert = Some(path)),
    },
    Opt {
        name: "tls-key",
        variable: "RTMP_TLS_KEY",
        short: None,
        kind: Kind::Value("FILE"),
        default: Default::Words("in the file of --tls-cert"),
        sample: "/etc/letsencrypt/live/example.org/privkey.pem",
        about: "The private key of the certificate, in PEM and without a password",
        group: Group::Tls,
        change: Change::AtOnce,
        set: |settings, text| path(text).map(|path| settings.tls_key = Some(path)),
    },
    Opt {
        name: "tls-self-signed",
        variable: "RTMP_TLS_SELF_SIGNED",
        short: None,
        kind: Kind::Flag,
        default: Default::Off,
        sample: "on",
        about: "Serve RTMPS with a certificate made at the start, for a try-out: clients have to be told not to look at it",
        group: Group::Tls,
        change: Change::Restart,
        set: |settings, text| switch(text).map(|on| settings.tls_self_signed = on),
    },
    Opt {
        name: "wait",
        variable: "RTMP_WAIT",
        short: None,
        kind: Kind::Value("DURATION"),
        default: Default::Value("10s"),
        sample: "30s",
        about: "How long a player waits for its publisher before it is told that there is none; 0: not at all. It holds for \
                streams that `rtmp serve` fetches on demand, too: their sources are tried again meanwhile; 0: once each",
        group: Group::Streams,
        change: Change::NewConnections,
        set: |settings, text| duration::parse(text).map(|wait| settings.wait = wait),
    },
    Opt {
        name: "takeover",
        variable: "RTMP_TAKEOVER",
        short: None,
        kind: Kind::Flag,
        default: Default::Off,
        sample: "on",
        about: "Let a second publisher take a stream over from the first, instead of refusing it",
        group: Group::Streams,
        change: Change::AtOnce,
        set: |settings, text| switch(text).map(|on| settings.takeover = on),
    },
    Opt {
        name: "gop-cache",
        variable: "RTMP_GOP_CACHE",
        short: None,
        kind: Kind::Switch,
        default: Default::Value("on"),
        sample: "off",
        about: "Start players at the last key frame (a picture at once), or at the next one (closest to live)",
        group: Group::Streams,
        change: Change::AtOnce,
        set: |settings, text| switch(text).map(|on| settings.gop_cache = on),
    },
    Opt {
        name: "max-lag",
        variable: "RTMP_MAX_LAG",
        short: None,
        kind: Kind::Value("DURATION"),
        default: Default::Value("2s"),
        sample: "500ms",
        about: "How far a player may fall behind before it skips to the newest key frame; never more than 16 MiB of \
                media",
        group: Group::Streams,
        change: Change::AtOnce,
        set: |settings, text| duration::parse(text).map(|lag| settings.max_lag = lag),
    },
    Opt {
        name: "read-latency",
        variable: "RTMP_READ_LATENCY",
        short: None,
        kind: Kind::Value("DURATION"),
        default: Default::Value("2ms"),
        sample: "1ms",
        about: "Under load, how long what publishers send may wait to be read with what others have sent, which saves a quarter \
                of the processor's work for 50 publishers; 100ms at most; 0: not at all. In rtmp-mio, and in rtmp serve with \
                one worker",
        group: Group::Streams,
        change: Change::AtOnce,
        set: |settings, text| read_latency(text).map(|latency| settings.read_latency = latency),
    },
    Opt {
        name: "write-latency",
        variable: "RTMP_WRITE_LATENCY",
        short: None,
        kind: Kind::Value("DURATION"),
        default: Default::Value("0"),
        sample: "100ms",
        about: "How long a message may wait for the next ones, to leave in one write with them: 50ms save about half of the \
                processor's work for many players, 100ms more, and delay as much; 0: not at all. Joining is not delayed",
        group: Group::Streams,
        change: Change::NewConnections,
        set: |settings, text| duration::parse(text).map(|latency| settings.write_latency = latency),
    },
    Opt {
        name: "stream-memory",
        variable: "RTMP_STREAM_MEMORY",
        short: None,
        kind: Kind::Value("MIB"),
        default: Default::Value("1024"),
        sample: "256",
        about: "Memory for the newest messages of all streams, in MiB; beyond it streams keep less than a whole GOP",
        group: Group::Streams,
        change: Change::AtOnce,
        set: |settings, text| memory(text).map(|memory| settings.stream_memory = memory),
    },
    Opt {
        name: "zero-based",
        variable: "RTMP_ZERO_BASED",
        short: None,
        kind: Kind::Flag,
        default: Default::Off,
        sample: "on",
        about: "Begin every player's timestamps at zero, for players that fail on streams older than 4 h 39 min",
        group: Group::Streams,
        change: Change::NewConnections,
        set: |settings, text| switch(text).map(|on| settings.zero_based = on),
    },
    Opt {
        name: "convert-tags",
        variable: "RTMP_CONVERT_TAGS",
        short: None,
        kind: Kind::Flag,
        default: Default::Off,
        sample: "on",
        about: "Send each player the tag headers that it announces to read: HEVC as hvc1 or codec 12, H.264 and AAC \
                likewise. Who announces nothing gets the legacy ones, by which players profit that know nothing else, \
                but not FFmpeg 6.1 to 7, which reads hvc1 and no codec 12, and for HEVC has to say so \
                (-rtmp_enhanced_codecs hvc1); FFmpeg 9 reads both. Of several tracks a player gets the first, unless it \
                announces to read more",
        group: Group::Streams,
        change: Change::NewConnections,
        set: |settings, text| switch(text).map(|on| settings.convert_tags = on),
    },
    Opt {
        name: "keepalive",
        variable: "RTMP_KEEPALIVE",
        short: None,
        kind: Kind::Value("DURATION"),
        default: Default::Value("20s"),
        sample: "1m",
        about: "Silence after which a peer is pinged; it is disconnected after 20s more, and a publisher after \
                --publisher-timeout",
        group: Group::Connections,
        change: Change::NewConnections,
        set: |settings, text| duration::parse_some(text).map(|silence| settings.keepalive = silence),
    },
    Opt {
        name: "publisher-timeout",
        variable: "RTMP_PUBLISHER_TIMEOUT",
        short: None,
        kind: Kind::Value("DURATION"),
        default: Default::Value("20s"),
        sample: "1m",
        about: "Time without sound, pictures or data after which a publisher is disconnected, whether it answers pings or \
                not: its stream's name is free again, and its players are told",
        group: Group::Connections,
        change: Change::NewConnections,
        set: |settings, text| duration::parse_some(text).map(|silence| settings.publisher_timeout = silence),
    },
    Opt {
        name: "chunk-size",
        variable: "RTMP_CHUNK_SIZE",
        short: None,
        kind: Kind::Value("BYTES"),
        default: Default::Value("60000"),
        sample: "4096",
        about: "Bytes of payload per chunk sent",
        group: Group::Connections,
        change: Change::Restart,
        set: |settings, text| chunk_size(text).map(|size| settings.chunk_size = size),
    },
    Opt {
        name: "verify-c2",
        variable: "RTMP_VERIFY_C2",
        short: None,
        kind: Kind::Flag,
        default: Default::Off,
        sample: "on",
        about: "Refuse clients whose handshake does not return what it was sent. Some honest ones err here",
        group: Group::Connections,
        change: Change::NewConnections,
        set: |settings, text| switch(text).map(|on| settings.verify_c2 = on),
    },
    Opt {
        name: "max-connections",
        variable: "RTMP_MAX_CONNECTIONS",
        short: None,
        kind: Kind::Value("N"),
        default: Default::Words("as many as there are file descriptors, but for 64"),
        sample: "10000",
        about: "The most connections",
        group: Group::Connections,
        change: Change::AtOnce,
        set: |settings, text| connections(text).map(|max| settings.max_connections = Some(max)),
    },
    Opt {
        name: "max-connections-per-ip",
        variable: "RTMP_MAX_CONNECTIONS_PER_IP",
        short: None,
        kind: Kind::Value("N"),
        default: Default::Words("no limit"),
        sample: "100",
        about: "The most connections of one IP address, or IPv6 /64 network",
        group: Group::Connections,
        change: Change::AtOnce,
        set: |settings, text| connections(text).map(|max| settings.max_connections_per_ip = Some(max)),
    },
    Opt {
        name: "max-idle-per-ip",
        variable: "RTMP_MAX_IDLE_PER_IP",
        short: None,
        kind: Kind::Value("N"),
        default: Default::Value("128"),
        sample: "16",
        about: "The most of these that neither publish nor play yet; this machine's own addresses are exempt",
        group: Group::Connections,
        change: Change::AtOnce,
        set: |settings, text| connections(text).map(|max| settings.max_idle_per_ip = max),
    },
    Opt {
        name: "log-level",
        variable: "RTMP_LOG_LEVEL",
        short: None,
        kind: Kind::Value("LEVEL"),
        default: Default::Value("info"),
        sample: "warn",
        about: "What to log: off, error, warn, info, debug",
        group: Group::Log,
        change: Change::AtOnce,
        set: |settings, text| text.parse().map(|level| settings.log_level = level),
    },
    Opt {
        name: "log-format",
        variable: "RTMP_LOG_FORMAT",
        short: None,
        kind: Kind::Value("FORMAT"),
        default: Default::Value("text"),
        sample: "json",
        about: "How to log: text for people, json (an object per line) for programs",
        group: Group::Log,
        change: Change::AtOnce,
        set: |settings, text| text.parse().map(|format| settings.log_format = format),
    },
    Opt {
        name: "show-keys",
        variable: "RTMP_SHOW_KEYS",
        short: None,
        kind: Kind::Flag,
        default: Default::Off,
        sample: "on",
        about: "Log stream keys in full. Who knows a key can publish with it",
        group: Group::Log,
        change: Change::AtOnce,
        set: |settings, text| switch(text).map(|on| settings.show_keys = on),
    },
];

/// Whether something is to be done: on or off, and all else that environments and files call it.
fn switch(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "t" | "y" => Ok(true),
        "0" | "false" | "no" | "off" | "f" | "n" => Ok(false),
        _ => Err("it has to be on or off".to_owned()),
    }
}

/// A number that `is_right`.
fn number<N: FromStr>(text: &str, is_right: impl FnOnce(&N) -> bool, what: &str) -> Result<N, String> {
    let number = text.parse().ok().filter(is_right);
    number.ok_or_else(|| what.to_owned())
}

/// A server that lets nobody in serves nobody, and looks as if it did.
fn connections(text: &str) -> Result<usize, String> {
    number(
        text,
        |&count| count > 0,
        "it has to be a number from 1 on: with 0 nobody could connect",
    )
}

/// More than there are processors are of no use, and each has its share of every stream.
fn workers(text: &str) -> Result<usize, String> {
    number(
        text,
        |count| (1..=256).contains(count),
        "it has to be a number from 1 to 256",
    )
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("it has to be the path of a file".to_owned());
    }
    Ok(text.into())
}

/// A thread sleeps for as long.
fn read_latency(text: &str) -> Result<Duration, String> {
    let latency = duration::parse(text)?;
    if latency <= Coalescing::MAX_READ_LATENCY {
        Ok(latency)
    } else {
        Err("it has to be 100ms or less; are milliseconds meant, such as 1ms?".to_owned())
    }
}

/// In MiB. A stream has 16 by itself.
fn memory(text: &str) -> Result<u32, String> {
    number(
        text,
        |&memory| memory >= 16,
        "it has to be a number of MiB, 16 or more",
    )
}

/// A message has at most 16,777,215 bytes, and no chunk more than its message. Clients begin with 128.
///
/// # Errors
///
/// What would be a chunk size.
pub fn chunk_size(text: &str) -> Result<ChunkSize, String> {
    const WRONG: &str = "a chunk has 128 to 16777215 bytes";
    let size = number(text, |size| (128..=0xFF_FFFF).contains(size), WRONG)?;
    ChunkSize::new(size).ok_or_else(|| WRONG.to_owned())
}

/// Relative to what the client was given, or to connect to with RTMP.
fn reconnect_to(text: &str) -> Result<String, String> {
    let rest = ["rtmp://", "rtmps://", "//"]
        .iter()
        .find_map(|start| text.strip_prefix(start));
    let is_meant = match rest {
        Some(rest) => !rest.is_empty() && !rest.starts_with('/'),
        None => text.starts_with('/'),
    };
    if is_meant {
        Ok(text.to_owned())
    } else {
        Err("it has to begin with rtmp://HOST, rtmps://HOST, //HOST or /".to_owned())
    }
}
