//! What the enhanced headers of audio and video share: ModEx prefixes and the division into tracks
//! (Enhanced RTMP v2, "ExVideoTagHeader", "ExAudioTagHeader").

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, BytesMut};

use super::{FourCc, TagError, TrackId, UnwritableTag};
use crate::wire::Reader;

/// The packet type that announces a ModEx prefix, in audio and video alike.
const MOD_EX: u8 = 7;
/// One kind of ModEx is defined; a longer chain only costs work.
const MAX_MOD_EX: usize = 8;
/// The kind of ModEx that carries a time offset in nanoseconds.
const TIMESTAMP_OFFSET_NANO: u8 = 0;

// The multitrack types.
const ONE_TRACK: u8 = 0;
const MANY_TRACKS: u8 = 1;
const MANY_TRACKS_MANY_CODECS: u8 = 2;

/// Sizes and time offsets have three bytes.
const MAX_U24: u32 = 0xFF_FFFF;

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

/// Whether an enhanced message begins with a ModEx prefix.
pub(super) fn has_mod_ex(payload: &[u8]) -> bool {
    payload.first().is_some_and(|first| first & 0x0F == MOD_EX)
}

/// The first byte of an enhanced message as it were without ModEx prefixes, and what follows them.
pub(super) fn without_mod_ex(payload: &[u8]) -> Result<(u8, &[u8]), TagError> {
    let mut r = Reader::new(payload);
    let [upper, packet_type] = nibbles(r.u8()?);
    let (packet_type, _) = mod_ex(&mut r, packet_type)?;
    Ok((upper << 4 | packet_type, r.rest()))
}

/// The tracks of one message, in the order of the wire.
#[derive(Clone, Debug)]
pub(super) struct Tracks<'a> {
    body: Reader<'a>,
    is_multitrack: bool,
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
            let tracks = Self {
                body: r,
                is_multitrack: false,
                layout,
            };
            return Ok((packet_type, tracks));
        }
        let [kind, packet_type] = nibbles(r.u8()?);
        let layout = match kind {
            ONE_TRACK => Layout::OneTrack(fourcc(&mut r)?),
            MANY_TRACKS => Layout::ManyTracks(fourcc(&mut r)?),
            MANY_TRACKS_MANY_CODECS => Layout::ManyTracksManyCodecs,
            reserved => return Err(TagError::MultitrackType(reserved)),
        };
        let tracks = Self {
            body: r,
            is_multitrack: true,
            layout,
        };
        Ok((packet_type, tracks))
    }

    pub(super) const fn is_multitrack(&self) -> bool {
        self.is_multitrack
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

/// What stands in front of the tracks of a message, as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Front {
    /// The upper four bits of the first byte.
    pub(super) upper: u8,
    pub(super) packet_type: u8,
    /// The packet type that announces a multitrack body.
    pub(super) multitrack: u8,
    pub(super) nanos: u32,
}

impl Front {
    /// Writes all that stands before the body of a lone track: the default track is named only by its silence.
    pub(super) fn write_one(self, track: TrackId, codec: FourCc, out: &mut BytesMut) {
        if track == TrackId::DEFAULT {
            self.write(self.packet_type, out);
            out.put_slice(codec.as_bytes());
        } else {
            self.write(self.multitrack, out);
            out.put_u8(ONE_TRACK << 4 | self.packet_type);
            out.put_slice(codec.as_bytes());
            out.put_u8(track.get());
        }
    }

    /// Writes tracks with their sizes; the codec of each only if they differ. `put` writes a track's body.
    pub(super) fn write_many<T: Copy>(
        self,
        tracks: &[(TrackId, FourCc, T)],
        put: impl Fn(T, &mut BytesMut),
        out: &mut BytesMut,
    ) -> Result<(), UnwritableTag> {
        let &[(_, codec, _), ..] = tracks else {
            return Err(UnwritableTag::NoTracks);
        };
        let start = out.len();
        let is_one_codec = tracks.iter().all(|&(_, other, _)| other == codec);
        self.write(self.multitrack, out);
        if is_one_codec {
            out.put_u8(MANY_TRACKS << 4 | self.packet_type);
            out.put_slice(codec.as_bytes());
        } else {
            out.put_u8(MANY_TRACKS_MANY_CODECS << 4 | self.packet_type);
        }
        let mut body = BytesMut::new();
        for &(track, codec, content) in tracks {
            body.clear();
            put(content, &mut body);
            let Some(size) = u32::try_from(body.len()).ok().filter(|&size| size <= MAX_U24) else {
                out.truncate(start);
                return Err(UnwritableTag::TrackLen(body.len()));
            };
            if !is_one_codec {
                out.put_slice(codec.as_bytes());
            }
            out.put_u8(track.get());
            out.put_uint(size.into(), 3);
            out.put_slice(&body);
        }
        Ok(())
    }

    /// Writes the first byte, and a ModEx prefix if there are nanoseconds to tell. `packet_type` is the one that
    /// stands at its end.
    fn write(self, packet_type: u8, out: &mut BytesMut) {
        if self.nanos == 0 {
            out.put_u8(self.upper << 4 | packet_type);
        } else {
            out.put_u8(self.upper << 4 | MOD_EX);
            out.put_u8(2); // 3 bytes
            out.put_uint(self.nanos.into(), 3);
            out.put_u8(TIMESTAMP_OFFSET_NANO << 4 | packet_type);
        }
    }
}

/// Nanoseconds that a prefix can tell.
pub(super) const fn check_nanos(nanos: u32) -> Result<(), UnwritableTag> {
    match nanos {
        0..=MAX_U24 => Ok(()),
        more => Err(UnwritableTag::Nanos(more)),
    }
}

fn fourcc(r: &mut Reader<'_>) -> Result<FourCc, TagError> {
    Ok(FourCc::new(r.array()?))
}

pub(super) const fn nibbles(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0x0F]
}
