use super::*;

fn fault(options: DemuxOptions, payload: impl AsRef<[u8]>) -> MediaFault {
    let mut media = all(options, &[video(payload)]);
    assert_eq!(media.len(), 1, "{media:?}");
    media.remove(0).unwrap_err()
}

#[test]
fn what_cannot_be_divided_is_passed_over() {
    let overrun = fault(DemuxOptions::default(), [0x17, 1, 0, 0, 0, 0, 0, 0, 9, 0x65]);
    assert_eq!(overrun, MediaFault::Nal(NalError::Overrun { length: 9, left: 1 }));
    let overrun = fault(DemuxOptions::default(), b"\x91av01\x0A\x05\x00");
    assert_eq!(overrun, MediaFault::Obu(ObuError::Overrun { size: 5, left: 1 }));
    let reserved = fault(DemuxOptions::default(), b"\x98hvc1");
    assert_eq!(reserved, MediaFault::Tag(TagError::PacketType(8)));
    assert!(reserved.is_loss());
}

#[test]
fn units_are_bounded() {
    let options = DemuxOptions {
        max_units: 2,
        ..DemuxOptions::unfiltered()
    };
    let units = [0, 0, 0, 1, 0x41].repeat(3);
    let frame = [&[0x27, 1, 0, 0, 0], &units[..]].concat();
    assert_eq!(
        fault(options.clone(), frame),
        MediaFault::TooManyUnits { limit: 2 }
    );
    // Those of all tracks of a message together: ManyTracks, each with two units.
    let units = [0, 0, 0, 2, 0x02, 0x01].repeat(2);
    let track = |id| [&[id, 0, 0, 12][..], &units].concat();
    let message = video([&b"\xA6\x13hvc1"[..], &track(0), &track(1)].concat());
    let media = all(options, &[message.clone(), message]);
    let refused = Err(MediaFault::TooManyUnits { limit: 2 });
    assert!(media[0].is_ok() && media[1] == refused && media[2].is_ok() && media[3] == refused);
}

#[test]
fn tracks_are_bounded() {
    let options = DemuxOptions {
        max_tracks: 1,
        ..DemuxOptions::default()
    };
    let mut demuxer = Demuxer::new(options);
    assert!(read(&mut demuxer, &audio([0x72, 0xD5]))[0].is_ok());
    // OneTrack of Opus, track 1.
    let other = audio(b"\x95\x01Opus\x01\xFC");
    assert_eq!(
        read(&mut demuxer, &other),
        [Err(MediaFault::TooManyTracks { limit: 1 })]
    );
    assert!(read(&mut demuxer, &audio([0x72, 0xD5]))[0].is_ok());
}

#[test]
fn packets_are_bounded() {
    let options = DemuxOptions {
        max_packets: 2,
        ..DemuxOptions::default()
    };
    // ManyTracks of Opus: three times track 0 with a byte.
    let message = audio([&b"\x95\x11Opus"[..], &[0, 0, 0, 1, 0xFC].repeat(3)].concat());
    let media = all(options, &[message]);
    assert_eq!(media.len(), 3);
    assert_eq!(media[2], Err(MediaFault::TooManyPackets { limit: 2 }));
}

#[test]
fn another_codec_on_a_track_does_not_inherit_its_lengths() {
    let mut record = AVC_RECORD;
    record[4] = 0xFD;
    let frame = video(b"\x93hvc1\0\0\0\x02\x26\x01");
    let [sample] = samples(&[sequence_header(&record), frame]).try_into().unwrap();
    assert_eq!(sample.units[..], [&[0x26, 1][..]]);
}
