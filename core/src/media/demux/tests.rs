//! Messages as encoders send them, and as nobody should.

#![allow(clippy::panic)]

use super::*;
use crate::media::nal::NalError;
use crate::media::nal::NalFilterOptions;
use crate::media::obu::ObuError;
use crate::media::video::VideoCommand;

fn message(kind: MediaKind, payload: impl AsRef<[u8]>) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(1000),
        payload: Bytes::copy_from_slice(payload.as_ref()),
    }
}

fn video(payload: impl AsRef<[u8]>) -> MediaMessage {
    message(MediaKind::Video, payload)
}

fn audio(payload: impl AsRef<[u8]>) -> MediaMessage {
    message(MediaKind::Audio, payload)
}

fn read(demuxer: &mut Demuxer, message: &MediaMessage) -> Vec<Result<Media, MediaFault>> {
    demuxer.handle(message);
    std::iter::from_fn(|| demuxer.poll())
        .map(|media| media.map_err(|error| error.fault))
        .collect()
}

/// What a new demuxer makes of the messages.
fn all(options: DemuxOptions, messages: &[MediaMessage]) -> Vec<Result<Media, MediaFault>> {
    let mut demuxer = Demuxer::new(options);
    messages
        .iter()
        .flat_map(|message| read(&mut demuxer, message))
        .collect()
}

fn samples(messages: &[MediaMessage]) -> Vec<Sample> {
    let media = all(DemuxOptions::default(), messages).into_iter();
    media
        .filter_map(|media| match media {
            Ok(Media::Sample(sample)) => Some(sample),
            _ => None,
        })
        .collect()
}

fn sample(payload: impl AsRef<[u8]>) -> Sample {
    let [sample] = samples(&[video(payload)]).try_into().unwrap();
    sample
}

/// 320x180, Main profile, with lengths of 4 bytes.
const AVC_RECORD: [u8; 29] = [
    1, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0, 14, 0x67, 0x4D, 0x40, 0x0C, 0xEC, 0xA0, 0xA0, 0xCB, 0xFF, 0x80, 0x80,
    0x00, 0x80, 0x40, 1, 0, 4, 0x68, 0xEB, 0xE3, 0xCB,
];

fn sequence_header(record: &[u8]) -> MediaMessage {
    video([&[0x17, 0, 0, 0, 0], record].concat())
}

mod frames {
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
}

mod keyframes {
    use super::*;

    fn faults(payload: impl AsRef<[u8]>) -> (Vec<MediaFault>, bool) {
        let mut faults = all(DemuxOptions::default(), &[video(payload)]);
        let Some(Ok(Media::Sample(sample))) = faults.pop() else {
            panic!("a sample is the last");
        };
        (
            faults.into_iter().filter_map(Result::err).collect(),
            sample.keyframe,
        )
    }

    #[test]
    fn a_frame_is_what_its_units_are() {
        assert_eq!(faults([0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]), (vec![], true));
        assert_eq!(
            faults([0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x41]),
            (vec![MediaFault::MarkedAsKey], false)
        );
        assert_eq!(
            faults([0x27, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]),
            (vec![MediaFault::NotMarkedAsKey], true)
        );
    }

    #[test]
    fn a_frame_type_that_says_nothing_is_no_fault() {
        assert_eq!(faults(b"\x81hvc1\0\0\0\0\0\0\x02\x26\x01"), (vec![], true));
        assert_eq!(faults(b"\x81hvc1\0\0\0\0\0\0\x02\x02\x01"), (vec![], false));
    }

    #[test]
    fn where_pictures_recover_little_by_little_the_sender_is_believed() {
        // SEI: recovery point of 1 byte, behind another message; then a slice that is no IDR.
        let frame = [0, 0, 0, 7, 6, 5, 1, 0xAA, 6, 1, 0x84, 0, 0, 0, 1, 0x41];
        assert_eq!(faults([&[0x17, 1, 0, 0, 0][..], &frame].concat()), (vec![], true));
        assert_eq!(
            faults([&[0x27, 1, 0, 0, 0][..], &frame].concat()),
            (vec![], false)
        );
        // Gradual decoding refresh of VVC.
        assert_eq!(faults(b"\x93vvc1\0\0\0\x02\x00\x51"), (vec![], true));
    }

