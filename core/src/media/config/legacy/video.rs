//! Where frames of old video codecs have the size of the picture.

use crate::media::config::ConfigError;
use crate::media::config::bits::BitReader;
use crate::media::config::vpx::PictureSize;
use crate::wire::Reader;

const fn size(width: u32, height: u32) -> PictureSize {
    PictureSize { width, height }
}

/// The size in a frame of Sorenson's H.263 (FLV 10.1 §E.4.3.2, SWF 19 "H263VIDEOPACKET"). Every frame has it.
///
/// # Errors
///
/// [`ConfigError`], if it is cut short, does not begin with the start code, or has a size that is reserved.
pub fn sorenson_size(frame: &[u8]) -> Result<PictureSize, ConfigError> {
    let mut r = BitReader::new(frame);
    if r.u(17)? != 1 {
        return Err(ConfigError::NotA("a frame of Sorenson's H.263"));
    }
    // Version, TemporalReference
    r.skip(5 + 8)?;
    Ok(match r.u8(3)? {
        0 => size(r.u(8)?, r.u(8)?),
        1 => size(r.u(16)?, r.u(16)?),
        2 => size(352, 288),
        3 => size(176, 144),
        4 => size(128, 96),
        5 => size(320, 240),
        6 => size(160, 120),
        reserved => {
            return Err(ConfigError::Value {
                field: "PictureSize",
                value: reserved.into(),
            });
        }
    })
}

/// The size in a frame of H.263 proper (ITU-T H.263 §5.1), if it is one of the five that it began with.
///
/// # Errors
///
/// [`ConfigError`], if it is cut short, does not begin with the start code, or has another size.
pub fn h263_size(frame: &[u8]) -> Result<PictureSize, ConfigError> {
    let mut r = BitReader::new(frame);
    if r.u(22)? != 0b10_0000 {
        return Err(ConfigError::NotA("a frame of H.263"));
    }
    // TR; of PTYPE: marker, zero, split screen, document camera, freeze release
    r.skip(8 + 5)?;
    Ok(match r.u8(3)? {
        1 => size(128, 96),
        2 => size(176, 144),
        3 => size(352, 288),
        4 => size(704, 576),
        5 => size(1408, 1152),
        other => {
            return Err(ConfigError::Value {
                field: "source format",
                value: other.into(),
            });
        }
    })
}

/// The size in a frame of screen video, version 1 or 2 (FLV 10.1 §E.4.3.3, §E.4.3.6). Every frame has it.
///
/// # Errors
///
/// [`ConfigError::Truncated`], if it is cut short.
pub fn screen_size(frame: &[u8]) -> Result<PictureSize, ConfigError> {
    let mut r = Reader::new(frame);
    // Four bits of each are the size of blocks.
    let [width, height] = [r.u16()?, r.u16()?];
    Ok(size((width & 0xFFF).into(), (height & 0xFFF).into()))
}

/// The size in a key frame of VP6 (FLV 10.1 §E.4.3.4); `None` in other frames, which do not have it.
///
/// # Errors
///
/// [`ConfigError::Truncated`], if it is cut short.
pub fn vp6_size(frame: &[u8]) -> Result<Option<PictureSize>, ConfigError> {
    let mut r = Reader::new(frame);
    let adjustment = r.u8()?;
    vp6_frame_size(r, adjustment)
}

/// The size in a key frame of VP6 with an alpha channel (FLV 10.1 §E.4.3.5); `None` in other frames.
///
/// # Errors
///
/// [`ConfigError::Truncated`], if it is cut short.
pub fn vp6_alpha_size(frame: &[u8]) -> Result<Option<PictureSize>, ConfigError> {
    let mut r = Reader::new(frame);
    let adjustment = r.u8()?;
    // OffsetToAlpha
    r.u24()?;
    vp6_frame_size(r, adjustment)
}

/// On2's "VP6 Bitstream & Decoder Specification" §9: the frame header, as far as the displayed size in macroblocks.
/// `adjustment` is what FLV says is to be cut off from it on the right (four bits) and below (four bits).
fn vp6_frame_size(mut r: Reader<'_>, adjustment: u8) -> Result<Option<PictureSize>, ConfigError> {
    let first = r.u8()?;
    if first & 0x80 != 0 {
        return Ok(None);
    }
    let profile = r.u8()? & 0x06;
    let separate_coefficients = first & 1 != 0;
    // Where the second partition begins; the simple profile always has one.
    if separate_coefficients || profile == 0 {
        r.u16()?;
    }
    let [_stored_rows, _stored_columns, rows, columns] = r.array()?;
    let samples = |macroblocks: u8, cut: u8| {
        u32::from(macroblocks)
            .saturating_mul(16)
            .saturating_sub(cut.into())
    };
    Ok(Some(size(
        samples(columns, adjustment >> 4),
        samples(rows, adjustment & 0x0F),
    )))
}
