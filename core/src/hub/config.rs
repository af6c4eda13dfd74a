//! What a hub keeps of each stream, and for how long.

use std::time::Duration;

use crate::units::ChunkSize;

/// The settings of a [`Hub`](super::Hub), the same for all of its streams.
///
/// One stream costs at most [`max_log_bytes`](Self::max_log_bytes) and one message, its current headers (at most 33 of 64 KiB
/// each), both in as many spellings as its players read, and for each player 16 bytes of every kind of waiting that it has done:
/// for a message, for several, for a publisher. With eight players it may have once more what one of them is sent in one
/// [pull](super::Hub::pull), until the next message comes. There are never more streams than publishers and players together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubConfig {
    /// The chunk size that all messages are encoded for: that of the server's connections. A connection that has
    /// announced another announces this one before its first message. What comes and is not longer is sent on from where
    /// it was put together; a longer message is copied once more.
    pub chunk_size: ChunkSize,
    /// Bytes of messages kept for one stream, in all spellings: of these, the publisher's goes last. A GOP that is longer has
    /// no starting point for new players until the next key frame.
    pub max_log_bytes: usize,
    /// Bytes of messages kept for all streams together. Beyond them, a stream that grows is cut down to an equal
    /// share of them, whatever becomes of its GOP: players then start at the next key frame.
    pub max_total_log_bytes: usize,
    /// Messages kept for one stream, of any kind: 2,048 video frames with the audio that goes with them.
    pub max_log_messages: usize,
    /// Media time that a player may lie behind before it skips to the newest key frame.
    pub max_lag: Duration,
    /// Bytes that a player may lie behind before it skips to the newest key frame.
    pub max_lag_bytes: usize,
    /// Bytes of a sequence header or of metadata that is kept for those who join late. A longer one is relayed.
    pub max_header_len: usize,
    /// Tracks of audio, and of video, whose sequence headers are kept.
    pub max_tracks: usize,
    /// Where a player that joins late starts.
    pub start: StartAt,
    /// Whether a second publisher takes a stream over from the first. An encoder that has lost its
    /// connection comes back before the server knows that the old one is dead.
    pub takeover: bool,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            chunk_size: ChunkSize::DEFAULT,
            max_log_bytes: 16 << 20,
            max_total_log_bytes: 1 << 30,
            max_log_messages: 4096,
            max_lag: Duration::from_secs(2),
            max_lag_bytes: 4 << 20,
            max_header_len: 64 << 10,
            max_tracks: 8,
            start: StartAt::Keyframe,
            takeover: false,
        }
    }
}

/// Where a player that joins late starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartAt {
    /// At the newest key frame, however far back it lies: a picture at once, up to a GOP behind the source.
    Keyframe,
    /// At the next key frame that comes: as near to the source as can be, no picture until then. The log
    /// keeps no more than the allowed lag.
    NextKeyframe,
}
