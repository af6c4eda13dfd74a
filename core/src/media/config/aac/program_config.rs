//! The program config element: channels that no `channelConfiguration` names (ISO/IEC 14496-3 §4.4.1.1).

use super::{BitReader, ConfigError};

/// Reads a `program_config_element` to its end, and counts the channels it lists: 93 at most, since its counts have
/// four and two bits.
pub(super) fn channels(r: &mut BitReader<'_>) -> Result<u8, ConfigError> {
    // element_instance_tag, object_type, sampling_frequency_index
    r.skip(4 + 2 + 4)?;
    let [front, side, back, lfe, data, coupling] =
        [r.u8(4)?, r.u8(4)?, r.u8(4)?, r.u8(2)?, r.u8(3)?, r.u8(4)?];
    // Mono and stereo mixdown elements; matrix mixdown with its coefficient
    for bits in [4, 4, 3] {
        if r.flag()? {
            r.skip(bits)?;
        }
    }
    let mut channels = lfe;
    for _ in 0..front.saturating_add(side).saturating_add(back) {
        let is_pair = r.flag()?;
        r.skip(4)?;
        channels = channels.saturating_add(if is_pair { 2 } else { 1 });
    }
    // Tags of LFE and data elements; coupling elements have one bit more.
    for _ in 0..lfe.saturating_add(data) {
        r.skip(4)?;
    }
    for _ in 0..coupling {
        r.skip(5)?;
    }
    // byte_alignment(), counted from the beginning of the record.
    while !r.remaining().is_multiple_of(8) {
        r.skip(1)?;
    }
    let comment = r.u8(8)?;
    r.skip(u32::from(comment).saturating_mul(8))?;
    match channels {
        0 => Err(ConfigError::Missing("channel in the program config element")),
        some => Ok(some),
    }
}
