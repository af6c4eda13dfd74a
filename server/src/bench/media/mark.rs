//! What each message says of itself.
//!
//! Numbers are written seven bits to a byte, with the top bit set, so that no start code (ITU-T H.264 §B.1) can arise: a
//! server that rewrites the NAL units passes the mark on.

/// Which message it is, and when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Mark {
    /// The clock of [`sent_ns`](Self::sent_ns): see [`clock::id`](crate::bench::clock::id).
    pub(in crate::bench) clock: u32,
    /// The run of the publisher: another one counts anew.
    pub(in crate::bench) run: u32,
    /// The stream's number.
    pub(in crate::bench) stream: u32,
    /// The message's number within its track.
    pub(in crate::bench) counter: u32,
    /// When it was written to the socket.
    pub(in crate::bench) sent_ns: u64,
}

/// What a message holds in the mark's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) enum Found {
    /// A mark, and the message is whole.
    Whole(Mark),
    /// A mark, and bytes that are not those that were sent.
    Damaged,
    /// No mark: somebody else's stream.
    Nothing,
}

const MAGIC: &[u8; 4] = b"rtmp";
/// Bytes of a number of 32 and of 64 bits.
const WORD: usize = 5;
const LONG: usize = 10;
/// Where the checksum is. It is over all the rest of the message.
const CHECKSUM: usize = MAGIC.len() + 4 * WORD + LONG;

impl Mark {
    pub(in crate::bench) const LEN: usize = CHECKSUM + WORD;

    /// Writes it to its place in a message, whose other bytes are final. A message that is too short for it stays as it
    /// is.
    pub(super) fn write(&self, message: &mut [u8], at: usize) {
        let Some(mark) = message.get_mut(at..at + Self::LEN) else {
            return;
        };
        let words = [self.clock, self.run, self.stream, self.counter].map(u64::from);
        let (magic, mut rest) = mark.split_at_mut(MAGIC.len());
        magic.copy_from_slice(MAGIC);
        for (number, len) in words
            .into_iter()
            .map(|word| (word, WORD))
            .chain([(self.sent_ns, LONG)])
        {
            let (field, behind) = rest.split_at_mut(len);
            put(number, field);
            rest = behind;
        }
        let checksum = checksum(message, at);
        if let Some(field) = message.get_mut(at + CHECKSUM..at + Self::LEN) {
            put(u64::from(checksum), field);
        }
    }

    /// Reads it from its place in a message.
    pub(in crate::bench) fn find(message: &[u8], at: usize) -> Found {
        let Some(fields) = message
            .get(at..at + Self::LEN)
            .and_then(|mark| mark.strip_prefix(MAGIC))
        else {
            return Found::Nothing;
        };
        let (words, rest) = fields.split_at(4 * WORD);
        let (sent, sum) = rest.split_at(LONG);
        let mut words = words.chunks(WORD).map(word);
        let mut next = || words.next().unwrap_or_default();
        let mark = Self {
            clock: next(),
            run: next(),
            stream: next(),
            counter: next(),
            sent_ns: take(sent),
        };
        if word(sum) == checksum(message, at) {
            Found::Whole(mark)
        } else {
            Found::Damaged
        }
    }
}

/// CRC-32C of a message but for the checksum's own field.
fn checksum(message: &[u8], at: usize) -> u32 {
    let before = message.get(..at + CHECKSUM).unwrap_or_default();
    let behind = message.get(at + Mark::LEN..).unwrap_or_default();
    crc32c::crc32c_append(crc32c::crc32c(before), behind)
}

fn put(mut number: u64, field: &mut [u8]) {
    for byte in field {
        *byte = 0x80 | (number & 0x7F) as u8;
        number >>= 7;
    }
}

fn take(field: &[u8]) -> u64 {
    field
        .iter()
        .rev()
        .fold(0, |number, byte| number << 7 | u64::from(byte & 0x7F))
}

fn word(field: &[u8]) -> u32 {
    (take(field) & 0xFFFF_FFFF) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARK: Mark = Mark {
        clock: 1,
        run: 2,
        stream: 3,
        counter: 0xFFFF_FFFF,
        sent_ns: u64::MAX,
    };

    fn message(len: usize) -> Vec<u8> {
        let mut message = vec![0x55; len];
        MARK.write(&mut message, 2);
        message
    }

    #[test]
    fn a_whole_message_gives_its_mark_back() {
        for len in [2 + Mark::LEN, 500] {
            assert_eq!(Mark::find(&message(len), 2), Found::Whole(MARK));
        }
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let whole = message(60);
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x04;
            assert_ne!(Mark::find(&damaged, 2), Found::Whole(MARK), "byte {place}");
        }
    }

    #[test]
    fn a_message_that_is_too_short_has_none() {
        let short = vec![0x55; 2 + Mark::LEN - 1];
        let mut written = short.clone();
        MARK.write(&mut written, 2);
        assert_eq!(written, short);
        assert_eq!(Mark::find(&short, 2), Found::Nothing);
        assert_eq!(Mark::find(&[], 2), Found::Nothing);
    }

    proptest! {
        #[test]
        fn numbers_come_back_and_never_look_like_a_start_code(number in any::<u64>()) {
            let mut field = [0; LONG];
            put(number, &mut field);
            prop_assert_eq!(take(&field), number);
            prop_assert!(field.iter().all(|byte| byte & 0x80 != 0));
        }

        #[test]
        fn any_bytes_can_be_looked_at(message in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(!matches!(Mark::find(&message, 10), Found::Whole(_)));
        }
    }
}
