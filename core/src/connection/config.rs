//! What a host decides about its connections.

use crate::handshake::{self, Scheme};
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

/// A client's side of every connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The form of handshake that is offered: digests as FFmpeg sends them. From a server that answers without, the simple
    /// form is taken on the same connection; one that hangs up is given
    /// [another attempt](crate::connection::client::ClientConnection::next_attempt) in the simple form.
    pub handshake: handshake::Kind,
    /// Bytes of payload per chunk that we send with once we publish.
    pub chunk_size: ChunkSize,
    /// Say the chunk size before `connect`, as OBS does. Otherwise it is said behind the answer to `connect`, as FFmpeg
    /// does: Flash Media Server wants nothing before `connect`.
    pub chunk_size_first: bool,
    /// `flashVer`. `None` stands for what most encoders and players say:
    /// see [`Role`](crate::connection::client::Role).
    pub flash_version: Option<String>,
    /// Bytes after which a server is asked to acknowledge. Players say it, as all of them do, publishers don't.
    pub window_ack_size: u32,
    /// Milliseconds that a player announces to buffer (*SetBufferLength*).
    pub buffer_millis: u32,
    /// What the server is told that we can do. Players say all of it. Publishers, which receive nothing, say `capsEx` alone:
    /// there are ingests that can't read arrays in `connect`, and neither FFmpeg nor OBS sends any.
    pub capabilities: Capabilities,
    /// For a relay: which servers its stream has come through, or is played for. It is said in `connect` as `via`, and means
    /// what HTTP means by it (RFC 9110 §7.6.3): a server that finds itself there knows of a loop. No specification of
    /// RTMP has it; servers pass over properties that they don't know.
    pub via: Option<String>,
    /// Redirections and requests to reconnect that are followed, one after the other.
    pub max_redirects: u32,
    /// What the server may cost.
    pub limits: Limits,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            handshake: handshake::Kind::Digest(Scheme::Zero),
            chunk_size: ChunkSize::DEFAULT,
            chunk_size_first: false,
            flash_version: None,
            window_ack_size: 2_500_000,
            buffer_millis: 3000,
            capabilities: Capabilities::of_relay(),
            via: None,
            max_redirects: 5,
            limits: Limits::default(),
        }
    }
}
