//! Who publishes what, and the log that players read.
//!
//! A stream is a bounded *log* of messages, a player is a *cursor* into it. The hub knows neither connections nor
//! sockets, does no I/O and holds no lock and no waker: a driver lends it as `&mut Hub` and gets back the tokens
//! of those who have something to do now.
//!
//! - A message is split into chunks once, by its publisher and while no hub is held ([`Publication::encode`]). All
//!   players share the bytes: media always begins with a type 0 chunk, on fixed chunk streams, so any message may
//!   follow, or be left out after, any other.
//! - An append ([`Hub::push`]) costs the same for any number of players, but for waking those who had caught up. Where
//!   messages may wait for company, a stream's players are woken together, once for all that came meanwhile.
//! - A player *pulls* when its socket has room ([`Hub::pull`]). One that is stuck costs neither memory nor work.
//! - The log reaches back to the newest key frame, and that is what other servers call a GOP cache: joining late is
//!   to start there, behind the metadata and sequence headers in force at that point.
//! - A player may ask for tag headers that it can read: see [`SubscribeOptions::spelling`]. A message is spelled
//!   anew once for all who read the same, when the first of them comes to it.
//! - A player that lags *skips* to the newest key frame, and is sent those headers that have changed since.
//!   Headers and the end of a stream are never skipped.
//!
//! ```
//! use bytes::Bytes;
//! use rtmp_core::hub::{Hub, HubConfig, Pulled, StreamKey, SubscribeOptions, Token, WakeList};
//! use rtmp_core::media::{MediaKind, MediaMessage};
//! use rtmp_core::units::Timestamp;
//!
//! let mut hub = Hub::new(HubConfig::default());
//! let mut wake = WakeList::new();
//! let now = std::time::Instant::now();
//! let key = StreamKey::from("live/room");
//!
//! let mut player = hub.subscribe(&key, Token(1), SubscribeOptions::default());
//! assert_eq!(hub.pull(&mut player, usize::MAX, |_| ()), Pulled::Waiting);
//!
//! let mut publication = hub.publish(&key, None, &mut wake)?;
//! assert_eq!(wake.drain(..).collect::<Vec<_>>(), [Token(1)]);
//! assert_eq!(hub.pull(&mut player, usize::MAX, |_| ()), Pulled::Started);
//!
//! let frame = MediaMessage {
//!     kind: MediaKind::Video,
//!     timestamp: Timestamp::from_millis(40),
//!     payload: Bytes::from_static(&[0x17, 0x01, 0, 0, 0, 0, 0, 0, 1, 0x65]),
//! };
//! let entry = publication.encode(frame.clone());
//! hub.push(&publication, entry, &mut wake, now)?;
//!
//! let mut played = Vec::new();
//! let pulled = hub.pull(&mut player, usize::MAX, |delivery| played.push(delivery.to_media_message()));
//! assert_eq!((pulled, played), (Pulled::CaughtUp, vec![frame]));
//!
//! hub.unpublish(publication, &mut wake);
//! hub.unsubscribe(player);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bundle;
mod config;
mod cursor;
mod entry;
mod headers;
mod key;
mod log;
mod parking;
mod publication;
mod registry;
mod spellings;
mod stats;
mod stream;
#[cfg(test)]
mod tests;

pub use self::config::{HubConfig, StartAt};
pub use self::cursor::{Cursor, Delivery, Pulled, SubscribeOptions};
pub use self::entry::Entry;
pub use self::key::{StreamKey, Token, WakeList};
pub use self::log::KEYLESS_AFTER;
pub use self::publication::{AlreadyPublishing, NoLongerPublishing, Publication};
pub use self::stats::StreamStats;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use self::key::StreamId;
use self::registry::Registry;
use self::stream::Stream;
use crate::units::MessageStreamId;

/// The message stream that the log's messages are encoded for: the one that nearly every player plays on.
pub const SHARED_STREAM: MessageStreamId = MessageStreamId::new(1);

/// All streams of a server, or of one shard of it: the shards of a server are hubs of their own, chosen by key.
///
/// Publications and cursors go back to the hub that they came from.
///
/// Where players have a [write latency](SubscribeOptions::write_latency), the hub has deadlines of its own, besides those of
/// its sessions: whoever lends it asks for [`poll_timeout`](Self::poll_timeout) afterwards, and calls
/// [`handle_timeout`](Self::handle_timeout) at that time.
#[derive(Debug, Default)]
pub struct Hub {
    config: HubConfig,
    streams: Registry,
    /// Bytes of all logs, and how many logs hold any.
    log_bytes: u64,
    logs: u64,
    /// Streams whose players are held, and until when: the first of them first.
    holds: BinaryHeap<Reverse<(Instant, StreamId)>>,
}

