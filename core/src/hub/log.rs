//! The messages of one stream, newest last, as far back as somebody may need them.

use std::{collections::VecDeque, mem, sync::Arc};

use super::config::{HubConfig, StartAt};
use super::entry::Entry;
use super::headers::Headers;
use crate::media::{Class, MediaKind};
use crate::units::Timestamp;

/// A publication that has sent so many frames of video and no key frame will send none: it refreshes its picture
/// gradually, or marks frames wrongly. Its players start anywhere.
pub const KEYLESS_AFTER: u32 = 600;

/// Between a publisher's last frame and its successor's first: one frame at 25 per second, and room for a first
/// frame of audio that lies a little before that of video.
const SEAM_MS: u32 = 40;

/// A step back by more than this is no jitter.
const CLOCK_RESET_MS: i32 = 1000;

/// An entry in its place.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) entry: Entry,
    /// Where it lies on the timeline. For all but frames that is the next frame's time, or the newest one's until that comes,
    /// whatever their own timestamps say.
    pub(super) time: Timestamp,
    /// Bytes of all entries before it, as published.
    offset: u64,
    /// The publication that it belongs to.
    pub(super) epoch: u32,
    /// The run that it belongs to.
    pub(super) run: u32,
    /// The headers in force once it has been sent: on key frames, and on headers that say something new.
    pub(super) headers: Option<Arc<Headers>>,
}

/// A point of the log at which a player may start or go on, with the headers in force there.
pub(super) struct Start {
    pub(super) at: u64,
    pub(super) headers: Arc<Headers>,
}

/// The log of one stream. Entries are numbered from 0 for as long as the stream exists.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Logged>,
    /// The number of the first entry kept.
    first: u64,
    /// Bytes of the entries that are not kept any more, as published. The first one kept knows this too; but it is old, and
    /// nobody else has had it in hand for long: to look at it is to wait for memory.
    start_offset: u64,
    /// Bytes of all entries ever, as published.
    end_offset: u64,
    /// How many of the newest entries are no frames (some may have been dropped since): they get the next frame's time. They are
    /// counted, because to look for them is to wait for memory.
    undated: usize,
    /// Bytes of the other spellings of the entries kept.
    respelled: u64,
    /// The number of the entry to start at: the newest key frame, if it is kept.
    keyframe: Option<u64>,
    /// The headers in force at the end.
    headers: Arc<Headers>,
    /// The newest frames' times, of audio and of video.
    latest: [Option<Timestamp>; 2],
    /// What the current publication has shown so far.
    video: Video,
    frames_since_keyframe: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Video {
    #[default]
    None,
    /// A sequence header, or frames.
    Some,
    /// A key frame of a track that is not the default one.
    TrackKeyframe,
    Keyframe,
}

impl Log {
    /// The number that the next entry will have.
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of the entries kept, in all spellings.
    pub(super) fn bytes(&self) -> u64 {
        self.end_offset - self.start_offset + self.respelled
    }

