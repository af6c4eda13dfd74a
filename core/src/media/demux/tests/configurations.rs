use super::*;

#[test]
fn a_record_comes_out_as_it_went_in() {
    let media = all(DemuxOptions::default(), &[sequence_header(&AVC_RECORD)]);
    let [Ok(Media::VideoConfiguration { configuration, .. })] = &media[..] else {
        panic!("{media:?}");
    };
    assert_eq!(configuration.record()[..], AVC_RECORD);
}

#[test]
fn parameter_sets_in_the_place_of_a_record_become_one() {
    let start_code = &[0, 0, 0, 1][..];
    let record = [start_code, &AVC_RECORD[8..22], start_code, &AVC_RECORD[25..]].concat();
    let media = all(DemuxOptions::default(), &[sequence_header(&record)]);
    let [Ok(Media::VideoConfiguration { configuration, .. })] = &media[..] else {
        panic!("{media:?}");
    };
    assert_eq!(configuration.record()[..], AVC_RECORD);
}

#[test]
fn an_empty_record_is_left_out() {
    // FFmpeg's first one of AV1, and one of AAC.
    let mut demuxer = Demuxer::new(DemuxOptions::default());
    assert_eq!(read(&mut demuxer, &video(b"\x90av01")), []);
    assert_eq!(read(&mut demuxer, &audio([0xAF, 0])), []);
    assert_eq!(demuxer.empty(), 2);
    // AC-3 needs none.
    let media = read(&mut demuxer, &audio(b"\x90ac-3"));
    assert!(
        matches!(media[..], [Ok(Media::AudioConfiguration { .. })]),
        "{media:?}"
    );
}

#[test]
fn a_record_that_cannot_be_read_is_an_error_and_the_last_one_stays_in_force() {
    let mut record = AVC_RECORD;
    record[4] = 0xFD;
    let mut demuxer = Demuxer::new(DemuxOptions::default());
    demuxer.handle(&sequence_header(&record));
    demuxer.handle(&sequence_header(&[1, 0x4D]));
    demuxer.handle(&video([0x17, 1, 0, 0, 0, 0, 1, 0x65]));
    let media: Vec<_> = std::iter::from_fn(|| demuxer.poll()).collect();
    let [Ok(_), Err(error), Ok(Media::Sample(sample))] = &media[..] else {
        panic!("{media:?}");
    };
    assert!(matches!(error.fault, MediaFault::Configuration(_)));
    assert_eq!(error.track, Some(TrackId::DEFAULT));
    assert_eq!(
        error.to_string(),
        "video of track 0 at 1000 ms: the configuration cannot be read: it ends inside a field"
    );
    assert_eq!(sample.units[..], [&[0x65][..]]);
}

#[test]
fn adts_headers_are_taken_off_and_make_a_configuration() {
    // AAC LC, 44100 Hz, stereo; two frames of 9 and 8 bytes, 7 of which are the header.
    let first = [0xFF, 0xF1, 0x50, 0x80, 0x01, 0x3F, 0xFC, 0x21, 0x10];
    let second = [0xFF, 0xF1, 0x50, 0x80, 0x01, 0x1F, 0xFC, 0x01];
    let packet = audio([&[0xAF, 1][..], &first, &second].concat());
    let media = all(DemuxOptions::default(), &[packet.clone(), packet]);
    let [
        Ok(Media::AudioConfiguration { configuration, .. }),
        Ok(Media::Sample(one)),
        Ok(Media::Sample(two)),
        Ok(Media::Sample(_)),
        Ok(Media::Sample(_)),
    ] = &media[..]
    else {
        panic!("{media:?}");
    };
    assert_eq!(configuration.record()[..], [0x12, 0x10]);
    assert_eq!(
        (one.raw(), two.raw()),
        (Bytes::from_static(&[0x21, 0x10]), Bytes::from_static(&[1]))
    );
    // 1024 samples later.
    assert_eq!((one.dts.as_millis(), two.dts.as_millis()), (1000, 1023));
}
