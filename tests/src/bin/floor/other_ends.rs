//! The second thread: publishers that write and players that throw away.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recv};

use crate::pace::{MAX_LEN, Pace};

/// The other ends: publishers and players.
pub(crate) struct Load {
    pub(crate) pace: Pace,
    pub(crate) sources: Vec<TcpStream>,
    pub(crate) sinks: Vec<TcpStream>,
}

/// What the two threads tell each other.
#[derive(Default)]
pub(crate) struct OtherEnds {
    pub(crate) written: AtomicU64,
    pub(crate) is_over: AtomicBool,
}

/// How often players throw away what came.
const DISCARD_EVERY: Duration = Duration::from_millis(20);

impl Load {
    pub(crate) fn run(mut self, shared: &OtherEnds) -> io::Result<()> {
        let filler = vec![0x55; MAX_LEN];
        let mut waste = vec![0; 4 << 20];
        let mut discard_at = Instant::now();
        let mut next = self.pace.next();
        while !shared.is_over.load(Ordering::Relaxed) {
            while let Some(message) = next.take_if(|message| message.due <= Instant::now()) {
                (&self.sources[message.stream]).write_all(&filler[..message.len])?;
                shared.written.fetch_add(1, Ordering::Relaxed);
                next = self.pace.next();
            }
            if discard_at <= Instant::now() {
                for sink in &self.sinks {
                    match recv(sink, &mut waste, RecvFlags::TRUNC | RecvFlags::DONTWAIT) {
                        Ok(_) | Err(rustix::io::Errno::AGAIN) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                discard_at += DISCARD_EVERY;
            }
            let wake_at = next
                .as_ref()
                .map_or(discard_at, |message| message.due.min(discard_at));
            thread::sleep(wake_at.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }
}

/// Connections over loopback: the other ends, which block, and the measured ones, which do not.
pub(crate) fn pairs(count: usize) -> io::Result<(Vec<TcpStream>, Vec<TcpStream>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut pairs = (Vec::new(), Vec::new());
    for _ in 0..count {
        let other = TcpStream::connect(address)?;
        let (measured, _) = listener.accept()?;
        measured.set_nonblocking(true)?;
        measured.set_nodelay(true)?;
        other.set_nodelay(true)?;
        pairs.0.push(other);
        pairs.1.push(measured);
    }
    Ok(pairs)
}
