//! How programs play.

use super::*;

/// A client with a message stream and nothing on it.
fn client() -> Client {
    let mut client = Client::connected(|_| ());
    client.call(0, &command("createStream", 2)).unwrap();
    client.heard();
    client
}

#[test]
fn the_replies_to_play_come_in_the_usual_order() {
    let mut client = client();
    client.call(1, &play("key")).unwrap();
    assert_eq!(client.events(), ["1: play live/key Any None true"]);
    assert_eq!(client.heard(), [""; 0]);
    client.grant();
    let messages = client.messages();
    assert_eq!(messages.iter().map(line).collect::<Vec<_>>(), PLAYED);
    let start = Command::decode(messages[2].kind, &messages[2].payload, &Limits::default()).unwrap();
    let information = start.arguments[0].as_object().unwrap();
    assert_eq!(information.get("details"), Some(&Value::from("live/key")));
}

#[test]
fn ffmpeg_and_librtmp() {
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    client.grant();
    client.heard();
    client.write(&control(Control::WindowAcknowledgementSize(2_500_000)));
    client.write_command(0, &command("createStream", 2));
    client.write_command(0, &command("FCSubscribe", 3).with("key"));
    client.write_command(0, &command("getStreamLength", 4).with("key"));
    client.write_command(0, &command("set_playlist", 0));
    client.flush().unwrap();
    assert_eq!(
        client.heard(),
        [
            "0: _result 2 1",
            "0: _result 3 Undefined",
            "0: onFCSubscribe 0 NetStream.Play.Start",
            "0: _result 4 0"
        ]
    );
    client.write_command(1, &play("key").with(-2000.0));
    let stream = MessageStreamId::new(1);
    client.write(&UserControl::SetBufferLength { stream, millis: 3000 }.to_message());
    client.flush().unwrap();
    client.grant();
    assert_eq!(client.heard(), PLAYED);
}

