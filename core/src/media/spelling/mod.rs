//! The same audio and video in the tag headers that a player can read.
//!
//! AVC, HEVC, AAC and MP3 have two names on the wire, a number of old and a FourCC, and with them two forms of
//! headers; several tracks, ModEx prefixes and metadata frames have the enhanced form only. What a publisher sends in
//! one spelling, [`respell`] turns into another. It rewrites headers and never a codec's bytes. `onMetaData` goes with
//! them: it names each codec as the headers do that the same reader gets.
//!
//! Sources: Adobe FLV 10.1 §E.4, §E.5; Enhanced RTMP v2, "Enhancing NetConnection connect Command" and "Enhancing
//! onMetaData". Codec ids 12 to 14 are a custom of Chinese networks.

#![deny(clippy::arithmetic_side_effects)]

mod audio;
mod metadata;
mod reads;
#[cfg(test)]
mod tests;
mod video;

use bytes::{BufMut, Bytes, BytesMut};

pub use self::reads::Reads;
use super::enhanced::{has_mod_ex, without_mod_ex};
use super::{MediaKind, MediaMessage, UnwritableTag};

/// How a player wants its messages spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// Bit for bit as they were published.
    #[default]
    AsPublished,
    /// For somebody who reads this much of Enhanced RTMP.
    For(Reads),
}

impl Spelling {
    /// For those who know nothing of Enhanced RTMP.
    pub const LEGACY: Self = Self::For(Reads::NOTHING);
    /// For those who know all of it.
    pub const ENHANCED: Self = Self::For(Reads::ALL);
}

/// What becomes of a message in another spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Respelled {
    /// It is right as it is; or nothing better is known: its codec has this form only, or it cannot be
    /// read.
    Unchanged,
    /// Another header, the same codec's bytes; or metadata with other codec ids or without maps of tracks.
    Changed(MediaMessage),
    /// It has nothing for this reader: other tracks than the default one, a metadata frame, a packet type without
    /// a legacy form.
    Dropped,
}

/// Spells a message anew.
pub fn respell(message: &MediaMessage, spelling: Spelling) -> Respelled {
    let Spelling::For(reads) = spelling else {
        return Respelled::Unchanged;
    };
    let payload = &message.payload;
    let payload = match message.kind {
        MediaKind::Video => video::respell(payload, reads),
        MediaKind::Audio => audio::respell(payload, reads),
        MediaKind::Data => metadata::respell(payload, reads),
    };
    match payload {
        Outcome::Unchanged => Respelled::Unchanged,
        Outcome::Changed(payload) => Respelled::Changed(MediaMessage {
            kind: message.kind,
            timestamp: message.timestamp,
            payload,
        }),
        Outcome::Dropped => Respelled::Dropped,
    }
}

impl Reads {
    /// On what of Enhanced RTMP the message's spelling depends. Those who agree on that get the same bytes, which
    /// need to be made only once; most messages depend on one codec's name, or on nothing.
    pub fn that_matter_to(message: &MediaMessage<impl AsRef<[u8]>>) -> Self {
        let payload = message.payload.as_ref();
        match message.kind {
            MediaKind::Video => video::reads_that_matter(payload),
            MediaKind::Audio => audio::reads_that_matter(payload),
            MediaKind::Data => metadata::reads_that_matter(payload),
        }
    }
}

enum Outcome {
    Unchanged,
    Changed(Bytes),
    Dropped,
}

/// What stands in front of a message's tracks.
#[derive(Clone, Copy)]
struct Front {
    has_mod_ex: bool,
    is_multitrack: bool,
}

impl Front {
    fn new(payload: &[u8], is_enhanced: bool, is_multitrack: bool) -> Self {
        Self {
            has_mod_ex: is_enhanced && has_mod_ex(payload),
            is_multitrack,
        }
    }

    const fn that_matters(self) -> Reads {
        match (self.has_mod_ex, self.is_multitrack) {
            (false, false) => Reads::NOTHING,
            (true, false) => Reads::MOD_EX,
            (false, true) => Reads::MULTITRACK,
            (true, true) => Reads::MOD_EX.union(Reads::MULTITRACK),
        }
    }

    /// Takes the ModEx prefixes away from those who cannot read them. All behind them stays as it is.
    fn respell(self, payload: &[u8], reads: Reads) -> Outcome {
        if !self.has_mod_ex || reads.contains(Reads::MOD_EX) {
            return Outcome::Unchanged;
        }
        match without_mod_ex(payload) {
            Ok((first, rest)) => write(rest, |out| {
                out.put_u8(first);
                Ok(())
            }),
            Err(_) => Outcome::Unchanged,
        }
    }
}

/// A new header before the same bytes. Where the header cannot be written, which takes a field that no sender
/// uses, the message is better left as it is than lost.
fn write(payload: &[u8], header: impl FnOnce(&mut BytesMut) -> Result<(), UnwritableTag>) -> Outcome {
    /// A header of one track: the first byte, ModEx, FourCC and composition time.
    const MAX_HEADER: usize = 1 + 5 + 4 + 3;
    let mut out = BytesMut::with_capacity(payload.len().saturating_add(MAX_HEADER));
    match header(&mut out) {
        Ok(()) => {
            out.put_slice(payload);
            Outcome::Changed(out.freeze())
        }
        Err(_) => Outcome::Unchanged,
    }
}
