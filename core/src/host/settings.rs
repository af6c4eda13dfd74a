//! What a host decides about its server.

use std::time::Duration;

use super::ConnectionLimits;
use crate::hub::HubConfig;
use crate::message::ReconnectRequest;
use crate::session::SessionConfig;

/// The settings of a server, the same on every runtime.
///
/// ```
/// use std::time::Duration;
/// use rtmp_core::host::ServerSettings;
///
/// let mut settings = ServerSettings::default();
/// settings.connections.per_ip = Some(20);
/// settings.session.wait = Duration::ZERO;
/// settings.hub.takeover = true;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSettings {
    /// Sessions, and the connections below.
    pub session: SessionConfig,
    /// Streams.
    pub hub: HubConfig,
    /// How many connections there may be. More are accepted and closed.
    pub connections: ConnectionLimits,
    /// Under load, how long what publishers send may wait, to be read when something has come of several: 2 ms by default,
    /// 100 ms at most; zero: it is read at once. The thread sleeps for as long as that ([`Coalescing`](super::Coalescing)),
    /// and whatever else it has to do waits: timers, the first request of a client, messages from another loop. mio's loops
    /// do it by themselves; a runtime has to be told (`rtmp_tokio::coalesce_reads`), and async-std can't be.
    pub read_latency: Duration,
    /// How long connections have to send what is on its way when the server stops. 5 seconds by default.
    pub shutdown_timeout: Duration,
    /// When the server stops, clients are asked to connect elsewhere, those that have announced that they heed such a
    /// request (Enhanced RTMP v2). They have [`Limits::reconnect_timeout`](crate::limits::Limits::reconnect_timeout) for
    /// it, before the [`shutdown_timeout`](Self::shutdown_timeout) begins; the others are told at once that the server
    /// stops. Nobody is asked by default: a client that connects to where it was finds no server there.
    pub reconnect: Option<ReconnectRequest>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            session: SessionConfig::default(),
            hub: HubConfig::default(),
            connections: ConnectionLimits::default(),
            read_latency: Duration::from_millis(2),
            shutdown_timeout: Duration::from_secs(5),
            reconnect: None,
        }
    }
}

impl ServerSettings {
    /// How long connections have in all when the server stops: to reconnect, if they are asked to, and to send what is
    /// on its way.
    pub fn time_to_stop(&self) -> Duration {
        let time_to_reconnect = match &self.reconnect {
            Some(_) => self.session.connection.limits.reconnect_timeout,
            None => Duration::ZERO,
        };
        time_to_reconnect.saturating_add(self.shutdown_timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_asked_to_reconnect_has_time_for_that_first() {
        let mut settings = ServerSettings::default();
        assert_eq!(settings.time_to_stop(), Duration::from_secs(5));
        settings.reconnect = Some(ReconnectRequest::to("rtmp://b.example/live"));
        assert_eq!(settings.time_to_stop(), Duration::from_secs(20 + 5));
        settings.shutdown_timeout = Duration::MAX;
        assert_eq!(settings.time_to_stop(), Duration::MAX, "for ever is no longer");
    }
}
