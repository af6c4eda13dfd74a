//! Tag headers and classes, on literal bytes: what encoders send, and what nobody should.

#![allow(clippy::panic)]

mod round_trip;
mod written;

use bytes::Bytes;
use proptest::prelude::*;

use super::audio::{AudioCodec, AudioPacket, AudioPacketType, AudioTag};
use super::video::{FrameType, VideoCodec, VideoCommand, VideoPacket, VideoPacketType, VideoTag};
use super::{Class, FourCc, MediaKind, MediaMessage, TagError, TrackId, TrackSlot};
use crate::units::Timestamp;

fn video(payload: &[u8]) -> Vec<Result<VideoPacket<'_>, TagError>> {
    match VideoTag::parse(payload) {
        Ok(VideoTag::Packets(packets)) => packets.collect(),
        other => panic!("{other:?}"),
    }
}

fn audio(payload: &[u8]) -> Vec<Result<AudioPacket<'_>, TagError>> {
    match AudioTag::parse(payload) {
        Ok(AudioTag::Packets(packets)) => packets.collect(),
        other => panic!("{other:?}"),
    }
}

fn class(kind: MediaKind, payload: &[u8]) -> Class {
    MediaMessage {
        kind,
        timestamp: Timestamp::ZERO,
        payload: Bytes::copy_from_slice(payload),
    }
    .class()
}

fn video_class(payload: &[u8]) -> Class {
    class(MediaKind::Video, payload)
}

fn audio_class(payload: &[u8]) -> Class {
    class(MediaKind::Audio, payload)
}

fn enhanced(codec: VideoCodec, packet_type: VideoPacketType, payload: &[u8]) -> VideoPacket<'_> {
    VideoPacket {
        track: TrackId::DEFAULT,
        codec,
        packet_type,
        frame_type: FrameType::Key,
        composition_time: 0,
        nanos: 0,
        payload,
        enhanced: true,
    }
}

const SEQUENCE_HEADER: Class = Class::VideoSequenceHeader {
    track: TrackSlot::DEFAULT,
};

mod legacy {
    use super::*;

    #[test]
    fn avc_has_a_packet_type_and_a_signed_composition_time() {
        // Inter frame of AVC, NAL units, -40 ms, one NAL unit of 2 bytes.
        let payload = [0x27, 0x01, 0xFF, 0xFF, 0xD8, 0, 0, 0, 2, 0x41, 0x9A];
        let packet = VideoPacket {
            track: TrackId::DEFAULT,
            codec: VideoCodec::Avc,
            packet_type: VideoPacketType::CodedFrames,
            frame_type: FrameType::Inter,
            composition_time: -40,
            nanos: 0,
            payload: &[0, 0, 0, 2, 0x41, 0x9A],
            enhanced: false,
        };
        assert_eq!(video(&payload), [Ok(packet)]);
        assert_eq!(video_class(&payload), Class::Inter);
    }

    #[test]
    fn key_frames_and_sequence_headers_are_told_apart_by_the_packet_type() {
        assert_eq!(video_class(&[0x17, 0x00, 0, 0, 0, 0x01, 0x64]), SEQUENCE_HEADER);
        assert_eq!(
            video_class(&[0x17, 0x01, 0, 0, 0, 0, 0, 0, 1, 0x65]),
            Class::Keyframe
        );
        // Generated key frame; disposable inter frame.
        assert_eq!(
            video_class(&[0x47, 0x01, 0, 0, 0, 0, 0, 0, 1, 0x65]),
            Class::Keyframe
        );
        assert_eq!(
            video_class(&[0x37, 0x01, 0, 0, 0, 0, 0, 0, 1, 0x01]),
            Class::Disposable
        );
        // A sequence header that is not marked as a key frame.
        assert_eq!(video_class(&[0x27, 0x00, 0, 0, 0, 0x01, 0x64]), SEQUENCE_HEADER);
    }

