//! The options of `rtmp serve`, and the settings that they stand for.

use std::sync::Arc;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use rtmp_core::connection::ServerConfig;
use rtmp_core::hub::{HubConfig, StartAt};
use rtmp_core::session::SessionConfig;
use rtmp_core::units::ChunkSize;

use super::duration;
use super::listen::Listen;
use super::logging::{LogFormat, LogLevel};

/// What the command line says.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// Where to listen: IP:PORT, HOST:PORT, :PORT (all of IPv6 and IPv4), unix:PATH; may be given more than once
    #[arg(
        short,
        long,
        value_name = "ADDR",
        env = "RTMP_LISTEN",
        value_delimiter = ',',
        default_value = "[::]:1935"
    )]
    pub listen: Vec<Listen>,

    /// How long a player waits for its publisher before it is told that there is none; 0: not at all
    #[arg(long, value_name = "DURATION", env = "RTMP_WAIT", default_value = "10s", value_parser = duration::parse)]
    pub wait: Duration,

    /// Let a second publisher take a stream over from the first, instead of refusing it
    #[arg(long, env = "RTMP_TAKEOVER", value_parser = BoolishValueParser::new())]
    pub takeover: bool,

    /// Start players at the last key frame (a picture at once), or at the next one (closest to live)
    #[arg(
        long,
        value_name = "on|off",
        env = "RTMP_GOP_CACHE",
        default_value = "on",
        hide_possible_values = true
    )]
    pub gop_cache: Switch,

    /// How far a player may fall behind before it skips to the newest key frame; never more than 16 MiB of media
    #[arg(long, value_name = "DURATION", env = "RTMP_MAX_LAG", default_value = "2s", value_parser = duration::parse)]
    pub max_lag: Duration,

    /// How long a message may wait for the next ones to leave with it; 0: not at all. Each write costs the system as much
    /// as the next, whatever it holds: 50ms saves two thirds of a busy server's CPU and 100ms four fifths, for as much
    /// delay. Joining is not delayed. Keep it well below --max-lag
    #[arg(long, value_name = "DURATION", env = "RTMP_WRITE_LATENCY", default_value = "0", value_parser = duration::parse)]
    pub write_latency: Duration,

    /// Memory for the newest messages of all streams, in MiB; beyond it streams keep less than a whole GOP
    #[arg(long, value_name = "MIB", env = "RTMP_STREAM_MEMORY", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(16..))]
    pub stream_memory: u32,

    /// Begin every player's timestamps at zero, for players that fail on streams older than 4 h 39 min
    #[arg(long, env = "RTMP_ZERO_BASED", value_parser = BoolishValueParser::new())]
    pub zero_based: bool,

    /// Send each player the tag headers that it announces to read: HEVC as hvc1 or codec 12, H.264 and AAC likewise.
    /// Who announces nothing gets the legacy ones, by which players profit that know nothing else, but not FFmpeg 6.1 to
    /// 7, which reads hvc1 and no codec 12, and for HEVC has to say so (-rtmp_enhanced_codecs hvc1); FFmpeg 9 reads both. Of several
    /// tracks a player gets the first, unless it announces to read more
    #[arg(long, env = "RTMP_CONVERT_TAGS", value_parser = BoolishValueParser::new())]
    pub convert_tags: bool,

    /// Silence after which a peer is pinged; it is disconnected after 20s more
    #[arg(long, value_name = "DURATION", env = "RTMP_KEEPALIVE", default_value = "20s", value_parser = duration::parse_some)]
    pub keepalive: Duration,

    /// Bytes of payload per chunk sent
    #[arg(long, value_name = "BYTES", env = "RTMP_CHUNK_SIZE", default_value = "1024", value_parser = chunk_size)]
    pub chunk_size: ChunkSize,

    /// Refuse clients whose handshake does not return what it was sent. Some honest ones err here
    #[arg(long, env = "RTMP_VERIFY_C2", value_parser = BoolishValueParser::new())]
    pub verify_c2: bool,

    /// When stopping, ask clients that can reconnect (Enhanced RTMP) to do so at this tcUrl: rtmp://HOST/APP, or //HOST/APP
    /// or /APP to keep what is left out; they have 20s. Others are disconnected at once
    #[arg(long, value_name = "URL", env = "RTMP_RECONNECT_TO", value_parser = reconnect_to)]
    pub reconnect_to: Option<String>,

    /// The most connections [default: as many as there are file descriptors, but for 64]
    #[arg(long, value_name = "N", env = "RTMP_MAX_CONNECTIONS", value_parser = connections)]
    pub max_connections: Option<usize>,

    /// The most connections of one IP address, or IPv6 /64 network [default: no limit]
    #[arg(long, value_name = "N", env = "RTMP_MAX_CONNECTIONS_PER_IP", value_parser = connections)]
    pub max_connections_per_ip: Option<usize>,

    /// The most of these that neither publish nor play yet; this machine's own addresses are exempt
    #[arg(long, value_name = "N", env = "RTMP_MAX_IDLE_PER_IP", default_value = "128", value_parser = connections)]
    pub max_idle_per_ip: usize,

    /// Threads that carry bytes; connections are dealt out over them. With one, a small machine's server spends the
    /// least CPU per byte [default: one per processor]
    #[arg(long, value_name = "N", env = "RTMP_WORKERS", value_parser = workers)]
    pub workers: Option<usize>,

    /// What to log: off, error, warn, info, debug
    #[arg(
        long,
        value_name = "LEVEL",
        env = "RTMP_LOG_LEVEL",
        default_value = "info",
        hide_possible_values = true
    )]
    pub log_level: LogLevel,

    /// How to log: text for people, json (an object per line) for programs
    #[arg(
        long,
        value_name = "FORMAT",
        env = "RTMP_LOG_FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    pub log_format: LogFormat,

    /// Log stream keys in full. Who knows a key can publish with it
    #[arg(long, env = "RTMP_SHOW_KEYS", value_parser = BoolishValueParser::new())]
    pub show_keys: bool,
}

