//! The loop that accepts connections. Nothing ends it but the server's own end.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::admission::admit;
use crate::listen::{Accepted, Listener};
use crate::observer::{Full, Trouble};
use crate::peer::PeerAddr;
use crate::shared::Shared;

/// The pause after a failure; it doubles with each one that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One kind of trouble is told no more often.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Connections closed in a row when there are no descriptors left for them.
const TURN_AWAY_MAX: usize = 64;

/// What the kernel queues of bytes that are not yet on their way. More would only make a slow player's delay
/// longer before it is noticed, and hold the memory of all of them.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_IN_KERNEL: u32 = 128 << 10;

pub(crate) async fn accept(listener: Listener, shared: Arc<Shared>) {
    let mut spare = Spare::take();
    let mut pause = FIRST_PAUSE;
    let mut trouble = Herald::default();
    let mut full = Herald::default();
    loop {
        match poll_fn(|cx| listener.poll_accept(cx)).await {
            Ok((socket, address)) => {
                pause = FIRST_PAUSE;
                if let Err(limit) = start(socket, address, &shared)
                    && let Some(times) = full.announce()
                {
                    shared.observer.on_trouble(&Trouble::Full {
                        address,
                        limit,
                        times,
                    });
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                spare.turn_away(&listener).await;
                if trouble.announce().is_some() {
                    shared.observer.on_trouble(&Trouble::Accept { error });
                }
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

fn start(socket: Accepted, address: PeerAddr, shared: &Arc<Shared>) -> Result<(), Full> {
    match socket {
        Accepted::Tcp(socket) => {
            prepare(&socket);
            tokio::spawn(admit(shared, socket, acknowledge_now, address)?);
        }
        #[cfg(unix)]
        Accepted::Unix(socket) => {
            tokio::spawn(admit(shared, socket, |_| (), address)?);
        }
    }
    Ok(())
}

/// Sets what makes a stream's delay short. A socket that refuses, because its peer has gone, says so when it is read.
fn prepare(socket: &TcpStream) {
    let _ = socket.set_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT_IN_KERNEL);
}

/// Sends the acknowledgement that the system would put off for 40 ms, in case that an answer goes the same way.
///
/// FFmpeg writes the head of a message and its body apart, and its system holds the body back until the head is
/// acknowledged (Nagle's algorithm): that is 40 ms for each step from `connect` to `publish`.
fn acknowledge_now(socket: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(socket).set_tcp_quickack(true);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = socket;
}

/// The connection was gone before it was accepted; or a network's error that Linux hands on here (accept(2)).
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable,
    };
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted | HostUnreachable | NetworkUnreachable
    )
}

/// A descriptor kept for the day when there is none left: given up for a moment, it lets connections be accepted
/// and closed, so that their peers know, instead of waiting in the backlog.
struct Spare(Option<std::fs::File>);

impl Spare {
    fn take() -> Self {
        Self(std::fs::File::open(if cfg!(windows) { "NUL" } else { "/dev/null" }).ok())
    }

    async fn turn_away(&mut self, listener: &Listener) {
        self.0 = None;
        poll_fn(|cx| {
            for _ in 0..TURN_AWAY_MAX {
                if !matches!(listener.poll_accept(cx), Poll::Ready(Ok(_))) {
                    break;
                }
            }
            Poll::Ready(())
        })
        .await;
        *self = Self::take();
    }
}

/// Tells of something that happens often: at once, and then once a minute.
#[derive(Debug, Default)]
struct Herald {
    told: Option<Instant>,
    untold: u64,
}

impl Herald {
    /// Counts one more; how many there were, if now is the time to tell.
    fn announce(&mut self) -> Option<u64> {
        self.untold += 1;
        let now = Instant::now();
        if self.told.is_some_and(|told| now < told + TELL_EVERY) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn trouble_is_told_at_once_and_then_once_a_minute() {
        let mut herald = Herald::default();
        assert_eq!(herald.announce(), Some(1));
        assert_eq!(herald.announce(), None);
        assert_eq!(herald.announce(), None);
        tokio::time::advance(TELL_EVERY).await;
        assert_eq!(herald.announce(), Some(3));
    }

    #[test]
    fn only_an_error_of_one_connection_is_passed_over_without_a_pause() {
        assert!(is_of_one_connection(&io::ErrorKind::ConnectionAborted.into()));
        #[cfg(unix)]
        assert!(!is_of_one_connection(&io::Error::from_raw_os_error(
            rustix::io::Errno::MFILE.raw_os_error()
        )));
    }
}