    #[test]
    fn hevc_av1_and_vvc_by_number_are_laid_out_as_avc() {
        for (first, codec) in [
            (0x1C, VideoCodec::Hevc),
            (0x1D, VideoCodec::Av1),
            (0x1E, VideoCodec::Vvc),
        ] {
            let payload = [first, 0x00, 0, 0, 0, 0x01];
            let packet = video(&payload)[0].unwrap();
            assert_eq!(
                (packet.codec, packet.packet_type),
                (codec, VideoPacketType::SequenceStart)
            );
            assert_eq!(packet.payload, [0x01]);
            assert_eq!(video_class(&payload), SEQUENCE_HEADER);
        }
    }

    #[test]
    fn older_codecs_have_frames_only() {
        // Key frame of Sorenson H.263.
        let packet = video(&[0x12, 0x00, 0x00, 0x84])[0].unwrap();
        assert_eq!(
            (packet.codec, packet.frame_type),
            (VideoCodec::SorensonH263, FrameType::Key)
        );
        assert_eq!(packet.payload, [0x00, 0x00, 0x84]);
        assert_eq!(video_class(&[0x12, 0x00, 0x00, 0x84]), Class::Keyframe);
        assert_eq!(video_class(&[0x32, 0x00]), Class::Disposable);
    }

    #[test]
    fn the_end_of_a_sequence_may_lack_its_composition_time() {
        for payload in [&[0x17, 0x02, 0, 0, 0][..], &[0x27, 0x02, 0, 0, 0], &[0x17, 0x02]] {
            assert_eq!(
                video(payload)[0].unwrap().packet_type,
                VideoPacketType::SequenceEnd
            );
            assert_eq!(video_class(payload), Class::SequenceEnd);
        }
    }

    #[test]
    fn a_command_frame_is_no_video() {
        let tag = VideoTag::parse(&[0x57, 0x01]);
        assert!(
            matches!(tag, Ok(VideoTag::Command(VideoCommand::EndSeek))),
            "{tag:?}"
        );
        assert_eq!(video_class(&[0x57, 0x01]), Class::VideoCommand);
    }

    #[test]
    fn a_message_with_nothing_in_it_is_empty() {
        assert!(matches!(VideoTag::parse(&[]), Ok(VideoTag::Empty)));
        assert!(matches!(AudioTag::parse(&[]), Ok(AudioTag::Silence)));
        assert_eq!(VideoTag::parse(&[0x17]).unwrap_err(), TagError::Truncated);
        for payload in [
            &[][..],
            &[0x17],
            &[0x17, 0x00, 0, 0, 0],
            &[0x17, 0x01, 0, 0, 0],
            &[0x27, 0x01, 0],
        ] {
            assert_eq!(video_class(payload), Class::Empty, "{payload:02x?}");
        }
        for payload in [&[][..], &[0xAF], &[0xAF, 0x00], &[0xAF, 0x01], &[0x2F]] {
            assert_eq!(audio_class(payload), Class::Empty, "{payload:02x?}");
        }
    }

    #[test]
    fn reserved_packet_types_are_opaque() {
        assert_eq!(
            VideoTag::parse(&[0x17, 0x03, 0, 0, 0, 1]).unwrap_err(),
            TagError::PacketType(3)
        );
        assert_eq!(video_class(&[0x17, 0x03, 0, 0, 0, 1]), Class::Opaque);
        assert_eq!(
            AudioTag::parse(&[0xAF, 0x02, 1]).unwrap_err(),
            TagError::PacketType(2)
        );
        assert_eq!(audio_class(&[0xAF, 0x02, 1]), Class::Opaque);
    }

