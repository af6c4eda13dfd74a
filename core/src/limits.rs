//! Every cap that a peer meets, in one place.

use std::time::Duration;

/// What one connection may cost. No decoder can be made without it.
///
/// Lengths and counts from the wire are compared with these before anything is allocated; deadlines are
/// reported through `poll_timeout`. The defaults suit a server on the open internet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of an audio, video or aggregate message. An intra frame of 4K video at 100 Mbit/s has 2 to 4 MB.
    pub max_media_message: u32,
    /// Bytes of a command message. Real ones have less than 4 kB.
    pub max_command_message: u32,
    /// Bytes of a data message. A real `onMetaData` has less than 8 kB.
    pub max_data_message: u32,
    /// Messages in one aggregate. An empty one has 15 bytes on the wire and some hundred in memory.
    pub max_aggregate_parts: usize,
    /// Bytes of a message of any other type. What is not understood need not be large.
    pub max_other_message: u32,
    /// Bytes that are set aside for a message before they have come: a header announces 16 MB for free. A message that
    /// has no more is allocated once; a key frame of 6 Mbit/s has 150 kB.
    pub max_reserve_ahead: usize,
    /// Chunk streams remembered. What costs memory is their number, not their value.
    pub max_chunk_streams: usize,
    /// Messages begun and not yet whole.
    pub max_partial_messages: usize,
    /// Bytes of all messages begun and not yet whole.
    pub max_partial_bytes: usize,
    /// Chunk headers that may come without payload to speak of, until [`ChunkDecoder::replenish`] is called
    /// (connections do so once a second). Beyond them each header must bring
    /// [`min_payload_per_chunk`](Self::min_payload_per_chunk) bytes on average.
    ///
    /// [`ChunkDecoder::replenish`]: crate::chunk::ChunkDecoder::replenish
    pub max_idle_chunks: u32,
    /// Bytes of payload per chunk, on average, beyond the idle ones. One-byte chunks multiply a peer's bytes
    /// into work.
    pub min_payload_per_chunk: u32,
    /// Depth of nested AMF objects and arrays; 64 is the most that is honoured. Real metadata has 3.
    pub max_amf_depth: usize,
    /// AMF values in one message, containers and their members counted alike. One byte on the wire is 32 or
    /// more in memory.
    pub max_amf_values: usize,
    /// Bytes of text that references may repeat in one message. A reference of two bytes in AMF 3 stands for a string
    /// of any length.
    pub max_amf_repeated: usize,
    /// Message streams open at one time. OBS uses one, relays a few.
    pub max_message_streams: usize,
    /// Bytes of an application's name (`app`).
    pub max_app_len: usize,
    /// Bytes of a stream's name with its query. It may be a signed token.
    pub max_stream_name_len: usize,
    /// Bytes of messages that wait for the host's answer to a `connect` or `publish`; beyond them the
    /// connection asks for no more input.
    pub max_held_bytes: usize,
    /// Bytes of replies that wait to be sent; beyond them the connection asks for no more input. What has been read
    /// by then is answered: the replies to one read may come on top.
    pub max_unsent_replies: usize,
    /// Bytes of media in a player's transmit queue; beyond them nothing is pulled from the log.
    pub max_unsent_media: usize,
    /// Bytes of metadata and sequence headers that a client keeps of a stream that it publishes, to say them again where the
    /// server sends it. Real ones have less than 16 kB.
    pub max_kept_headers: usize,

    /// From the connection's start to the end of its handshake, in all.
    pub handshake_timeout: Duration,
    /// From the end of the handshake to `connect`.
    pub connect_timeout: Duration,
    /// From a client's `connect`, `createStream` or `publish` to the server's answer. A `play` may wait: for a publisher.
    pub answer_timeout: Duration,
    /// From `connect`, or the end of the last stream, to `publish` or `play`.
    pub idle_timeout: Duration,
    /// A publisher's silence, after which its name is free again.
    pub publisher_timeout: Duration,
    /// A peer's silence, after which it is sent a ping.
    pub ping_interval: Duration,
    /// A peer's silence after a ping.
    pub ping_timeout: Duration,
    /// From a request to reconnect to the peer's leaving. It leaves once it has come to a key frame.
    pub reconnect_timeout: Duration,
    /// Output that waits while the peer takes not one byte.
    pub stall_timeout: Duration,
    /// A player that skips, and skips again, without ever catching up. Skips that are further apart than half of this
    /// do no harm.
    pub lag_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_media_message: 8 << 20,
            max_command_message: 64 << 10,
            max_data_message: 256 << 10,
            max_aggregate_parts: 4096,
            max_other_message: 64 << 10,
            max_reserve_ahead: 256 << 10,
            max_chunk_streams: 64,
            max_partial_messages: 8,
            max_partial_bytes: 16 << 20,
            max_idle_chunks: 4096,
            min_payload_per_chunk: 16,
            max_amf_depth: 16,
            max_amf_values: 4096,
            max_amf_repeated: 256 << 10,
            max_message_streams: 16,
            max_app_len: 512,
            max_stream_name_len: 1024,
            max_held_bytes: 1 << 20,
            max_unsent_replies: 64 << 10,
            max_unsent_media: 256 << 10,
            max_kept_headers: 256 << 10,
            handshake_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(30),
            publisher_timeout: Duration::from_secs(20),
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(20),
            reconnect_timeout: Duration::from_secs(20),
            stall_timeout: Duration::from_secs(15),
            lag_timeout: Duration::from_secs(10),
        }
    }
}
