//! What options stand for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rtmp_core::connection::ServerConfig;
use rtmp_core::host::{ListenAddr, ServerSettings};
use rtmp_core::hub::{HubConfig, StartAt};
use rtmp_core::message::ReconnectRequest;
use rtmp_core::units::ChunkSize;

use crate::listen::{Listen, ResolveError};
use crate::log::{self, Format, Level};

/// A server's settings, as [options](crate::OPTIONS) set them. Without any, they are those of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// Where to listen for RTMPS.
    pub tls_listen: Vec<Listen>,
    /// The file of the certificate for it.
    pub tls_cert: Option<PathBuf>,
    /// The file of its key.
    pub tls_key: Option<PathBuf>,
    /// Whether the server makes a certificate for itself.
    pub tls_self_signed: bool,
    /// Threads that move bytes; `None`: as many as suit the program.
    pub workers: Option<usize>,
    /// How long a player waits for its publisher.
    pub wait: Duration,
    /// Whether a second publisher takes a stream over.
    pub takeover: bool,
    /// Whether players start at the last key frame, not at the next one.
    pub gop_cache: bool,
    /// How far a player may fall behind before it skips.
    pub max_lag: Duration,
    /// How long what publishers send may wait to be read, under load.
    pub read_latency: Duration,
    /// How long bytes for a player may wait for others.
    pub write_latency: Duration,
    /// Memory for the messages of all streams, in MiB.
    pub stream_memory: u32,
    /// Whether each player's timestamps begin at zero.
    pub zero_based: bool,
    /// Whether each player gets the tag headers that it reads.
    pub convert_tags: bool,
    /// Silence after which a peer is pinged.
    pub keepalive: Duration,
    /// Silence after which a publisher is disconnected.
    pub publisher_timeout: Duration,
    /// Bytes of payload per chunk sent.
    pub chunk_size: ChunkSize,
    /// Whether a client whose handshake does not return what it was sent is refused.
    pub verify_c2: bool,
    /// Where clients are asked to go when the server stops.
    pub reconnect_to: Option<String>,
    /// The most connections; `None`: as many as there are descriptors for.
    pub max_connections: Option<usize>,
    /// The most connections of one address.
    pub max_connections_per_ip: Option<usize>,
    /// The most of these that neither publish nor play.
    pub max_idle_per_ip: usize,
    /// What to log.
    pub log_level: Level,
    /// How to log.
    pub log_format: Format,
    /// Whether stream keys are logged in full.
    pub show_keys: bool,
}

/// The bytes of a MiB.
const MIB: usize = 1 << 20;

impl Default for Settings {
    fn default() -> Self {
        let ServerSettings {
            session,
            hub,
            connections,
            read_latency,
            ..
        } = ServerSettings::default();
        let connection = session.connection;
        Self {
            listen: vec![Listen::At(ListenAddr::default())],
            tls_listen: Vec::new(),
            tls_cert: None,
            tls_key: None,
            tls_self_signed: false,
            workers: None,
            wait: session.wait,
            takeover: hub.takeover,
            gop_cache: hub.start == StartAt::Keyframe,
            max_lag: hub.max_lag,
            read_latency,
            write_latency: session.write_latency,
            stream_memory: u32::try_from(hub.max_total_log_bytes / MIB).unwrap_or(u32::MAX),
            zero_based: session.zero_based,
            convert_tags: session.convert_tags,
            keepalive: connection.limits.ping_interval,
            publisher_timeout: connection.limits.publisher_timeout,
            chunk_size: connection.chunk_size,
            verify_c2: connection.verify_c2,
            reconnect_to: None,
            max_connections: connections.all,
            max_connections_per_ip: connections.per_ip,
            max_idle_per_ip: connections.idle_per_ip,
            log_level: Level::Info,
            log_format: Format::Text,
            show_keys: false,
        }
    }
}

impl Settings {
    /// The addresses to listen at, now: names may lead elsewhere tomorrow.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] for a name that leads nowhere.
    pub fn addresses(&self) -> Result<Vec<ListenAddr>, ResolveError> {
        resolve(&self.listen)
    }

    /// The same for RTMPS.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] for a name that leads nowhere.
    pub fn tls_addresses(&self) -> Result<Vec<ListenAddr>, ResolveError> {
        resolve(&self.tls_listen)
    }