    #[test]
    fn aac_has_a_packet_type() {
        // AudioSpecificConfig: LC, 48000 Hz, stereo.
        let packet = audio(&[0xAF, 0x00, 0x11, 0x90])[0].unwrap();
        assert_eq!(
            (packet.codec, packet.packet_type),
            (AudioCodec::Aac, AudioPacketType::SequenceStart)
        );
        assert_eq!(packet.payload, [0x11, 0x90]);
        let header = Class::AudioSequenceHeader {
            track: TrackSlot::DEFAULT,
        };
        assert_eq!(audio_class(&[0xAF, 0x00, 0x11, 0x90]), header);
        assert_eq!(audio_class(&[0xAF, 0x01, 0x21]), Class::Audio);
    }

    #[test]
    fn other_audio_says_its_rate_size_and_channels_in_the_first_byte() {
        // MP3 (2), 44100 Hz (3), 16 bits (1), stereo (1).
        let packet = audio(&[0x2F, 0xFF, 0xFB])[0].unwrap();
        let sound = packet.sound.unwrap();
        assert_eq!(
            (packet.codec, packet.payload),
            (AudioCodec::Mp3, &[0xFF, 0xFB][..])
        );
        assert_eq!((sound.rate(), sound.bits(), sound.channels()), (44_100, 16, 2));
        // A-law (7), 5512 Hz (0), 16 bits, mono: as FFmpeg marks 8000 Hz.
        let sound = audio(&[0x72, 0xD5])[0].unwrap().sound.unwrap();
        assert_eq!((sound.rate(), sound.bits(), sound.channels()), (5512, 16, 1));
        assert_eq!(audio_class(&[0x72, 0xD5]), Class::Audio);
    }
}

mod enhanced {
    use super::*;

    #[test]
    fn hevc_sequence_start() {
        let payload = [0x90, b'h', b'v', b'c', b'1', 0x01, 0x01, 0x60];
        let packet = enhanced(
            VideoCodec::Hevc,
            VideoPacketType::SequenceStart,
            &[0x01, 0x01, 0x60],
        );
        assert_eq!(video(&payload), [Ok(packet)]);
        assert_eq!(video_class(&payload), SEQUENCE_HEADER);
    }

    #[test]
    fn hevc_coded_frames_begin_with_a_composition_time() {
        let payload = [0xA1, b'h', b'v', b'c', b'1', 0, 0, 0x21, 0, 0, 0, 2, 0x02, 0x01];
        let packet = VideoPacket {
            frame_type: FrameType::Inter,
            composition_time: 33,
            ..enhanced(
                VideoCodec::Hevc,
                VideoPacketType::CodedFrames,
                &[0, 0, 0, 2, 0x02, 0x01],
            )
        };
        assert_eq!(video(&payload), [Ok(packet)]);
        assert_eq!(video_class(&payload), Class::Inter);
    }

    #[test]
    fn coded_frames_x_leave_the_composition_time_out() {
        let payload = [0x93, b'h', b'v', b'c', b'1', 0, 0, 0, 2, 0x26, 0x01];
        let packet = enhanced(
            VideoCodec::Hevc,
            VideoPacketType::CodedFramesX,
            &[0, 0, 0, 2, 0x26, 0x01],
        );
        assert_eq!(video(&payload), [Ok(packet)]);
        assert_eq!(video_class(&payload), Class::Keyframe);
    }

    #[test]
    fn avc_composition_times_may_be_negative() {
        let payload = [
            0xA1, b'a', b'v', b'c', b'1', 0xFF, 0xFF, 0xD8, 0, 0, 0, 2, 0x41, 0x9A,
        ];
        assert_eq!(video(&payload)[0].unwrap().composition_time, -40);
    }

    #[test]
    fn av1_coded_frames_have_no_composition_time() {
        // A temporal delimiter (12 00), then a sequence header of 2 bytes.
        let payload = [0x91, b'a', b'v', b'0', b'1', 0x12, 0x00, 0x0A, 0x02, 0x00, 0x00];
        let data = [0x12, 0x00, 0x0A, 0x02, 0x00, 0x00];
        let packet = enhanced(VideoCodec::Av1, VideoPacketType::CodedFrames, &data);
        assert_eq!(video(&payload), [Ok(packet)]);
        assert_eq!(video_class(&payload), Class::Keyframe);
    }