#[test]
fn start_duration_and_reset_are_read_as_programs_send_them() {
    let number = |number: f64| Value::Number(number);
    let cases: [(Vec<Value<'_>>, &str); 12] = [
        (vec![], "Any None true"),
        (vec![number(-2.0)], "Any None true"),
        (vec![number(-2000.0)], "Any None true"),
        (vec![number(-1.0)], "Live None true"),
        (vec![number(-1000.0)], "Live None true"),
        (vec![number(0.0)], "Recorded(Timestamp(0)) None true"),
        (vec![number(12_000.0)], "Recorded(Timestamp(12000)) None true"),
        (vec![number(f64::NAN)], "Any None true"),
        (vec![Value::Null, number(-1.0)], "Any None true"),
        (
            vec![number(-2.0), number(5000.0), false.into()],
            "Any Some(5000) false",
        ),
        (vec![number(-2.0), number(0.0), number(0.0)], "Any Some(0) false"),
        // Twice as many arguments as there are.
        (
            vec![number(-2.0), number(-1.0), number(3.0), "x".into(), Value::Null],
            "Any None true",
        ),
    ];
    for (arguments, expected) in cases {
        let mut client = client();
        let mut play = play("key");
        play.arguments.extend(arguments);
        client.call(1, &play).unwrap();
        assert_eq!(client.events(), [format!("1: play live/key {expected}")]);
    }
}

#[test]
fn without_reset_the_player_is_not_told_of_one() {
    let mut client = client();
    let play = play("key").with(-2.0).with(-1.0).with(false);
    client.call(1, &play).unwrap();
    client.grant();
    assert_eq!(client.heard(), [PLAYED[0], PLAYED[2]]);
}

#[test]
fn play2_changes_over_to_another_stream() {
    let mut client = Client::playing(|_| ());
    let options = Object::new()
        .with("streamName", "better")
        .with("oldStreamName", "key")
        .with("start", -1.0)
        .with("len", 4000.0)
        .with("transition", "switch");
    client.call(1, &command("play2", 0).with(options)).unwrap();
    assert_eq!(
        client.events(),
        ["1: closed", "1: play live/better Live Some(4000) true"]
    );
    client.grant();
    assert_eq!(
        client.heard(),
        [
            "StreamBegin 1",
            "1: onStatus 0 NetStream.Play.Transition",
            "1: onStatus 0 NetStream.Play.Start"
        ]
    );
}

#[test]
fn pause_and_unpause_are_answered() {
    let mut client = Client::playing(|_| ());
    client
        .call(1, &command("pause", 0).with(true).with(1500.0))
        .unwrap();
    assert_eq!(
        client.heard(),
        ["1: onStatus 0 NetStream.Pause.Notify", "StreamEOF 1"]
    );
    client
        .call(1, &command("pauseRaw", 0).with(false).with(1500.0))
        .unwrap();
    assert_eq!(
        client.heard(),
        ["StreamBegin 1", "1: onStatus 0 NetStream.Unpause.Notify"]
    );
    assert_eq!(client.events(), ["1: pause true @1500", "1: pause false @1500"]);
}

/// ffmpeg throws away what it receives until it has heard of its seek.
#[test]
fn seek_is_answered() {
    let mut client = Client::playing(|_| ());
    client.call(1, &command("seek", 0).with(12_000.0)).unwrap();
    assert_eq!(
        client.heard(),
        [
            "StreamEOF 1",
            "StreamBegin 1",
            "1: onStatus 0 NetStream.Seek.Notify",
            "1: onStatus 0 NetStream.Play.Start"
        ]
    );
    assert_eq!(client.events(), ["1: seek @12000"]);
}

#[test]
fn audio_and_video_can_be_switched_off_and_on() {
    let mut client = Client::playing(|_| ());
    client.call(1, &command("receiveAudio", 0).with(false)).unwrap();
    client.call(1, &command("receiveVideo", 0).with(false)).unwrap();
    assert_eq!(client.heard(), [""; 0]);
    client.call(1, &command("receiveVideo", 0).with(true)).unwrap();
    assert_eq!(
        client.heard(),
        [
            "1: onStatus 0 NetStream.Seek.Notify",
            "1: onStatus 0 NetStream.Play.Start"
        ]
    );
    assert_eq!(
        client.events(),
        [
            "1: receive audio false",
            "1: receive video false",
            "1: receive video true"
        ]
    );
}

#[test]
fn a_player_that_does_not_play_has_nothing_to_pause() {
    let mut client = client();
    for name in ["pause", "seek", "receiveAudio", "receiveVideo", "closeStream"] {
        client.call(1, &command(name, 0).with(1.0)).unwrap();
    }
    assert_eq!((client.heard(), client.events()), (vec![], vec![]));
}

#[test]
fn what_a_player_says_of_a_play_that_waits_is_heard_once_it_plays() {
    let mut client = client();
    client.call(1, &play("key")).unwrap();
    client.call(1, &command("receiveAudio", 0).with(false)).unwrap();
    assert_eq!(client.events(), ["1: play live/key Any None true"]);
    client.grant();
    assert_eq!(client.events(), ["1: receive audio false"]);
}

#[test]
fn a_play_that_waits_is_withdrawn_by_what_ends_it() {
    for end in [
        command("closeStream", 0),
        command("deleteStream", 0).with(1.0),
        play("other"),
    ] {
        let mut client = client();
        client.call(1, &play("key")).unwrap();
        let request = client.request();
        client.call(1, &end).unwrap();
        assert_eq!(client.events()[0], "1: closed");
        assert_eq!(
            client.server.accept(request, client.now),
            Err(ApiMisuse::UnknownRequest.into())
        );
        assert_eq!(client.heard(), [""; 0]);
    }
}

#[test]
fn close_stream_stops_the_play_and_leaves_the_stream() {
    let mut client = Client::playing(|_| ());
    client.call(1, &command("closeStream", 0)).unwrap();
    assert_eq!(client.heard(), ["1: onStatus 0 NetStream.Play.Stop"]);
    client.call(1, &play("key")).unwrap();
    client.grant();
    assert_eq!(client.heard(), PLAYED);
}

#[test]
fn a_player_is_told_at_once_when_its_publisher_goes_and_comes() {
    let mut client = Client::playing(|_| ());
    let stream = MessageStreamId::new(1);
    client.server.notify_unpublished(stream, client.now).unwrap();
    assert_eq!(
        client.heard(),
        ["StreamEOF 1", "1: onStatus 0 NetStream.Play.UnpublishNotify"]
    );
    client.server.notify_published(stream, client.now).unwrap();
    assert_eq!(
        client.heard(),
        ["StreamBegin 1", "1: onStatus 0 NetStream.Play.PublishNotify"]
    );
    client.server.end_play(stream, client.now).unwrap();
    assert_eq!(
        client.heard(),
        ["1: onStatus 0 NetStream.Play.Stop", "StreamEOF 1"]
    );
    assert_eq!(
        client.server.notify_published(stream, client.now),
        Err(ApiMisuse::UnknownStream)
    );
}

fn chunked(chunk_size: u32, stream: u32, millis: u32, len: usize) -> ChunkedMessage {
    let message = message(MessageType::Video, stream, millis, &vec![0x27; len]);
    ChunkedMessage::encode(&message, ChunkSize::new(chunk_size).unwrap())
}

#[test]
fn media_follow_the_chunk_size_that_they_are_encoded_for() {
    let mut client = Client::playing(|_| ());
    let stream = MessageStreamId::new(1);
    let media = chunked(4096, 1, 40, 5000);
    for _ in 0..2 {
        let timestamp = Timestamp::from_millis(40);
        client
            .server
            .send_media(stream, &media, timestamp, client.now)
            .unwrap();
    }
    let messages = client.messages();
    assert_eq!(line(&messages[0]), "Set Chunk Size 4096");
    assert_eq!(messages.len(), 3, "the size is said once");
    assert_eq!(messages[2].payload.len(), 5000);
    assert_eq!(client.server.stats().messages_out, 2);
}

#[test]
fn media_get_the_players_own_stream_and_time() {
    let mut client = client();
    client.call(0, &command("createStream", 3)).unwrap();
    client.call(2, &play("key")).unwrap();
    client.grant();
    client.heard();
    let (stream, timestamp) = (MessageStreamId::new(2), Timestamp::from_millis(7));
    let media = chunked(60_000, 1, 40, 3000);
    client
        .server
        .send_media(stream, &media, timestamp, client.now)
        .unwrap();
    let message = client.messages().pop().unwrap();
    assert_eq!((message.stream, message.timestamp), (stream, timestamp));
    assert_eq!(message.payload.len(), 3000);
    assert_eq!(
        client
            .server
            .send_media(MessageStreamId::new(1), &media, timestamp, client.now),
        Err(ApiMisuse::UnknownStream)
    );
}