    pub(super) fn get(&self, number: u64) -> Option<&Logged> {
        self.entries
            .get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(super) const fn frames_since_keyframe(&self) -> u32 {
        self.frames_since_keyframe
    }

    /// The time that the newest frame brought the stream to.
    pub(super) fn now(&self) -> Option<Timestamp> {
        match self.latest {
            [Some(audio), Some(video)] if audio.since(video) > 0 => Some(audio),
            [audio, video] => video.or(audio),
        }
    }

    /// Where the timeline goes on with another publisher, if it has begun.
    pub(super) fn resume_at(&self) -> Option<Timestamp> {
        self.now().map(|now| now.wrapping_add(SEAM_MS))
    }

    /// A new publication begins: nothing that described the one before holds for it.
    pub(super) fn begin_publication(&mut self) {
        self.headers = Arc::default();
        self.keyframe = None;
        self.video = Video::None;
        self.frames_since_keyframe = 0;
    }

    /// Forgets the entries, not the timeline.
    pub(super) fn clear(&mut self) {
        self.first = self.end();
        self.entries = VecDeque::new();
        self.start_offset = self.end_offset;
        self.respelled = 0;
        self.keyframe = None;
        self.undated = 0;
    }

    /// Adds an entry and drops those that nobody may start at or go on from.
    pub(super) fn append(&mut self, mut entry: Entry, epoch: u32, run: u32, config: &HubConfig) {
        if entry.class() == Class::ClearMetadata {
            // It speaks to the server: players have no use for it.
            return Headers::clear_metadata(&mut self.headers);
        }
        let is_news = match entry.header.take() {
            Some(payload) => Headers::update(&mut self.headers, &entry, payload, config),
            None => false,
        };
        let number = self.end();
        let starts = self.watch(&entry);
        if entry.is_frame()
            && let Some(now) = self.now()
        {
            // Headers are as old as the frame behind them: they may stand at the beginning, or at the end of a long silence.
            for logged in self.entries.iter_mut().rev().take(mem::take(&mut self.undated)) {
                logged.time = now;
            }
        }
        self.undated += usize::from(!entry.is_frame());
        if starts {
            self.keyframe = Some(number);
        }
        let len = entry.len() as u64;
        self.entries.push_back(Logged {
            time: self
                .now()
                .filter(|_| !entry.is_frame())
                .unwrap_or_else(|| entry.timestamp()),
            offset: self.end_offset,
            epoch,
            run,
            headers: (starts || is_news).then(|| Arc::clone(&self.headers)),
            entry,
        });
        self.end_offset += len;
        self.trim(config);
    }

    /// Takes note of what an entry says about the stream; `true` if a player may start at it.
    fn watch(&mut self, entry: &Entry) -> bool {
        let class = entry.class();
        if entry.is_frame() {
            let kind = match entry.kind() {
                MediaKind::Audio | MediaKind::Data => 0,
                MediaKind::Video => 1,
            };
            let goes_back = |latest: &Option<Timestamp>| {
                latest.is_some_and(|latest| entry.timestamp().since(latest) < -CLOCK_RESET_MS)
            };
            if self.latest.get(kind).is_some_and(goes_back) {
                // The encoder's clock has begun anew: what the other kind has shown is of another time.
                self.latest = [None; 2];
            }
            if let Some(latest) = self.latest.get_mut(kind) {
                *latest = Some(entry.timestamp());
            }
        }
        let (shows, starts) = match class {
            Class::Keyframe => (Video::Keyframe, true),
            // Where there is a default track, it says where to start.
            Class::TrackKeyframe { .. } => (Video::TrackKeyframe, self.video < Video::Keyframe),
            Class::Inter | Class::Disposable | Class::VideoSequenceHeader { .. } => (Video::Some, false),
            Class::Audio
            | Class::AudioSequenceHeader { .. }
            | Class::ClearMetadata
            | Class::Data
            | Class::Empty
            | Class::Metadata
            | Class::MultichannelConfig { .. }
            | Class::Opaque
            | Class::SequenceEnd
            | Class::VideoCommand
            | Class::VideoMetadata { .. } => return false,
        };
        self.video = self.video.max(shows);
        if starts {
            self.frames_since_keyframe = 0;
        } else if class.is_video_frame() {
            self.frames_since_keyframe = self.frames_since_keyframe.saturating_add(1);
        }
        starts
    }

    /// Takes note of so many bytes of other spellings, made of entries kept.
    pub(super) fn add_respelled(&mut self, bytes: u64, config: &HubConfig) {
        if self.entries.is_empty() {
            // The last player has come to the end, and the log has been cleared since they were made.
            return;
        }
        self.respelled += bytes;
        self.forget_spellings(config.max_log_bytes as u64);
    }

    /// Drops other spellings, the oldest entries' first, until there are at most so many bytes or only the newest
    /// entry has any: most players are there. They can be made again.
    fn forget_spellings(&mut self, max_bytes: u64) {
        let mut excess = self.bytes().saturating_sub(max_bytes);
        let older = self.entries.len().saturating_sub(1);
        if excess == 0 || self.respelled == 0 {
            return;
        }
        for logged in self.entries.iter_mut().take(older) {
            let bytes = mem::take(&mut logged.entry.spellings).len();
            self.respelled -= bytes;
            excess = excess.saturating_sub(bytes);
            if excess == 0 {
                return;
            }
        }
    }

    fn trim(&mut self, config: &HubConfig) {
        self.forget_spellings(config.max_log_bytes as u64);
        while self.entries.len() > 1
            && let Some(front) = self.entries.front()
        {
            let over =
                self.entries.len() > config.max_log_messages || self.bytes() > config.max_log_bytes as u64;
            let in_newest_gop = self.keyframe.is_some_and(|number| number <= self.first);
            let needed = in_newest_gop && config.start == StartAt::Keyframe;
            if !over && (needed || self.age(front.time) <= config.max_lag.as_millis()) {
                break;
            }
            self.drop_front();
        }
    }

    /// Drops the oldest entries, needed or not, until the rest have at most so many bytes or there is one left.
    pub(super) fn shrink(&mut self, max_bytes: u64) {
        self.forget_spellings(max_bytes);
        while self.entries.len() > 1 && self.bytes() > max_bytes {
            self.drop_front();
        }
    }

    fn drop_front(&mut self) {
        if let Some(dropped) = self.entries.pop_front() {
            self.first += 1;
            self.start_offset = dropped.offset + dropped.entry.len() as u64;
            self.respelled -= dropped.entry.spellings.len();
            self.keyframe = self.keyframe.filter(|&number| number >= self.first);
        }
    }

    /// Milliseconds that `time` lies behind the newest frame.
    fn age(&self, time: Timestamp) -> u128 {
        self.now()
            .map_or(0, |now| u128::try_from(now.since(time)).unwrap_or(0))
    }

    /// Whether whoever has yet to be sent entry `number` is too far behind.
    pub(super) fn lags(&self, number: u64, config: &HubConfig) -> bool {
        self.get(number).is_some_and(|entry| {
            self.age(entry.time) > config.max_lag.as_millis()
                || self.end_offset - entry.offset > config.max_lag_bytes as u64
        })
    }

    /// Whether players may be sent frames of video before they have been sent a key frame.
    pub(super) fn is_keyless(&self) -> bool {
        self.video < Video::TrackKeyframe && self.frames_since_keyframe >= KEYLESS_AFTER
    }

    pub(super) fn has_video(&self) -> bool {
        self.video > Video::None
    }

    /// The newest key frame, if it is kept.
    pub(super) fn newest_keyframe(&self) -> Option<Start> {
        let at = self.keyframe?;
        let headers = self.get(at)?.headers.clone()?;
        Some(Start { at, headers })
    }

    /// Behind the newest entry.
    pub(super) fn newest(&self) -> Start {
        Start {
            at: self.end(),
            headers: Arc::clone(&self.headers),
        }
    }
}
