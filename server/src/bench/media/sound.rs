//! Silence that decoders decode (ISO/IEC 14496-3 §4.4.2): data stream elements, of which the first has the mark, and a
//! pair of channels without anything in it.

use super::mark::Mark;

/// Behind the tag header and the first element's.
pub(super) const MARK_AT: usize = TAG_HEADER.len() + 2;

/// AAC, a raw frame.
const TAG_HEADER: [u8; 2] = [0xAF, 0x01];

/// channel_pair_element 0, common_window; ics_info: long window, max_sfb 0; no mid/side; twice: global_gain 140, no
/// pulses, no noise shaping, no gain control; ID_END.
pub(super) const SILENCE: [u8; 6] = [0x21, 0x10, 0x04, 0x60, 0x8C, 0x1C];

/// The most of one element: its header and 254 bytes. 255 would mean that another byte of length follows.
const MAX_ELEMENT: usize = 2 + 254;

/// The shortest message.
pub(super) const MIN_LEN: usize = MARK_AT + Mark::LEN + SILENCE.len();

/// Writes a whole message, of [`MIN_LEN`] bytes or more, with nothing in the mark's place.
pub(super) fn write(len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&TAG_HEADER);
    let mut left = len.saturating_sub(TAG_HEADER.len() + SILENCE.len());
    while left > 0 {
        let mut element = left.min(MAX_ELEMENT);
        // A header has two bytes: one alone can't be left.
        if left - element == 1 {
            element -= 1;
        }
        let data = element.saturating_sub(2);
        // data_stream_element 0, aligned; its length
        out.extend_from_slice(&[0x81, data as u8]);
        out.resize(out.len() + data, 0xFF);
        left -= element;
    }
    out.extend_from_slice(&SILENCE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_fill_every_length() {
        for len in MIN_LEN..1200 {
            let mut message = Vec::new();
            write(len, &mut message);
            assert_eq!(message.len(), len);
            // From element to element up to the silence.
            let mut rest = &message[2..];
            while rest != SILENCE {
                assert_eq!(rest[0], 0x81, "length {len}");
                assert!(rest[1] < 255);
                rest = &rest[2 + usize::from(rest[1])..];
            }
            assert!(
                usize::from(message[3]) >= Mark::LEN,
                "the mark is in the first, length {len}"
            );
        }
    }
}
