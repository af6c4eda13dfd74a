//! Spellings on literal bytes: the specification's examples, and what encoders send.

use proptest::prelude::*;
use proptest::sample::select;

mod metadata;

use super::*;
use crate::units::Timestamp;

fn message(kind: MediaKind, payload: &[u8]) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(40),
        payload: Bytes::copy_from_slice(payload),
    }
}

/// The payload as the reader gets it; `None` if it gets nothing.
fn spelled(kind: MediaKind, payload: &[u8], reads: Reads) -> Option<Vec<u8>> {
    let message = message(kind, payload);
    match respell(&message, Spelling::For(reads)) {
        Respelled::Unchanged => Some(payload.to_vec()),
        Respelled::Changed(changed) => {
            assert_eq!((changed.kind, changed.timestamp), (kind, message.timestamp));
            assert_ne!(changed.payload, payload, "a change changes something");
            Some(changed.payload.to_vec())
        }
        Respelled::Dropped => None,
    }
}

fn video(payload: &[u8], reads: Reads) -> Option<Vec<u8>> {
    spelled(MediaKind::Video, payload, reads)
}

fn audio(payload: &[u8], reads: Reads) -> Option<Vec<u8>> {
    spelled(MediaKind::Audio, payload, reads)
}

/// The two are the same message to the two kinds of readers.
fn are_one(kind: MediaKind, name: Reads, legacy: &[u8], enhanced: &[u8]) {
    let to = |payload, reads| spelled(kind, payload, reads).unwrap();
    assert_eq!(to(enhanced, Reads::NOTHING), legacy, "{enhanced:02x?}");
    assert_eq!(to(legacy, name), enhanced, "{legacy:02x?}");
    // Whoever has the right one already keeps it.
    assert_eq!(to(legacy, Reads::NOTHING), legacy);
    assert_eq!(to(enhanced, name), enhanced);
    // What else a reader knows changes nothing.
    let others = Reads(Reads::ALL.0 & !name.0);
    assert_eq!(to(enhanced, others), legacy);
    assert_eq!(to(legacy, others), legacy);
}

mod default_track {
    use super::*;

    #[test]
    fn as_published_is_bit_for_bit() {
        let message = message(MediaKind::Video, b"\x90hvc1\x01\x01\x60");
        assert_eq!(respell(&message, Spelling::AsPublished), Respelled::Unchanged);
        assert_eq!(Spelling::default(), Spelling::AsPublished);
    }

    #[test]
    fn hevc_is_hvc1_or_codec_12() {
        let are_one = |legacy: &[u8], enhanced: &[u8]| {
            are_one(MediaKind::Video, Reads::HEVC, legacy, enhanced);
        };
        // SequenceStart.
        are_one(b"\x1C\0\0\0\0\x01\x01\x60", b"\x90hvc1\x01\x01\x60");
        // An inter frame, 33 ms.
        are_one(
            b"\x2C\x01\0\0\x21\0\0\0\x02\x02\x01",
            b"\xA1hvc1\0\0\x21\0\0\0\x02\x02\x01",
        );
        // A key frame without composition time: CodedFramesX.
        are_one(b"\x1C\x01\0\0\0\0\0\0\x02\x26\x01", b"\x93hvc1\0\0\0\x02\x26\x01");
        // SequenceEnd.
        are_one(b"\x1C\x02\0\0\0", b"\x92hvc1");
    }

    #[test]
    fn avc_is_avc1_or_codec_7() {
        let are_one = |legacy: &[u8], enhanced: &[u8]| {
            are_one(MediaKind::Video, Reads::AVC, legacy, enhanced);
        };
        are_one(b"\x17\0\0\0\0\x01\x64", b"\x90avc1\x01\x64");
        // An inter frame, -40 ms; a disposable one; a generated key frame.
        are_one(
            b"\x27\x01\xFF\xFF\xD8\0\0\0\x02\x41\x9A",
            b"\xA1avc1\xFF\xFF\xD8\0\0\0\x02\x41\x9A",
        );
        are_one(b"\x37\x01\0\0\0\0\0\0\x01\x01", b"\xB3avc1\0\0\0\x01\x01");
        are_one(b"\x47\x01\0\0\0\0\0\0\x01\x65", b"\xC3avc1\0\0\0\x01\x65");
    }

    #[test]
    fn aac_is_mp4a_or_sound_format_10() {
        // AudioSpecificConfig, then a frame.
        for (legacy, enhanced) in [
            (&b"\xAF\x00\x11\x90"[..], &b"\x90mp4a\x11\x90"[..]),
            (b"\xAF\x01\x21\x1A", b"\x91mp4a\x21\x1A"),
        ] {
            are_one(MediaKind::Audio, Reads::AAC, legacy, enhanced);
        }
        // Some senders set other flags, which no reader of AAC minds.
        assert_eq!(audio(b"\xAE\x01\x21", Reads::AAC), Some(b"\x91mp4a\x21".to_vec()));
    }

