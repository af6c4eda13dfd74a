//! What a host decides about its sessions.

use std::sync::Arc;
use std::time::Duration;

use crate::connection::ServerConfig;

/// The settings of a [`ServerSession`](super::ServerSession), the same for all of a server's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The connection below.
    pub connection: Arc<ServerConfig>,
    /// How long a player waits for a publisher before it is told that there is no such stream. Zero: not at all.
    pub wait: Duration,
    /// How long a message may wait in the hub for others, so that they leave in one write; 0: not at all. Whoever lends the hub
    /// has to call its [`handle_timeout`](crate::hub::Hub::handle_timeout) then, or players that are held stay it. See
    /// [`SubscribeOptions::write_latency`](crate::hub::SubscribeOptions::write_latency).
    pub write_latency: Duration,
    /// Each player's timestamps begin at zero: for players that can't read extended timestamps. It costs each
    /// message a head of its own.
    pub zero_based: bool,
    /// Each player is sent audio and video in tag headers that it has announced to read, where such exist, and metadata
    /// that agree with them: see [`spelling::respell`](crate::media::spelling::respell). Off, every message is relayed
    /// bit for bit.
    ///
    /// Who announces nothing is taken for a player of old, which gets HEVC as codec 12. FFmpeg reads `hvc1` since 6.1 and
    /// does not announce it unless told to (`-rtmp_enhanced_codecs`); 7.0 does not read codec 12, 9.0 does.
    pub convert_tags: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            connection: Arc::default(),
            wait: Duration::from_secs(10),
            write_latency: Duration::ZERO,
            zero_based: false,
            convert_tags: false,
        }
    }
}