    #[test]
    fn a_mod_ex_prefix_adds_nanoseconds_and_is_looked_through() {
        // Inter, ModEx; 3 bytes: 250000 ns; kind 0, CodedFrames.
        let payload = [
            0xA7, 0x02, 0x03, 0xD0, 0x90, 0x01, b'h', b'v', b'c', b'1', 0, 0, 0x21, 0, 0, 0, 2, 0x02, 0x01,
        ];
        let packet = video(&payload)[0].unwrap();
        assert_eq!((packet.nanos, packet.composition_time), (250_000, 33));
        assert_eq!(packet.payload, [0, 0, 0, 2, 0x02, 0x01]);
        assert_eq!(video_class(&payload), Class::Inter);
    }

    #[test]
    fn an_unknown_or_short_mod_ex_is_skipped() {
        // Kind 5 with one byte, then kind 0 with one byte (too few for an offset), then SequenceEnd.
        let payload = [0x97, 0x00, 0xAA, 0x57, 0x00, 0xBB, 0x02, b'a', b'v', b'0', b'1'];
        let packet = video(&payload)[0].unwrap();
        assert_eq!(
            (packet.packet_type, packet.nanos),
            (VideoPacketType::SequenceEnd, 0)
        );
        assert_eq!(video_class(&payload), Class::SequenceEnd);
    }

    #[test]
    fn a_chain_of_mod_ex_has_an_end() {
        let chain = |links: usize| {
            let mut payload = vec![0x97];
            for _ in 1..links {
                payload.extend([0x00, 0xAA, 0x17]); // one byte; kind 1, ModEx again
            }
            payload.extend([0x00, 0xAA, 0x12]); // the last: SequenceEnd
            payload.extend(b"av01");
            payload
        };
        assert_eq!(video_class(&chain(8)), Class::SequenceEnd);
        assert_eq!(
            VideoTag::parse(&chain(9)).unwrap_err(),
            TagError::TooManyModEx { limit: 8 }
        );
        assert_eq!(video_class(&chain(9)), Class::Opaque);
    }

    #[test]
    fn one_track_carries_its_id() {
        let payload = [0xA6, 0x03, b'a', b'v', b'c', b'1', 0x01, 0, 0, 0, 2, 0x41, 0x9A];
        let packet = VideoPacket {
            track: TrackId::new(1),
            frame_type: FrameType::Inter,
            ..enhanced(
                VideoCodec::Avc,
                VideoPacketType::CodedFramesX,
                &[0, 0, 0, 2, 0x41, 0x9A],
            )
        };
        assert_eq!(video(&payload), [Ok(packet)]);
        assert_eq!(video_class(&payload), Class::Inter);
    }

    #[test]
    fn key_frames_of_other_tracks_are_no_place_to_start() {
        // CodedFramesX of track 1, then of track 0.
        let other = [0x96, 0x03, b'a', b'v', b'c', b'1', 0x01, 0, 0, 0, 1, 0x65];
        let default = [0x96, 0x03, b'a', b'v', b'c', b'1', 0x00, 0, 0, 0, 1, 0x65];
        assert_eq!(
            video_class(&other),
            Class::TrackKeyframe {
                track: TrackId::new(1)
            }
        );
        assert_eq!(video_class(&default), Class::Keyframe);
    }

    #[test]
    fn each_track_has_a_place_for_its_header() {
        // SequenceStart of track 2.
        let payload = [0x96, 0x00, b'a', b'v', b'c', b'1', 0x02, 0x01, 0x64];
        let track = TrackSlot::One(TrackId::new(2));
        assert_eq!(video_class(&payload), Class::VideoSequenceHeader { track });
        assert!(video_class(&payload).is_header());
    }