    /// What a server is told, on whatever runtime.
    pub fn server_settings(&self) -> ServerSettings {
        let mut server = ServerSettings::default();

        let mut connection = ServerConfig::default();
        connection.verify_c2 = self.verify_c2;
        connection.limits.ping_interval = self.keepalive;
        connection.limits.publisher_timeout = self.publisher_timeout;
        connection.chunk_size = self.chunk_size;
        server.session.connection = Arc::new(connection);
        server.session.wait = self.wait;
        server.session.write_latency = self.write_latency;
        server.session.zero_based = self.zero_based;
        server.session.convert_tags = self.convert_tags;

        server.hub.takeover = self.takeover;
        server.hub.max_lag = self.max_lag;
        server.hub.max_lag_bytes = lag_bytes(self.max_lag);
        server.hub.start = if self.gop_cache {
            StartAt::Keyframe
        } else {
            StartAt::NextKeyframe
        };
        server.hub.chunk_size = self.chunk_size;
        server.hub.max_total_log_bytes = (self.stream_memory as usize).saturating_mul(MIB);

        server.read_latency = self.read_latency;
        server.connections.all = self.max_connections;
        server.connections.per_ip = self.max_connections_per_ip;
        server.connections.idle_per_ip = self.max_idle_per_ip;

        server.reconnect = self.reconnect_to.as_ref().map(|url| ReconnectRequest {
            tc_url: Some(url.clone()),
            description: Some("The server is shutting down.".to_owned()),
        });
        server
    }

    /// What may be, and is hardly meant.
    pub fn doubt(&self) -> Option<&'static str> {
        // A number without a unit is seconds.
        (!self.write_latency.is_zero() && self.write_latency >= self.max_lag).then_some(
            "--write-latency is not less than --max-lag: players skip only because they were held; are milliseconds \
             meant, such as 100ms?",
        )
    }

    /// Sends the process's log to the standard error from now on, its panics among it. To start it once more changes its
    /// level and its format.
    pub fn start_log(&self) {
        log::start(self.log_level, self.log_format);
    }
}

fn resolve(all: &[Listen]) -> Result<Vec<ListenAddr>, ResolveError> {
    let mut addresses = Vec::new();
    for listen in all {
        addresses.extend(listen.resolve()?);
    }
    Ok(addresses)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_they_are_those_of_the_library() {
        let settings = Settings::default();
        assert_eq!(settings.server_settings(), ServerSettings::default());
        assert_eq!(settings.addresses().unwrap(), [ListenAddr::default()]);
    }

    #[test]
    fn each_reaches_the_part_that_it_is_for() {
        let settings = Settings {
            wait: Duration::ZERO,
            takeover: true,
            gop_cache: false,
            max_lag: Duration::from_millis(500),
            read_latency: Duration::from_millis(3),
            write_latency: Duration::from_millis(70),
            stream_memory: 64,
            zero_based: true,
            convert_tags: true,
            keepalive: Duration::from_secs(60),
            publisher_timeout: Duration::from_secs(90),
            chunk_size: ChunkSize::new(4096).unwrap(),
            verify_c2: true,
            reconnect_to: Some("/live".to_owned()),
            max_connections: Some(3000),
            max_connections_per_ip: Some(300),
            max_idle_per_ip: 30,
            ..Settings::default()
        };
        let ServerSettings {
            session,
            hub,
            connections,
            reconnect,
            read_latency,
            ..
        } = settings.server_settings();
        assert_eq!(session.wait, Duration::ZERO);
        assert_eq!(read_latency, Duration::from_millis(3));
        assert_eq!(session.write_latency, Duration::from_millis(70));
        assert!(session.zero_based && session.convert_tags && session.connection.verify_c2);
        assert_eq!(session.connection.limits.ping_interval, Duration::from_secs(60));
        assert_eq!(
            session.connection.limits.publisher_timeout,
            Duration::from_secs(90)
        );
        assert_eq!(session.connection.chunk_size.get(), 4096);
        assert!(hub.takeover);
        assert_eq!(
            (hub.start, hub.max_lag),
            (StartAt::NextKeyframe, Duration::from_millis(500))
        );
        assert_eq!(hub.chunk_size.get(), 4096);
        assert_eq!(hub.max_total_log_bytes, 64 << 20);
        assert_eq!(
            (connections.all, connections.per_ip, connections.idle_per_ip),
            (Some(3000), Some(300), 30)
        );
        assert_eq!(reconnect.unwrap().tc_url.as_deref(), Some("/live"));
    }

    #[test]
    fn to_hold_players_for_longer_than_they_may_lag_is_hardly_meant() {
        let doubt = |write_latency, max_lag| {
            let settings = Settings {
                write_latency: Duration::from_millis(write_latency),
                max_lag: Duration::from_millis(max_lag),
                ..Settings::default()
            };
            settings.doubt().is_some()
        };
        assert!(doubt(100_000, 2000) && doubt(2000, 2000));
        assert!(!doubt(100, 2000) && !doubt(0, 0));
    }

    #[test]
    fn who_may_lag_longer_may_lag_by_more_bytes_up_to_what_is_kept() {
        assert_eq!(lag_bytes(Duration::from_secs(2)), 4 << 20);
        assert_eq!(lag_bytes(Duration::from_secs(4)), 8 << 20);
        assert_eq!(lag_bytes(Duration::from_secs(8)), 16 << 20);
        assert_eq!(lag_bytes(Duration::from_secs(365 * 24 * 60 * 60)), 16 << 20);
        assert_eq!(
            lag_bytes(Duration::ZERO),
            4 << 20,
            "a key frame can be sent whatever the time"
        );
    }
}
