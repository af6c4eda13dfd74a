//! `floor ingest` and `floor relay`.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::Instant;

use mio::{Events, Interest, Poll, Token};

use crate::pace::MAX_LEN;
use crate::{Count, send};

/// Takes streams in, and hands each on if it has a player.
pub(crate) struct Relay {
    poll: Poll,
    events: Events,
    ins: Vec<mio::net::TcpStream>,
    outs: Vec<TcpStream>,
    buffer: Vec<u8>,
}

impl Relay {
    pub(crate) fn new(ins: Vec<TcpStream>, outs: Vec<TcpStream>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut ins: Vec<_> = ins.into_iter().map(mio::net::TcpStream::from_std).collect();
        for (number, socket) in ins.iter_mut().enumerate() {
            poll.registry()
                .register(socket, Token(number), Interest::READABLE)?;
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            ins,
            outs,
            buffer: vec![0; MAX_LEN],
        })
    }

    pub(crate) fn run(&mut self, until: Instant) -> io::Result<Count> {
        let mut count = Count::default();
        while Instant::now() < until {
            let timeout = until.saturating_duration_since(Instant::now());
            self.poll.poll(&mut self.events, Some(timeout))?;
            for event in &self.events {
                let number = event.token().0;
                // No read fills the buffer, which is longer than any message: the next bytes are the next event.
                let len = match self.ins[number].read(&mut self.buffer) {
                    Ok(len) => len,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                };
                count.calls += 1;
                match self.outs.get_mut(number) {
                    Some(out) => send(out, &self.buffer[..len], &mut count)?,
                    None => count.bytes += len as u64,
                }
            }
        }
        Ok(count)
    }
}
