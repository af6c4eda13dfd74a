//! `floor fanout`.

use std::io;
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use crate::pace::{MAX_LEN, Pace};
use crate::{Count, send};

/// Sends each message, or every few, to all players when it is due.
pub(crate) struct Fanout {
    pub(crate) pace: Pace,
    pub(crate) per_send: usize,
    pub(crate) outs: Vec<TcpStream>,
}

impl Fanout {
    pub(crate) fn run(&mut self, until: Instant) -> io::Result<Count> {
        let filler = vec![0x55; MAX_LEN * self.per_send];
        let mut count = Count::default();
        loop {
            let messages = self.pace.by_ref().take(self.per_send);
            let (due, len) = messages.fold((until, 0), |(_, sum), message| (message.due, sum + message.len));
            if due >= until {
                return Ok(count);
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            for out in &mut self.outs {
                send(out, &filler[..len], &mut count)?;
            }
            count.messages += (self.per_send * self.outs.len()) as u64;
        }
    }
}
