//! A player's place in a log.

use std::{mem, sync::Arc, time::Duration};

use bytes::Bytes;
use smallvec::{SmallVec, smallvec};

use super::SHARED_STREAM;
use super::bundle::Bundle;
use super::entry::Entry;
use super::headers::{Header, Headers};
use super::key::{StreamId, Token};
use super::log::{Log, Logged, Start};
use super::parking::Waiter;
use super::spellings::Made;
use crate::chunk::ChunkedMessage;
use crate::media::spelling::Spelling;
use crate::media::{Class, MediaKind, MediaMessage};
use crate::prefetch::prefetch;
use crate::units::{MessageStreamId, Timestamp};

/// How a player wants its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscribeOptions {
    /// The message stream that they are for. With any but [`SHARED_STREAM`] each message gets a head of its own,
    /// and shares the rest.
    pub stream: MessageStreamId,
    /// Whether the player's timeline begins at zero. Each message gets a head of its own then, as well.
    pub zero_based: bool,
    /// The tag headers that the player reads. What has nothing for it, it is not sent. Messages spelled anew are
    /// shared by all who read the same.
    pub spelling: Spelling,
    /// How long a message may wait for others, so that they leave in one write; 0: not at all. A player that has been sent all
    /// there was is held when a message comes, and [woken](super::Hub::handle_timeout) after that time, or before if others of
    /// its stream are.
    ///
    /// Not held is one that has yet to be sent a frame: since it came, since its stream began, since it paused, went on, or
    /// chose what it receives. Nobody is held when the stream ends. It is to be well below
    /// [`HubConfig::max_lag`](super::HubConfig::max_lag), or players skip who have only been held.
    pub write_latency: Duration,
    /// Whether the [chunks](Delivery::chunks) of several messages may come with the first of them, and those of the others be
    /// empty: for whoever sends what `chunks` says of each delivery, and nothing else. It needs the shared stream, the stream's own
    /// time, and messages as they were published: others are sent each message by itself all the same.
    pub bundles: bool,
}

impl Default for SubscribeOptions {
    fn default() -> Self {
        Self {
            stream: SHARED_STREAM,
            zero_based: false,
            spelling: Spelling::AsPublished,
            write_latency: Duration::ZERO,
            bundles: false,
        }
    }
}

/// A player's place in a stream's log. A session owns it, or a program that plays without a connection.
///
/// It goes back with [`Hub::unsubscribe`](super::Hub::unsubscribe); a stream is kept for as long as it has
/// cursors.
#[derive(Debug)]
#[must_use = "the stream is kept until the cursor goes back to `Hub::unsubscribe`"]
pub struct Cursor {
    pub(super) stream: StreamId,
    options: SubscribeOptions,
    /// The number of the entry to be sent next.
    pub(super) next: u64,
    /// The run whose start has been reported, and whose end has not.
    pub(super) run: Option<u32>,
    pub(super) waiter: Waiter,
    pub(super) paused: bool,
    /// The player has been away by its own will: it goes on as near to the source as can be.
    pub(super) returning: bool,
    /// It has been sent a frame since it last started, paused or chose: what comes next may wait for company.
    pub(super) flows: bool,
    audio: bool,
    video: bool,
    /// The publication of which the player has been sent a key frame.
    keyframe_of: Option<u32>,
    /// The headers in force where the cursor is: sent, or due.
    known: Arc<Headers>,
    /// Headers to be sent before the next entry, last one first.
    due: SmallVec<[Arc<Header>; 4]>,
    /// The timestamp that is the player's zero.
    origin: Option<Timestamp>,
    /// What was encoded for the player and not for others before it, since the stream has last asked.
    made: Made,
}

impl Cursor {
    pub(super) fn new(stream: StreamId, token: Token, options: SubscribeOptions) -> Self {
        Self {
            stream,
            options,
            next: 0,
            run: None,
            waiter: Waiter::new(token),
            paused: false,
            returning: false,
            flows: false,
            audio: true,
            video: true,
            keyframe_of: None,
            known: Arc::default(),
            due: SmallVec::new(),
            origin: None,
            made: Made::default(),
        }
    }

    pub(crate) fn prefetch(&self) {
        prefetch(&self.options);
        prefetch(&self.next);
        prefetch(&self.flows);
        prefetch(&self.waiter);
        prefetch(&self.due);
        prefetch(&self.made);
    }

    /// Stops messages until [`resume`](Self::resume). That the stream ends or begins is still reported.
    pub const fn pause(&mut self) {
        self.paused = true;
        self.flows = false;
    }

