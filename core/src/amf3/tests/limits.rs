//! What a message may cost, at the edge.

use super::*;

fn limits(max_amf_depth: usize, max_amf_values: usize) -> Limits {
    Limits {
        max_amf_depth,
        max_amf_values,
        ..Limits::default()
    }
}

/// What holds one value, up to that value.
const HOLDERS: [&[u8]; 5] = [
    &[0x09, 0x03, 0x01],
    &[0x0A, 0x13, 0x01, 0x03, b'k'],
    &[0x10, 0x03, 0, 0x01],
    &[0x11, 0x03, 0, 0x01],
    b"\x0A\x07\x29mx.utils.ObjectProxy",
];

#[test]
fn depth_is_capped_whatever_nests() {
    for holder in HOLDERS {
        for limit in [0, 1, 2, 16, 17] {
            let nested = |depth: usize| [&holder.repeat(depth)[..], &[0x01]].concat();
            assert!(decode_all(&nested(limit), &limits(limit, 4096)).is_ok());
            assert_eq!(
                decode_all(&nested(limit + 1), &limits(limit, 4096)),
                Err(DecodeError::TooDeep { limit })
            );
        }
    }
}

#[test]
fn depth_beyond_64_cannot_be_configured() {
    let nested = |depth: usize| [&HOLDERS[0].repeat(depth)[..], &[0x01]].concat();
    let generous = limits(usize::MAX, usize::MAX);
    assert!(decode_all(&nested(MAX_DEPTH), &generous).is_ok());
    assert_eq!(
        decode_all(&nested(MAX_DEPTH + 1), &generous),
        Err(DecodeError::TooDeep { limit: 64 })
    );
    assert_eq!(
        decode_all(&nested(100_000), &generous),
        Err(DecodeError::TooDeep { limit: 64 })
    );
}

#[test]
fn values_are_counted_over_the_whole_message() {
    for limit in [0, 1, 7, 4096] {
        let limits = limits(16, limit);
        assert!(decode_all(&vec![1; limit], &limits).is_ok());
        assert_eq!(
            decode_all(&vec![1; limit + 1], &limits),
            Err(DecodeError::TooManyValues { limit })
        );
    }
}

#[test]
fn containers_and_members_count_alike_and_keys_do_not() {
    // {"k": [null]} and a dictionary of one: six values.
    let bytes = b"\x0A\x0B\x01\x03k\x09\x03\x01\x01\x01\x11\x03\x00\x01\x01";
    assert!(decode_all(bytes, &limits(16, 6)).is_ok());
    assert_eq!(
        decode_all(bytes, &limits(16, 5)),
        Err(DecodeError::TooManyValues { limit: 5 })
    );
}

#[test]
fn a_class_cannot_declare_more_members_than_there_may_be_values() {
    // Traits with 2^25 - 1 names, of which none follows.
    assert_eq!(
        one(&[0x0A, 0xFF, 0xFF, 0xFF, 0xF3, 0x01]),
        Err(DecodeError::TooManyValues { limit: 4096 })
    );
}

#[test]
fn what_references_repeat_is_capped() {
    let limit = 5;
    let limits = Limits {
        max_amf_repeated: limit,
        ..Limits::default()
    };
    // "abc", then references to it.
    let bytes = b"\x06\x07abc\x06\x00\x06\x00";
    assert!(decode_all(&bytes[..7], &limits).is_ok());
    assert_eq!(
        decode_all(bytes, &limits),
        Err(DecodeError::TooMuchRepeated { limit })
    );
    // An object of class "abc" that declares "d", then others of that class.
    let bytes = b"\x0A\x13\x07abc\x03d\x01\x0A\x01\x01\x0A\x01\x01";
    assert!(decode_all(&bytes[..12], &limits).is_ok());
    assert_eq!(
        decode_all(bytes, &limits),
        Err(DecodeError::TooMuchRepeated { limit })
    );
}

#[test]
fn a_small_message_stands_for_no_gigabytes() {
    // A string of 60 kB, and an array with references to it: 120 MB of text.
    let mut bytes = vec![0x09, 0x9F, 0x21, 0x01, 0x06, 0x87, 0xA9, 0x41];
    bytes.extend([b'x'; 60_000]);
    bytes.extend([0x06, 0x00].repeat(1_999));
    assert_eq!(
        one(&bytes),
        Err(DecodeError::TooMuchRepeated { limit: 256 << 10 })
    );
}

#[test]
fn a_value_has_32_bytes() {
    // What max_amf_values is worth: a member of an object is this and its key.
    assert_eq!(size_of::<Value<'_>>(), 32);
}
