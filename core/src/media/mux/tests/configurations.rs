use super::*;

#[test]
fn parameter_sets_in_the_stream_make_a_configuration() {
    let mut muxer = Muxer::new(MuxOptions::default());
    let key = avc(&[SPS, PPS, IDR]);
    let messages = write(&mut muxer, key.clone());
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], avc_start(PPS));
    // The same ones again make none.
    assert_eq!(write(&mut muxer, key).len(), 1);
    // Another PPS of the same number takes the first one's place.
    const OTHER: &[u8] = &[0x68, 0xEE, 0x3C, 0x80];
    let messages = write(&mut muxer, avc(&[OTHER, SLICE]));
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], avc_start(OTHER));
}

#[test]
fn a_record_without_parameter_sets_leaves_them_to_the_stream() {
    let mut muxer = Muxer::new(MuxOptions::default());
    let configuration = VideoConfiguration::parse(
        VideoCodec::Avc,
        &Bytes::from_static(&[1, 0x4D, 0x40, 0x0C, 0xFF, 0xE0, 0]),
    );
    let given = Media::VideoConfiguration {
        track: TrackId::DEFAULT,
        timestamp: AT,
        configuration: configuration.unwrap(),
        form: None,
    };
    assert_eq!(write(&mut muxer, given).len(), 1);
    // Not enough for another record.
    assert_eq!(write(&mut muxer, avc(&[PPS, SLICE])).len(), 1);
    let messages = write(&mut muxer, avc(&[SPS, PPS, IDR]));
    assert_eq!(messages[0], avc_start(PPS));
}

#[test]
fn frames_that_cannot_be_decoded_yet_are_refused() {
    let mut muxer = Muxer::new(MuxOptions::default());
    let refused = MuxError::NoConfiguration {
        codec: VideoCodec::Avc.into(),
        track: TrackId::DEFAULT,
    };
    assert_eq!(muxer.push(avc(&[SLICE])), Err(refused));
    assert_eq!(muxer.push(avc(&[SPS, IDR])), Err(refused));
    assert_eq!(refused.to_string(), "Avc of track 0 has no configuration yet");
    muxer.push(avc(&[SPS, PPS, IDR])).unwrap();
    muxer.push(avc(&[SLICE])).unwrap();
    let aac = Sample::audio(AudioCodec::Aac, AT, Bytes::from_static(&[0x21]));
    assert!(matches!(muxer.push(aac), Err(MuxError::NoConfiguration { .. })));
}

#[test]
fn lengths_are_as_long_as_the_given_configuration_says() {
    let mut record = avc_record(PPS);
    record[4] = 0xFC;
    let mut muxer = Muxer::new(MuxOptions::default());
    muxer
        .push(Media::VideoConfiguration {
            track: TrackId::DEFAULT,
            timestamp: AT,
            configuration: VideoConfiguration::parse(VideoCodec::Avc, &record.into()).unwrap(),
            form: None,
        })
        .unwrap();
    muxer.poll();
    assert_eq!(
        write(&mut muxer, avc(&[SLICE])),
        [[0x27, 1, 0, 0, 0, 2, 0x41, 0x9A]]
    );
    let long = Sample::video(VideoCodec::Avc, AT, [vec![0x41; 256].into()]);
    assert!(matches!(muxer.push(long), Err(MuxError::Nal(_))));
}

#[test]
fn a_sequence_header_makes_a_configuration() {
    // 320x180, behind a delimiter; then a frame.
    let header: &[u8] = &[
        0x0A, 0x0B, 0x00, 0x00, 0x00, 0x04, 0x3C, 0xFE, 0xCC, 0xDA, 0xF9, 0x80, 0x40,
    ];
    let unit = [&[0x12, 0x00], header, &[0x32, 0x01, 0x10]].concat();
    let sample = Sample::from_temporal_unit(AT, &unit.clone().into()).unwrap();
    assert!(sample.keyframe);
    let mut muxer = Muxer::new(MuxOptions::default());
    let messages = write(&mut muxer, sample.clone());
    assert_eq!(messages.len(), 2);
    assert!(messages[0].starts_with(b"\x90av01\x81") && messages[0].ends_with(header));
    assert_eq!(messages[1], [&b"\x91av01"[..], &unit].concat());
    assert_eq!(write(&mut muxer, sample).len(), 1);
}

#[test]
fn an_adts_header_makes_a_configuration() {
    // AAC LC, 44100 Hz, stereo; a frame of 9 bytes, 7 of which are the header.
    let frame = [0xFF, 0xF1, 0x50, 0x80, 0x01, 0x3F, 0xFC, 0x21, 0x10];
    let sample = Sample::audio(AudioCodec::Aac, AT, Bytes::copy_from_slice(&frame));
    let mut muxer = Muxer::new(MuxOptions::default());
    assert_eq!(
        write(&mut muxer, sample.clone()),
        [vec![0xAF, 0, 0x12, 0x10], vec![0xAF, 1, 0x21, 0x10]]
    );
    assert_eq!(write(&mut muxer, sample), [[0xAF, 1, 0x21, 0x10]]);
}
