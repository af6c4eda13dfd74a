//! What an operator sees of a stream.

use super::key::StreamKey;

/// One stream at the moment of asking. Counters run from the stream's beginning: they begin anew when publisher
/// and players have all left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStats {
    /// The stream's name.
    pub key: StreamKey,
    /// Whether somebody publishes it.
    pub has_publisher: bool,
    /// Players on it, those included who wait for a publisher.
    pub players: usize,
    /// Messages in the log.
    pub log_messages: usize,
    /// Bytes of the messages in the log, in all spellings.
    pub log_bytes: u64,
    /// Frames of video since the newest key frame: how long the GOP is so far.
    pub frames_since_keyframe: u32,
    /// Messages published.
    pub messages_in: u64,
    /// Bytes of messages published, with their chunk headers.
    pub bytes_in: u64,
    /// Messages encoded anew for players that read other tag headers than the publisher writes.
    pub messages_respelled: u64,
    /// Messages that players were not sent because they lay too far behind, summed over players.
    pub messages_skipped: u64,
}
