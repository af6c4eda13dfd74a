//! What messages are, beyond their headers.

use super::*;

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
