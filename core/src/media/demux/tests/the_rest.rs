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
