//! `onMetaData`, in agreement with the headers of audio and video.
//!
//! The numbers in `videocodecid` and `audiocodecid` become those of the headers that the reader gets, and maps of tracks
//! are left out for those who get the default track alone. All else stays byte for byte: numbers are put in the place of
//! numbers, and values are not encoded anew.

#![deny(clippy::arithmetic_side_effects)]

use std::ops::Range;

use bytes::{BufMut, BytesMut};
use smallvec::SmallVec;

use super::video::name_that_matters;
use super::{Outcome, Reads};
use crate::amf0::{self, DecodeError, Members, Value};
use crate::limits::Limits;
use crate::media::data::{ON_META_DATA, SET_DATA_FRAME, handler};
use crate::media::metadata::{AUDIO_TRACKS, CodecId, VIDEO_TRACKS};

pub(super) fn reads_that_matter(payload: &[u8]) -> Reads {
    let Some(parts) = look(payload) else {
        return Reads::NOTHING;
    };
    let maps = if parts.maps.is_empty() {
        Reads::NOTHING
    } else {
        Reads::MULTITRACK
    };
    parts.ids().fold(maps, |reads, id| reads | id.name)
}

pub(super) fn respell(payload: &[u8], reads: Reads) -> Outcome {
    let Some(parts) = look(payload) else {
        return Outcome::Unchanged;
    };
    let mut edits: SmallVec<[Edit; 4]> = parts.ids().filter_map(|id| id.respelled(reads)).collect();
    if !reads.contains(Reads::MULTITRACK) {
        edits.extend(parts.maps.iter().cloned().map(Edit::removal));
        edits.extend(parts.count_without_maps(payload));
    }
    edit(payload, edits)
}

/// What in a payload depends on its reader.
#[derive(Default)]
struct Parts {
    /// Of several properties of one name, readers go by the last. So there are no more than two codecs that matter,
    /// whoever has written them.
    video: Option<Id>,
    audio: Option<Id>,
    maps: SmallVec<[Range<usize>; 2]>,
    /// Where an array counts its members.
    count: Option<Range<usize>>,
}

/// A number that names a codec which has two names.
struct Id {
    place: Range<usize>,
    is_fourcc: bool,
    name: Reads,
    other: CodecId,
}

/// `None` for all but metadata, and for what cannot be read.
fn look(payload: &[u8]) -> Option<Parts> {
    let name = match handler(payload)? {
        (SET_DATA_FRAME, rest) => handler(rest)?.0,
        (name, _) => name,
    };
    if name != ON_META_DATA {
        return None;
    }
    parts(payload).ok()
}

fn parts(payload: &[u8]) -> Result<Parts, DecodeError> {
    let mut parts = Parts::default();
    // The limits that a server puts on data messages, unless it is told otherwise.
    let Some(mut members) = Members::of_first_object(payload, &Limits::default())? else {
        return Ok(parts);
    };
    parts.count = members.count();
    while let Some(member) = members.next()? {
        // An id as text says the same in either spelling.
        let id = member
            .number
            .and_then(|number| CodecId::from_value(&Value::Number(number)));
        match member.key {
            b"videocodecid" => parts.video = id.and_then(|id| Id::of_video(id, member.value)),
            b"audiocodecid" => parts.audio = id.and_then(|id| Id::of_audio(id, member.value)),
            key if key == VIDEO_TRACKS.as_bytes() || key == AUDIO_TRACKS.as_bytes() => {
                parts.maps.push(member.place);
            }
            _ => {}
        }
    }
    // Without the maps, what refers to others by their number (AMF 0 §2.9) would refer to something else.
    if members.refer() {
        parts.maps.clear();
    }
    Ok(parts)
}

impl Parts {
    fn ids(&self) -> impl Iterator<Item = &Id> {
        self.video.iter().chain(&self.audio)
    }

    fn count_without_maps(&self, payload: &[u8]) -> Option<Edit> {
        let place = self.count.clone().filter(|_| !self.maps.is_empty())?;
        let count = u32::from_be_bytes(*payload.get(place.clone())?.first_chunk()?);
        let removed = u32::try_from(self.maps.len()).ok()?;
        // 0 is what those write who do not count.
        let count = count.checked_sub(removed)?;
        Some(Edit {
            place,
            bytes: SmallVec::from_slice(&count.to_be_bytes()),
        })
    }
}

impl Id {
    fn of_video(id: CodecId, place: Range<usize>) -> Option<Self> {
        let (codec, is_fourcc) = (id.video(), matches!(id, CodecId::FourCc(_)));
        let name = name_that_matters(codec, is_fourcc);
        Self::new(name, is_fourcc, CodecId::of_video(codec, !is_fourcc)?, place)
    }

    fn of_audio(id: CodecId, place: Range<usize>) -> Option<Self> {
        let (codec, is_fourcc) = (id.audio(), matches!(id, CodecId::FourCc(_)));
        let name = Reads::of_audio(codec);
        Self::new(name, is_fourcc, CodecId::of_audio(codec, !is_fourcc)?, place)
    }

    fn new(name: Reads, is_fourcc: bool, other: CodecId, place: Range<usize>) -> Option<Self> {
        (!name.is_empty()).then_some(Self {
            place,
            is_fourcc,
            name,
            other,
        })
    }

    fn respelled(&self, reads: Reads) -> Option<Edit> {
        if reads.contains(self.name) == self.is_fourcc {
            return None;
        }
        let mut bytes = Vec::new();
        amf0::encode(&self.other.into(), &mut bytes);
        Some(Edit {
            place: self.place.clone(),
            bytes: SmallVec::from_vec(bytes),
        })
    }
}

/// Other bytes for some of the payload's.
struct Edit {
    place: Range<usize>,
    bytes: SmallVec<[u8; 9]>,
}

impl Edit {
    fn removal(place: Range<usize>) -> Self {
        Self {
            place,
            bytes: SmallVec::new(),
        }
    }
}

/// Makes all edits. They do not overlap.
fn edit(payload: &[u8], mut edits: SmallVec<[Edit; 4]>) -> Outcome {
    if edits.is_empty() {
        return Outcome::Unchanged;
    }
    edits.sort_unstable_by_key(|edit| edit.place.start);
    let mut out = BytesMut::with_capacity(payload.len());
    let mut done = 0;
    for Edit { place, bytes } in edits {
        out.put_slice(payload.get(done..place.start).unwrap_or_default());
        out.put_slice(&bytes);
        done = place.end;
    }
    out.put_slice(payload.get(done..).unwrap_or_default());
    Outcome::Changed(out.freeze())
}