    const MANY_TRACKS: [u8; 32] = [
        0x96, 0x11, b'h', b'v', b'c', b'1', // key, Multitrack; ManyTracks, CodedFrames
        0x00, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 0x26, 0x01, // track 0: 9 bytes
        0x01, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 0x26, 0x02, // track 1: 9 bytes
    ];

    #[test]
    fn many_tracks_share_a_codec() {
        let first = enhanced(
            VideoCodec::Hevc,
            VideoPacketType::CodedFrames,
            &[0, 0, 0, 2, 0x26, 0x01],
        );
        let second = VideoPacket {
            track: TrackId::new(1),
            payload: &[0, 0, 0, 2, 0x26, 0x02],
            ..first
        };
        assert_eq!(video(&MANY_TRACKS), [Ok(first), Ok(second)]);
        assert_eq!(video_class(&MANY_TRACKS), Class::Keyframe);
        // The first tells whether it is a place to start at.
        let mut others = MANY_TRACKS;
        others[6] = 2;
        let track = TrackId::new(2);
        assert_eq!(video_class(&others), Class::TrackKeyframe { track });
    }

    #[test]
    fn a_header_of_many_tracks_does_not_replace_one_of_a_single_track() {
        let mut many = MANY_TRACKS;
        many[1] = 0x10; // SequenceStart
        let track = TrackSlot::Many(TrackId::DEFAULT);
        assert_eq!(video_class(&many), Class::VideoSequenceHeader { track });
        // The form for many, with one in it, is one.
        assert_eq!(video_class(&many[..19]), SEQUENCE_HEADER);
    }

    #[test]
    fn a_track_that_overruns_the_message_is_the_last() {
        let cut = &MANY_TRACKS[..31];
        let packets = video(cut);
        assert!(packets[0].is_ok());
        assert_eq!(
            packets[1],
            Err(TagError::TrackOverrun {
                track: TrackId::new(1),
                size: 9,
                left: 8
            })
        );
        assert_eq!(packets.len(), 2);
    }

    #[test]
    fn a_track_too_short_for_its_composition_time_does_not_hide_the_next() {
        let payload = [
            0xA6, 0x11, b'h', b'v', b'c', b'1', // inter; ManyTracks, CodedFrames
            0x00, 0, 0, 1, 0x00, // track 0: 1 byte
            0x01, 0, 0, 4, 0, 0, 0, 0xAA, // track 1: 4 bytes
        ];
        let packets = video(&payload);
        assert_eq!(packets[0], Err(TagError::Truncated));
        assert_eq!(packets[1].unwrap().payload, [0xAA]);
    }

    #[test]
    fn many_tracks_may_differ_in_codec() {
        let payload = [
            0x96, 0x22, // key, Multitrack; ManyTracksManyCodecs, SequenceEnd
            b'a', b'v', b'0', b'1', 0x00, 0, 0, 0, // track 0
            b'h', b'v', b'c', b'1', 0x02, 0, 0, 0, // track 2
        ];
        let first = enhanced(VideoCodec::Av1, VideoPacketType::SequenceEnd, &[]);
        let second = VideoPacket {
            track: TrackId::new(2),
            codec: VideoCodec::Hevc,
            ..first
        };
        assert_eq!(video(&payload), [Ok(first), Ok(second)]);
        assert_eq!(video_class(&payload), Class::SequenceEnd);
    }

    #[test]
    fn what_is_reserved_is_opaque() {
        // Packet type 8; multitrack inside multitrack; ModEx inside multitrack; multitrack type 3.
        for (payload, error) in [
            (&[0x98, b'a', b'v', b'0', b'1', 0][..], TagError::PacketType(8)),
            (
                &[0x96, 0x06, b'a', b'v', b'0', b'1', 0][..],
                TagError::PacketType(6),
            ),
            (
                &[0x96, 0x07, b'a', b'v', b'0', b'1', 0][..],
                TagError::PacketType(7),
            ),
            (
                &[0x96, 0x31, b'a', b'v', b'0', b'1', 0][..],
                TagError::MultitrackType(3),
            ),
        ] {
            assert_eq!(VideoTag::parse(payload).unwrap_err(), error);
            assert_eq!(video_class(payload), Class::Opaque);
        }
    }

