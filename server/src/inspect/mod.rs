//! Reads recorded RTMP: a capture by tcpdump or Wireshark goes in, and what the peers said to each other comes
//! out, as a [`Transcript`] to be read or as [`Facts`] to be compared. A recorded stream, an FLV file, becomes a
//! [`FlvReport`] or [`FlvFacts`].
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
//! session_media        its audio and video
//! amf, control, media  what messages say
//! track                what a stream's tracks are, and what is wrong with them
//! finding, place       that in words, and where
//! probe                tracks as FFmpeg sees them
//! flv                  a file instead of a capture
//! live                 a stream from a server
//! transcript, fold, track_text, flv_text    for people, by the conventions of `text`
//! facts, media_facts, track_facts, flv_facts    for programs
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
mod finding;
mod flv;
mod flv_facts;
mod flv_text;
mod fold;
mod handshake;
mod live;
mod media;
mod media_facts;
mod oddity;
mod place;
mod probe;
mod resync;
mod segment;
mod session;
mod session_media;
mod side;
mod stream;
mod text;
mod track;
mod track_facts;
mod track_text;
mod transcript;

use std::io::{self, Read};

pub use capture::{CaptureError, End, LinkType};
pub use connection::{Closing, Connection, Direction, Leftovers};
pub use facts::{ConnectionFacts, Facts};
pub use flv::Flv;
pub(crate) use flv::{Damages, FlvPart, LeftOut, SIGNATURE, read_flv};
pub use flv_facts::FlvFacts;
pub use flv_text::FlvReport;
pub use handshake::{Handshake, Hello, Protocol};
pub(crate) use live::{Live, LiveReader, object_json};
pub(crate) use media::{audio_codec, video_codec};
pub use oddity::{Odd, Oddity};
pub use session::Session;
pub(crate) use session::{media_message, media_parts};
pub use side::{Recorded, Side};
pub use stream::{Gap, Stream};
pub(crate) use text::{FAINT, TITLE, WRONG};
pub use transcript::Transcript;

/// What a file holds that somebody recorded.
#[derive(Debug)]
pub enum Recording {
    /// Sessions: a capture.
    Capture(Inspection),
    /// A stream: an FLV file.
    Flv(Box<Flv>),
}

impl Recording {
    /// Reads a file of either kind, told by its first bytes.
    ///
    /// # Errors
    ///
    /// If `source` is neither, or cannot be read. What is cut short or damaged is read as far as that can be done.
    pub fn read(mut source: impl Read + Send) -> Result<Self, CaptureError> {
        let mut front = Vec::new();
        let len = SIGNATURE.len() as u64;
        let failed = |error: io::Error| CaptureError::Io(error.kind());
        source
            .by_ref()
            .take(len)
            .read_to_end(&mut front)
            .map_err(failed)?;
        let is_flv = front == SIGNATURE;
        let source = Rejoined {
            front: &front,
            source,
        };
        if is_flv {
            let flv = Flv::read(source).map_err(failed)?;
            Ok(Self::Flv(Box::new(flv)))
        } else {
            Inspection::read(source).map(Self::Capture)
        }
    }

    /// What kept parts of the file from being read, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        match self {
            Self::Capture(inspection) => inspection.warnings(),
            Self::Flv(flv) => flv.warnings(),
        }
    }

    /// Whether the file is neither cut short nor damaged.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Capture(inspection) => inspection.end == End::Clean,
            Self::Flv(flv) => flv.is_whole(),
        }
    }
}

/// A source whose first bytes have been looked at. It gives them together with what follows: the reader of captures
/// wants the whole of a header at once.
struct Rejoined<'a, R> {
    front: &'a [u8],
    source: R,
}

impl<R: Read> Read for Rejoined<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.front.read(buffer)?;
        match self.source.read(buffer.get_mut(len..).unwrap_or_default()) {
            Ok(more) => Ok(len + more),
            // It comes again when there is nothing else to be given.
            Err(_) if len > 0 => Ok(len),
            Err(error) => Err(error),
        }
    }
}

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
