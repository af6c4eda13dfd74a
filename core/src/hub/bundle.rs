//! Several messages in one piece.
//!
//! Players that wait for the same message are sent the same ones when several have come: one after the other they would
//! make the same list of pieces, and the system would walk it once for each of them. What many are sent together is put
//! together once: by the second of them, for those who follow.

use std::ops::Range;

use bytes::Bytes;

use super::log::Log;
use crate::media::MediaKind;

/// Players that a stream has at least: for fewer, the copy costs more than it saves.
pub(super) const MIN_PLAYERS: usize = 8;

/// The newest messages of a log, as they lie behind each other in it, in one piece.
#[derive(Clone, Debug)]
pub(super) struct Bundle {
    /// The number of the first.
    pub(super) first: u64,
    pub(super) bytes: Bytes,
    /// The publication that all are of.
    pub(super) epoch: u32,
    pub(super) has_frames_of_video: bool,
    /// All players are sent them as they were published, whatever they read.
    pub(super) has_one_spelling: bool,
}

/// What the players of one stream are sent together, until more comes.
#[derive(Debug, Default)]
pub(super) struct Bundles {
    bundle: Option<Bundle>,
    /// What the last one was sent message by message.
    last: Range<u64>,
}

impl Bundles {
    /// Forgets them: more has come, and who is sent something from now on is sent that as well; or there is nobody to share them.
    pub(super) fn clear(&mut self) {
        self.bundle = None;
    }

    /// All from this number on.
    pub(super) fn starting_at(&self, first: u64) -> Option<&Bundle> {
        self.bundle.as_ref().filter(|bundle| bundle.first == first)
    }

    /// One of so many players has been sent all of these, the newest of the log, as they were published. If it was not the
    /// first, others may follow.
    pub(super) fn note(&mut self, sent: Range<u64>, log: &Log, players: usize) {
        let is_one = sent.end.saturating_sub(sent.start) < 2;
        if players < MIN_PLAYERS || is_one || self.starting_at(sent.start).is_some() {
            return;
        }
        if self.last == sent {
            self.bundle = Bundle::of(sent, log);
        } else {
            self.last = sent;
        }
    }
}

impl Bundle {
    /// `None` if they are not of one publication.
    fn of(range: Range<u64>, log: &Log) -> Option<Self> {
        let epoch = log.get(range.start)?.epoch;
        let logged = || range.clone().filter_map(|number| log.get(number));
        if logged().any(|logged| logged.epoch != epoch) {
            return None;
        }
        let entries = || logged().map(|logged| &logged.entry);
        let mut bytes = Vec::with_capacity(entries().map(|entry| entry.message.len()).sum());
        entries().for_each(|entry| bytes.extend_from_slice(entry.message.bytes()));
        Some(Self {
            first: range.start,
            bytes: bytes.into(),
            epoch,
            has_frames_of_video: entries()
                .any(|entry| entry.kind() == MediaKind::Video && entry.class().is_video_frame()),
            has_one_spelling: entries().all(|entry| entry.reads_that_matter.is_empty()),
        })
    }
}
