//! What a host decides about its connections.

use crate::limits::Limits;
use crate::message::Capabilities;
use crate::units::ChunkSize;

/// A server's side of every connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Bytes of payload per chunk that we send. FFmpeg as a publisher sends with the same.
    pub chunk_size: ChunkSize,
    /// Bytes after which the peer is asked to acknowledge.
    pub window_ack_size: u32,
    /// Bytes that the peer may have unacknowledged on their way to us. Nobody enforces it, all expect to hear it.
    pub peer_bandwidth: u32,
    /// Refuse a peer whose C2 answers our S1 wrongly. Off in every server by default: real encoders err here.
    pub verify_c2: bool,
    /// What clients are told that the server can do: those that announce anything of Enhanced RTMP. The others get the
    /// answer that they have always got.
    pub capabilities: Capabilities,
    /// What the peer may cost.
    pub limits: Limits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            chunk_size: ChunkSize::DEFAULT,
            window_ack_size: 2_500_000,
            peer_bandwidth: 2_500_000,
            verify_c2: false,
            capabilities: Capabilities::of_relay(),
            limits: Limits::default(),
        }
    }
}
