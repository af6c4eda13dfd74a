//! What a legacy header says of the sound.

/// `SoundRate`, `SoundSize` and `SoundType` of a legacy header (FLV 10.1 §E.4.2.1).
///
/// They hold for PCM, ADPCM and MP3. AAC says the truth in its configuration, Nellymoser and Speex in their
/// format, and G.711 has 8000 Hz whatever is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundFlags(u8);

impl SoundFlags {
    /// What AAC is always marked with: 44100 Hz, 16 bits, stereo.
    pub const AAC: Self = Self(0x0F);

    /// The flags for sound of so many samples per second, bits per sample and channels: the highest of the four
    /// rates that is not above `rate`, 16 bits for more than 8, stereo for more than one channel.
    pub const fn new(rate: u32, bits: u8, channels: u8) -> Self {
        let rate = match rate {
            44_100.. => 3,
            22_050.. => 2,
            11_025.. => 1,
            0.. => 0,
        };
        Self(rate << 2 | ((bits > 8) as u8) << 1 | (channels > 1) as u8)
    }

    /// The flags in the lower four bits of a header's first byte.
    pub(in crate::media) const fn of_nibble(nibble: u8) -> Self {
        Self(nibble & 0x0F)
    }

    pub(super) const fn nibble(self) -> u8 {
        self.0
    }

    /// Samples per second. MP3 of 48000 Hz is marked as 44100.
    pub const fn rate(self) -> u32 {
        match self.0 >> 2 & 3 {
            0 => 5512,
            1 => 11_025,
            2 => 22_050,
            _ => 44_100,
        }
    }

    /// Bits per sample: 8 or 16.
    pub const fn bits(self) -> u8 {
        if self.0 & 2 == 0 { 8 } else { 16 }
    }

    /// Channels: 1 or 2.
    pub const fn channels(self) -> u8 {
        if self.0 & 1 == 0 { 1 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_marked_with_what_comes_near_it() {
        let facts = |flags: SoundFlags| (flags.rate(), flags.bits(), flags.channels());
        assert_eq!(SoundFlags::new(44_100, 16, 2), SoundFlags::AAC);
        assert_eq!(SoundFlags::new(48_000, 24, 6), SoundFlags::AAC);
        assert_eq!(facts(SoundFlags::new(22_050, 8, 1)), (22_050, 8, 1));
        assert_eq!(facts(SoundFlags::new(16_000, 16, 1)), (11_025, 16, 1));
        assert_eq!(facts(SoundFlags::new(8000, 16, 1)), (5512, 16, 1));
    }
}
