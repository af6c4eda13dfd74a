//! A file from its first byte to its last, and then its head once more.

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use super::encoded::{EncodedTag, TagDataTooLong};
use super::index::{Keyframe, KeyframeIndex};
use super::tag::TagHeader;
use super::timeline::Timeline;
use super::{FlvHeader, TagType};
use crate::amf0::{self, Object, Value};
use crate::media::{Class, MediaKind, MediaMessage};
use crate::units::Timestamp;

/// Bytes of a key frame in the index: two numbers.
const ENTRY_LEN: usize = 18;
/// Bytes of a long string before its text.
const FILLER_HEAD: usize = 5;

/// The properties of `onMetaData` that the writer finds out itself.
const OWN: [&str; 11] = [
    "duration",
    "filesize",
    "hasMetadata",
    "hasVideo",
    "hasAudio",
    "hasKeyframes",
    "canSeekToEnd",
    "lasttimestamp",
    "lastkeyframetimestamp",
    "lastkeyframelocation",
    "keyframes",
];

/// What an [`FlvWriter`] writes beside the messages.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// What the head's `onMetaData` is to say of the stream: width, height, codecs ... The properties that the writer
    /// finds out itself, such as `duration`, replace those of the same name.
    pub metadata: Object<'static>,
    /// The most key frames in the index, for each of which the head keeps 18 bytes free. Of a file that has more, every
    /// second, fourth, eighth ... is in the index. 0 for a file without an index.
    pub max_keyframes: usize,
}

impl Default for WriteOptions {
    /// Nothing of the stream; 2000 key frames, which is more than an hour's, and within
    /// [`Limits::max_amf_values`](crate::limits::Limits::max_amf_values) for those who read it.
    fn default() -> Self {
        Self {
            metadata: Object::new(),
            max_keyframes: 2000,
        }
    }
}

/// Writes a file: first its head, then each message as a tag; when it is finished the head again, over the first one.
///
/// The head has the file's header and `onMetaData`. What is known at the end only (duration, size, the index of key
/// frames) has its room from the start, behind the metadata's object in the same tag: a long string of spaces, which
/// nobody reads. So nothing in the file moves, and one that was never finished is whole but for its index.
///
/// It holds the index, and nothing of the messages: memory does not grow with the file.
///
/// ```
/// use rtmp_core::flv::{FlvWriter, WriteOptions};
/// use rtmp_core::media::{MediaKind, MediaMessage};
/// use rtmp_core::units::Timestamp;
///
/// let (mut writer, head) = FlvWriter::begin(WriteOptions::default())?;
/// let mut file = head.to_vec();
/// for millis in [0, 40, 80] {
///     let message = MediaMessage {
///         kind: MediaKind::Video,
///         timestamp: Timestamp::from_millis(millis),
///         payload: b"\x17\x01\0\0\0 a key frame"[..].into(),
///     };
///     // Or a vectored write of its slices, which copies nothing.
///     writer.tag(&message)?.slices().iter().for_each(|slice| file.extend_from_slice(slice));
/// }
/// // Of a real file: seek to its start, and write.
/// let head = writer.finish();
/// file[..head.len()].copy_from_slice(&head);
/// # Ok::<(), rtmp_core::flv::TagDataTooLong>(())
/// ```
#[derive(Debug)]
pub struct FlvWriter {
    metadata: Object<'static>,
    /// Bytes of data in the head's tag.
    room: u32,
    /// Bytes of the file so far.
    position: u64,
    timeline: Timeline,
    index: KeyframeIndex,
    last_keyframe: Option<Keyframe>,
    has_audio: bool,
    has_video: bool,
    /// Whether the last video frame is a key frame.
    ends_with_keyframe: bool,
}

impl FlvWriter {
    /// A writer, and the first bytes of its file.
    ///
    /// # Errors
    ///
    /// If the metadata and the room for the index do not fit into a tag together.
    pub fn begin(options: WriteOptions) -> Result<(Self, Bytes), TagDataTooLong> {
        let others = options.metadata.iter().filter(|(key, _)| !Self::finds_out(key));
        let metadata = others.fold(Object::new(), |object, (key, value)| {
            object.with(key.to_owned(), value.clone())
        });
        let mut writer = Self {
            metadata,
            room: 0,
            position: 0,
            timeline: Timeline::default(),
            index: KeyframeIndex::new(options.max_keyframes),
            last_keyframe: None,
            has_audio: true,
            has_video: true,
            ends_with_keyframe: false,
        };
        // Numbers have the same length whatever they are: nothing can be longer at the end.
        let (millis, position) = (0, 0);
        let longest = writer.with_own(Some(Keyframe { millis, position }));
        let longest = encode(&with_index(longest, &[])).len();
        let entries = options.max_keyframes.saturating_mul(ENTRY_LEN);
        writer.room = TagDataTooLong::check(longest.saturating_add(entries).saturating_add(FILLER_HEAD))?;

        let head = writer.head(&writer.metadata);
        writer.position = head.len() as u64;
        (writer.has_audio, writer.has_video) = (false, false);
        Ok((writer, head))
    }