const EXAMPLES: &str = "\
Examples:
  rtmp serve
      Listen on port 1935 of all addresses; `rtmp` alone does the same.
      OBS: Settings > Stream > Custom, Server rtmp://HOST/live, Stream Key room
      ffmpeg -re -i FILE -c copy -f flv rtmp://HOST/live/room
      ffplay rtmp://HOST/live/room

  rtmp serve --listen 127.0.0.1:1936 --listen unix:/run/rtmp.sock
      Serve programs of this machine only.

  rtmp serve --gop-cache off --max-lag 500ms
      Stay close to live: players start at the next key frame and skip early.

  RTMP_LISTEN=:1935,:1936 RTMP_LOG_FORMAT=json rtmp serve
      Every option is an environment variable, too.

A duration is a number of seconds or has units: 10, 500ms, 1m 30s.";

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is done.
    On,
    /// It is not.
    Off,
}

impl Options {
    pub(super) fn session_config(&self) -> SessionConfig {
        let mut connection = ServerConfig::default();
        connection.verify_c2 = self.verify_c2;
        connection.limits.ping_interval = self.keepalive;
        connection.chunk_size = self.chunk_size;
        let mut session = SessionConfig::default();
        session.connection = Arc::new(connection);
        session.wait = self.wait;
        session.write_latency = self.write_latency;
        session.zero_based = self.zero_based;
        session.convert_tags = self.convert_tags;
        session
    }

    pub(super) fn hub_config(&self) -> HubConfig {
        let mut hub = HubConfig::default();
        hub.takeover = self.takeover;
        hub.max_lag = self.max_lag;
        hub.max_lag_bytes = lag_bytes(self.max_lag);
        hub.start = match self.gop_cache {
            Switch::On => StartAt::Keyframe,
            Switch::Off => StartAt::NextKeyframe,
        };
        hub.chunk_size = self.chunk_size;
        hub.max_total_log_bytes = (self.stream_memory as usize).saturating_mul(1 << 20);
        hub
    }
}

/// The library's bytes for the library's time, and for more time as many more: otherwise the bytes decide, and the time
/// means nothing. What is not kept can't be waited for. For less time they stay: one key frame may have that many.
fn lag_bytes(max_lag: Duration) -> usize {
    let hub = HubConfig::default();
    let scaled = hub.max_lag_bytes as u128 * max_lag.as_millis() / hub.max_lag.as_millis();
    usize::try_from(scaled)
        .unwrap_or(usize::MAX)
        .clamp(hub.max_lag_bytes, hub.max_log_bytes)
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

/// A server that lets nobody in serves nobody, and looks as if it did.
fn connections(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|&count: &usize| count > 0);
    count.ok_or_else(|| "it has to be 1 or more: with 0 nobody could connect".to_owned())
}

/// Each thread has a stack and a queue; more of them than processors only get in each other's way.
fn workers(text: &str) -> Result<usize, String> {
    let count = text
        .parse()
        .ok()
        .filter(|count| (1..=MAX_WORKERS).contains(count));
    count.ok_or_else(|| format!("it has to be 1 to {MAX_WORKERS}; one per processor is the most that helps"))
}

const MAX_WORKERS: usize = 1024;

