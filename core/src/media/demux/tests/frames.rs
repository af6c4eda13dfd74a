use super::*;

#[test]
fn a_frame_of_avc_is_its_nal_units() {
    // Inter frame, NAL units, -40 ms; two units.
    let sample = sample([
        0x27, 1, 0xFF, 0xFF, 0xD8, 0, 0, 0, 2, 0x41, 0x9A, 0, 0, 0, 1, 0x41,
    ]);
    assert_eq!(sample.codec, Codec::Video(VideoCodec::Avc));
    assert_eq!((sample.dts.as_millis(), sample.pts().as_millis()), (1000, 960));
    assert_eq!(sample.units[..], [&[0x41, 0x9A][..], &[0x41]]);
    assert!(!sample.keyframe && !sample.disposable);
}

#[test]
fn units_are_slices_of_the_message() {
    let message = video([0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88]);
    let [sample] = samples(std::slice::from_ref(&message)).try_into().unwrap();
    assert_eq!(sample.units[0].as_ptr(), message.payload[9..].as_ptr());
}

/// What comes once in a stream does not make everything large that may hold it.
#[test]
fn nothing_is_larger_than_a_frame() {
    assert_eq!(size_of::<Media>(), size_of::<Sample>());
}

#[test]
fn lengths_are_as_long_as_the_configuration_says() {
    let mut record = AVC_RECORD;
    record[4] = 0xFD;
    let frame = video([0x17, 1, 0, 0, 0, 0, 2, 0x65, 0x88]);
    let [sample] = samples(&[sequence_header(&record), frame]).try_into().unwrap();
    assert_eq!(sample.units[..], [&[0x65, 0x88][..]]);
}

#[test]
fn start_codes_in_the_place_of_lengths_are_read_all_the_same() {
    let sample = sample([
        0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x67, 0x4D, 0, 0, 1, 0x65, 0x88, 0x84,
    ]);
    assert_eq!(sample.units[..], [&[0x67, 0x4D][..], &[0x65, 0x88, 0x84]]);
    assert!(sample.keyframe);
}

#[test]
fn a_temporal_unit_is_its_obus() {
    // Enhanced, key frame, CodedFrames; delimiter, sequence header of 1 byte, frame of 2 bytes.
    let payload = b"\x91av01\x12\x00\x0A\x01\x00\x32\x02\x10\x00";
    let taken = sample(payload);
    assert_eq!(taken.units[..], [&[0x0A, 1, 0][..], &[0x32, 2, 0x10, 0]]);
    assert!(taken.keyframe);
    let whole = all(DemuxOptions::unfiltered(), &[video(payload)]);
    let [Ok(Media::Sample(whole))] = &whole[..] else {
        panic!("{whole:?}");
    };
    assert_eq!(whole.raw(), payload[5..]);
}

#[test]
fn frames_without_parts_are_one_unit() {
    let taken = sample([0x22, 0, 0, 0x84, 0x01]);
    assert_eq!(taken.codec, Codec::Video(VideoCodec::SorensonH263));
    assert_eq!(taken.units[..], [&[0, 0, 0x84, 0x01][..]]);
    let [sound] = samples(&[audio([0x72, 0xD5, 0xD5])]).try_into().unwrap();
    assert_eq!(sound.codec, Codec::Audio(AudioCodec::ALaw));
    assert_eq!(sound.raw(), [0xD5, 0xD5][..]);
    assert!(sound.keyframe);
}

#[test]
fn each_track_of_a_message_is_a_sample_of_its_own() {
    // ModEx of 250000 ns, then ManyTracks of CodedFrames of hvc1 for tracks 0 and 1, with composition times of 0 and 33.
    let payload = [
        &[0x97, 2, 0x03, 0xD0, 0x90, 0x06, 0x11][..],
        b"hvc1",
        &[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 0x26, 1],
        &[1, 0, 0, 9, 0, 0, 33, 0, 0, 0, 2, 0x26, 2],
    ]
    .concat();
    let [first, second] = samples(&[video(payload)]).try_into().unwrap();
    assert_eq!((first.track, second.track), (TrackId::new(0), TrackId::new(1)));
    assert_eq!((first.composition_time, second.composition_time), (0, 33));
    assert_eq!((first.nanos, second.nanos), (250_000, 250_000));
    assert_eq!(second.units[..], [&[0x26, 2][..]]);
}

#[test]
fn units_without_meaning_are_dropped_and_counted() {
    let payload = [
        0x17, 1, 0, 0, 0, 0, 0, 0, 2, 9, 0xF0, 0, 0, 0, 0, 0, 0, 0, 1, 0x65,
    ];
    let mut demuxer = Demuxer::new(DemuxOptions::default());
    let media = read(&mut demuxer, &video(payload));
    let [Ok(Media::Sample(sample))] = &media[..] else {
        panic!("{media:?}");
    };
    assert_eq!(sample.units[..], [&[0x65][..]]);
    let counts = demuxer.nal_counts(TrackId::DEFAULT).unwrap();
    assert_eq!((counts.kept, counts.delimiters, counts.empty), (1, 1, 1));
    // A frame of which nothing is left is none.
    assert_eq!(read(&mut demuxer, &video(&payload[..11])), []);
    assert_eq!(demuxer.empty(), 1);
}

#[test]
fn repeated_parameter_sets_are_dropped_on_demand() {
    let sps = &AVC_RECORD[8..22];
    let frame = [&[0x17, 1, 0, 0, 0, 0, 0, 0, 14][..], sps, &[0, 0, 0, 1, 0x65]].concat();
    let options = DemuxOptions {
        filter: NalFilterOptions {
            repeats: true,
            ..NalFilterOptions::OFF
        },
        ..DemuxOptions::default()
    };
    let media = all(options, &[sequence_header(&AVC_RECORD), video(frame)]);
    let [Ok(Media::VideoConfiguration { .. }), Ok(Media::Sample(sample))] = &media[..] else {
        panic!("{media:?}");
    };
    assert_eq!(sample.units[..], [&[0x65][..]]);
}
