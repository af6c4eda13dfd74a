//! Messages as they are written, and read again.

#![allow(clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::media::UnwritableTag;
use crate::media::audio::SoundFlags;
use crate::media::config::aac::AudioSpecificConfig;
use crate::media::demux::{DemuxOptions, Demuxer};
use crate::media::nal::{self, LengthSize};

const AT: Timestamp = Timestamp::from_millis(1000);

fn write(muxer: &mut Muxer, media: impl Into<Media>) -> Vec<Vec<u8>> {
    muxer.push(media).unwrap();
    std::iter::from_fn(|| muxer.poll())
        .map(|message| message.payload.to_vec())
        .collect()
}

/// What one thing becomes that nothing has been said before.
fn written(options: MuxOptions, media: impl Into<Media>) -> Vec<Vec<u8>> {
    write(&mut Muxer::new(options), media)
}

const fn spelled(spelling: MuxSpelling) -> MuxOptions {
    MuxOptions {
        spelling,
        configurations: Configurations::AsGiven,
    }
}

fn units<const N: usize>(units: [&'static [u8]; N]) -> [Bytes; N] {
    units.map(Bytes::from_static)
}

/// 320x180, Main profile.
const SPS: &[u8] = &[
    0x67, 0x4D, 0x40, 0x0C, 0xEC, 0xA0, 0xA0, 0xCB, 0xFF, 0x80, 0x80, 0x00, 0x80, 0x40,
];
const PPS: &[u8] = &[0x68, 0xEB, 0xE3, 0xCB];
const IDR: &[u8] = &[0x65, 0x88, 0x84];
const SLICE: &[u8] = &[0x41, 0x9A];

fn avc_record(pps: &[u8]) -> Vec<u8> {
    let len = |unit: &[u8]| u8::try_from(unit.len()).unwrap();
    let head = [1, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0, len(SPS)];
    [&head, SPS, &[1, 0, len(pps)], pps].concat()
}

fn avc_start(pps: &[u8]) -> Vec<u8> {
    [&[0x17, 0, 0, 0, 0][..], &avc_record(pps)].concat()
}

fn avc(frame: &[&'static [u8]]) -> Sample {
    Sample::video(VideoCodec::Avc, AT, frame.iter().copied().map(Bytes::from_static))
}

mod forms {
    use super::*;

    #[test]
    fn new_frames_are_written_as_people_do() {
        let options = spelled(MuxSpelling::AsGiven);
        let frame = avc(&[SLICE]).presented_at(Timestamp::from_millis(960));
        assert_eq!(
            written(options, frame),
            [[0x27, 1, 0xFF, 0xFF, 0xD8, 0, 0, 0, 2, 0x41, 0x9A]]
        );
        let hevc = Sample::video(VideoCodec::Hevc, AT, units([&[0x26, 1]]));
        assert_eq!(written(options, hevc.clone()), [b"\x93hvc1\0\0\0\x02\x26\x01"]);
        let late = hevc.presented_at(Timestamp::from_millis(1033));
        assert_eq!(written(options, late), [b"\x91hvc1\0\0\x21\0\0\0\x02\x26\x01"]);
        let opus = Sample::audio(AudioCodec::Opus, AT, Bytes::from_static(&[0xFC]));
        assert_eq!(written(options, opus), [b"\x91Opus\xFC"]);
    }

    #[test]
    fn the_form_can_be_chosen() {
        let frame = avc(&[IDR]);
        assert_eq!(
            written(spelled(MuxSpelling::Enhanced), frame),
            [b"\x93avc1\0\0\0\x03\x65\x88\x84"]
        );
        let hevc = Sample::video(VideoCodec::Hevc, AT, units([&[0x26, 1]]));
        assert_eq!(
            written(spelled(MuxSpelling::Legacy), hevc),
            [[0x1C, 1, 0, 0, 0, 0, 0, 0, 2, 0x26, 1]]
        );
        // What has one form alone is written in it.
        let vp9 = Sample::video(VideoCodec::Vp9, AT, units([&[0x86]]));
        assert_eq!(written(spelled(MuxSpelling::Legacy), vp9), [b"\xA1vp09\x86"]);
        let sorenson = Sample::video(VideoCodec::SorensonH263, AT, units([&[0x00]]));
        assert_eq!(written(spelled(MuxSpelling::Enhanced), sorenson), [[0x22, 0x00]]);
    }

    #[test]
    fn another_track_is_named() {
        let frame = avc(&[SLICE]).on_track(TrackId::new(1));
        assert_eq!(
            written(spelled(MuxSpelling::AsGiven), frame),
            [b"\xA6\x03avc1\x01\0\0\0\x02\x41\x9A"]
        );
        // A codec without FourCC has no place for it.
        let sorenson = Sample::video(VideoCodec::SorensonH263, AT, units([&[0x00]]));
        let refused = Muxer::new(MuxOptions::default()).push(sorenson.on_track(TrackId::new(1)));
        assert_eq!(refused, Err(MuxError::Tag(UnwritableTag::Track(TrackId::new(1)))));
    }

    #[test]
    fn what_legacy_headers_cannot_say_is_left_out_for_those_who_read_no_other() {
        let end = |codec: Codec| Media::SequenceEnd {
            track: TrackId::DEFAULT,
            timestamp: AT,
            codec,
            form: None,
        };
        let aac = || end(AudioCodec::Aac.into());
        assert_eq!(
            written(spelled(MuxSpelling::Legacy), aac()),
            Vec::<Vec<u8>>::new()
        );
        assert_eq!(written(spelled(MuxSpelling::AsGiven), aac()), [b"\x92mp4a"]);
        let avc = end(VideoCodec::Avc.into());
        assert_eq!(written(spelled(MuxSpelling::Legacy), avc), [[0x17, 2, 0, 0, 0]]);
        let nanos = Sample {
            nanos: 250_000,
            ..super::avc(&[SLICE])
        };
        assert_eq!(
            written(spelled(MuxSpelling::Legacy), nanos.clone()),
            [[0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9A]]
        );
        assert_eq!(
            written(spelled(MuxSpelling::AsGiven), nanos),
            [b"\xA7\x02\x03\xD0\x90\x03avc1\0\0\0\x02\x41\x9A"]
        );
    }

    #[test]
    fn legacy_sound_is_marked_by_what_it_is() {
        let options = spelled(MuxSpelling::AsGiven);
        let sound = |codec, frame: &'static [u8]| Sample::audio(codec, AT, Bytes::from_static(frame));
        assert_eq!(
            written(options, sound(AudioCodec::Aac, &[0x21])),
            [[0xAF, 1, 0x21]]
        );
        assert_eq!(
            written(options, sound(AudioCodec::MuLaw, &[0xFF])),
            [[0x82, 0xFF]]
        );
        // MPEG-2 layer III, 64 kbit/s, 22050 Hz, mono.
        let mp3 = sound(AudioCodec::Mp3, &[0xFF, 0xF3, 0x80, 0xC4]);
        assert_eq!(written(options, mp3), [[0x2A, 0xFF, 0xF3, 0x80, 0xC4]]);
        // PCM says nothing of itself.
        let pcm = sound(AudioCodec::PcmLittleEndian, &[0, 0]);
        let refused = Muxer::new(options).push(pcm.clone());
        assert_eq!(refused, Err(MuxError::Tag(UnwritableTag::SoundFlags)));
        let pcm = Sample {
            form: Some(TagForm::legacy_sound(SoundFlags::new(11_025, 16, 1))),
            ..pcm
        };
        assert_eq!(written(options, pcm), [[0x36, 0, 0]]);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let mut muxer = Muxer::new(MuxOptions::as_given());
        let nothing = Sample::audio(AudioCodec::Opus, AT, Bytes::new());
        let track = TrackId::DEFAULT;
        assert_eq!(muxer.push(nothing), Err(MuxError::EmptySample { track }));
        let far = Sample {
            composition_time: 0x80_0000,
            ..avc(&[SLICE])
        };
        let refused = Err(MuxError::Tag(UnwritableTag::CompositionTime(0x80_0000)));
        assert_eq!(muxer.push(far), refused);
        assert_eq!(muxer.poll(), None);
    }
}

mod configurations {
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
}

mod samples {
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
}

/// Anything that a muxer can be given: any codec, any track, frames with and without sense.
fn any_sample() -> impl Strategy<Value = Sample> {
    let codec = prop_oneof![
        Just(Codec::Video(VideoCodec::Avc)),
        Just(Codec::Video(VideoCodec::Hevc)),
        Just(Codec::Video(VideoCodec::Vvc)),
        Just(Codec::Video(VideoCodec::Vp8)),
        Just(Codec::Video(VideoCodec::Vp9)),
        Just(Codec::Video(VideoCodec::SorensonH263)),
        Just(Codec::Audio(AudioCodec::Aac)),
        Just(Codec::Audio(AudioCodec::Opus)),
        Just(Codec::Audio(AudioCodec::ALaw)),
        Just(Codec::Audio(AudioCodec::Flac)),
    ];
    let units = prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..5);
    let times = (any::<u32>(), -0x80_0000..0x80_0000_i32, 0..3_u32);
    (codec, 0..4_u8, units, times, any::<[bool; 2]>()).prop_map(|(codec, track, units, times, flags)| {
        let (dts, composition_time, nanos) = times;
        let dts = Timestamp::from_millis(dts);
        let mut units = units.into_iter().map(Bytes::from);
        let sample = match codec {
            Codec::Video(codec) if NalCodec::of(codec).is_some() => Sample {
                composition_time,
                ..Sample::video(codec, dts, units)
            },
            Codec::Video(codec) => Sample::video(codec, dts, units.next()),
            Codec::Audio(codec) => Sample::audio(codec, dts, units.next().unwrap_or_default()),
        };
        let track = match (sample.codec, sample.nanos) {
            // Without a FourCC there is but one track.
            (Codec::Video(VideoCodec::SorensonH263) | Codec::Audio(AudioCodec::ALaw), _) => 0,
            _ => track,
        };
        Sample {
            keyframe: sample.keyframe || flags[0],
            disposable: flags[1],
            nanos: if track == 0 { 0 } else { nanos },
            ..sample.on_track(TrackId::new(track))
        }
    })
}

fn any_spelling() -> impl Strategy<Value = MuxSpelling> {
    prop_oneof![
        Just(MuxSpelling::AsGiven),
        Just(MuxSpelling::Legacy),
        Just(MuxSpelling::Enhanced)
    ]
}

proptest! {
    /// In any interleaving of tracks.
    #[test]
    fn what_a_muxer_writes_a_demuxer_reads(
        samples in prop::collection::vec(any_sample(), 1..20),
        spelling in any_spelling(),
    ) {
        let mut muxer = Muxer::new(spelled(spelling));
        let mut demuxer = Demuxer::new(DemuxOptions::unfiltered());
        for sample in samples {
            muxer.push(sample.clone()).unwrap();
            demuxer.handle(&muxer.poll().unwrap());
            prop_assert_eq!(muxer.poll(), None);
            let read = std::iter::from_fn(|| demuxer.poll())
                .filter(|media| !media.as_ref().is_err_and(|error| !error.fault.is_loss()))
                .collect::<Result<Vec<_>, _>>()
                .unwrap();
            let [Media::Sample(read)] = &read[..] else {
                return Err(TestCaseError::fail(format!("{read:?}")));
            };
            prop_assert_eq!(read.codec, sample.codec);
            prop_assert_eq!((read.track, read.dts, read.pts()), (sample.track, sample.dts, sample.pts()));
            prop_assert_eq!(&read.units, &sample.units);
        }
    }

    #[test]
    fn elementary_streams_go_through_messages_unchanged(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 1..6),
        composition_time in -100..100_i32,
    ) {
        let mut muxer = Muxer::new(MuxOptions::default());
        let mut demuxer = Demuxer::new(DemuxOptions::unfiltered());
        for frame in frames {
            let slice = [&[0x65][..], &nal::ebsp(&frame), &[0x80]].concat();
            let stream = Bytes::from([&[0, 0, 0, 1], SPS, &[0, 0, 1], PPS, &[0, 0, 0, 1], &slice].concat());
            let sample = Sample {
                composition_time,
                ..Sample::from_annex_b(NalCodec::Avc, AT, &stream)
            };
            muxer.push(sample).unwrap();
            while let Some(message) = muxer.poll() {
                demuxer.handle(&message);
            }
            let last = std::iter::from_fn(|| demuxer.poll()).last().unwrap().unwrap();
            let Media::Sample(read) = last else {
                return Err(TestCaseError::fail(format!("{last:?}")));
            };
            prop_assert_eq!(&read.units[..], &[Bytes::from_static(SPS), Bytes::from_static(PPS), slice.into()][..]);
            prop_assert_eq!(read.composition_time, composition_time);
            prop_assert!(read.keyframe);
            let whole = read.length_prefixed(LengthSize::FOUR).unwrap();
            prop_assert_eq!(nal::units(&whole, LengthSize::FOUR).count(), 3);
        }
    }

    /// Whatever bytes: what the demuxer reads, the muxer writes, and that is read as the same.
    #[test]
    fn what_a_demuxer_reads_can_be_written(
        kind in prop_oneof![Just(MediaKind::Audio), Just(MediaKind::Video)],
        first in prop::collection::vec(prop_oneof![
            Just(b"\x17\x01\0\0\0".to_vec()), Just(b"\x91hvc1\0\0\x21".to_vec()), Just(b"\x93vvc1".to_vec()),
            Just(b"\xA6\x11avc1".to_vec()), Just(b"\x91av01".to_vec()), Just(b"\x95\x21".to_vec()),
            Just(b"\xAF\x01".to_vec()), Just(b"\x91Opus".to_vec()), Just(b"\x94Opus".to_vec()), Just(Vec::new())
        ], 1),
        rest in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => 0..4_u8, 2 => any::<u8>()], 0..60),
    ) {
        let message = MediaMessage { kind, timestamp: AT, payload: [&first[0][..], &rest].concat().into() };
        let read = |message: &MediaMessage| {
            let mut demuxer = Demuxer::new(DemuxOptions::unfiltered());
            demuxer.handle(message);
            std::iter::from_fn(|| demuxer.poll()).filter_map(Result::ok).collect::<Vec<_>>()
        };
        let mut muxer = Muxer::new(MuxOptions::as_given());
        for media in read(&message) {
            muxer.push(media.clone()).unwrap();
            prop_assert_eq!(read(&muxer.poll().unwrap()), [media]);
        }
    }
}
