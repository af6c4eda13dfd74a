//! `rtmp inspect`.

mod amf;
mod capture;
mod connection;
mod control;
mod facts;
mod handshake;
mod media;
mod media_facts;
mod segment;
mod session;
mod side;
mod stream;

use std::io::Read;

pub use capture::{CaptureError, End, LinkType};
pub use connection::{Closing, Connection, Direction, Leftovers};
pub use facts::{ConnectionFacts, Facts};
pub use handshake::{Handshake, Hello, Protocol};
pub use session::Session;
pub use side::{Odd, Oddity, Recorded, Side};
pub use stream::{Gap, Stream};

/// All that a capture holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// One session for each TCP connection, in the order of their first segments.
    pub sessions: Vec<Session>,
    /// Frames that could not be used.
    pub leftovers: Leftovers,
    /// How the file ended.
    pub end: End,
}

impl Inspection {
    /// Reads a capture file.
    ///
    /// # Errors
    ///
    /// If `source` is no capture, or cannot be read. A file that is cut short or damaged is read up to there.
    pub fn read(source: impl Read + Send) -> Result<Self, CaptureError> {
        let (connections, leftovers, end) = connection::read(source)?;
        let sessions = connections.into_iter().map(Session::read).collect();
        Ok(Self { sessions, leftovers, end })
    }
}