    /// Goes on: at the newest key frame if there is one that the player has not been sent, where it stopped
    /// otherwise. Pull once after this.
    pub const fn resume(&mut self) {
        if self.paused {
            self.paused = false;
            self.returning = true;
            self.flows = false;
        }
    }

    /// Switches audio messages off or on. They come back with their headers.
    pub fn set_receive_audio(&mut self, on: bool) {
        if on && !self.audio {
            self.owe(MediaKind::Audio);
        }
        self.audio = on;
        self.flows = false;
    }

    /// Switches video messages off or on. They come back with their headers, at the next key frame.
    pub fn set_receive_video(&mut self, on: bool) {
        if on && !self.video {
            self.owe(MediaKind::Video);
            self.keyframe_of = None;
        }
        self.video = on;
        self.flows = false;
    }

    /// Whether it may be sent several messages in one piece, as the log has them.
    pub(super) fn takes_bundles(&self) -> bool {
        let options = &self.options;
        options.bundles
            && options.stream == SHARED_STREAM
            && !options.zero_based
            && self.due.is_empty()
            && self.audio
            && self.video
    }

    /// Whether it is sent all of these, and as they were published.
    pub(super) fn takes(&self, bundle: &Bundle, log: &Log) -> bool {
        let as_published = self.options.spelling == Spelling::AsPublished || bundle.has_one_spelling;
        let sees_video = self.keyframe_of == Some(bundle.epoch) || log.is_keyless();
        as_published && (sees_video || !bundle.has_frames_of_video)
    }

    /// How long the next message may wait for company; `None`: not at all.
    pub(super) fn patience(&self) -> Option<Duration> {
        let latency = self.options.write_latency;
        (self.flows && !latency.is_zero()).then_some(latency)
    }

    pub(super) fn take_made(&mut self) -> Option<Made> {
        (self.made.messages > 0).then(|| mem::take(&mut self.made))
    }

    pub(super) const fn wants_video(&self) -> bool {
        self.video
    }

    /// Puts the cursor elsewhere; what it does not know there is due.
    pub(super) fn move_to(&mut self, start: Start) {
        self.next = start.at;
        self.keyframe_of = None;
        let known = Arc::clone(&self.known);
        self.set_known(start.headers, |header| !known.include(header));
    }

    /// The run is over: the next one begins from nothing.
    pub(super) fn end_run(&mut self) {
        self.run = None;
        self.flows = false;
        self.keyframe_of = None;
        self.known = Arc::default();
        self.due.clear();
    }

    fn owe(&mut self, kind: MediaKind) {
        self.set_known(Arc::clone(&self.known), |header| header.entry.kind() == kind);
    }

    /// Those of `headers` are due that `is_due` says, and those that were and still hold.
    fn set_known(&mut self, headers: Arc<Headers>, is_due: impl Fn(&Arc<Header>) -> bool) {
        let was_due = mem::take(&mut self.due);
        let is_due =
            |header: &&Arc<Header>| is_due(header) || was_due.iter().any(|due| Arc::ptr_eq(due, header));
        self.due = headers.iter().rev().filter(is_due).cloned().collect();
        self.known = headers;
    }

    /// The next header to be sent before anything else.
    pub(super) fn next_due(&mut self) -> Option<Arc<Header>> {
        loop {
            let header = self.due.pop()?;
            let wanted = match header.entry.kind() {
                MediaKind::Audio => self.audio,
                MediaKind::Video => self.video,
                MediaKind::Data => true,
            };
            if wanted {
                return Some(header);
            }
        }
    }

    /// Steps over an entry; `true` if it is one to be sent.
    pub(super) fn pass(&mut self, logged: &Logged, log: &Log) -> bool {
        self.next += 1;
        let class = logged.entry.class();
        if let Some(headers) = &logged.headers {
            self.known = Arc::clone(headers);
            if matches!(class, Class::Keyframe | Class::TrackKeyframe { .. })
                && self.video
                && self.spelled(&logged.entry).is_some()
            {
                self.keyframe_of = Some(logged.epoch);
            }
        }
        match logged.entry.kind() {
            MediaKind::Audio => self.audio,
            MediaKind::Video if !self.video => false,
            MediaKind::Video if class.is_video_frame() => {
                self.keyframe_of == Some(logged.epoch) || log.is_keyless()
            }
            MediaKind::Video | MediaKind::Data => true,
        }
    }

