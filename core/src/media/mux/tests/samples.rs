use super::*;

#[test]
fn parameter_sets_stand_before_key_frames_in_elementary_streams() {
    let configuration = VideoConfiguration::parse(VideoCodec::Avc, &avc_record(PPS).into()).unwrap();
    let start_code = |units: &[&[u8]]| {
        units
            .iter()
            .flat_map(|unit| [&[0, 0, 0, 1], *unit].concat())
            .collect::<Vec<u8>>()
    };
    let annex_b = |units: &[&'static [u8]]| avc(units).annex_b(Some(&configuration)).to_vec();
    assert_eq!(annex_b(&[IDR]), start_code(&[SPS, PPS, IDR]));
    assert_eq!(annex_b(&[SLICE]), start_code(&[SLICE]));
    // Those that the frame has are not doubled; a delimiter stays in front.
    const DELIMITER: &[u8] = &[0x09, 0xF0];
    assert_eq!(
        annex_b(&[DELIMITER, SPS, IDR]),
        start_code(&[DELIMITER, PPS, SPS, IDR])
    );
    assert_eq!(avc(&[IDR]).annex_b(None).to_vec(), start_code(&[IDR]));
}

#[test]
fn a_sequence_header_stands_before_key_frames_that_have_none() {
    const HEADER: &[u8] = &[
        0x0A, 0x0B, 0x00, 0x00, 0x00, 0x04, 0x3C, 0xFE, 0xCC, 0xDA, 0xF9, 0x80, 0x40,
    ];
    const FRAME: &[u8] = &[0x32, 0x01, 0x10];
    let record = [&[0x81, 0, 0x0C, 0], HEADER].concat();
    let configuration = VideoConfiguration::parse(VideoCodec::Av1, &record.into()).unwrap();
    let frame = |units: &[&'static [u8]]| {
        let units = units.iter().copied().map(Bytes::from_static);
        Sample::video(VideoCodec::Av1, AT, units).with_parameters(&configuration)
    };
    assert_eq!(frame(&[FRAME]).units[..], [HEADER, FRAME]);
    assert_eq!(frame(&[HEADER, FRAME]).units[..], [HEADER, FRAME]);
    assert_eq!(frame(&[&[0x12, 0], FRAME]).units[..], [&[0x12, 0], HEADER, FRAME]);
    // A frame that is no key frame stays as it is.
    assert_eq!(frame(&[&[0x32, 0x01, 0x30]]).units.len(), 1);
}

#[test]
fn a_frame_of_aac_gets_an_adts_header() {
    let config = AudioSpecificConfig::parse(&Bytes::from_static(&[0x12, 0x10])).unwrap();
    let sample = Sample::audio(AudioCodec::Aac, AT, Bytes::from_static(&[0x21, 0x10]));
    let adts = sample.adts(&config).unwrap();
    assert_eq!(adts.len(), 9);
    let mut muxer = Muxer::new(MuxOptions::default());
    let messages = write(&mut muxer, Sample::audio(AudioCodec::Aac, AT, adts));
    assert_eq!(messages[1], [0xAF, 1, 0x21, 0x10]);
}

/// Room to spare is a second allocation, to remember how much it was.
#[test]
fn a_message_is_as_long_as_the_memory_it_is_in() {
    let mut muxer = Muxer::new(MuxOptions::default());
    muxer.push(avc(&[SPS, PPS, IDR])).unwrap();
    muxer
        .push(Sample::audio(AudioCodec::ALaw, AT, vec![0xD5; 160].into()))
        .unwrap();
    let messages: Vec<_> = std::iter::from_fn(|| muxer.poll()).collect();
    assert_eq!(messages.len(), 3);
    for message in messages {
        let len = message.payload.len();
        assert_eq!(message.payload.try_into_mut().unwrap().capacity(), len);
    }
}
