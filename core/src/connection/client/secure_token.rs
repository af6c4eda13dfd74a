//! SecureToken, by which Wowza's servers ask whether a player knows a key. No document says how; this is what librtmp does.
//!
//! The answer to `connect` has a `secureToken`: hexadecimal digits of a text that is enciphered with XXTEA (D. Wheeler,
//! R. Needham: "Correction to xtea", 1998) under the key. The player sends the text back by `secureTokenResponse`. It keeps
//! out who has not taken the key out of some other player, no more.

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;

/// Digits of a question. Real ones have 32.
const MAX_LEN: usize = 512;

const DELTA: u32 = 0x9E37_79B9;

/// The key of a server's SecureToken: librtmp's option `token`. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecureToken(String);

impl SecureToken {
    /// With this key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The text behind a question. `None` if it is none, or is not text under this key.
    pub(super) fn answer(&self, question: &str) -> Option<String> {
        if question.len() > MAX_LEN {
            return None;
        }
        let (words, []) = question.as_bytes().as_chunks::<8>() else {
            return None;
        };
        let mut words = words.iter().map(word).collect::<Option<Vec<u32>>>()?;
        decipher(&mut words, key_words(&self.0))?;
        String::from_utf8(words.into_iter().flat_map(u32::to_le_bytes).collect()).ok()
    }
}

impl fmt::Debug for SecureToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecureToken(..)")
    }
}

/// Four bytes in hexadecimal, the lowest first.
fn word(digits: &[u8; 8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let word = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some(word.swap_bytes())
}

/// The first 16 bytes of a key; of a shorter one the rest are zeros.
fn key_words(key: &str) -> [u32; 4] {
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(key.bytes())
        .for_each(|(to, from)| *to = from);
    let (words, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|n| words.get(n).map_or(0, |word| u32::from_le_bytes(*word)))
}

/// Takes XXTEA off two words or more; `None` of fewer.
fn decipher(words: &mut [u32], key: [u32; 4]) -> Option<()> {
    let last = words.len().checked_sub(1).filter(|&last| last > 0)?;
    let rounds = 52_usize.checked_div(words.len())?.saturating_add(6);
    let mut sum = DELTA.wrapping_mul(u32::try_from(rounds).ok()?);
    let mut next = *words.first()?;
    while sum != 0 {
        for index in (0..=last).rev() {
            let before = *words.get(index.checked_sub(1).unwrap_or(last))?;
            let key = key.get((index & 3) ^ (sum >> 2 & 3) as usize)?;
            let mixed = ((before >> 5) ^ (next << 2)).wrapping_add((next >> 3) ^ (before << 4))
                ^ (sum ^ next).wrapping_add(key ^ before);
            let word = words.get_mut(index)?;
            *word = word.wrapping_sub(mixed);
            next = *word;
        }
        sum = sum.wrapping_sub(DELTA);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &str = "6daf3becf90054b0c9f1c7cb84e59925";

    /// To which rtmpdump 2.4 with `--token "secret key"` gives the same answer.
    #[test]
    fn the_answer_is_that_of_librtmp() {
        let answer = SecureToken::new("secret key").answer(QUESTION);
        assert_eq!(answer.as_deref(), Some("a1b2c3d4e5f6g7h8"));
    }

    #[test]
    fn what_is_no_question_or_another_keys_is_not_answered() {
        let token = SecureToken::new("another");
        let long = "0".repeat(MAX_LEN + 8);
        for question in [
            "",
            "0123abcd",
            "0123abcd0123abc",
            "+123abcd0123abcd",
            QUESTION,
            &long,
        ] {
            assert_eq!(token.answer(question), None, "{question}");
        }
    }

    #[test]
    fn only_16_bytes_of_a_key_count() {
        let answer = SecureToken::new("sixteen byte key, and more").answer("1e67ba1c5633ba54");
        assert_eq!(answer.as_deref(), Some("12345678"));
    }

    #[test]
    fn a_key_does_not_show_itself_in_logs() {
        assert_eq!(format!("{:?}", SecureToken::new("key")), "SecureToken(..)");
    }
}