    #[test]
    fn mp3_is_dot_mp3_or_sound_format_2() {
        // MPEG-1, 44100 Hz, joint stereo; mono; MPEG-2 of 22050 Hz; MPEG-2.5 of 11025 Hz; 48000 Hz.
        for (legacy, frame) in [
            (0x2F, [0xFF, 0xFB, 0x90, 0x64]),
            (0x2E, [0xFF, 0xFB, 0x90, 0xC4]),
            (0x2B, [0xFF, 0xF3, 0x80, 0x64]),
            (0x27, [0xFF, 0xE3, 0x80, 0x64]),
            (0x2F, [0xFF, 0xFB, 0x94, 0x64]),
        ] {
            let legacy = [&[legacy][..], &frame].concat();
            let enhanced = [&b"\x91.mp3"[..], &frame].concat();
            are_one(MediaKind::Audio, Reads::MP3, &legacy, &enhanced);
        }
        // No frame header to go by.
        assert_eq!(audio(b"\x91.mp3\x00", Reads::NOTHING), Some(b"\x2F\x00".to_vec()));
    }

    #[test]
    fn coded_frames_of_composition_time_0_become_codec_7_as_well() {
        assert_eq!(
            video(b"\x91avc1\0\0\0\0\0\0\x01\x65", Reads::NOTHING),
            Some(b"\x17\x01\0\0\0\0\0\0\x01\x65".to_vec())
        );
    }

    #[test]
    fn a_frame_of_no_type_gets_one_for_readers_of_legacy_headers() {
        // What gortmplib sends: frame type 0.
        for (enhanced, legacy) in [
            (&b"\x80hvc1\x01\x01"[..], &b"\x1C\0\0\0\0\x01\x01"[..]),
            // IDR_W_RADL, and TRAIL_R.
            (b"\x83hvc1\0\0\0\x02\x26\x01", b"\x1C\x01\0\0\0\0\0\0\x02\x26\x01"),
            (b"\x83hvc1\0\0\0\x02\x02\x01", b"\x2C\x01\0\0\0\0\0\0\x02\x02\x01"),
        ] {
            assert_eq!(video(enhanced, Reads::NOTHING), Some(legacy.to_vec()));
            assert_eq!(video(enhanced, Reads::HEVC), Some(enhanced.to_vec()));
        }
    }

    #[test]
    fn what_has_one_form_only_passes() {
        // FFmpeg from 6.1 announces nothing and reads these; nobody else could be helped.
        for payload in [
            &b"\x90av01\x81\x05\x0C\x00"[..],
            b"\x91av01\x12\x00\x0A\x02\0\0",
            b"\x90av01",
            b"\x91vp09\x82\x49\x83\x42",
            b"\x91vp08\x10",
            b"\x91vvc1\0\0\0\0\0\0\x01\x00",
            b"\x91xyz9\x01",
            // Sorenson H.263; VP6.
            b"\x12\0\0\x84",
            b"\x24\x00",
        ] {
            assert_eq!(video(payload, Reads::NOTHING), Some(payload.to_vec()));
            assert_eq!(video(payload, Reads::ALL), Some(payload.to_vec()));
        }
        for payload in [
            &b"\x90OpusOpusHead"[..],
            b"\x91Opus\xFC",
            b"\x94Opus\x01\x02\0\0\0\x03",
            b"\x91fLaC\xFF",
            b"\x91ac-3\x0B\x77",
            b"\x91xyz9\x01",
            // A-law; mu-law; Speex; MP3 at 8 kHz.
            b"\x72\xD5",
            b"\x82\xFF",
            b"\xB2\x00",
            b"\xE2\xFF",
        ] {
            assert_eq!(audio(payload, Reads::NOTHING), Some(payload.to_vec()));
            assert_eq!(audio(payload, Reads::ALL), Some(payload.to_vec()));
        }
    }

    #[test]
    fn av1_and_vvc_by_number_become_fourccs_for_their_readers_alone() {
        for (legacy, name, enhanced) in [
            (&b"\x1D\0\0\0\0\x81"[..], Reads::AV1, &b"\x90av01\x81"[..]),
            (b"\x2D\x01\0\0\0\x32", Reads::AV1, b"\xA1av01\x32"),
            (b"\x2E\x01\0\0\x21\x00", Reads::VVC, b"\xA1vvc1\0\0\x21\x00"),
        ] {
            assert_eq!(video(legacy, name), Some(enhanced.to_vec()));
            assert_eq!(video(legacy, Reads::NOTHING), Some(legacy.to_vec()));
        }
        // `av01` has no place for a composition time.
        let odd = b"\x2D\x01\0\0\x21\x32";
        assert_eq!(video(odd, Reads::ALL), Some(odd.to_vec()));
    }