    #[test]
    fn opus_sequence_start_and_channel_layout_are_two_headers() {
        let start = [
            0x90, b'O', b'p', b'u', b's', // SequenceStart
            b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', 1, 2, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0,
        ];
        let packet = audio(&start)[0].unwrap();
        assert_eq!(
            (packet.codec, packet.packet_type),
            (AudioCodec::Opus, AudioPacketType::SequenceStart)
        );
        assert_eq!(
            (packet.payload.len(), packet.sound, packet.enhanced),
            (19, None, true)
        );
        assert_eq!(
            audio_class(&start),
            Class::AudioSequenceHeader {
                track: TrackSlot::DEFAULT
            }
        );

        // MultichannelConfig: native order, 2 channels, mask 3.
        let layout = [0x94, b'O', b'p', b'u', b's', 1, 2, 0, 0, 0, 3];
        assert_eq!(
            audio(&layout)[0].unwrap().packet_type,
            AudioPacketType::MultichannelConfig
        );
        assert_eq!(
            audio_class(&layout),
            Class::MultichannelConfig {
                track: TrackSlot::DEFAULT
            }
        );
        assert!(audio_class(&layout).is_header());
    }

    #[test]
    fn codecs_without_configuration_may_start_with_an_empty_one() {
        let header = Class::AudioSequenceHeader {
            track: TrackSlot::DEFAULT,
        };
        assert_eq!(audio_class(b"\x90ac-3"), header);
        assert_eq!(audio_class(b"\x90Opus"), header);
        assert_eq!(audio_class(b"\x90mp4a"), Class::Empty);
        // FFmpeg may send an empty AV1 record before the good one.
        assert_eq!(video_class(b"\x90av01"), Class::Empty);
    }

    #[test]
    fn audio_multitrack_is_packet_type_5() {
        let payload = [0x95, 0x00, b'm', b'p', b'4', b'a', 0x01, 0x11, 0x90];
        let packet = audio(&payload)[0].unwrap();
        assert_eq!((packet.track, packet.codec), (TrackId::new(1), AudioCodec::Aac));
        assert_eq!(packet.payload, [0x11, 0x90]);
        let track = TrackSlot::One(TrackId::new(1));
        assert_eq!(audio_class(&payload), Class::AudioSequenceHeader { track });
        // 6 is Multitrack in video only.
        assert_eq!(
            audio_class(&[0x96, 0x00, b'm', b'p', b'4', b'a', 0x01]),
            Class::Opaque
        );
    }

    #[test]
    fn a_command_frame_has_no_fourcc() {
        let tag = VideoTag::parse(&[0xD0, 0x00]);
        assert!(
            matches!(tag, Ok(VideoTag::Command(VideoCommand::StartSeek))),
            "{tag:?}"
        );
        assert_eq!(video_class(&[0xD0, 0x00]), Class::VideoCommand);
    }

    #[test]
    fn metadata_is_a_header_whatever_its_frame_type() {
        let body = b"hvc1\x02\x00\x09colorInfo\x03\x00\x00\x09";
        // Frame type 0 (OBS), 5 (FFmpeg) and 1.
        for first in [0x84, 0xD4, 0x94] {
            let payload = [&[first][..], body].concat();
            let packet = video(&payload)[0].unwrap();
            assert_eq!(packet.packet_type, VideoPacketType::Metadata);
            assert_eq!(packet.payload, &body[4..]);
            assert_eq!(
                video_class(&payload),
                Class::VideoMetadata {
                    track: TrackSlot::DEFAULT
                }
            );
        }
    }

