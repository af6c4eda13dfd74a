//! One stream: who publishes it, its log, and how a cursor moves along it.
//!
//! Publications that follow each other without a gap, because a second publisher took over from the first, make
//! up one *run*. A player is told where a run starts and ends; within it the publication may change under its
//! feet, and it sees nothing but new headers and a key frame.

use std::mem;
use std::time::Instant;

use super::bundle::{Bundles, MIN_PLAYERS};
use super::config::{HubConfig, StartAt};
use super::cursor::{Cursor, Delivery, Part, Pulled};
use super::entry::Entry;
use super::key::{StreamKey, Token, WakeList};
use super::log::{Log, Logged, Start};
use super::parking::{For, Parking};
use super::publication::{AlreadyPublishing, NoLongerPublishing};
use super::stats::StreamStats;
use crate::units::Timestamp;

/// A stream that somebody publishes, or plays, or waits for.
#[derive(Debug)]
pub(super) struct Stream {
    key: StreamKey,
    publisher: Option<Publisher>,
    /// The number of the newest publication.
    epoch: u32,
    /// The number of the newest run, and of its first entry.
    run: u32,
    run_start: u64,
    log: Log,
    bundles: Bundles,
    /// Cursors, and those among them which have been told of a start and not of the end.
    players: usize,
    playing: usize,
    parking: Parking,
    messages_in: u64,
    bytes_in: u64,
    messages_respelled: u64,
    messages_skipped: u64,
}

#[derive(Debug)]
struct Publisher {
    token: Option<Token>,
}

impl Stream {
    pub(super) fn new(key: StreamKey) -> Self {
        Self {
            key,
            publisher: None,
            epoch: 0,
            run: 0,
            run_start: 0,
            log: Log::default(),
            bundles: Bundles::default(),
            players: 0,
            playing: 0,
            parking: Parking::default(),
            messages_in: 0,
            bytes_in: 0,
            messages_respelled: 0,
            messages_skipped: 0,
        }
    }

    pub(super) const fn key(&self) -> &StreamKey {
        &self.key
    }

    pub(super) const fn is_deserted(&self) -> bool {
        self.publisher.is_none() && self.players == 0
    }

    pub(super) const fn has_publisher(&self) -> bool {
        self.publisher.is_some()
    }

    pub(super) const fn is_published_by(&self, epoch: u32) -> bool {
        self.publisher.is_some() && epoch == self.epoch
    }

    /// Lets a publisher in: the number of its publication, and where the timeline goes on.
    pub(super) fn publish(
        &mut self,
        token: Option<Token>,
        config: &HubConfig,
        wake: &mut WakeList,
    ) -> Result<(u32, Option<Timestamp>), AlreadyPublishing> {
        match &self.publisher {
            Some(_) if !config.takeover => return Err(AlreadyPublishing),
            // It is told at once that it is one no longer.
            Some(former) => wake.extend(former.token),
            None => {
                self.run = self.run.wrapping_add(1);
                self.run_start = self.log.end();
                self.parking.wake_all(wake);
            }
        }
        self.publisher = Some(Publisher { token });
        self.epoch = self.epoch.wrapping_add(1);
        self.log.begin_publication();
        Ok((self.epoch, self.log.resume_at()))
    }

    /// A message has been published. If players are held for it from now on, this is until when.
    pub(super) fn push(
        &mut self,
        epoch: u32,
        entry: Entry,
        config: &HubConfig,
        wake: &mut WakeList,
        now: Instant,
    ) -> Result<Option<Instant>, NoLongerPublishing> {
        if !self.is_published_by(epoch) {
            return Err(NoLongerPublishing);
        }
        self.messages_in += 1;
        self.bytes_in += entry.len() as u64;
        let end = self.log.end();
        self.log.append(entry, epoch, self.run, config);
        if self.log.end() == end {
            return Ok(None);
        }
        self.bundles.clear();
        Ok(self.parking.wake_for_message(wake, now))
    }