    #[test]
    fn what_cannot_be_read_passes() {
        for payload in [
            &b""[..],
            b"\x17",
            b"\x17\x01\0",
            b"\x17\x03\0\0\0\x01",
            b"\x98avc1\0",
            b"\x96\x31avc1\0",
            b"\x90avc",
            b"\x57\x00",
            b"\xD0\x00",
        ] {
            assert_eq!(video(payload, Reads::NOTHING), Some(payload.to_vec()));
            assert_eq!(video(payload, Reads::ALL), Some(payload.to_vec()));
        }
        for payload in [&b""[..], b"\xAF", b"\xAF\x02\x01", b"\x93mp4a", b"\x96\x00mp4a\0"] {
            assert_eq!(audio(payload, Reads::NOTHING), Some(payload.to_vec()));
            assert_eq!(audio(payload, Reads::ALL), Some(payload.to_vec()));
        }
    }

    #[test]
    fn headers_without_a_body_stay_without() {
        are_one(MediaKind::Video, Reads::AVC, b"\x17\0\0\0\0", b"\x90avc1");
        are_one(MediaKind::Audio, Reads::AAC, b"\xAF\x00", b"\x90mp4a");
    }

    #[test]
    fn audio_packets_without_a_legacy_form_are_dropped_for_its_readers() {
        // MultichannelConfig and SequenceEnd of AAC; the configuration of MP3, which is empty.
        for (payload, name) in [
            (&b"\x94mp4a\x01\x02\0\0\0\x03"[..], Reads::AAC),
            (b"\x92mp4a", Reads::AAC),
            (b"\x90.mp3", Reads::MP3),
        ] {
            assert_eq!(audio(payload, Reads::NOTHING), None);
            assert_eq!(audio(payload, name), Some(payload.to_vec()));
        }
        // MPEG2TSSequenceStart.
        assert_eq!(video(b"\x95avc1\x80", Reads::NOTHING), None);
    }

    #[test]
    fn metadata_frames_are_for_those_who_read_them() {
        // As OBS and FFmpeg mark them.
        for payload in [
            &b"\x84hvc1\x02\x00\x09colorInfo"[..],
            b"\xD4avc1\x02\x00\x09colorInfo",
        ] {
            assert_eq!(video(payload, Reads::METADATA), Some(payload.to_vec()));
            assert_eq!(video(payload, Reads::HEVC | Reads::AVC), None);
        }
    }
}

mod mod_ex {
    use super::*;

    // Inter, ModEx; 3 bytes: 250000 ns; kind 0, CodedFrames; hvc1, 33 ms.
    const NANOS: &[u8] = b"\xA7\x02\x03\xD0\x90\x01hvc1\0\0\x21\0\0\0\x02\x02\x01";
    const PLAIN: &[u8] = b"\xA1hvc1\0\0\x21\0\0\0\x02\x02\x01";

    #[test]
    fn is_kept_for_those_who_read_it() {
        assert_eq!(video(NANOS, Reads::MOD_EX | Reads::HEVC), Some(NANOS.to_vec()));
        assert_eq!(video(NANOS, Reads::HEVC), Some(PLAIN.to_vec()));
    }

    #[test]
    fn has_no_place_in_legacy_headers() {
        let legacy = b"\x2C\x01\0\0\x21\0\0\0\x02\x02\x01";
        assert_eq!(video(NANOS, Reads::NOTHING), Some(legacy.to_vec()));
        assert_eq!(video(NANOS, Reads::MOD_EX), Some(legacy.to_vec()));
    }

    #[test]
    fn of_unknown_kinds_goes_as_well() {
        // Kind 5 with one byte, then kind 0 with one byte, then SequenceEnd.
        let payload = b"\x97\x00\xAA\x57\x00\xBB\x02av01";
        assert_eq!(video(payload, Reads::NOTHING), Some(b"\x92av01".to_vec()));
        assert_eq!(video(payload, Reads::MOD_EX), Some(payload.to_vec()));
    }

    #[test]
    fn before_several_tracks_goes_and_leaves_the_tracks() {
        // OneTrack behind it, track 1.
        let payload = b"\x97\x02\0\0\x07\x05\x01Opus\x01\xFC";
        assert_eq!(
            audio(payload, Reads::MULTITRACK),
            Some(b"\x95\x01Opus\x01\xFC".to_vec())
        );
        assert_eq!(
            audio(payload, Reads::MULTITRACK | Reads::MOD_EX),
            Some(payload.to_vec())
        );
    }

