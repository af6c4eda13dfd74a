//! IVF: frames of VP8 and VP9, each with its size and time.

use std::io::{self, Write};

/// Bytes of the head of a file.
const HEADER_LEN: u16 = 32;
/// Ticks per second of the frames' times.
const TICKS: u32 = 1000;

/// The head of a file, in front of any frame. The number of frames is left 0: nobody who reads it needs it.
pub(super) fn write_header(out: &mut impl Write, fourcc: [u8; 4], width: u16, height: u16) -> io::Result<()> {
    out.write_all(b"DKIF")?;
    out.write_all(&0_u16.to_le_bytes())?;
    out.write_all(&HEADER_LEN.to_le_bytes())?;
    out.write_all(&fourcc)?;
    out.write_all(&width.to_le_bytes())?;
    out.write_all(&height.to_le_bytes())?;
    out.write_all(&TICKS.to_le_bytes())?;
    out.write_all(&1_u32.to_le_bytes())?;
    // The number of frames, and four bytes without use.
    out.write_all(&[0; 8])
}

/// A frame to be shown at `millis`.
pub(super) fn write_frame(out: &mut impl Write, millis: u64, frame: &[u8]) -> io::Result<()> {
    let len = u32::try_from(frame.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    out.write_all(&len.to_le_bytes())?;
    out.write_all(&millis.to_le_bytes())?;
    out.write_all(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_head_and_frames_with_size_and_time() {
        let mut out = Vec::new();
        write_header(&mut out, *b"VP90", 320, 180).unwrap();
        write_frame(&mut out, 40, &[0x82, 0x49]).unwrap();
        let expected = [
            &b"DKIF\x00\x00\x20\x00VP90"[..], // version 0, a head of 32 bytes
            &[0x40, 0x01, 0xB4, 0x00],        // 320x180
            &[0xE8, 0x03, 0, 0, 1, 0, 0, 0],  // 1000 ticks per 1 second
            &[0; 8],
            &[2, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0x82, 0x49],
        ];
        assert_eq!(out, expected.concat());
    }
}
