//! What happens when a deadline passes.

use std::time::Instant;

use crate::connection::client::ClientConnection;
use crate::connection::error::Error;
use crate::connection::timers::Timer;

impl ClientConnection {
    pub(super) fn expired(&mut self, timer: Timer, now: Instant) -> Result<(), Error> {
        let limits = &self.config.limits;
        if !self.wants_input() {
            // Its silence is not the server's doing.
            self.link.last_input = now;
        }
        match timer {
            Timer::Handshake | Timer::Answer => return Err(Error::TimedOut(timer)),
            Timer::Ping => self.link.expired_ping(limits, now),
            Timer::PingResponse => {
                if self.link.expired_ping_response(limits) {
                    // Pings are the server's (RTMP 1.0 §7.1.7): there are some that answer none. One that takes what is
                    // published is there, and of one that does not, the stall will tell.
                    if !self.streams.publishes() {
                        return Err(Error::TimedOut(timer));
                    }
                    self.link.timers.set(Timer::Ping, now, limits.ping_interval);
                }
            }
            Timer::Stall => return self.link.expired_stall(),
            // A server's.
            Timer::Connect | Timer::Idle | Timer::Publisher | Timer::Reconnect | Timer::Lag => {}
        }
        Ok(())
    }
}
