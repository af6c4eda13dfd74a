//! WAVE files of PCM and G.711.

use std::io::{self, Seek, SeekFrom, Write};

use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::config::identify_audio;
use rtmp_core::media::sample::Sample;

/// How samples are coded (RFC 2361).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum WaveFormat {
    /// `WAVE_FORMAT_PCM`: 8 bits unsigned, more signed and little-endian. As in FLV.
    Pcm = 1,
    /// `WAVE_FORMAT_ALAW`.
    ALaw = 6,
    /// `WAVE_FORMAT_MULAW`.
    MuLaw = 7,
}

/// What a file says of its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wave {
    pub(super) format: WaveFormat,
    pub(super) channels: u16,
    /// Samples per second.
    pub(super) rate: u32,
    /// Bits per sample: 8 or 16.
    pub(super) bits: u16,
}

/// Bytes from the start of the file to the samples.
const HEADER_LEN: u32 = 44;

impl Wave {
    /// What a file says whose first samples these are; `None` for a codec that is in no such file.
    pub(super) fn of(codec: AudioCodec, first: &Sample) -> Option<Self> {
        let format = match codec {
            AudioCodec::ALaw => WaveFormat::ALaw,
            AudioCodec::MuLaw => WaveFormat::MuLaw,
            AudioCodec::Pcm | AudioCodec::PcmLittleEndian => WaveFormat::Pcm,
            _ => return None,
        };
        let sound = first.form.and_then(|form| form.sound);
        let info = identify_audio(codec, sound, &first.raw())?;
        Some(Self {
            format,
            channels: info.channels.into(),
            rate: info.sample_rate,
            bits: info.bits_per_sample.unwrap_or(8).into(),
        })
    }

    /// The head of a file with so many bytes of samples behind it.
    fn write_header(self, out: &mut impl Write, len: u32) -> io::Result<()> {
        let block = self.channels * self.bits / 8;
        out.write_all(b"RIFF")?;
        out.write_all(&len.saturating_add(HEADER_LEN - 8).to_le_bytes())?;
        out.write_all(b"WAVEfmt ")?;
        out.write_all(&16_u32.to_le_bytes())?;
        out.write_all(&(self.format as u16).to_le_bytes())?;
        out.write_all(&self.channels.to_le_bytes())?;
        out.write_all(&self.rate.to_le_bytes())?;
        out.write_all(&self.rate.saturating_mul(block.into()).to_le_bytes())?;
        out.write_all(&block.to_le_bytes())?;
        out.write_all(&self.bits.to_le_bytes())?;
        out.write_all(b"data")?;
        out.write_all(&len.to_le_bytes())
    }

    /// Begins a file; [`finish`](Self::finish) puts the length right.
    pub(super) fn begin(self, out: &mut impl Write) -> io::Result<()> {
        self.write_header(out, 0)
    }

    /// Ends a file that has `len` bytes of samples. One of more than 4 GiB says that it has 4 GiB.
    pub(super) fn finish(self, out: &mut (impl Write + Seek), len: u64) -> io::Result<()> {
        if len % 2 == 1 {
            // Chunks begin at even places.
            out.write_all(&[0])?;
        }
        out.seek(SeekFrom::Start(0))?;
        self.write_header(out, u32::try_from(len).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_length_is_put_right_at_the_end() {
        let wave = Wave {
            format: WaveFormat::ALaw,
            channels: 1,
            rate: 8000,
            bits: 8,
        };
        let mut out = Cursor::new(Vec::new());
        wave.begin(&mut out).unwrap();
        out.write_all(&[0xD5; 3]).unwrap();
        wave.finish(&mut out, 3).unwrap();
        let expected = [
            &b"RIFF\x27\x00\x00\x00WAVEfmt \x10\x00\x00\x00"[..],
            &[6, 0, 1, 0],                         // A-law, mono
            &[0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0], // 8000 samples and bytes per second
            &[1, 0, 8, 0],                         // 1 byte, 8 bits per sample
            b"data\x03\x00\x00\x00\xD5\xD5\xD5\x00",
        ];
        assert_eq!(out.into_inner(), expected.concat());
    }
}
