//! The names of codecs in Enhanced RTMP.

use std::fmt;

/// Four ASCII characters that name a codec (Enhanced RTMP v2, "FOURCC"). Case matters.
///
/// In `onMetaData` the same four bytes appear as a number: see [`FourCc::as_u32`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FourCc([u8; 4]);

impl FourCc {
    /// VP8.
    pub const VP08: Self = Self(*b"vp08");
    /// VP9.
    pub const VP09: Self = Self(*b"vp09");
    /// AV1.
    pub const AV01: Self = Self(*b"av01");
    /// AVC (H.264).
    pub const AVC1: Self = Self(*b"avc1");
    /// HEVC (H.265).
    pub const HVC1: Self = Self(*b"hvc1");
    /// VVC (H.266).
    pub const VVC1: Self = Self(*b"vvc1");
    /// AC-3.
    pub const AC_3: Self = Self(*b"ac-3");
    /// E-AC-3.
    pub const EC_3: Self = Self(*b"ec-3");
    /// Opus.
    pub const OPUS: Self = Self(*b"Opus");
    /// MP3.
    pub const MP3: Self = Self(*b".mp3");
    /// FLAC.
    pub const FLAC: Self = Self(*b"fLaC");
    /// AAC.
    pub const MP4A: Self = Self(*b"mp4a");

    /// The code of these four bytes, in reading order.
    pub const fn new(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes, in reading order.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    /// The number that `videocodecid` and `audiocodecid` in `onMetaData` carry: 1752589105 for `hvc1`.
    pub const fn as_u32(self) -> u32 {
        u32::from_be_bytes(self.0)
    }
}

impl From<u32> for FourCc {
    fn from(number: u32) -> Self {
        Self(number.to_be_bytes())
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FourCc({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fourcc_is_a_number_in_metadata() {
        assert_eq!(FourCc::HVC1.as_u32(), 1_752_589_105);
        assert_eq!(FourCc::from(1_332_770_163), FourCc::OPUS);
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_escaped() {
        assert_eq!(FourCc::AC_3.to_string(), "ac-3");
        assert_eq!(FourCc::new([b'a', 0, 0xFF, b'z']).to_string(), "a\\x00\\xffz");
    }
}
