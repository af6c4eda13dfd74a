//! Emulation prevention: what keeps start codes out of units (H.264 §7.4.1.1; the same in H.265 and H.266).

/// The raw bytes (RBSP) of what a unit holds behind its header: without the 3s that follow two zeros.
pub fn rbsp(ebsp: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ebsp.len());
    let mut zeros = 0_u8;
    for &byte in ebsp {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros.saturating_add(1) } else { 0 };
        out.push(byte);
    }
    out
}

/// The way back: a 3 behind each two zeros that a byte of at most 3, or the end, follows.
pub fn ebsp(rbsp: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rbsp.len().saturating_add(rbsp.len() / 64));
    let mut zeros = 0_u8;
    for &byte in rbsp {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros.saturating_add(1) } else { 0 };
        out.push(byte);
    }
    if zeros >= 2 {
        out.push(3);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Raw bytes, and how a unit holds them.
    const PAIRS: [(&[u8], &[u8]); 6] = [
        (&[0, 0, 1], &[0, 0, 3, 1]),
        (&[0xAA, 0, 0, 3], &[0xAA, 0, 0, 3, 3]),
        (&[0, 0, 0, 0x80], &[0, 0, 3, 0, 0x80]),
        (&[0, 0, 3, 0, 1], &[0, 0, 3, 3, 0, 1]),
        (&[0, 0, 0, 0, 1], &[0, 0, 3, 0, 0, 3, 1]),
        // Only where it ends in cabac_zero_words.
        (&[0, 0], &[0, 0, 3]),
    ];

    #[test]
    fn a_three_keeps_start_codes_out() {
        for (raw, unit) in PAIRS {
            assert_eq!(ebsp(raw), unit);
            assert_eq!(rbsp(unit), raw);
        }
    }

    proptest! {
        #[test]
        fn raw_bytes_come_back_and_hold_no_start_code(
            raw in prop::collection::vec(prop_oneof![0..4_u8, any::<u8>()], 0..200)
        ) {
            let unit = ebsp(&raw);
            prop_assert_eq!(rbsp(&unit), raw);
            let forbidden = unit.windows(3).any(|w| w[..2] == [0, 0] && w[2] < 3);
            prop_assert!(!forbidden);
        }
    }
}
