//! What happens when a deadline passes.

use std::time::Instant;

use crate::connection::error::Error;
use crate::connection::server::ServerConnection;
use crate::connection::server::status::Status;
use crate::connection::server::stream::StreamState;
use crate::connection::timers::Timer;

impl ServerConnection {
    pub(super) fn expired(&mut self, timer: Timer, now: Instant) -> Result<(), Error> {
        let limits = &self.config.limits;
        let is_listening = self.wants_input();
        if !is_listening {
            // Its silence is not the peer's doing.
            self.link.heard(now);
        }
        match timer {
            Timer::Handshake | Timer::Connect => return Err(Error::TimedOut(timer)),
            Timer::Idle if self.streams.all_idle() => return Err(Error::TimedOut(timer)),
            Timer::Idle => {}
            Timer::Publisher if is_listening => return self.end_silent_publishers(now),
            Timer::Publisher => self.link.timers.set(timer, now, limits.publisher_timeout),
            Timer::Ping => self.link.expired_ping(limits, now),
            Timer::PingResponse => {
                if self.link.expired_ping_response(limits) {
                    return Err(Error::TimedOut(timer));
                }
            }
            Timer::Reconnect => self.shut_down(now),
            // The last is a session's, the first a client's.
            Timer::Answer | Timer::Lag => {}
            Timer::Stall => return self.link.expired_stall(),
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
            self.link.timers.set(Timer::Publisher, heard, timeout);
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
}
