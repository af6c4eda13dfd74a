use proptest::prelude::*;

use super::*;
use crate::media::demux::{DemuxOptions, Demuxer};
use crate::media::nal::{self, LengthSize};

/// Anything that a muxer can be given: any codec, any track, frames with and without sense.
fn any_sample() -> impl Strategy<Value = Sample> {
    let codec = prop_oneof![
        Just(Codec::Video(VideoCodec::Avc)),
        Just(Codec::Video(VideoCodec::Hevc)),
        Just(Codec::Video(VideoCodec::Vvc)),
        Just(Codec::Video(VideoCodec::Av1)),
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
            Codec::Video(VideoCodec::Av1) => Sample::video(VideoCodec::Av1, dts, units.map(frame_obu)),
            Codec::Video(codec) => Sample::video(codec, dts, units.next()),
            Codec::Audio(codec) => Sample::audio(codec, dts, units.next().unwrap_or_default()),
        };
        let track = match sample.codec {
            // Without a FourCC there is but one track.
            Codec::Video(VideoCodec::SorensonH263) | Codec::Audio(AudioCodec::ALaw) => 0,
            Codec::Video(_) | Codec::Audio(_) => track,
        };
        Sample {
            keyframe: sample.keyframe || flags[0],
            disposable: flags[1],
            nanos: if track == 0 { 0 } else { nanos },
            ..sample.on_track(TrackId::new(track))
        }
    })
}

/// A frame of AV1 (OBU type 6) of fewer than 128 bytes, with its size.
fn frame_obu(payload: Bytes) -> Bytes {
    let len = u8::try_from(payload.len()).unwrap();
    [&[0x32, len][..], &payload].concat().into()
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
