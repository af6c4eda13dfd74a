use bytes::{Bytes, BytesMut};

use super::*;

fn parts(bytes: &'static [u8]) -> Vec<Result<Obu, ObuError>> {
    units(&Bytes::from_static(bytes)).collect()
}

/// What FFmpeg sends: a temporal delimiter, a sequence header of 11 bytes, a frame that begins
/// show_existing_frame 0, frame_type 0 (KEY_FRAME), show_frame 1.
const KEY: &[u8] = &[
    0x12, 0x00, // temporal delimiter, size 0
    0x0A, 0x0B, 0x00, 0x00, 0x00, 0x04, 0x3C, 0xFE, 0xCC, 0xDA, 0xF9, 0x80, 0x40, // sequence header
    0x32, 0x03, 0x14, 0x00, 0x21, // frame, cut to its first three bytes
];

#[test]
fn units_are_slices_with_their_headers() {
    let whole = Bytes::from_static(KEY);
    let all: Vec<_> = units(&whole).map(Result::unwrap).collect();
    let kinds: Vec<_> = all.iter().map(|unit| unit.kind()).collect();
    assert_eq!(
        kinds,
        [
            ObuType::TemporalDelimiter,
            ObuType::SequenceHeader,
            ObuType::Frame
        ]
    );
    assert_eq!(all[2].bytes()[..], KEY[15..]);
    assert_eq!(all[2].payload(), &KEY[17..]);
    // Not copied: the same memory.
    assert_eq!(all[2].bytes().as_ptr(), whole[15..].as_ptr());
}

#[test]
fn the_last_unit_may_leave_its_size_out() {
    // Type 6 without a size: to the end.
    let all = parts(&[0x12, 0x00, 0x30, 0x10, 0x20]);
    let frame = all[1].as_ref().unwrap();
    assert!(!frame.has_size());
    assert_eq!(frame.payload(), [0x10, 0x20]);
}

#[test]
fn a_layer_is_in_the_extension() {
    // Type 6 with extension and size: temporal id 5, spatial id 2; 1 byte
    let all = parts(&[0x36, 0xB0, 0x01, 0x10]);
    let frame = all[0].as_ref().unwrap();
    assert_eq!(
        frame.layer(),
        Some(Layer {
            temporal: 5,
            spatial: 2
        })
    );
    assert_eq!(frame.payload(), [0x10]);
}

#[test]
fn sizes_have_seven_bits_per_byte() {
    let mut bytes = vec![0x32, 0xAC, 0x02];
    bytes.resize(3 + 300, 0);
    let unit = units(&bytes.into()).next().unwrap().unwrap();
    assert_eq!(unit.payload().len(), 300);
    // Longer than it need be, but a number still: 1 in eight bytes.
    let all = parts(&[0x32, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x10]);
    assert_eq!(all[0].as_ref().unwrap().payload(), [0x10]);
}

