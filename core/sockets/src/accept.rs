//! Accepting, also in bad times.

use std::fs::File;
use std::io;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The most connections to be closed in a row while a [`Spare`] is given up.
pub const TURN_AWAY_MAX: usize = 64;

/// Whether accepting failed for one connection only: it was gone before it was accepted; or Linux hands on an error of the
/// network here (accept(2)). The next one may be accepted at once.
pub fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown, NetworkUnreachable,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionReset
            | Interrupted
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
    ) || is_of_its_network(error)
}

/// What accept(2) lists besides, and the standard library has no kind for.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_of_its_network(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [
        Errno::HOSTDOWN,
        Errno::NONET,
        Errno::NOPROTOOPT,
        Errno::OPNOTSUPP,
        Errno::PROTO,
    ]
    .iter()
    .any(|one| error.raw_os_error() == Some(one.raw_os_error()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_of_its_network(_: &io::Error) -> bool {
    false
}

/// A descriptor kept for the day when there is none left: given up for a moment, it lets connections be accepted
/// and closed, so that their peers know, instead of waiting in the backlog.
#[derive(Debug)]
pub struct Spare(Option<File>);

impl Spare {
    /// Takes a descriptor, if there is one.
    pub fn take() -> Self {
        Self(File::open(if cfg!(windows) { "NUL" } else { "/dev/null" }).ok())
    }

    /// Gives it up while `turn_away` accepts and closes, at most [`TURN_AWAY_MAX`] times.
    pub fn give_up_for(&mut self, turn_away: impl FnOnce()) {
        self.0 = None;
        turn_away();
        *self = Self::take();
    }
}

/// How long to wait before accepting again after it has failed: longer each time, and never more than a second.
#[derive(Debug)]
pub struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(FIRST_PAUSE)
    }
}

impl Pause {
    /// The pause after one more failure.
    pub fn lengthen(&mut self) -> Duration {
        let pause = self.0;
        self.0 = LONGEST_PAUSE.min(pause * 2);
        pause
    }

    /// It works again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_of_one_connection_is_passed_over_without_a_pause() {
        assert!(is_of_one_connection(&io::ErrorKind::ConnectionAborted.into()));
        #[cfg(target_os = "linux")]
        assert!(is_of_one_connection(&io::Error::from_raw_os_error(
            rustix::io::Errno::PROTO.raw_os_error()
        )));
        #[cfg(unix)]
        assert!(!is_of_one_connection(&io::Error::from_raw_os_error(
            rustix::io::Errno::MFILE.raw_os_error()
        )));
    }

    #[test]
    fn pauses_double_up_to_a_second_and_begin_anew_once_it_works() {
        let mut pause = Pause::default();
        let pauses: Vec<_> = (0..9).map(|_| pause.lengthen().as_millis()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        pause.reset();
        assert_eq!(pause.lengthen(), FIRST_PAUSE);
    }
}
