//! What a connection has measured.

use std::time::Duration;

/// Counts since the connection began, and what is known of the way to the peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// Bytes taken in, the handshake's included.
    pub bytes_in: u64,
    /// Bytes that the driver has taken out, the handshake's included.
    pub bytes_out: u64,
    /// Whole messages of any type taken in.
    pub messages_in: u64,
    /// Media messages handed to the transmit queue.
    pub messages_out: u64,
    /// Messages of media that were dropped: they came on no published stream, or hold more AMF values, or deeper ones,
    /// than [`Limits`](crate::limits::Limits) allow.
    pub messages_unclaimed: u64,
    /// From a ping to its answer, the last time.
    pub round_trip: Option<Duration>,
    /// Bytes sent that the peer has not acknowledged; `None` for a peer that never acknowledges.
    pub unacknowledged: Option<u64>,
    /// From a byte's sending to its acknowledgement, the last time it could be measured. The time the peer takes
    /// to fill its acknowledgement window is part of it.
    pub acknowledgement_delay: Option<Duration>,
}