    #[test]
    fn mod_ex_data_of_256_bytes_has_a_length_of_two_bytes_more() {
        let mut payload = vec![0x97, 0xFF, 0x00, 0xFF]; // ModEx; 255: u16 follows; 255 + 1 bytes
        payload.extend([0x00, 0x00, 0x07]); // 7 ns
        payload.resize(4 + 256, 0);
        payload.extend([0x01]); // kind 0, CodedFrames
        payload.extend(b"Opus\xFC");
        let packet = audio(&payload)[0].unwrap();
        assert_eq!((packet.nanos, packet.payload), (7, &[0xFC][..]));
        assert_eq!(audio_class(&payload), Class::Audio);
    }

    #[test]
    fn codecs_to_come_pass_like_known_ones() {
        let packet = video(b"\x91xyz9\x01\x02")[0].unwrap();
        assert_eq!(packet.codec, VideoCodec::UnknownFourCc(FourCc::new(*b"xyz9")));
        assert_eq!(packet.payload, [1, 2]);
        assert_eq!(video_class(b"\x91xyz9\x01\x02"), Class::Keyframe);
        assert_eq!(audio_class(b"\x91xyz9\x01\x02"), Class::Audio);
    }
}

#[test]
fn frames_of_no_type_are_judged_by_their_first_nal_unit() {
    // HEVC in the enhanced form, CodedFrames, frame type 0: access unit delimiter, then IDR_W_RADL or TRAIL_R.
    let frame = |nal| {
        [
            &b"\x81hvc1"[..],
            &[0, 0, 0],
            &[0, 0, 0, 3, 0x46, 0x01, 0x50],
            &[0, 0, 0, 2, nal, 0x01],
        ]
        .concat()
    };
    assert_eq!(video_class(&frame(19 << 1)), Class::Keyframe);
    assert_eq!(video_class(&frame(1 << 1)), Class::Inter);
    // AVC: IDR slice behind parameter sets, and a lone non-IDR slice.
    let sps = [0, 0, 0, 2, 0x67, 0x64];
    assert_eq!(
        video_class(&[&b"\x83avc1"[..], &sps, &[0, 0, 0, 2, 0x65, 0x88]].concat()),
        Class::Keyframe
    );
    assert_eq!(video_class(b"\x83avc1\0\0\0\x02\x41\x9A"), Class::Inter);
    // AV1 with and without a sequence header; VP8; VP9 of profile 0 and 3.
    assert_eq!(video_class(b"\x81av01\x12\x00\x0A\x02\x00\x00"), Class::Keyframe);
    assert_eq!(video_class(b"\x81av01\x12\x00\x32\x02\x00\x00"), Class::Inter);
    assert_eq!(video_class(b"\x81vp08\x10\x02\x00\x9D\x01\x2A"), Class::Keyframe);
    assert_eq!(video_class(b"\x81vp08\x11\x02\x00"), Class::Inter);
    assert_eq!(video_class(b"\x81vp09\x82\x49\x83\x42"), Class::Keyframe);
    assert_eq!(video_class(b"\x81vp09\x86\x00"), Class::Inter);
    assert_eq!(video_class(b"\x81vp09\xB1\x00"), Class::Keyframe);
    assert_eq!(video_class(b"\x81vp09\xB2\x00"), Class::Inter);
    // A NAL unit that runs past the end, and a codec that nobody knows.
    assert_eq!(video_class(b"\x83avc1\xFF\xFF\xFF\xFF\x67\x00"), Class::Inter);
    assert_eq!(video_class(b"\x81xyz9\x00"), Class::Inter);
}