    /// A header that is sent at a `time` which is not its own.
    ///
    /// Metadata go out at 0, as from other servers: FFmpeg makes a stream of subtitles of any that come later, and waits
    /// for a packet of it for ever when it writes to a file.
    pub(super) fn address_header<'a>(&mut self, entry: &'a Entry, time: Timestamp) -> Option<Delivery<'a>> {
        let bytes = self.made.bytes;
        let delivery = if entry.class() == Class::Metadata {
            self.spelled(entry).map(|message| Delivery {
                entry,
                message,
                stream: self.options.stream,
                timestamp: Timestamp::ZERO,
                part: Part::Own,
            })
        } else {
            self.address(entry, time)
        };
        // Headers are no part of the log, and have a limit of their own.
        self.made.bytes = bytes;
        delivery
    }

    /// An entry as this player is sent it, at its place on the stream's timeline. `None` if there is nothing in
    /// it that the player reads.
    pub(super) fn address<'a>(&mut self, entry: &'a Entry, timestamp: Timestamp) -> Option<Delivery<'a>> {
        let message = self.spelled(entry)?;
        let timestamp = if self.options.zero_based {
            let origin = *self.origin.get_or_insert(timestamp);
            match timestamp.since(origin) {
                // The first message is not always the earliest.
                EARLIEST_MS..0 => Timestamp::ZERO,
                since => Timestamp::from_millis(since.cast_unsigned()),
            }
        } else {
            timestamp
        };
        Some(Delivery {
            entry,
            message,
            stream: self.options.stream,
            timestamp,
            part: Part::Own,
        })
    }

    fn spelled<'a>(&mut self, entry: &'a Entry) -> Option<&'a ChunkedMessage> {
        match self.options.spelling {
            Spelling::AsPublished => Some(&entry.message),
            Spelling::For(reads) => entry.spelled_for(reads, &mut self.made),
        }
    }
}

/// How far before the player's zero a message may lie: audio and video of one moment are that close together in
/// any stream that plays.
const EARLIEST_MS: i32 = -60_000;

/// A message on its way to one player.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    entry: &'a Entry,
    /// The entry's, or another spelling of it.
    message: &'a ChunkedMessage,
    stream: MessageStreamId,
    timestamp: Timestamp,
    pub(super) part: Part<'a>,
}

/// What of a bundle a message's delivery brings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// It is in none.
    Own,
    /// The first of the bundle brings all.
    All(&'a Bytes),
    /// It has come with the first.
    Sent,
}

impl Delivery<'_> {
    /// The message in chunks, to be sent one after the other: reference counts, and a head of its own where the
    /// player's message stream or timestamp is not the log's. Where messages may come in [bundles](SubscribeOptions::bundles),
    /// those of all of a bundle, or none, because they have come before.
    pub fn chunks(&self) -> SmallVec<[Bytes; 2]> {
        let message = self.message;
        match self.part {
            Part::Own => {}
            Part::All(bytes) => return smallvec![bytes.clone()],
            Part::Sent => return SmallVec::new(),
        }
        if self.stream == message.stream() && self.timestamp == message.timestamp() {
            smallvec![message.bytes().clone()]
        } else {
            message.with_head(self.stream, self.timestamp)
        }
    }

    /// The message out of its chunks, for a program that plays without a connection. The payload is shared with
    /// the log if it fits one chunk, and is copied together if not: the log holds each message once, as what
    /// most of its readers send.
    pub fn to_media_message(&self) -> MediaMessage {
        MediaMessage {
            kind: self.entry.kind(),
            timestamp: self.timestamp,
            payload: self.message.payload(),
        }
    }

    /// The message as the log holds it: on [`SHARED_STREAM`], with the stream's timestamp, in the player's spelling.
    pub const fn message(&self) -> &ChunkedMessage {
        self.message
    }

    pub(super) fn is_as_published(&self) -> bool {
        std::ptr::eq(self.message, &raw const self.entry.message)
    }

    /// What the message is to a relay, as it was published.
    pub const fn class(&self) -> Class {
        self.entry.class()
    }

    /// Whether it is audio, video or data.
    pub const fn kind(&self) -> MediaKind {
        self.entry.kind()
    }

    /// The message stream that it is for.
    pub const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    /// Its place on the player's timeline.
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

/// What a call of [`Hub::pull`](super::Hub::pull) came to. After all but [`CaughtUp`](Self::CaughtUp) and
/// [`Waiting`](Self::Waiting), pull again as soon as there is room: these two wake the cursor's token when there
/// is something to pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Pulled {
    /// Everything has been delivered, or the player is paused.
    CaughtUp,
    /// The budget is used up.
    More,
    /// There is no publisher.
    Waiting,
    /// There is a publisher: messages follow.
    Started,
    /// The publisher has left. All of its messages have been delivered, or reported as skipped.
    Ended,
    /// The player was too far behind and goes on nearer to the source.
    Skipped {
        /// How many messages of the log it will never be sent. Where it goes on without a key frame, because none is kept,
        /// frames up to the next one are left out as well, and not counted: as of a player that has just come.
        messages: u64,
    },
}