    #[test]
    fn of_codecs_that_are_not_looked_into_the_sender_is_believed() {
        assert_eq!(faults([0x12, 0, 0, 0x84]), (vec![], true));
        assert_eq!(faults([0x32, 0, 0, 0x84]), (vec![], false));
    }
}

mod configurations {
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
}

mod the_rest {
    use super::*;

    #[test]
    fn commands_silence_and_ends_are_told() {
        let timestamp = Timestamp::from_millis(1000);
        let media = all(
            DemuxOptions::default(),
            &[
                video([0x57, 0]),
                video([0xD0, 1]),
                audio([]),
                video([0x17, 2, 0, 0, 0]),
            ],
        );
        let [legacy, enhanced, silence, end] = media.try_into().unwrap();
        let command = |command, codec| Media::Command {
            timestamp,
            command,
            codec,
        };
        assert_eq!(
            legacy,
            Ok(command(VideoCommand::StartSeek, Some(VideoCodec::Avc)))
        );
        assert_eq!(enhanced, Ok(command(VideoCommand::EndSeek, None)));
        assert_eq!(silence, Ok(Media::Silence { timestamp }));
        assert!(matches!(
            end,
            Ok(Media::SequenceEnd {
                codec: Codec::Video(VideoCodec::Avc),
                track: TrackId::DEFAULT,
                ..
            })
        ));
    }

    #[test]
    fn a_channel_layout_is_told() {
        let media = all(DemuxOptions::default(), &[audio(b"\x94Opus\x01\x02\0\0\0\x03")]);
        let [Ok(Media::MultichannelConfig { config, codec, .. })] = &media[..] else {
            panic!("{media:?}");
        };
        assert_eq!((config.channels, *codec), (2, AudioCodec::Opus));
    }

    #[test]
    fn metadata_is_told_from_other_data() {
        // onMetaData { duration: 2 }
        let metadata = b"\x02\0\x0aonMetaData\x08\0\0\0\x01\0\x08duration\0\x40\0\0\0\0\0\0\0\0\0\x09";
        let cue = b"\x02\0\x0aonCuePoint\x05";
        let damaged = b"\x02\0\x0aonMetaData\x08\0\0\0\x01\0\x08dura";
        let messages = [&metadata[..], cue, damaged].map(|payload| message(MediaKind::Data, payload));
        let media = all(DemuxOptions::default(), &messages);
        let [
            Ok(Media::Metadata { metadata, .. }),
            Ok(Media::Data { .. }),
            Err(MediaFault::Metadata(_)),
            Ok(Media::Data { payload, .. }),
        ] = &media[..]
        else {
            panic!("{media:?}");
        };
        assert_eq!(metadata.duration, Some(2.0));
        assert_eq!(payload[..], damaged[..]);
    }

    #[test]
    fn colours_are_told() {
        // Metadata of hvc1, as FFmpeg marks it: colorInfo {}
        let media = all(
            DemuxOptions::default(),
            &[video(b"\xD4hvc1\x02\0\x09colorInfo\x03\0\0\x09")],
        );
        let [Ok(Media::ColorInfo { info: Some(info), .. })] = &media[..] else {
            panic!("{media:?}");
        };
        assert!(info.is_empty());
    }

    #[test]
    fn what_holds_nothing_is_left_out() {
        let mut demuxer = Demuxer::new(DemuxOptions::default());
        for message in [
            video([]),
            video([0x17, 1, 0, 0, 0]),
            audio([0xAF, 1]),
            message(MediaKind::Data, []),
        ] {
            assert_eq!(read(&mut demuxer, &message), []);
        }
        assert_eq!(demuxer.empty(), 4);
    }
}

mod faults {
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
}
