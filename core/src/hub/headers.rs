//! What a player must have seen before its first frame: metadata and the tracks' sequence headers.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use super::config::HubConfig;
use super::entry::Entry;
use crate::media::{Class, outdates};

/// A header in force.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) entry: Entry,
    /// As it came, to know a repetition by.
    payload: Bytes,
}

impl Header {
    fn says_the_same_as(&self, other: &Self) -> bool {
        self.entry.class() == other.entry.class() && self.payload == other.payload
    }
}

/// The headers in force at one point of a stream, in the order in which a player is sent them. A snapshot is
/// never changed: key frames and players share it.
///
/// What [`media::Headers`](crate::media::Headers) are to one end of a connection, these are to a room: each header is there once,
/// in the chunks in which all players are sent it, and known by its address to those who have been sent it.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers(SmallVec<[Arc<Header>; 4]>);

impl Headers {
    /// Takes note of a header: `true` if it says anything new.
    pub(super) fn update(this: &mut Arc<Self>, entry: &Entry, payload: Bytes, config: &HubConfig) -> bool {
        let class = entry.class();
        let mut known = this.0.iter();
        if known.any(|header| header.entry.class() == class && header.payload == payload) {
            return false;
        }
        let headers = &mut Arc::make_mut(this).0;
        // A new one stands behind all others of its rank; one too long to keep still ends the reign of the last.
        headers.retain(|header| !outdates((class, &payload), (header.entry.class(), &header.payload)));
        let rank = rank(class);
        let of_rank = headers
            .iter()
            .filter(|header| self::rank(header.entry.class()) == rank)
            .count();
        if payload.len() <= config.max_header_len && of_rank < config.max_tracks {
            let place = headers.partition_point(|header| self::rank(header.entry.class()) <= rank);
            headers.insert(
                place,
                Arc::new(Header {
                    entry: entry.clone(),
                    payload,
                }),
            );
        }
        true
    }

    /// Forgets the metadata, as its publisher asks.
    pub(super) fn clear_metadata(this: &mut Arc<Self>) {
        if this
            .0
            .iter()
            .any(|header| header.entry.class() == Class::Metadata)
        {
            Arc::make_mut(this)
                .0
                .retain(|header| header.entry.class() != Class::Metadata);
        }
    }

    /// Whether a player who has been sent these would learn nothing from `header`.
    pub(super) fn include(&self, header: &Arc<Header>) -> bool {
        self.0
            .iter()
            .any(|known| Arc::ptr_eq(known, header) || known.says_the_same_as(header))
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Header>> {
        self.0.iter()
    }
}

/// The order of sending: metadata, video, audio.
const fn rank(class: Class) -> u8 {
    match class {
        Class::Metadata => 0,
        Class::VideoSequenceHeader { .. } => 1,
        Class::VideoMetadata { .. } => 2,
        Class::AudioSequenceHeader { .. } => 3,
        Class::MultichannelConfig { .. } => 4,
        // No headers.
        Class::Audio
        | Class::ClearMetadata
        | Class::Data
        | Class::Disposable
        | Class::Empty
        | Class::Inter
        | Class::Keyframe
        | Class::Opaque
        | Class::SequenceEnd
        | Class::TrackKeyframe { .. }
        | Class::VideoCommand => 5,
    }
}