    /// Whether the writer finds out this property of `onMetaData` itself: it is true of a file, and not of the stream in it.
    pub fn finds_out(property: &str) -> bool {
        OWN.contains(&property)
    }

    /// The message as the file's next tag. It is to be written whole, and in this order.
    ///
    /// A stream's `onMetaData` belongs into [`WriteOptions::metadata`], and not here: readers go by the last that they
    /// meet, and a live stream's says that the duration is 0.
    ///
    /// # Errors
    ///
    /// If the payload is too long for a tag. The message is then no part of the file.
    pub fn tag(&mut self, message: &MediaMessage) -> Result<EncodedTag, TagDataTooLong> {
        let tag = EncodedTag::new(message)?;
        match message.kind {
            MediaKind::Audio => self.has_audio = true,
            MediaKind::Video => self.has_video = true,
            MediaKind::Data => {}
        }
        self.note(message);
        self.position = self.position.saturating_add(tag.size());
        Ok(tag)
    }

    /// The end of the file: its first bytes anew, as many as there were, to be written over those.
    pub fn finish(self) -> Bytes {
        let metadata = self.with_own(self.last_keyframe);
        // One entry leads nowhere but to the start, and FFmpeg warns of it.
        self.head(&match self.index.entries() {
            [] | [_] => metadata,
            entries => with_index(metadata, entries),
        })
    }

    /// Bytes of the file so far.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The latest timestamp of an audio or video frame so far, in milliseconds and with as many bits as it needs; `None`
    /// without one.
    pub fn last_timestamp(&self) -> Option<u64> {
        self.timeline.last()
    }

    fn note(&mut self, message: &MediaMessage) {
        let class = message.class();
        let is_frame = matches!(
            class,
            Class::Keyframe
                | Class::TrackKeyframe { .. }
                | Class::Inter
                | Class::Disposable
                | Class::Audio
                | Class::Opaque
        );
        if !is_frame {
            return;
        }
        let millis = self.timeline.push(message.kind, message.timestamp);
        if message.kind == MediaKind::Video {
            self.ends_with_keyframe = class == Class::Keyframe;
        }
        if class == Class::Keyframe {
            let position = self.position;
            let keyframe = Keyframe { millis, position };
            self.index.push(keyframe);
            self.last_keyframe = Some(keyframe);
        }
    }

    /// The header and the first tag, filled up to its room.
    fn head(&self, metadata: &Object<'static>) -> Bytes {
        let mut data = encode(metadata);
        let room = self.room as usize;
        let filler = room.saturating_sub(data.len()).saturating_sub(FILLER_HEAD);
        // A long string even where a short one would do: its length always has as many bytes.
        data.push(0x0C);
        data.extend_from_slice(&u32::try_from(filler).unwrap_or(u32::MAX).to_be_bytes());
        data.resize(room, b' ');

        let tag = TagHeader {
            tag_type: TagType::Script,
            filtered: false,
            data_size: self.room,
            timestamp: Timestamp::ZERO,
            stream_id: 0,
        };
        let header = FlvHeader::new(self.has_audio, self.has_video).to_bytes();
        let size = TagHeader::tag_size(self.room).to_be_bytes();
        [&header[..], &tag.to_bytes(), &data, &size].concat().into()
    }

    /// The metadata with what is known of the file, but for the index.
    fn with_own(&self, last_keyframe: Option<Keyframe>) -> Object<'static> {
        let metadata = self.metadata.clone();
        let metadata = metadata
            .with("duration", seconds(self.timeline.duration()))
            .with("filesize", self.position as f64)
            .with("hasMetadata", true)
            .with("hasVideo", self.has_video)
            .with("hasAudio", self.has_audio)
            .with("hasKeyframes", last_keyframe.is_some())
            .with("canSeekToEnd", self.ends_with_keyframe)
            .with("lasttimestamp", seconds(self.timeline.last().unwrap_or_default()));
        match last_keyframe {
            None => metadata,
            Some(last) => metadata
                .with("lastkeyframetimestamp", seconds(last.millis))
                .with("lastkeyframelocation", last.position as f64),
        }
    }
}

fn with_index(metadata: Object<'static>, entries: &[Keyframe]) -> Object<'static> {
    let list = |number: fn(&Keyframe) -> f64| -> Vec<Value<'static>> {
        entries.iter().map(|entry| number(entry).into()).collect()
    };
    let keyframes = Object::new()
        .with("filepositions", list(|entry| entry.position as f64))
        .with("times", list(|entry| seconds(entry.millis)));
    metadata.with("keyframes", keyframes)
}

/// The data of the head's tag, without what fills it up.
fn encode(metadata: &Object<'static>) -> Vec<u8> {
    let mut data = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut data);
    amf0::encode(&Value::EcmaArray(metadata.clone()), &mut data);
    data
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}