impl Hub {
    /// A hub without streams.
    pub fn new(config: HubConfig) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }

    /// The settings.
    pub const fn config(&self) -> &HubConfig {
        &self.config
    }

    /// Goes on with other settings. Streams go on with them, too, and with all that they have: what they keep is cut down to
    /// smaller limits when more comes. [`HubConfig::chunk_size`] stays as it is: what is kept is encoded for it.
    pub fn reconfigure(&mut self, config: HubConfig) {
        let chunk_size = self.config.chunk_size;
        self.config = HubConfig { chunk_size, ..config };
    }

    /// Takes a stream for publishing; players who wait for it are woken.
    ///
    /// With [`HubConfig::takeover`], a publisher that is there already loses the stream: its `token` is woken, and
    /// what it pushes is refused. Its players go on without a break, on the same timeline. So do those who have
    /// stayed since an earlier publisher left: a stream's time never goes back as long as somebody is on it.
    ///
    /// # Errors
    ///
    /// [`AlreadyPublishing`] if the stream has a publisher and may not be taken over.
    pub fn publish(
        &mut self,
        key: &StreamKey,
        token: Option<Token>,
        wake: &mut WakeList,
    ) -> Result<Publication, AlreadyPublishing> {
        let (id, stream) = self.streams.find_or_add(key);
        let (epoch, resume_at) = stream.publish(token, &self.config, wake)?;
        Ok(Publication::new(id, epoch, self.config.chunk_size, resume_at))
    }

    /// Appends to the stream's log and wakes the players that had caught up, now or
    /// [after a while](SubscribeOptions::write_latency).
    ///
    /// # Errors
    ///
    /// [`NoLongerPublishing`] if another publisher has taken the stream over.
    pub fn push(
        &mut self,
        publication: &Publication,
        entry: Entry,
        wake: &mut WakeList,
        now: Instant,
    ) -> Result<(), NoLongerPublishing> {
        let held_until = self
            .with(publication.stream, |stream, config| {
                stream.push(publication.epoch, entry, config, wake, now)
            })
            .ok_or(NoLongerPublishing)??;
        if let Some(until) = held_until {
            self.holds.push(Reverse((until, publication.stream)));
        }
        self.keep_within_total(publication.stream);
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, if ever: each lending may change it.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.holds.peek().map(|Reverse((until, _))| *until)
    }

    /// Wakes the players who are held until now. Early and needless calls do no harm; late ones hold them for longer.
    pub fn handle_timeout(&mut self, wake: &mut WakeList, now: Instant) {
        while self.poll_timeout().is_some_and(|until| until <= now)
            && let Some(Reverse((_, id))) = self.holds.pop()
        {
            // It may have gone since, or have woken them before: then there is nobody to wake.
            if let Some(stream) = self.streams.get_mut(id) {
                stream.release(wake, now);
            }
        }
    }

    /// Whether the publication is still its stream's. A publisher asks when its token is woken.
    pub fn is_publishing(&self, publication: &Publication) -> bool {
        let stream = self.streams.get(publication.stream);
        stream.is_some_and(|stream| stream.is_published_by(publication.epoch))
    }

    /// The publisher leaves. Players who have not been sent everything are, and are told of the end then. If it had
    /// lost the stream to another one, nothing happens.
    // Taken by value: nothing can be pushed afterwards.
    #[expect(clippy::needless_pass_by_value)]
    pub fn unpublish(&mut self, publication: Publication, wake: &mut WakeList) {
        self.with(publication.stream, |stream, _| {
            stream.unpublish(publication.epoch, wake)
        });
        self.streams.remove_if_deserted(publication.stream);
    }

    /// Adds a player to a stream, which need not have a publisher. `token` is woken when there is something to pull;
    /// the first [`pull`](Self::pull) is the caller's own affair.
    pub fn subscribe(&mut self, key: &StreamKey, token: Token, options: SubscribeOptions) -> Cursor {
        let (id, stream) = self.streams.find_or_add(key);
        let mut cursor = Cursor::new(id, token, options);
        stream.subscribe(&mut cursor, &self.config);
        cursor
    }

    /// Hands the player's next messages to `deliver`, until they amount to `budget` bytes: the last one may go
    /// beyond it, so that a message of any size passes. With no budget nothing is delivered.
    ///
    /// To pull too often is harmless.
    pub fn pull(&mut self, cursor: &mut Cursor, budget: usize, deliver: impl FnMut(Delivery<'_>)) -> Pulled {
        let before = self.log_bytes;
        let pulled = self.with(cursor.stream, |stream, config| {
            stream.pull(cursor, budget, config, deliver)
        });
        if self.log_bytes > before {
            // Messages have been spelled anew.
            self.keep_within_total(cursor.stream);
        }
        // Only a cursor of another hub has no stream here: a stream lives as long as its cursors.
        pulled.unwrap_or(Pulled::Waiting)
    }

    /// The player leaves.
    pub fn unsubscribe(&mut self, mut cursor: Cursor) {
        self.with(cursor.stream, |stream, _| stream.unsubscribe(&mut cursor));
        self.streams.remove_if_deserted(cursor.stream);
    }

    /// Whether somebody publishes the stream.
    pub fn has_publisher(&self, key: &StreamKey) -> bool {
        self.streams
            .find(key)
            .and_then(|id| self.streams.get(id))
            .is_some_and(Stream::has_publisher)
    }

    /// All streams, in the order of their keys.
    pub fn streams(&self) -> impl Iterator<Item = StreamStats> + '_ {
        self.streams.iter().map(Stream::stats)
    }

    /// Bytes of the messages that all streams keep, in all spellings.
    pub const fn log_bytes(&self) -> u64 {
        self.log_bytes
    }

    /// Does something to a stream, and keeps count of what that does to its log.
    fn with<R>(&mut self, id: StreamId, change: impl FnOnce(&mut Stream, &HubConfig) -> R) -> Option<R> {
        let stream = self.streams.get_mut(id)?;
        let before = stream.log_bytes();
        let result = change(stream, &self.config);
        let after = stream.log_bytes();
        if after != before {
            self.log_bytes = self.log_bytes + after - before;
            self.logs = self.logs + u64::from(after > 0) - u64::from(before > 0);
        }
        Some(result)
    }

    /// A stream that grows while all logs together are too large goes back to an equal share.
    fn keep_within_total(&mut self, id: StreamId) {
        let total = self.config.max_total_log_bytes as u64;
        if self.log_bytes > total {
            let share = total / self.logs.max(1);
            self.with(id, |stream, _| stream.shrink_log(share));
        }
    }
}