#[test]
fn metadata_is_known_by_its_handler() {
    let data = |payload: &[u8]| class(MediaKind::Data, payload);
    assert_eq!(
        data(b"\x02\x00\x0AonMetaData\x08\0\0\0\0\0\0\x09"),
        Class::Metadata
    );
    assert_eq!(
        data(b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x03\0\0\x09"),
        Class::Metadata
    );
    assert_eq!(
        data(b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonTextData\x03\0\0\x09"),
        Class::Data
    );
    assert_eq!(
        data(b"\x02\x00\x0F@clearDataFrame\x02\x00\x0AonMetaData"),
        Class::ClearMetadata
    );
    assert_eq!(data(b"\x02\x00\x0AonCuePoint\x03\0\0\x09"), Class::Data);
    // What `ffmpeg -f mpegts` sends: four bytes of a timecode.
    assert_eq!(data(&[0x00, 0x01, 0x02, 0x03]), Class::Data);
    assert_eq!(data(&[]), Class::Empty);
}

#[test]
fn every_codec_answers_to_the_names_it_is_known_by() {
    for id in 0..=15 {
        assert_eq!(VideoCodec::from_id(id).id(), Some(id));
        assert_eq!(AudioCodec::from_id(id).id(), Some(id));
    }
    for name in [b"avc1", b"hvc1", b"vvc1", b"av01", b"vp08", b"vp09", b"xyz9"] {
        let fourcc = FourCc::new(*name);
        assert_eq!(VideoCodec::from_fourcc(fourcc).fourcc(), Some(fourcc));
    }
    for name in [b"mp4a", b".mp3", b"Opus", b"fLaC", b"ac-3", b"ec-3", b"xyz9"] {
        let fourcc = FourCc::new(*name);
        assert_eq!(AudioCodec::from_fourcc(fourcc).fourcc(), Some(fourcc));
    }
}

#[test]
fn a_message_shows_everything_but_its_bytes() {
    let payload = Bytes::from_static(&[0x17, 0x01, 0, 0, 0, 0xAB]);
    let message = MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(40),
        payload,
    };
    let shown = format!("{message:?}");
    assert_eq!(
        shown,
        "MediaMessage { kind: Video, timestamp: Timestamp(40), class: Keyframe, len: 6 }"
    );
}

/// Bytes that begin like a tag, so that the deeper branches are reached.
fn tag() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![any::<u8>(), 0x80..=0xFFu8, Just(0x96), Just(0x97), Just(0x95)];
    (
        first,
        prop::collection::vec(prop_oneof![any::<u8>(), 0..8u8], 0..64),
    )
        .prop_map(|(first, mut rest)| {
            rest.insert(0, first);
            rest
        })
}

proptest! {
    #[test]
    fn any_bytes_have_a_class_and_packets_that_lie_within_them(payload in tag()) {
        for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Data] {
            class(kind, &payload);
        }
        if let Ok(VideoTag::Packets(packets)) = VideoTag::parse(&payload) {
            let sum: usize = packets.flatten().map(|packet| packet.payload.len()).sum();
            prop_assert!(sum < payload.len());
        }
        if let Ok(AudioTag::Packets(packets)) = AudioTag::parse(&payload) {
            let sum: usize = packets.flatten().map(|packet| packet.payload.len()).sum();
            prop_assert!(sum < payload.len());
        }
    }

    #[test]
    fn tracks_written_are_tracks_read(
        tracks in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 1..6),
    ) {
        let mut payload = vec![0x96, 0x12]; // key, Multitrack; ManyTracks, SequenceEnd (no composition time)
        payload.extend(b"hvc1");
        for (id, body) in &tracks {
            payload.push(*id);
            payload.extend([0, 0, u8::try_from(body.len()).unwrap()]);
            payload.extend(body);
        }
        let read: Vec<_> =
            video(&payload).into_iter().map(|p| p.map(|p| (p.track.get(), p.payload.to_vec()))).collect();
        prop_assert_eq!(read, tracks.into_iter().map(Ok).collect::<Vec<_>>());
    }
}
