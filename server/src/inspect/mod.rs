//! Reads recorded RTMP: a capture by tcpdump or Wireshark goes in, and what the peers said to each other comes
//! out, as a [`Transcript`] to be read or as [`Facts`] to be compared.
//!
//! ```text
//! capture              frames of a pcap or pcapng file
//! segment              TCP segments in frames
//! stream               one direction of a TCP connection, put together
//! connection           both directions, and who is who
//! handshake            how a session opens
//! side, chunk_reader   chunks and messages of one direction
//! resync, chain        where they go on behind a gap
//! oddity               what is odd about them
//! session              all of it
//! amf, control, media  what messages say
//! transcript, fold     for people, by the conventions of `text`
//! facts, media_facts   for programs
//! ```
//!
//! It reads on where a server would have good reason to hang up, and where the recording has gaps. It guesses
//! nothing in silence: what is missing, malformed or passed over is named, with its place.

mod amf;
mod capture;
mod chain;
mod chunk_reader;
mod connection;
mod control;
mod facts;
mod fold;
mod handshake;
mod media;
mod media_facts;
mod oddity;
mod resync;
mod segment;
mod session;
mod side;
mod stream;
mod text;
mod transcript;

use std::io::Read;

pub use capture::{CaptureError, End, LinkType};
pub use connection::{Closing, Connection, Direction, Leftovers};
pub use facts::{ConnectionFacts, Facts};
pub use handshake::{Handshake, Hello, Protocol};
pub use oddity::{Odd, Oddity};
pub use session::Session;
pub use side::{Recorded, Side};
pub use stream::{Gap, Stream};
pub use transcript::Transcript;

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
        Ok(Self {
            sessions,
            leftovers,
            end,
        })
    }

    /// What kept parts of the file from being read, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        match self.end {
            End::Clean => {}
            End::Truncated => warnings.push("the file ends in the middle of a record".into()),
            End::Malformed(at) => {
                warnings.push(format!(
                    "the file is damaged at byte {at}; nothing behind it was read"
                ));
            }
        }
        if self.leftovers.fragments > 0 {
            warnings.push(format!("{} IP fragments were left out", self.leftovers.fragments));
        }
        if self.leftovers.headers_cut > 0 {
            warnings.push(format!(
                "{} packets were cut by the snap length before their TCP header's end",
                self.leftovers.headers_cut
            ));
        }
        for (link, frames) in &self.leftovers.unknown_links {
            warnings.push(format!("{frames} frames of {link} cannot be read"));
        }
        warnings
    }
}
