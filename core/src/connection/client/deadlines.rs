//! What happens when a deadline passes.

use std::time::Instant;

use crate::connection::client::ClientConnection;
use crate::connection::error::Error;
use crate::connection::timers::Timer;

impl ClientConnection {
    /// Nothing is read from the socket although it [would be](Self::wants_input), because the host takes no events: what the
    /// server may have said meanwhile is not late. Whoever reads so calls this instead, before
    /// [`handle_timeout`](Self::handle_timeout).
    pub fn hold_input(&mut self, now: Instant) {
        self.link.heard(now);
        let limits = &self.config.limits;
        let timers = &mut self.link.timers;
        for (timer, after) in [
            (Timer::Handshake, limits.handshake_timeout),
            (Timer::Answer, limits.answer_timeout),
        ] {
            if timers.is_set(timer) {
                timers.set(timer, now, after);
            }
        }
    }

    pub(super) fn expired(&mut self, timer: Timer, now: Instant) -> Result<(), Error> {
        let limits = &self.config.limits;
        if !self.wants_input() {
            // Its silence is not the server's doing.
            self.link.heard(now);
        }
        match timer {
            Timer::Handshake | Timer::Answer => return Err(Error::TimedOut(timer)),
            // Pings are the server's to send (RTMP 1.0 §7.1.7). FFmpeg, librtmp and OBS send none, there are servers that
            // answer none, and many say nothing for as long as they take a stream. One that takes what is published is
            // there, and of one that does not, the stall will tell.
            Timer::Ping | Timer::PingResponse if self.streams.publishes() => {
                self.link.timers.set(Timer::Ping, now, limits.ping_interval);
            }
            Timer::Ping => self.link.expired_ping(limits, now),
            Timer::PingResponse => {
                if self.link.expired_ping_response(limits) {
                    return Err(Error::TimedOut(timer));
                }
            }
            Timer::Stall => return self.link.expired_stall(),
            // A server's.
            Timer::Connect | Timer::Idle | Timer::Publisher | Timer::Reconnect | Timer::Lag => {}
        }
        Ok(())
    }
}
