//! A message in the spellings that its players read, each made once, and not before somebody asks.

use std::sync::OnceLock;

use crate::chunk::ChunkedMessage;
use crate::media::spelling::Reads;

/// What has been made of one message so far: a list, which grows at its end and is never changed. So it can be
/// lent to players and grow behind a shared reference. It has at most eight links, since a message's spelling
/// depends on three things at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Spellings(OnceLock<Box<Link>>);

#[derive(Clone, Debug)]
struct Link {
    /// What the readers read, of that which matters to the message.
    reads: Reads,
    message: Spelled,
    next: Spellings,
}

/// A message in one spelling.
#[derive(Clone, Debug)]
pub(super) enum Spelled {
    /// Its publisher's.
    AsPublished,
    /// Another one.
    Anew(ChunkedMessage),
    /// It has nothing for them.
    Dropped,
}

/// How many messages were encoded, and to how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

impl Spellings {
    /// What has been made for those who read so much of Enhanced RTMP; `make` makes it, if it is the first time.
    pub(super) fn find_or_make(&self, reads: Reads, mut make: impl FnMut() -> Spelled) -> &Spelled {
        let mut end = self;
        loop {
            let link = end.0.get_or_init(|| {
                Box::new(Link {
                    reads,
                    message: make(),
                    next: Self::default(),
                })
            });
            if link.reads == reads {
                return &link.message;
            }
            end = &link.next;
        }
    }

    /// Bytes of the messages encoded.
    pub(super) fn len(&self) -> u64 {
        let mut sum = 0;
        let mut end = self;
        while let Some(link) = end.0.get() {
            if let Spelled::Anew(message) = &link.message {
                sum += message.len() as u64;
            }
            end = &link.next;
        }
        sum
    }
}