    /// Wakes the players who are held until now.
    pub(super) fn release(&mut self, wake: &mut WakeList, now: Instant) {
        self.parking.release(wake, now);
    }

    /// Bytes of the log.
    pub(super) fn log_bytes(&self) -> u64 {
        self.log.bytes()
    }

    /// See [`Log::shrink`].
    pub(super) fn shrink_log(&mut self, max_bytes: u64) {
        self.bundles.clear();
        self.log.shrink(max_bytes);
    }

    pub(super) fn unpublish(&mut self, epoch: u32, wake: &mut WakeList) {
        if epoch == self.epoch && self.publisher.take().is_some() {
            self.parking.wake_all(wake);
            self.clear_if_drained();
        }
    }

    /// A player joins, at the place that is the best now.
    pub(super) fn subscribe(&mut self, cursor: &mut Cursor, config: &HubConfig) {
        self.players += 1;
        cursor.move_to(self.start(config));
    }

    pub(super) fn unsubscribe(&mut self, cursor: &mut Cursor) {
        self.parking.leave(&mut cursor.waiter);
        self.players = self.players.saturating_sub(1);
        if cursor.run.take().is_some() {
            self.playing = self.playing.saturating_sub(1);
            self.clear_if_drained();
        }
    }

    pub(super) fn pull(
        &mut self,
        cursor: &mut Cursor,
        budget: usize,
        config: &HubConfig,
        deliver: impl FnMut(Delivery<'_>),
    ) -> Pulled {
        let Some(run) = cursor.run else {
            return self.begin(cursor, config);
        };
        if cursor.paused {
            return self.rest(cursor, run);
        }
        let skipped = self.catch_up(cursor, run, config);
        if skipped > 0 {
            self.messages_skipped += skipped;
            return Pulled::Skipped { messages: skipped };
        }
        let pulled = self.deliver(cursor, run, budget, deliver);
        if let Some(made) = cursor.take_made() {
            self.messages_respelled += made.messages;
            self.log.add_respelled(made.bytes, config);
        }
        pulled
    }

    /// A cursor that is told nothing yet: has a run started where it is?
    fn begin(&mut self, cursor: &mut Cursor, config: &HubConfig) -> Pulled {
        if cursor.next < self.log.first() {
            cursor.move_to(self.start(config));
        }
        let run = self.run_at(self.log.get(cursor.next));
        if run.is_none() {
            self.parking.park(&mut cursor.waiter, For::Publisher);
            return Pulled::Waiting;
        }
        cursor.run = run;
        self.playing += 1;
        Pulled::Started
    }

    /// A paused cursor is told of the end, and nothing else.
    fn rest(&mut self, cursor: &mut Cursor, run: u32) -> Pulled {
        match self.live_run() {
            Some(live) if live == run => {
                self.parking.park(&mut cursor.waiter, For::Publisher);
                Pulled::CaughtUp
            }
            live => {
                cursor.next = if live.is_some() {
                    self.run_start
                } else {
                    self.log.end()
                };
                self.end(cursor)
            }
        }
    }

    /// Moves a cursor that lies too far behind; the number of messages that it leaves out against its will.
    fn catch_up(&self, cursor: &mut Cursor, run: u32, config: &HubConfig) -> u64 {
        let returning = mem::take(&mut cursor.returning);
        if cursor.next.saturating_add(1) >= self.log.end() {
            // Whoever has one message to go, or none, is not behind: this is nearly every pull.
            return 0;
        }
        let trimmed = cursor.next < self.log.first();
        if !(trimmed || returning || self.log.lags(cursor.next, config)) {
            return 0;
        }
        let target = if cursor.wants_video() && self.log.has_video() {
            match self.log.newest_keyframe().filter(|start| start.at > cursor.next) {
                Some(start) => start,
                None if trimmed => self.log.newest(),
                // What it lacks is needed to decode what comes: slow, but whole.
                None => return 0,
            }
        } else {
            self.log.newest()
        };
        let from = cursor.next;
        if run != self.run {
            // Not across the end of its run: that is to be told first.
            cursor.next = self.run_start;
        } else if target.at > from {
            cursor.move_to(target);
        }
        let skipped = cursor.next.saturating_sub(from);
        if returning { 0 } else { skipped }
    }

    fn deliver(
        &mut self,
        cursor: &mut Cursor,
        run: u32,
        budget: usize,
        mut deliver: impl FnMut(Delivery<'_>),
    ) -> Pulled {
        let from = cursor.next;
        let mut is_whole = cursor.takes_bundles();
        let bundle = self
            .bundles
            .starting_at(from)
            .filter(|bundle| is_whole && bundle.bytes.len() <= budget && cursor.takes(bundle, &self.log))
            .map(|bundle| bundle.bytes.clone());
        let mut spent = 0;
        loop {
            let next = self.log.get(cursor.next);
            if self.run_at(next) != Some(run) {
                return self.end(cursor);
            }
            while spent < budget
                && let Some(header) = cursor.next_due()
            {
                let time = next.map(|logged| logged.time).or_else(|| self.log.now());
                let time = time.unwrap_or_else(|| header.entry.timestamp());
                if let Some(delivery) = cursor.address_header(&header.entry, time) {
                    spent += delivery.message().len();
                    deliver(delivery);
                }
            }
            if spent >= budget {
                return Pulled::More;
            }
            let Some(logged) = next else {
                if bundle.is_none() && is_whole {
                    self.bundles.note(from..cursor.next, &self.log, self.playing);
                }
                match cursor.patience() {
                    Some(latency) => self.parking.park_for_company(&mut cursor.waiter, latency),
                    None => self.parking.park(&mut cursor.waiter, For::Message),
                }
                return Pulled::CaughtUp;
            };
            let is_first = cursor.next == from;
            if cursor.pass(logged, &self.log)
                && let Some(mut delivery) = cursor.address(&logged.entry, logged.entry.timestamp())
            {
                if let Some(bytes) = &bundle {
                    delivery.part = if is_first { Part::All(bytes) } else { Part::Sent };
                }
                spent += delivery.message().len();
                cursor.flows |= logged.entry.is_frame();
                is_whole &= delivery.is_as_published();
                deliver(delivery);
            } else {
                is_whole = false;
            }
        }
    }

    fn end(&mut self, cursor: &mut Cursor) -> Pulled {
        cursor.end_run();
        self.playing = self.playing.saturating_sub(1);
        self.clear_if_drained();
        Pulled::Ended
    }

    /// A player has come to its end. What nobody publishes and nobody is in the middle of is not kept for those who come later.
    fn clear_if_drained(&mut self) {
        if self.playing < MIN_PLAYERS {
            self.bundles.clear();
        }
        if self.publisher.is_none() && self.playing == 0 {
            self.log.clear();
            self.bundles.clear();
        }
    }

    /// The run that a cursor is in whose next entry is this, or will be the next to come.
    fn run_at(&self, next: Option<&Logged>) -> Option<u32> {
        next.map(|logged| logged.run).or_else(|| self.live_run())
    }

    fn live_run(&self) -> Option<u32> {
        self.publisher.as_ref().map(|_| self.run)
    }

    /// Where a player that joins now starts.
    fn start(&self, config: &HubConfig) -> Start {
        match config.start {
            StartAt::Keyframe if self.publisher.is_some() => {
                self.log.newest_keyframe().unwrap_or_else(|| self.log.newest())
            }
            StartAt::Keyframe | StartAt::NextKeyframe => self.log.newest(),
        }
    }

    pub(super) fn stats(&self) -> StreamStats {
        StreamStats {
            key: self.key.clone(),
            has_publisher: self.publisher.is_some(),
            players: self.players,
            log_messages: self.log.len(),
            log_bytes: self.log.bytes(),
            frames_since_keyframe: self.log.frames_since_keyframe(),
            messages_in: self.messages_in,
            bytes_in: self.bytes_in,
            messages_respelled: self.messages_respelled,
            messages_skipped: self.messages_skipped,
        }
    }
}
