//! The event loop that all connections share.

use std::io::{self, ErrorKind};
use std::time::Instant;

use mio::event::Source;
use mio::{Events, Interest, Poll, Token};

/// Waits for sockets, and for times.
#[derive(Debug)]
pub(super) struct Reactor {
    poll: Poll,
    events: Events,
    alarm: alarm::Alarm,
}

/// A socket that has something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    /// The connection's number.
    pub(super) number: usize,
    /// The server has closed it, or it has failed: there will be no further event.
    pub(super) is_closed: bool,
}

/// No connection has this number.
const ALARM: Token = Token(usize::MAX);

impl Reactor {
    pub(super) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        Ok(Self {
            alarm: alarm::Alarm::new(poll.registry())?,
            poll,
            events: Events::with_capacity(1024),
        })
    }

    /// From here on tells what a socket has, once for each time that it has something new.
    pub(super) fn add(&self, number: usize, socket: &mut impl Source) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket, Token(number), interest)
    }

    /// Tells nothing of a socket any more.
    pub(super) fn remove(&self, socket: &mut impl Source) -> io::Result<()> {
        self.poll.registry().deregister(socket)
    }

    /// Waits until `until`, or until there is something, and puts that into `ready`. A signal ends the wait, too.
    pub(super) fn wait(&mut self, until: Instant, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        let timeout = until.saturating_duration_since(Instant::now());
        self.alarm.set(until, timeout)?;
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        }
        let sockets = self.events.iter().filter(|event| event.token() != ALARM);
        ready.extend(sockets.map(|event| Ready {
            number: event.token().0,
            is_closed: event.is_read_closed() || event.is_error(),
        }));
        Ok(())
    }
}

/// Timeouts of `epoll_wait` are whole milliseconds, in which a hundred streams have seven messages due: written at once
/// they would cost the server less than messages of real publishers. A timer is exact.
#[cfg(target_os = "linux")]
mod alarm {
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::time::{Duration, Instant};

    use mio::unix::SourceFd;
    use mio::{Interest, Registry};
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    #[derive(Debug)]
    pub(super) struct Alarm {
        timer: OwnedFd,
        set: Option<Instant>,
    }

    impl Alarm {
        pub(super) fn new(registry: &Registry) -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            registry.register(
                &mut SourceFd(&timer.as_raw_fd()),
                super::ALARM,
                Interest::READABLE,
            )?;
            Ok(Self { timer, set: None })
        }

        /// Ends the wait at `until`, which is `left` from now.
        pub(super) fn set(&mut self, until: Instant, left: Duration) -> io::Result<()> {
            // Zero would switch the timer off, and needs none.
            if self.set == Some(until) || left.is_zero() {
                return Ok(());
            }
            let none = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            let left = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            };
            let once = Itimerspec {
                it_interval: none,
                it_value: left,
            };
            timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
            self.set = Some(until);
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod alarm {
    use std::io;
    use std::time::{Duration, Instant};

    #[derive(Debug)]
    pub(super) struct Alarm;

    impl Alarm {
        pub(super) fn new(_: &mio::Registry) -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) fn set(&mut self, _: Instant, _: Duration) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_waits_until_its_time_again_and_again() {
        let mut reactor = Reactor::new().unwrap();
        let mut ready = Vec::new();
        for micros in [300, 2500, 0, 700] {
            let until = Instant::now() + Duration::from_micros(micros);
            while Instant::now() < until {
                reactor.wait(until, &mut ready).unwrap();
            }
            assert_eq!(ready.len(), 0, "the timer is no socket");
        }
    }
}
