//! The first value of a data message: the name of its handler.
//!
//! Data messages are forwarded as bytes, so this reads one string and no more.

#![deny(clippy::arithmetic_side_effects)]

use crate::wire::Reader;

/// The handler of metadata.
pub(crate) const ON_META_DATA: &[u8] = b"onMetaData";
/// Tells the server to keep what follows, and to show it to each new player under the next name.
pub(crate) const SET_DATA_FRAME: &[u8] = b"@setDataFrame";
/// Tells the server to forget what it keeps under the next name.
pub(crate) const CLEAR_DATA_FRAME: &[u8] = b"@clearDataFrame";

/// The string at the front of `payload` (AMF 0 §2.4, §2.14), and what follows it. `None` if there is none.
pub(crate) fn handler(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut r = Reader::new(payload);
    let len = match r.u8().ok()? {
        0x02 => usize::from(r.u16().ok()?),
        0x0C => r.u32().ok()? as usize,
        _ => return None,
    };
    let name = r.bytes(len).ok()?;
    Some((name, r.rest()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_may_be_a_string_or_a_long_string() {
        assert_eq!(handler(b"\x02\x00\x04onFI\x05"), Some((&b"onFI"[..], &[5][..])));
        assert_eq!(
            handler(b"\x0C\x00\x00\x00\x04onFI"),
            Some((&b"onFI"[..], &[][..]))
        );
    }

    #[test]
    fn what_is_no_string_or_is_cut_short_has_no_name() {
        assert_eq!(handler(&[]), None);
        assert_eq!(handler(&[0x00, 0x00, 0x12, 0x34]), None);
        assert_eq!(handler(b"\x02\x00\x05onFI"), None);
    }
}