#[test]
fn what_is_no_unit_ends_the_units() {
    assert_eq!(parts(&[0x92, 0x00, 0x12, 0x00]), [Err(ObuError::Forbidden)]);
    assert_eq!(
        parts(&[0x32, 0x05, 0x10]),
        [Err(ObuError::Overrun { size: 5, left: 1 })]
    );
    assert_eq!(parts(&[0x32]), [Err(ObuError::Truncated)]);
    // Nine bytes; and eight that say more than 32 bits.
    assert_eq!(
        parts(&[0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),
        [Err(ObuError::Size)]
    );
    assert_eq!(
        parts(&[0x32, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        [Err(ObuError::Size)]
    );
}

#[test]
fn a_flood_of_units_meets_a_limit() {
    let flood = Bytes::from(TEMPORAL_DELIMITER.repeat(MAX_UNITS + 10));
    assert_eq!(units(&flood).count(), MAX_UNITS + 1);
    assert_eq!(units(&flood).last(), Some(Err(ObuError::TooMany)));
}

#[test]
fn a_key_frame_is_the_first_frame_and_shown() {
    let is_key = |first_of_frame| {
        let mut bytes = KEY.to_vec();
        bytes[17] = first_of_frame;
        is_keyframe(&bytes)
    };
    assert!(is_key(0b0001_0100));
    // Inter; intra only; not shown; an existing frame shown.
    assert!(!is_key(0b0011_0000));
    assert!(!is_key(0b0101_0000));
    assert!(!is_key(0b0000_0000));
    assert!(!is_key(0b1000_0000));
    // Without the sequence header it is one still; without a frame there is none.
    assert!(is_keyframe(&KEY[15..]));
    assert!(!is_keyframe(&KEY[..15]));
    assert!(!is_keyframe(&[]));
    // A still picture's frame header does not say what it can only be.
    let still = [0x0A, 0x01, 0b0001_1000, 0x32, 0x01, 0xFF];
    assert!(is_keyframe(&still));
}

#[test]
fn delimiters_are_put_in_or_left_out() {
    let whole = Bytes::from_static(KEY);
    let all: Vec<_> = units(&whole).map(|unit| unit.unwrap().bytes().clone()).collect();
    let mut out = BytesMut::new();
    write_temporal_unit(&all, Delimiters::LeftOut, &mut out).unwrap();
    assert_eq!(out, KEY[2..]);
    out.clear();
    write_temporal_unit(&all[1..], Delimiters::InFront, &mut out).unwrap();
    assert_eq!(out, KEY);
    out.clear();
    write_temporal_unit(&all, Delimiters::InFront, &mut out).unwrap();
    assert_eq!(out, KEY);
}

#[test]
fn every_unit_is_written_with_its_size() {
    let unsized_frame = Bytes::from_static(&[0x34, 0x20, 0x10, 0x20]);
    let mut out = BytesMut::new();
    write_temporal_unit([&unsized_frame, &unsized_frame], Delimiters::LeftOut, &mut out).unwrap();
    assert_eq!(out, [0x36, 0x20, 0x02, 0x10, 0x20].repeat(2)[..]);
}

#[test]
fn what_is_not_one_unit_is_not_written() {
    let mut out = BytesMut::new();
    let two = Bytes::from_static(&[0x12, 0x00, 0x12, 0x00]);
    assert!(write_temporal_unit([&two], Delimiters::LeftOut, &mut out).is_err());
    let none = Bytes::new();
    assert_eq!(
        write_temporal_unit([&none], Delimiters::LeftOut, &mut out),
        Err(ObuError::Truncated)
    );
}

proptest::proptest! {
    #[test]
    fn units_put_together_are_the_same_units(payloads in proptest::collection::vec(
        (0..16_u8, proptest::option::of(0..=255_u8), proptest::collection::vec(0..=255_u8, 0..300)), 0..6,
    )) {
        let all: Vec<Bytes> = payloads
            .iter()
            .filter(|(kind, ..)| *kind != 2)
            .map(|(kind, layer, payload)| {
                let mut bytes = vec![kind << 3 | u8::from(layer.is_some()) << 2];
                bytes.extend(layer);
                bytes.extend(payload);
                bytes.into()
            })
            .collect();
        let mut out = BytesMut::new();
        write_temporal_unit(&all, Delimiters::InFront, &mut out).unwrap();
        let read: Vec<_> = units(&out.freeze()).skip(1).map(Result::unwrap).collect();
        proptest::prop_assert_eq!(read.len(), all.len());
        for (unit, bytes) in read.iter().zip(&all) {
            let original = units(bytes).next().unwrap().unwrap();
            proptest::prop_assert_eq!(unit.kind(), original.kind());
            proptest::prop_assert_eq!(unit.layer(), original.layer());
            proptest::prop_assert_eq!(unit.payload(), original.payload());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0..=255_u8, 0..200)) {
        let bytes = Bytes::from(bytes);
        let taken: usize = units(&bytes).map_while(Result::ok).map(|unit| unit.bytes().len()).sum();
        proptest::prop_assert!(taken <= bytes.len());
        is_keyframe(&bytes);
    }
}
