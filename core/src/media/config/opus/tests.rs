use super::*;

/// What FFmpeg sends for stereo.
const STEREO: &[u8] = &[
    b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', // magic
    0x01, // version
    0x02, // channels
    0x38, 0x01, // pre-skip 312
    0x80, 0xBB, 0x00, 0x00, // 48000 Hz
    0x00, 0x00, // gain
    0x00, // family
];

#[test]
fn a_stereo_head() {
    let head = OpusHead::parse(STEREO).unwrap();
    assert_eq!(head, OpusHead::new(2, 312, 48_000).unwrap());
    assert_eq!(head.encode(), STEREO);
    let info = head.info();
    assert_eq!((info.sample_rate, info.channels), (48_000, 2));
    assert_eq!(info.codec_string.as_deref(), Some("opus"));
}

#[test]
fn the_rate_is_48000_whatever_went_in() {
    // Mono, 16000 Hz in, gain -256
    let head = [
        &STEREO[..9],
        &[0x01, 0x38, 0x01, 0x80, 0x3E, 0x00, 0x00, 0x00, 0xFF, 0x00],
    ]
    .concat();
    let head = OpusHead::parse(&head).unwrap();
    assert_eq!((head.input_sample_rate, head.output_gain), (16_000, -256));
    assert_eq!((head.info().sample_rate, head.info().channels), (48_000, 1));
}

/// A head of this many channels with this mapping.
fn with_mapping(channels: u8, mapping: &[u8]) -> Vec<u8> {
    let mut head = STEREO.to_vec();
    head[9] = channels;
    head.pop();
    head.extend_from_slice(mapping);
    head
}

#[test]
fn surround_is_made_of_several_streams() {
    // 5.1: family 1, 4 streams, 2 of them coupled, Vorbis's order
    let bytes = with_mapping(6, &[1, 4, 2, 0, 4, 1, 2, 3, 5]);
    let head = OpusHead::parse(&bytes).unwrap();
    assert_eq!(head.info().channels, 6);
    assert_eq!(
        head.mapping,
        ChannelMapping::Multistream {
            family: 1,
            streams: 4,
            coupled: 2,
            table: SmallVec::from_slice(&[0, 4, 1, 2, 3, 5])
        }
    );
    assert_eq!(head.encode(), bytes);
    // One stream for two channels, of which one is silent
    assert!(OpusHead::parse(&with_mapping(2, &[255, 1, 0, 0, 255])).is_ok());
}

#[test]
fn family_3_has_a_matrix() {
    // 4 channels of 2 streams, 2 coupled: 4 x 4 numbers of 16 bits
    let mut mapping = vec![3, 2, 2];
    mapping.extend([0xAB; 32]);
    let bytes = with_mapping(4, &mapping);
    assert_eq!(OpusHead::parse(&bytes).unwrap().encode(), bytes);
    assert_eq!(
        OpusHead::parse(&bytes[..bytes.len() - 1]),
        Err(ConfigError::Truncated)
    );
}

#[test]
fn heads_that_do_not_add_up_are_refused() {
    for (channels, mapping, field, value) in [
        (0, &[0][..], "channel count", 0),
        (3, &[0], "channel count", 3),
        (2, &[1, 0, 0, 0, 1], "stream count", 0),
        (2, &[1, 1, 2, 0, 1], "coupled count", 2),
        (2, &[1, 200, 100, 0, 1], "coupled count", 100),
        (2, &[1, 1, 0, 0, 1], "channel mapping", 1),
    ] {
        assert_eq!(
            OpusHead::parse(&with_mapping(channels, mapping)),
            Err(bad(field, value))
        );
    }
    assert_eq!(
        OpusHead::parse(&with_mapping(2, &[1, 1, 1, 0])),
        Err(ConfigError::Truncated)
    );
    assert_eq!(OpusHead::parse(&[]), Err(ConfigError::Truncated));
    assert_eq!(
        OpusHead::parse(b"OpusTags\x01\x02"),
        Err(ConfigError::NotA("an OpusHead"))
    );
    let mut newer = STEREO.to_vec();
    newer[8] = 16;
    assert_eq!(OpusHead::parse(&newer), Err(bad("version", 16)));
    assert!(OpusHead::new(3, 312, 48_000).is_err());
}

#[test]
fn a_packets_length_is_in_its_first_bytes() {
    let micros = |packet: &[u8]| packet_duration(packet).unwrap().as_micros();
    // 01111 1 00: hybrid of 20 ms, stereo, one frame: as FFmpeg sends
    assert_eq!(micros(&[0x7C, 0x87]), 20_000);
    // SILK: 10, 20, 40, 60 ms
    for (config, expected) in [(0, 10_000), (1, 20_000), (6, 40_000), (11, 60_000)] {
        assert_eq!(micros(&[config << 3]), expected);
    }
    // Hybrid: 10, 20 ms; CELT: 2.5, 5, 10, 20 ms
    for (config, expected) in [
        (12, 10_000),
        (13, 20_000),
        (14, 10_000),
        (16, 2_500),
        (21, 5_000),
        (26, 10_000),
        (31, 20_000),
    ] {
        assert_eq!(micros(&[config << 3]), expected);
    }
    // Two frames; two of different size; six
    assert_eq!(micros(&[31 << 3 | 1]), 40_000);
    assert_eq!(micros(&[31 << 3 | 2]), 40_000);
    assert_eq!(micros(&[31 << 3 | 3, 0xC6]), 120_000);
    assert_eq!(packet_samples(&[16 << 3]), Ok(120));
}

#[test]
fn a_packet_longer_than_120_ms_is_refused() {
    assert_eq!(packet_samples(&[31 << 3 | 3, 7]), Err(bad("frame count", 7)));
    assert_eq!(packet_samples(&[31 << 3 | 3, 0]), Err(bad("frame count", 0)));
    assert_eq!(packet_samples(&[31 << 3 | 3]), Err(ConfigError::Truncated));
    assert_eq!(packet_samples(&[]), Err(ConfigError::Truncated));
}

proptest::proptest! {
    #[test]
    fn heads_are_written_as_they_were_read(
        (channels, pre_skip, rate, gain) in (1..=255_u8, 0..=u16::MAX, 0..=u32::MAX, i16::MIN..=i16::MAX),
        (family, streams, coupled) in (0..=255_u8, 0..=255_u8, 0..=255_u8),
        table in proptest::collection::vec(0..=255_u8, 0..300),
    ) {
        let mut bytes = [&b"OpusHead\x01"[..], &[channels]].concat();
        bytes.extend(pre_skip.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend(gain.to_le_bytes());
        bytes.extend([family, streams, coupled]);
        bytes.extend(&table);
        if let Ok(head) = OpusHead::parse(&bytes) {
            proptest::prop_assert!(bytes.starts_with(&head.encode()));
            proptest::prop_assert_eq!(OpusHead::parse(&head.encode()), Ok(head));
        }
    }

    #[test]
    fn every_packet_is_at_most_120_ms(packet in proptest::collection::vec(0..=255_u8, 0..4)) {
        if let Ok(duration) = packet_duration(&packet) {
            proptest::prop_assert!(duration <= Duration::from_millis(120));
        }
    }
}
