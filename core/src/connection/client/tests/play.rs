//! Playing: how it is asked for, what comes, and how it ends and goes on.

use super::*;

/// What FFmpeg sends, but for its question for the stream's length.
#[test]
fn a_stream_is_asked_for_as_ffmpeg_asks() {
    let mut server = Server::fresh(target().to_play(), |_| ()).shake();
    server.client.play(PlayOptions::new("key?token=1"), server.now);
    server.call(0, &success()).unwrap();
    assert_eq!(
        server.heard(),
        ["Window Acknowledgement Size 2500000", "0: createStream 2"]
    );
    server.call(0, &result(2, 1.0)).unwrap();
    assert_eq!(
        server.heard(),
        [
            r#"1: play 3 String("key?token=1") -2000"#,
            "SetBufferLength { stream: MessageStreamId(1), millis: 3000 }",
        ]
    );
    server.events();
    server
        .send(&control(UserControl::StreamBegin(MessageStreamId::new(1))))
        .unwrap();
    server.call(1, &status("NetStream.Play.Reset")).unwrap();
    server.call(1, &status("NetStream.Play.Start")).unwrap();
    assert_eq!(
        server.events(),
        ["Some(0): status NetStream.Play.Reset", "0: playing"]
    );
}

#[test]
fn a_url_says_what_to_play_and_its_options_how() {
    let asked = |url: &str| {
        let mut server = Server::connected(target().to_play(), |_| ());
        let play = PlayOptions::from(&url.parse().unwrap());
        server.client.play(play, server.now);
        let before = server.heard().split_off(2);
        server.call(0, &result(2, 1.0)).unwrap();
        [before, server.heard()].concat()
    };
    let buffer = |millis| format!("SetBufferLength {{ stream: MessageStreamId(1), millis: {millis} }}");
    assert_eq!(
        asked("rtmp://host/live/key?a=1"),
        [r#"1: play 3 String("key?a=1") -2000"#, &buffer(3000)]
    );
    assert_eq!(
        asked("rtmp://host/vod/clip start=1500 stop=2200 buffer=10"),
        [r#"1: play 3 String("clip") 1500 700"#, &buffer(10)]
    );
    assert_eq!(
        asked("rtmp://host/live/key live=recorded"),
        [r#"1: play 3 String("key") 0"#, &buffer(3000)]
    );
    assert_eq!(
        asked("rtmp://host/live/key live=any subscribe=other"),
        [
            r#"0: FCSubscribe 3 String("other")"#,
            r#"1: play 4 String("key") -2000"#,
            &buffer(3000)
        ]
    );
    assert_eq!(
        asked("rtmp://host/live/key live=1"),
        [
            r#"0: FCSubscribe 3 String("key")"#,
            r#"1: play 4 String("key") -1000"#,
            &buffer(3000)
        ]
    );
}

#[test]
fn a_live_stream_is_subscribed_to_and_a_part_of_a_recording_asked_for_by_its_times() {
    let mut server = Server::connected(target().to_play(), |_| ());
    let mut live = PlayOptions::new("key");
    live.start = PlayStart::Live;
    server.client.play(live, server.now);
    let window = "Window Acknowledgement Size 2500000";
    assert_eq!(
        server.heard(),
        [window, "0: createStream 2", r#"0: FCSubscribe 3 String("key")"#]
    );
    server.call(0, &result(2, 1.0)).unwrap();
    assert_eq!(server.heard()[0], r#"1: play 4 String("key") -1000"#);

    let mut server = Server::connected(target().to_play(), |config| config.buffer_millis = 10);
    let mut part = PlayOptions::new("mp4:film");
    part.start = PlayStart::Recorded(Timestamp::from_millis(1500));
    part.duration_millis = Some(700);
    server.client.play(part, server.now);
    server.call(0, &result(2, 1.0)).unwrap();
    let heard = server.heard();
    assert_eq!(heard[2], r#"1: play 3 String("mp4:film") 1500 700"#);
    assert_eq!(
        heard[3],
        "SetBufferLength { stream: MessageStreamId(1), millis: 10 }"
    );
}

#[test]
fn media_come_with_their_times_and_data_in_amf0_without_their_frame() {
    let (mut server, _) = Server::playing(|_| ());
    server.send(&video(1, 40, "v")).unwrap();
    server.send(&message(MessageType::Audio, 1, 50, b"a")).unwrap();
    server
        .send(&data(1, b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x05"))
        .unwrap();
    server
        .send(&message(
            MessageType::DataAmf3,
            1,
            0,
            b"\x00\x02\x00\x0AonMetaData\x05",
        ))
        .unwrap();
    let metadata = r#"0: Data @0 "\u{2}\0\nonMetaData\u{5}""#;
    assert_eq!(
        server.events(),
        [r#"0: Video @40 "v""#, r#"0: Audio @50 "a""#, metadata, metadata]
    );
}

#[test]
fn an_aggregate_is_taken_apart() {
    let (mut server, _) = Server::playing(|_| ());
    let part = |millis: u8, payload: u8| {
        let header = [9, 0, 0, 1, 0, 0, millis, 0, 0, 0, 0]; // video, 1 byte, time, stream 0
        [&header[..], &[payload], &[0, 0, 0, 12]].concat()
    };
    let aggregate = [part(5, b'v'), part(45, b'w')].concat();
    server
        .send(&message(MessageType::Aggregate, 1, 100, &aggregate))
        .unwrap();
    assert_eq!(server.events(), [r#"0: Video @100 "v""#, r#"0: Video @140 "w""#]);
}

/// FFmpeg takes them for a start as well.
#[test]
fn media_may_come_in_the_place_of_a_status() {
    let mut server = Server::connected(target().to_play(), |_| ());
    server.client.play(PlayOptions::new("key"), server.now);
    server.call(0, &result(2, 1.0)).unwrap();
    server.send(&video(1, 0, "v")).unwrap();
    server.call(1, &status("NetStream.Play.Start")).unwrap();
    assert_eq!(
        server.events(),
        [
            "0: playing",
            r#"0: Video @0 "v""#,
            "Some(0): status NetStream.Play.Start"
        ]
    );
}

#[test]
fn words_of_the_server_to_its_player_are_no_media() {
    let (mut server, _) = Server::playing(|_| ());
    server
        .send(&data(1, b"\x02\x00\x11|RtmpSampleAccess\x01\x01\x01\x01"))
        .unwrap();
    let started = b"\x02\x00\x08onStatus\x03\x00\x04code\x02\x00\x14NetStream.Data.Start\x00\x00\x09";
    server.send(&data(1, started)).unwrap();
    let complete = b"\x02\x00\x0ConPlayStatus\x03\x00\x04code\x02\x00\x17NetStream.Play.Complete\x00\x00\x09";
    server.send(&data(1, complete)).unwrap();
    assert_eq!(
        server.events(),
        ["Some(0): status NetStream.Data.Start", "0: ended"]
    );
}

#[test]
fn the_end_and_the_beginning_of_a_publisher_are_told_once_each() {
    let (mut server, _) = Server::playing(|_| ());
    let eof = control(UserControl::StreamEof(MessageStreamId::new(1)));
    let begin = control(UserControl::StreamBegin(MessageStreamId::new(1)));
    for _ in 0..2 {
        server.send(&eof).unwrap();
        server.call(1, &status("NetStream.Play.UnpublishNotify")).unwrap();
        let again = "Some(0): status NetStream.Play.UnpublishNotify";
        assert_eq!(server.events(), ["0: ended", again]);
        server.call(1, &status("NetStream.Play.PublishNotify")).unwrap();
        server.send(&begin).unwrap();
        assert_eq!(server.events(), ["0: started"]);
    }
    server.call(1, &status("NetStream.Play.Stop")).unwrap();
    server.send(&eof).unwrap();
    server.send(&begin).unwrap();
    assert_eq!(server.events(), ["0: ended", "0: started"]);
}

#[test]
fn a_pause_and_a_new_position_end_nothing() {
    let (mut server, stream) = Server::playing(|_| ());
    let now = server.now;
    let at = Timestamp::from_millis;
    let eof = control(UserControl::StreamEof(MessageStreamId::new(1)));
    server.client.pause(stream, at(700), now).unwrap();
    assert_eq!(server.heard(), ["1: pause 0 Boolean(true) 700"]);
    server.call(1, &status("NetStream.Pause.Notify")).unwrap();
    server.send(&eof).unwrap();
    assert_eq!(server.events(), ["Some(0): status NetStream.Pause.Notify"]);
    server.client.resume(stream, at(700), now).unwrap();
    assert_eq!(server.heard(), ["1: pause 0 Boolean(false) 700"]);
    server.call(1, &status("NetStream.Unpause.Notify")).unwrap();
    server.events();
    server.client.seek(stream, at(9000), now).unwrap();
    assert_eq!(server.heard(), ["1: seek 0 9000"]);
    server.send(&eof).unwrap();
    server.call(1, &status("NetStream.Seek.Notify")).unwrap();
    assert_eq!(server.events(), ["Some(0): status NetStream.Seek.Notify"]);
    server.send(&eof).unwrap();
    assert_eq!(server.events(), ["0: ended"]);
}

#[test]
fn a_player_may_do_without_audio_or_video_and_change_its_buffer() {
    let (mut server, stream) = Server::playing(|_| ());
    let now = server.now;
    server.client.receive_audio(stream, false, now).unwrap();
    server.client.receive_video(stream, true, now).unwrap();
    server.client.set_buffer(stream, 500, now).unwrap();
    assert_eq!(
        server.heard(),
        [
            "1: receiveAudio 0 Boolean(false)",
            "1: receiveVideo 0 Boolean(true)",
            "SetBufferLength { stream: MessageStreamId(1), millis: 500 }",
        ]
    );
    server.client.close(stream, now);
    assert_eq!(server.heard(), ["0: deleteStream 4 1"]);
    assert_eq!(
        server.client.receive_audio(stream, true, now),
        Err(ApiMisuse::UnknownStream)
    );
    assert_eq!(
        server.client.pause(stream, Timestamp::ZERO, now),
        Err(ApiMisuse::UnknownStream)
    );
}

#[test]
fn a_missing_stream_is_named_as_such() {
    let mut server = Server::connected(target().to_play(), |_| ());
    server.client.play(PlayOptions::new("key"), server.now);
    server.call(0, &result(2, 1.0)).unwrap();
    server.call(1, &failure("NetStream.Play.StreamNotFound")).unwrap();
    assert_eq!(
        server.events(),
        [
            "0: refused NotFound, the server refused play, NetStream.Play.StreamNotFound \
          (check the stream's name, and whether it is being published)"
        ]
    );
}

#[test]
fn a_failed_seek_is_told_and_ends_nothing() {
    let (mut server, stream) = Server::playing(|_| ());
    server.client.seek(stream, Timestamp::ZERO, server.now).unwrap();
    server.call(1, &failure("NetStream.Seek.Failed")).unwrap();
    server.send(&video(1, 0, "v")).unwrap();
    assert_eq!(
        server.events(),
        ["Some(0): status NetStream.Seek.Failed", r#"0: Video @0 "v""#]
    );
}

#[test]
fn metadata_without_end_are_dropped() {
    let (mut server, _) = Server::playing(|_| ());
    let nested = [&b"\x02\x00\x0AonMetaData"[..], &b"\x03\x00\x01k".repeat(40)].concat();
    server.send(&data(1, &nested)).unwrap();
    assert_eq!(
        (server.events(), server.client.stats().messages_unclaimed),
        (vec![], 1)
    );
}
