//! What happens when a deadline passes.

use std::time::Instant;

use bytes::Buf;

use crate::connection::error::Error;
use crate::connection::server::ServerConnection;
use crate::connection::server::status::Status;
use crate::connection::server::stream::StreamState;
use crate::connection::timers::Timer;
use crate::message::UserControl;

impl ServerConnection {
    pub(super) fn expired(&mut self, timer: Timer, now: Instant) -> Result<(), Error> {
        let limits = &self.config.limits;
        let is_listening = self.wants_input();
        if !is_listening {
            // Its silence is not the peer's doing.
            self.last_input = now;
        }
        match timer {
            Timer::Handshake | Timer::Connect => return Err(Error::TimedOut(timer)),
            Timer::Idle if self.streams.all_idle() => return Err(Error::TimedOut(timer)),
            Timer::Idle => {}
            Timer::Publisher if is_listening => return self.end_silent_publishers(now),
            Timer::Publisher => self.timers.set(timer, now, limits.publisher_timeout),
            Timer::Ping => {
                if now.saturating_duration_since(self.last_input) < limits.ping_interval {
                    self.timers.set(timer, self.last_input, limits.ping_interval);
                } else {
                    self.timers.set(Timer::PingResponse, now, limits.ping_timeout);
                    self.ping(now);
                }
            }
            Timer::PingResponse => {
                if self.ping_sent.is_some_and(|(at, _)| self.last_input <= at) {
                    return Err(Error::TimedOut(timer));
                }
                self.timers
                    .set(Timer::Ping, self.last_input, limits.ping_interval);
            }
            Timer::Reconnect => self.shut_down(now),
            Timer::Lag => {}
            Timer::Stall if self.transmit.has_remaining() => return Err(Error::TimedOut(timer)),
            Timer::Stall => {}
        }
        Ok(())
    }

    /// Frees the names of publishers that have sent nothing for too long. The connection is over unless another of
    /// its streams publishes or plays.
    pub(super) fn end_silent_publishers(&mut self, now: Instant) -> Result<(), Error> {
        let timeout = self.config.limits.publisher_timeout;
        let mut silent = Vec::new();
        let mut heard: Option<Instant> = None;
        for stream in self.streams.iter() {
            if let StreamState::Publishing { last_media, .. } = stream.state {
                if now.saturating_duration_since(last_media) >= timeout {
                    silent.push(stream.id);
                } else {
                    heard = Some(heard.map_or(last_media, |heard| heard.min(last_media)));
                }
            }
        }
        if let Some(heard) = heard {
            self.timers.set(Timer::Publisher, heard, timeout);
        }
        for &stream in &silent {
            let status = Status::error(
                "NetStream.Publish.Idle",
                "Nothing has been published for too long.",
            );
            self.send_status(stream, &status);
            self.close_stream(stream, now);
        }
        if !silent.is_empty() && self.streams.all_idle() {
            return Err(Error::TimedOut(Timer::Publisher));
        }
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation)] // The peer only hands it back.
    pub(super) fn ping(&mut self, now: Instant) {
        let millis = now.saturating_duration_since(self.timers.start()).as_millis() as u32;
        self.ping_sent = Some((now, millis));
        self.send_user_control(UserControl::PingRequest(millis));
    }

    /// Waits for the peer to take a byte, if any waits to be taken, and anew once it has.
    pub(super) fn watch_stall(&mut self, now: Instant) {
        if self.transmit.is_empty() {
            self.timers.clear(Timer::Stall);
        } else if !self.is_over()
            && (self.stall_mark != self.transmit.sent() || !self.timers.is_set(Timer::Stall))
        {
            self.stall_mark = self.transmit.sent();
            self.timers
                .set(Timer::Stall, now, self.config.limits.stall_timeout);
        }
    }

    pub(super) fn observe_sent(&mut self, now: Instant) {
        self.sent
            .observe(self.transmit.sent().saturating_sub(self.handshake_bytes_out), now);
    }
}
