//! What holds for all records, and for all bytes.

use super::*;

fn arrays() -> impl Strategy<Value = Vec<(u8, Vec<Vec<u8>>)>> {
    let units = prop::collection::vec(prop::collection::vec(1..=u8::MAX, 0..40), 0..4);
    // array_completeness above the type, with a zero between.
    let head = (any::<bool>(), 0..64_u8).prop_map(|(complete, nal_type)| u8::from(complete) << 7 | nal_type);
    prop::collection::vec((head, units), 0..5)
}

proptest! {
    #[test]
    fn well_formed_records_come_back(
        profile in any::<[u8; 12]>(),
        segmentation in 0..0x1000_u16,
        (parallelism, chroma, luma, chroma_depth) in (0..4_u8, 0..4_u8, 0..8_u8, 0..8_u8),
        tail in any::<[u8; 3]>(),
        arrays in arrays(),
    ) {
        let mut bytes = vec![1];
        bytes.extend_from_slice(&profile);
        bytes.extend_from_slice(&(0xF000 | segmentation).to_be_bytes());
        bytes.extend_from_slice(&[0xFC | parallelism, 0xFC | chroma, 0xF8 | luma, 0xF8 | chroma_depth]);
        bytes.extend_from_slice(&tail);
        bytes.push(u8::try_from(arrays.len()).unwrap());
        for (head, units) in &arrays {
            bytes.push(*head);
            bytes.extend_from_slice(&u16::try_from(units.len()).unwrap().to_be_bytes());
            for unit in units {
                bytes.extend_from_slice(&u16::try_from(unit.len()).unwrap().to_be_bytes());
                bytes.extend_from_slice(unit);
            }
        }
        prop_assert_eq!(record(&bytes).encode(), bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = HevcConfiguration::parse(&Bytes::from(bytes.clone())).map(|c| c.info());
        let _ = Sps::parse(&[&[0x42, 1], &bytes[..]].concat());
        let _ = Vps::parse(&[&[0x40, 1], &bytes[..]].concat());
    }

    /// A real set, with some bytes changed: far more of the reader sees them than random bytes.
    #[test]
    fn no_damage_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for unit in [MAIN_10, SCALING_LISTS, HIGH_TIER] {
            let mut unit = unit.to_vec();
            for (index, byte) in &changes {
                *index.get_mut(&mut unit) = *byte;
            }
            if let Ok(sps) = Sps::parse(&unit) {
                prop_assert!(sps.width > 0 && sps.width < 65_536);
                prop_assert!(sps.height > 0 && sps.height < 65_536);
            }
        }
    }
}