/// A message has at most 16,777,215 bytes, and no chunk more than its message. Clients begin with 128.
pub(crate) fn chunk_size(text: &str) -> Result<ChunkSize, String> {
    let size = text
        .parse()
        .ok()
        .filter(|size| (128..=0xFF_FFFF).contains(size))
        .and_then(ChunkSize::new);
    size.ok_or_else(|| "a chunk has 128 to 16777215 bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rtmp_tokio::ListenAddr;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        let arguments = ["rtmp"].iter().chain(arguments);
        Cli::try_parse_from(arguments).map(|cli| cli.options)
    }

    #[test]
    fn without_options_the_settings_are_those_of_the_library() {
        let options = parse(&[]).unwrap();
        assert_eq!(options.session_config(), SessionConfig::default());
        assert_eq!(options.hub_config(), HubConfig::default());
        assert_eq!(options.listen, [Listen::At(ListenAddr::default())]);
    }

    #[test]
    fn options_become_settings() {
        let options = parse(&[
            "--wait",
            "0",
            "--takeover",
            "--gop-cache",
            "off",
            "--max-lag",
            "500ms",
            "--zero-based",
            "--convert-tags",
            "--write-latency",
            "100ms",
            "--workers",
            "3",
            "--keepalive",
            "1m",
            "--chunk-size",
            "4096",
            "--stream-memory",
            "64",
            "--verify-c2",
            "--listen",
            ":1936",
            "--listen",
            "unix:/run/rtmp",
        ])
        .unwrap();
        let session = options.session_config();
        assert_eq!(session.wait, Duration::ZERO);
        assert_eq!(session.write_latency, Duration::from_millis(100));
        assert_eq!(options.workers, Some(3));
        assert!(session.zero_based && session.convert_tags && session.connection.verify_c2);
        assert_eq!(session.connection.limits.ping_interval, Duration::from_secs(60));
        assert_eq!(session.connection.chunk_size.get(), 4096);
        let hub = options.hub_config();
        assert!(hub.takeover);
        assert_eq!(
            (hub.start, hub.max_lag),
            (StartAt::NextKeyframe, Duration::from_millis(500))
        );
        assert_eq!(hub.chunk_size.get(), 4096);
        assert_eq!(hub.max_total_log_bytes, 64 << 20);
        assert_eq!(
            options.listen,
            [
                Listen::At(ListenAddr::any(1936)),
                Listen::At(ListenAddr::Unix("/run/rtmp".into()))
            ]
        );
    }

    #[test]
    fn who_may_lag_longer_may_lag_by_more_bytes_up_to_what_is_kept() {
        let lag_bytes = |lag| parse(&["--max-lag", lag]).unwrap().hub_config().max_lag_bytes;
        assert_eq!(lag_bytes("2s"), 4 << 20);
        assert_eq!(lag_bytes("4s"), 8 << 20);
        assert_eq!(lag_bytes("8s"), 16 << 20);
        assert_eq!(lag_bytes("365days"), 16 << 20);
        assert_eq!(
            lag_bytes("0"),
            4 << 20,
            "a key frame can be sent whatever the time"
        );
    }

    #[test]
    fn a_url_to_reconnect_to_may_be_relative() {
        assert_eq!(parse(&[]).unwrap().reconnect_to, None);
        for url in [
            "rtmp://b.example/live",
            "rtmps://b.example:1936",
            "//b.example/live",
            "/live",
        ] {
            let options = parse(&["--reconnect-to", url]).unwrap();
            assert_eq!(options.reconnect_to.as_deref(), Some(url));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for (arguments, help) in [
            (["--listen", "here"], "unix:PATH"),
            (["--wait", "soon"], "500ms"),
            (["--keepalive", "0"], "more than zero"),
            (["--write-latency", "little"], "500ms"),
            (["--workers", "0"], "1 to 1024"),
            (["--workers", "1025"], "1 to 1024"),
            (["--chunk-size", "0"], "128 to 16777215"),
            (["--chunk-size", "2147483648"], "128 to 16777215"),
            (["--gop-cache", "maybe"], "on, off"),
            (["--reconnect-to", "b.example/live"], "rtmp://HOST"),
            (["--reconnect-to", "http://b.example/live"], "rtmp://HOST"),
            (["--reconnect-to", "rtmp://"], "rtmp://HOST"),
            (["--reconnect-to", ""], "rtmp://HOST"),
            (["--max-connections", "0"], "nobody could connect"),
            (["--max-connections-per-ip", "0"], "nobody could connect"),
            (["--max-idle-per-ip", "0"], "nobody could connect"),
        ] {
            let error = parse(&arguments).unwrap_err().to_string();
            assert!(error.contains(help), "{arguments:?}: {error}");
        }
    }
}