    #[test]
    fn stays_when_the_default_track_is_taken_out() {
        let payload = b"\x97\x02\0\0\x07\x05\x01Opus\x00\xFC";
        assert_eq!(
            audio(payload, Reads::MOD_EX),
            Some(b"\x97\x02\0\0\x07\x01Opus\xFC".to_vec())
        );
        assert_eq!(audio(payload, Reads::NOTHING), Some(b"\x91Opus\xFC".to_vec()));
    }
}

mod multitrack {
    use super::*;

    // Key, Multitrack; ManyTracks, CodedFrames; tracks 0 and 1 of 9 bytes each.
    const MANY: &[u8] = b"\x96\x11hvc1\
        \0\0\0\x09\0\0\0\0\0\0\x02\x26\x01\
        \x01\0\0\x09\0\0\0\0\0\0\x02\x26\x02";

    #[test]
    fn is_kept_for_those_who_read_it() {
        assert_eq!(video(MANY, Reads::MULTITRACK), Some(MANY.to_vec()));
        let one = b"\xA6\x03avc1\x01\0\0\0\x02\x41\x9A";
        assert_eq!(video(one, Reads::MULTITRACK), Some(one.to_vec()));
    }

    #[test]
    fn gives_the_others_the_default_track_in_the_form_that_they_read() {
        assert_eq!(
            video(MANY, Reads::HEVC),
            Some(b"\x91hvc1\0\0\0\0\0\0\x02\x26\x01".to_vec())
        );
        assert_eq!(
            video(MANY, Reads::NOTHING),
            Some(b"\x1C\x01\0\0\0\0\0\0\x02\x26\x01".to_vec())
        );
        // OneTrack of track 0.
        assert_eq!(
            audio(b"\x95\x00mp4a\x00\x11\x90", Reads::AAC),
            Some(b"\x90mp4a\x11\x90".to_vec())
        );
        assert_eq!(
            audio(b"\x95\x00mp4a\x00\x11\x90", Reads::NOTHING),
            Some(b"\xAF\x00\x11\x90".to_vec())
        );
    }

    #[test]
    fn finds_the_default_track_behind_others_and_of_another_codec() {
        // ManyTracksManyCodecs, SequenceEnd: hvc1 of track 2, av01 of track 0.
        let payload = b"\x96\x22hvc1\x02\0\0\0av01\0\0\0\0";
        assert_eq!(video(payload, Reads::NOTHING), Some(b"\x92av01".to_vec()));
    }

    #[test]
    fn without_the_default_track_has_nothing_for_the_others() {
        assert_eq!(video(b"\xA6\x03avc1\x01\0\0\0\x02\x41\x9A", Reads::AVC), None);
        assert_eq!(audio(b"\x95\x00mp4a\x01\x11\x90", Reads::AAC), None);
        // A body that ends within its only track.
        assert_eq!(video(b"\x96\x11hvc1\x01\0\0\x09\0", Reads::NOTHING), None);
    }
}

/// Bytes that begin like a tag.
fn tag() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        any::<u8>(),
        0x80..=0xFFu8,
        select(vec![0x17, 0x2C, 0xAF, 0x2F, 0x96, 0x97, 0x95])
    ];
    let fourcc = select(vec![
        &b""[..],
        b"avc1",
        b"hvc1",
        b"av01",
        b"mp4a",
        b".mp3",
        b"Opus",
    ]);
    let small = || prop::collection::vec(prop_oneof![any::<u8>(), 0..8u8], 0..12);
    (first, small(), fourcc, small())
        .prop_map(|(first, before, fourcc, after)| [&[first][..], &before, fourcc, &after].concat())
}

proptest! {
    #[test]
    fn those_who_agree_on_what_matters_get_the_same(
        payload in tag(), reads in any::<u16>(), is_video in any::<bool>(),
    ) {
        let reads = Reads(reads & Reads::ALL.0);
        let kind = if is_video { MediaKind::Video } else { MediaKind::Audio };
        let message = message(kind, &payload);
        let matter = Reads::that_matter_to(&message);
        prop_assert_eq!(
            respell(&message, Spelling::For(reads)),
            respell(&message, Spelling::For(reads & matter))
        );
        if matter.is_empty() {
            prop_assert_eq!(respell(&message, Spelling::For(reads)), Respelled::Unchanged);
        }
        // No more than three things can matter, so no message has more than eight spellings.
        prop_assert!(matter.0.count_ones() <= 3);
    }

    #[test]
    fn what_is_right_for_a_reader_stays_so(
        payload in tag(), reads in any::<u16>(), is_video in any::<bool>(),
    ) {
        let spelling = Spelling::For(Reads(reads & Reads::ALL.0));
        let kind = if is_video { MediaKind::Video } else { MediaKind::Audio };
        let message = message(kind, &payload);
        if let Respelled::Changed(changed) = respell(&message, spelling) {
            prop_assert_eq!(respell(&changed, spelling), Respelled::Unchanged);
        }
    }
}
