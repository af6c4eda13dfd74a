//! What the enhanced headers of audio and video share: ModEx prefixes and the division into tracks
//! (Enhanced RTMP v2, "ExVideoTagHeader", "ExAudioTagHeader").

#![deny(clippy::arithmetic_side_effects)]

use super::{FourCc, TagError, TrackId};
use crate::wire::Reader;

/// The packet type that announces a ModEx prefix, in audio and video alike.
const MOD_EX: u8 = 7;
/// One kind of ModEx is defined; a longer chain only costs work.
const MAX_MOD_EX: usize = 8;
/// The kind of ModEx that carries a time offset in nanoseconds.
const TIMESTAMP_OFFSET_NANO: u8 = 0;

/// Reads the chain of ModEx prefixes that `packet_type` may announce. Returns the packet type at its end, and
/// the nanoseconds to add to the presentation time: 0 if nothing says otherwise.
pub(super) fn mod_ex(r: &mut Reader<'_>, mut packet_type: u8) -> Result<(u8, u32), TagError> {
    let mut nanos = 0;
    for _ in 0..MAX_MOD_EX {
        if packet_type != MOD_EX {
            return Ok((packet_type, nanos));
        }
        let len = match r.u8()? {
            0xFF => usize::from(r.u16()?),
            short => usize::from(short),
        };
        let data = r.bytes(len.saturating_add(1))?;
        let [kind, next] = nibbles(r.u8()?);
        if kind == TIMESTAMP_OFFSET_NANO {
            // Fewer bytes than the offset has: an unusable prefix, but the packet behind it is sound.
            nanos = Reader::new(data).u24().unwrap_or(nanos);
        }
        packet_type = next;
    }
    match packet_type {
        MOD_EX => Err(TagError::TooManyModEx { limit: MAX_MOD_EX }),
        last => Ok((last, nanos)),
    }
}

/// The tracks of one message, in the order of the wire.
#[derive(Clone, Debug)]
pub(super) struct Tracks<'a> {
    body: Reader<'a>,
    layout: Layout,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    /// No multitrack header: the default track, to the end.
    Plain(FourCc),
    /// One track that says which, to the end.
    OneTrack(FourCc),
    /// Tracks of one codec, each with its size.
    ManyTracks(FourCc),
    /// Tracks with a codec of their own, each with its size.
    ManyTracksManyCodecs,
    /// The end, or a place behind which nothing can be found.
    Done,
}

/// One track's share of a message.
pub(super) struct Share<'a> {
    pub(super) track: TrackId,
    pub(super) codec: FourCc,
    pub(super) body: &'a [u8],
}

impl<'a> Tracks<'a> {
    /// Reads from behind the ModEx prefixes up to the first track. `multitrack` is the packet type that
    /// announces a multitrack body: 6 in video, 5 in audio. Returns the packet type that holds for all tracks.
    pub(super) fn read(mut r: Reader<'a>, packet_type: u8, multitrack: u8) -> Result<(u8, Self), TagError> {
        if packet_type != multitrack {
            let layout = Layout::Plain(fourcc(&mut r)?);
            return Ok((packet_type, Self { body: r, layout }));
        }
        let [kind, packet_type] = nibbles(r.u8()?);
        let layout = match kind {
            0 => Layout::OneTrack(fourcc(&mut r)?),
            1 => Layout::ManyTracks(fourcc(&mut r)?),
            2 => Layout::ManyTracksManyCodecs,
            reserved => return Err(TagError::MultitrackType(reserved)),
        };
        Ok((packet_type, Self { body: r, layout }))
    }

    /// Whether nothing follows.
    pub(super) fn is_done(&self) -> bool {
        match self.layout {
            Layout::Plain(_) | Layout::OneTrack(_) => false,
            Layout::ManyTracks(_) | Layout::ManyTracksManyCodecs => self.body.is_empty(),
            Layout::Done => true,
        }
    }

    fn share(&mut self) -> Result<Share<'a>, TagError> {
        let (track, codec) = match self.layout {
            Layout::Plain(codec) => (TrackId::DEFAULT, codec),
            Layout::OneTrack(codec) => (TrackId::new(self.body.u8()?), codec),
            Layout::ManyTracks(codec) => return self.sized_share(codec),
            Layout::ManyTracksManyCodecs => {
                let codec = fourcc(&mut self.body)?;
                return self.sized_share(codec);
            }
            Layout::Done => return Err(TagError::Truncated),
        };
        self.layout = Layout::Done;
        Ok(Share {
            track,
            codec,
            body: self.body.rest(),
        })
    }

    fn sized_share(&mut self, codec: FourCc) -> Result<Share<'a>, TagError> {
        let track = TrackId::new(self.body.u8()?);
        let size = self.body.u24()? as usize;
        let left = self.body.rest().len();
        let body = self
            .body
            .bytes(size)
            .map_err(|_| TagError::TrackOverrun { track, size, left })?;
        Ok(Share { track, codec, body })
    }
}

impl<'a> Iterator for Tracks<'a> {
    type Item = Result<Share<'a>, TagError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done() {
            return None;
        }
        let share = self.share();
        if share.is_err() {
            self.layout = Layout::Done;
        }
        Some(share)
    }
}

fn fourcc(r: &mut Reader<'_>) -> Result<FourCc, TagError> {
    Ok(FourCc::new(r.array()?))
}

pub(super) const fn nibbles(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0x0F]
}
