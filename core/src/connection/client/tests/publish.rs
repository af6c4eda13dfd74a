//! Publishing, from the first request to the last message.

use super::*;
use crate::chunk::ChunkedMessage;
use crate::message::ReconnectRequest;

const METADATA: &[u8] = b"\x02\x00\x0AonMetaData\x05"; // "onMetaData", null

fn media(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: Bytes::from_static(payload),
    }
}

/// What FFmpeg sends, in its order and with its transaction ids.
#[test]
fn a_stream_is_asked_for_as_ffmpeg_asks() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    server.events();
    let stream = server
        .client
        .publish("key?token=1", PublishMode::Live, server.now);
    assert_eq!(server.heard(), [""; 0], "nothing before the answer to connect");
    server.call(0, &success()).unwrap();
    assert_eq!(
        server.heard(),
        [
            "Set Chunk Size 60000",
            r#"0: releaseStream 2 String("key?token=1")"#,
            r#"0: FCPublish 3 String("key?token=1")"#,
            "0: createStream 4",
        ]
    );
    server.call(0, &result(2, Value::Undefined)).unwrap();
    server.call(0, &command("_error", 3)).unwrap();
    server
        .call(
            0,
            &command("onFCPublish", 0).with(information("status", "NetStream.Publish.Start")),
        )
        .unwrap();
    assert_eq!(server.heard(), [""; 0]);
    server.call(0, &result(4, 1.0)).unwrap();
    assert_eq!(
        server.heard(),
        [r#"1: publish 5 String("key?token=1") String("live")"#]
    );
    server
        .send(&control(UserControl::StreamBegin(MessageStreamId::new(1))))
        .unwrap();
    server.call(1, &status("NetStream.Publish.Start")).unwrap();
    assert_eq!(server.events(), ["connected to FMS/3,0,1,123", "0: publishing"]);

    server.client.close(stream, server.now);
    assert_eq!(
        server.heard(),
        [r#"0: FCUnpublish 6 String("key?token=1")"#, "0: deleteStream 7 1"]
    );
    server.call(1, &status("NetStream.Unpublish.Success")).unwrap();
    assert_eq!(server.events(), ["None: status NetStream.Unpublish.Success"]);
}

#[test]
fn media_go_out_on_the_message_stream_with_metadata_to_be_kept() {
    let (mut server, stream) = Server::publishing(|_| ());
    assert!(server.client.wants_media(stream));
    let now = server.now;
    for message in [
        media(MediaKind::Data, 0, METADATA),
        media(
            MediaKind::Data,
            0,
            b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x05",
        ),
        media(MediaKind::Data, 5, b"\x02\x00\x0AonTextData\x05"),
        media(MediaKind::Audio, 10, b"a"),
        media(MediaKind::Video, 40, b"v"),
    ] {
        server.client.send_media(stream, message, now).unwrap();
    }
    let framed = r#""\u{2}\0\r@setDataFrame\u{2}\0\nonMetaData\u{5}""#;
    assert_eq!(
        server.heard(),
        [
            format!("1: DataAmf0 @0 {framed}"),
            format!("1: DataAmf0 @0 {framed}"),
            r#"1: DataAmf0 @5 "\u{2}\0\nonTextData\u{5}""#.to_owned(),
            r#"1: Audio @10 "a""#.to_owned(),
            r#"1: Video @40 "v""#.to_owned(),
        ]
    );
    assert_eq!(server.client.stats().messages_out, 5);
}

/// A relay's messages are in chunks already.
#[test]
fn a_message_in_chunks_is_sent_from_where_it_lies_at_a_time_of_its_own() {
    let (mut server, stream) = Server::publishing(|_| ());
    let chunked = |message: &Message| ChunkedMessage::encode(message, ChunkSize::new(4096).unwrap());
    let video = chunked(&video(7, 1000, &"v".repeat(5000)));
    let (now, at) = (server.now, Timestamp::from_millis(20));
    server.client.send_chunked(stream, &video, at, now).unwrap();
    let mut slices = [std::io::IoSlice::new(&[]); 8];
    let filled = server.client.unsent().chunks_vectored(&mut slices);
    let shared = &slices[filled - 1];
    assert_eq!(shared.as_ptr(), video.bytes()[12..].as_ptr());
    let metadata = chunked(&data(7, METADATA));
    server.client.send_chunked(stream, &metadata, at, now).unwrap();
    assert_eq!(
        server.heard(),
        [
            "Set Chunk Size 4096".to_owned(),
            format!("1: Video @20 {:?}", "v".repeat(5000)),
            r#"1: DataAmf0 @20 "\u{2}\0\r@setDataFrame\u{2}\0\nonMetaData\u{5}""#.to_owned(),
        ]
    );
}

/// The server knows nothing of the stream: a header of several chunks is kept whole, and a frame of several is one.
#[test]
fn messages_in_chunks_too_begin_with_headers_and_a_key_frame_where_the_server_sends_them() {
    let (mut server, stream) = Server::publishing(|_| ());
    let chunked = |message: &Message| ChunkedMessage::encode(message, ChunkSize::new(6).unwrap());
    let header = chunked(&message(
        MessageType::Video,
        7,
        0,
        b"\x17\0\0\0\0\x01\x64\0\x1F\xFF",
    ));
    let key = chunked(&message(
        MessageType::Video,
        7,
        0,
        b"\x17\x01\0\0\0\0\0\0\x01\x65",
    ));
    let inter = chunked(&message(
        MessageType::Video,
        7,
        0,
        b"\x27\x01\0\0\0\0\0\0\x01\x41",
    ));
    let now = server.now;
    let at = Timestamp::from_millis;
    server.client.send_chunked(stream, &header, at(0), now).unwrap();
    server.call(0, &ReconnectRequest::default().to_command()).unwrap();
    let attempt = server.client.next_attempt().unwrap();
    let config = Arc::clone(&server.client.config);
    let next = ClientConnection::follow(config, attempt, [3; 32].into(), now);
    let mut server = Server::of(next, now).shake();
    server.call(0, &success()).unwrap();
    server.call(0, &result(4, 1.0)).unwrap();
    server.call(1, &status("NetStream.Publish.Start")).unwrap();
    server.heard();
    for (message, millis) in [(&inter, 40), (&key, 80), (&inter, 120)] {
        server
            .client
            .send_chunked(stream, message, at(millis), now)
            .unwrap();
    }
    let sent: Vec<_> = server
        .messages()
        .into_iter()
        .filter(|message| message.kind == MessageType::Video)
        .map(|message| (message.timestamp.as_millis(), message.payload))
        .collect();
    assert_eq!(
        sent,
        [
            (80, header.payload()),
            (80, key.payload()),
            (120, inter.payload())
        ]
    );
}

#[test]
fn media_are_wanted_only_while_the_stream_publishes_and_little_waits() {
    let mut server = Server::connected(target(), |config| config.limits.max_unsent_media = 100);
    let now = server.now;
    let stream = server.client.publish("key", PublishMode::Record, now);
    let frame = || media(MediaKind::Video, 0, &[0; 200]);
    assert!(!server.client.wants_media(stream));
    assert_eq!(
        server.client.send_media(stream, frame(), now),
        Err(ApiMisuse::UnknownStream)
    );
    server.call(0, &result(4, 1.0)).unwrap();
    server.call(1, &status("NetStream.Publish.Start")).unwrap();
    assert!(
        server
            .heard()
            .contains(&r#"1: publish 5 String("key") String("record")"#.to_owned())
    );
    assert!(server.client.wants_media(stream));
    server.client.send_media(stream, frame(), now).unwrap();
    assert!(!server.client.wants_media(stream));
    server.drain();
    assert!(server.client.wants_media(stream));
    server.client.disconnect(now);
    assert_eq!(
        server.client.send_media(stream, frame(), now),
        Err(ApiMisuse::UnknownStream)
    );
}

#[test]
fn a_refusal_ends_the_stream_and_leaves_the_connection() {
    for (code, words) in [
        ("NetStream.Publish.BadName", "NameInUse"),
        ("NetStream.Publish.Denied", "Denied"),
        ("NetStream.Publish.Unauthorized", "Denied"),
        ("NetStream.Failed", "Other"),
    ] {
        let mut server = Server::connected(target(), |_| ());
        server.client.publish("key", PublishMode::Live, server.now);
        server.call(0, &result(4, 1.0)).unwrap();
        server.call(1, &failure(code)).unwrap();
        let events = server.events();
        assert!(events[0].starts_with(&format!("0: refused {words}, the server refused publish, {code}")));
        assert_eq!(server.heard().last().unwrap(), "0: deleteStream 7 1");
        assert!(!server.client.is_over());
        assert_eq!(server.client.handle_eof(server.now), Ok(()));
    }
}

#[test]
fn create_stream_may_be_refused_too_and_an_answer_to_publish_is_a_success() {
    let mut server = Server::connected(target(), |_| ());
    server.client.publish("one", PublishMode::Live, server.now);
    server.client.publish("two", PublishMode::Append, server.now);
    server
        .call(
            0,
            &command("_error", 4).with(information("error", "NetConnection.Call.Failed")),
        )
        .unwrap();
    server.call(0, &result(7, 1.0)).unwrap();
    server.call(1, &result(8, Value::Null)).unwrap();
    assert_eq!(
        server.events(),
        [
            "0: refused Other, the server refused publish, NetConnection.Call.Failed",
            "1: publishing"
        ]
    );
    assert_eq!(
        server.heard().last().unwrap(),
        r#"1: publish 8 String("two") String("append")"#
    );
}

#[test]
fn the_server_may_end_what_it_has_granted() {
    let (mut server, stream) = Server::publishing(|_| ());
    server.call(1, &failure("NetStream.Publish.BadName")).unwrap();
    assert!(server.events()[0].starts_with("0: refused NameInUse"));
    assert!(!server.client.wants_media(stream));
    let (mut server, _) = Server::publishing(|_| ());
    server.call(1, &status("NetStream.Unpublish.Success")).unwrap();
    assert_eq!(server.events(), ["0: closed"]);
}

#[test]
fn a_server_that_hangs_up_on_publish_leaves_a_hint() {
    let mut server = Server::connected(target(), |_| ());
    server.client.publish("key", PublishMode::Live, server.now);
    let error = server.client.handle_eof(server.now).unwrap_err();
    assert!(
        error.to_string().contains("publish: check the stream key"),
        "{error}"
    );
    assert_eq!(server.events(), ["0: closed"]);
}

#[test]
fn leaving_says_goodbye_to_every_stream() {
    let (mut server, _) = Server::publishing(|_| ());
    let second = server.client.publish("two", PublishMode::Live, server.now);
    server.heard();
    server.client.disconnect(server.now);
    assert_eq!(
        server.heard(),
        [r#"0: FCUnpublish 9 String("key")"#, "0: deleteStream 10 1"]
    );
    assert!(server.client.is_over() && server.client.error().is_none());
    assert_eq!(server.client.poll_timeout(), None);
    assert_eq!(
        server.events(),
        [""; 0],
        "nobody needs to be told what it did itself"
    );
    assert!(!server.client.wants_media(second));
}

/// As FFmpeg 5.1 has it with `-listen 1`: a string, and nothing behind it.
#[test]
fn a_command_that_is_a_name_alone_harms_nobody() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    let stream = server.client.publish("key", PublishMode::Live, server.now);
    server.call(0, &success()).unwrap();
    let name = message(MessageType::CommandAmf0, 0, 0, b"\x02\x00\x0BonFCPublish");
    server.send(&name).unwrap();
    server.call(0, &result(4, 1.0)).unwrap();
    server.call(1, &status("NetStream.Publish.Start")).unwrap();
    let published = format!("{}: publishing", stream.0);
    assert_eq!(server.events().last(), Some(&published));
}
