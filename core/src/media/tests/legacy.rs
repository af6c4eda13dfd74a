//! Headers of old: a codec id or sound format in the first byte.

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
