use super::*;
use crate::media::demux::{DemuxOptions, Demuxer};
use crate::media::obu::ObuError;

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
    let video = end(VideoCodec::Avc.into());
    assert_eq!(written(spelled(MuxSpelling::Legacy), video), [[0x17, 2, 0, 0, 0]]);
    let nanos = Sample {
        nanos: 250_000,
        ..avc(&[SLICE])
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

#[test]
fn legacy_headers_say_what_a_message_is_even_where_enhanced_ones_did_not() {
    // gortmplib leaves the frame type at 0.
    let start = [&b"\x80avc1"[..], &avc_record(PPS)].concat();
    let mut demuxer = Demuxer::new(DemuxOptions::default());
    for (payload, first) in [
        (start, 0x17),
        (b"\x82avc1".to_vec(), 0x17),
        (b"\x83avc1\0\0\0\x02\x41\x9A".to_vec(), 0x27),
    ] {
        demuxer.handle(&MediaMessage {
            kind: MediaKind::Video,
            timestamp: AT,
            payload: payload.clone().into(),
        });
        let media = demuxer.poll().unwrap().unwrap();
        assert_eq!(written(spelled(MuxSpelling::Legacy), media.clone())[0][0], first);
        assert_eq!(written(spelled(MuxSpelling::AsGiven), media), [payload]);
    }
}

#[test]
fn units_of_av1_that_do_not_say_where_they_end_are_made_to() {
    // As RTP brings them: a sequence header with an extension in its header, a frame.
    let header: &[u8] = &[0x0C, 0x20, 0x01, 0x02];
    let frame: &[u8] = &[0x30, 0x10, 0x11];
    let sample = |units: &[&'static [u8]]| {
        Sample::video(VideoCodec::Av1, AT, units.iter().copied().map(Bytes::from_static))
    };
    let options = spelled(MuxSpelling::AsGiven);
    let message = written(options, sample(&[&[0x10], header, frame]));
    let body = b"\x91av01\x12\0\x0E\x20\x02\x01\x02\x30\x10\x11"; // the last needs no size
    assert_eq!(message, [body]);
    // Units in one piece, and sizes that are there, stay as they are.
    let whole: &[u8] = &[0x12, 0, 0x32, 2, 0x10, 0x11];
    assert_eq!(
        written(options, sample(&[whole, frame])),
        [[b"\x91av01", whole, frame].concat()]
    );
    // Of what is no unit, nobody could find the end.
    let refused = Muxer::new(options).push(sample(&[&[0x32, 5, 0], frame]));
    assert_eq!(
        refused,
        Err(MuxError::Obu(ObuError::Overrun { size: 5, left: 1 }))
    );
}
