//! How programs publish, as recorded or as their sources say.

use super::*;

fn start(client: &mut Client) {
    client.grant();
    assert_eq!(client.heard(), PUBLISHED);
    client.send(&video(1, 0, "frame")).unwrap();
    assert_eq!(client.events(), ["1: Video @0 \"frame\""]);
}

#[test]
fn ffmpeg_obs_and_librtmp() {
    let mut client = Client::new(|_| ());
    // OBS: before connect, on chunk stream 2. The rest of its messages would not be understood otherwise.
    let size = ChunkSize::new(4096).unwrap();
    client.send(&control(Control::SetChunkSize(size))).unwrap();
    client.call(0, &connect("live")).unwrap();
    client.grant();
    assert_eq!(client.heard(), CONNECTED);
    client.write_command(0, &command("releaseStream", 2).with("key"));
    client.write_command(0, &command("FCPublish", 3).with("key"));
    client.write_command(0, &command("createStream", 4));
    client.flush().unwrap();
    assert_eq!(
        client.heard(),
        [
            "0: _result 2 Undefined",
            "0: _result 3 Undefined",
            "0: onFCPublish 3 NetStream.Publish.Start",
            "0: _result 4 1"
        ]
    );
    client.call(1, &publish("key")).unwrap();
    assert_eq!(client.events(), ["1: publish live/key Live"]);
    assert_eq!(client.heard(), [""; 0]);
    start(&mut client);
    client.write_command(0, &command("FCUnpublish", 6).with("key"));
    client.write_command(0, &command("deleteStream", 7).with(1.0));
    client.flush().unwrap();
    assert_eq!(
        client.heard(),
        [
            "0: _result 6 Undefined",
            "0: onFCUnpublish 0 NetStream.Unpublish.Success",
            "1: onStatus 0 NetStream.Unpublish.Success"
        ]
    );
    assert_eq!(client.events(), ["1: closed"]);
    assert_eq!(client.server.handle_eof(client.now), Ok(()));
}

/// Transaction 0 asks for no answer; one to `FCPublish` is taken for an error.
#[test]
fn gstreamer() {
    let mut client = Client::connected(|_| ());
    client.write_command(0, &command("releaseStream", 0).with("key"));
    client.write_command(0, &command("FCPublish", 0).with("key"));
    client.write_command(0, &command("createStream", 2));
    client.flush().unwrap();
    assert_eq!(
        client.heard(),
        ["0: onFCPublish 0 NetStream.Publish.Start", "0: _result 2 1"]
    );
    client
        .call(1, &command("publish", 0).with("key").with("live"))
        .unwrap();
    start(&mut client);
}

#[test]
fn haivision() {
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    client.grant();
    client.heard();
    client.call(0, &command("_checkbw", 2)).unwrap();
    client.call(0, &command("createStream", 3)).unwrap();
    client.call(0, &command("FCPublish", 4).with("key")).unwrap();
    assert_eq!(
        client.heard(),
        [
            "0: _result 2 Undefined",
            "0: _result 3 1",
            "0: _result 4 Undefined",
            "0: onFCPublish 4 NetStream.Publish.Start"
        ]
    );
    client.call(1, &publish("key")).unwrap();
    start(&mut client);
}

/// Flash and Monibuca: neither releaseStream nor FCPublish, and any transaction.
#[test]
fn flash() {
    for transaction_id in [0, 1, 3] {
        let mut client = Client::connected(|_| ());
        client.call(0, &command("createStream", 2)).unwrap();
        assert_eq!(client.heard(), ["0: _result 2 1"]);
        let publish = command("publish", transaction_id).with("key").with("live");
        client.call(1, &publish).unwrap();
        start(&mut client);
    }
}

#[test]
fn the_type_may_be_missing_or_be_anything() {
    let types = [
        (None, "Live"),
        (Some("live"), "Live"),
        (Some("record"), "Record"),
        (Some("append"), "Append"),
        (Some("appendWithGap"), "Append"),
        (Some("app"), "Live"),
    ];
    for (kind, mode) in types {
        let mut client = Client::connected(|_| ());
        client.call(0, &command("createStream", 2)).unwrap();
        let mut publish = command("publish", 3).with("key");
        publish.arguments.extend(kind.map(Value::from));
        client.call(1, &publish).unwrap();
        assert_eq!(client.events(), [format!("1: publish live/key {mode}")]);
    }
}

#[test]
fn on_message_stream_0_the_only_stream_is_meant() {
    let mut client = Client::connected(|_| ());
    client.call(0, &command("createStream", 2)).unwrap();
    client.heard();
    client.call(0, &publish("key")).unwrap();
    start(&mut client);
}

#[test]
fn without_create_stream_the_number_used_is_the_stream() {
    for stream in [0, 1, 5] {
        let mut client = Client::connected(|_| ());
        client.call(stream, &publish("key")).unwrap();
        client.grant();
        assert_eq!(
            client.heard(),
            [
                format!("StreamBegin {stream}"),
                format!("{stream}: onStatus 0 NetStream.Publish.Start")
            ]
        );
    }
}

#[test]
fn close_stream_leaves_the_stream_for_another_publish() {
    let mut client = Client::publishing(|_| ());
    client.call(1, &command("closeStream", 0)).unwrap();
    assert_eq!(client.heard(), ["1: onStatus 0 NetStream.Unpublish.Success"]);
    assert_eq!(client.events(), ["1: closed"]);
    client.call(1, &publish("other")).unwrap();
    assert_eq!(client.events(), ["1: publish live/other Live"]);
    start(&mut client);
}

#[test]
fn a_second_publish_on_a_stream_ends_the_first() {
    let mut client = Client::publishing(|_| ());
    client.call(1, &publish("other")).unwrap();
    assert_eq!(client.events(), ["1: closed", "1: publish live/other Live"]);
    start(&mut client);
}

#[test]
fn a_stream_ends_once_however_its_end_is_said() {
    let ends = |client: &mut Client, which: u32| {
        if which & 1 != 0 {
            client.call(0, &command("FCUnpublish", 0).with("key")).unwrap();
        }
        if which & 2 != 0 {
            client.call(1, &command("closeStream", 0)).unwrap();
        }
        if which & 4 != 0 {
            client.call(0, &command("deleteStream", 0).with(1.0)).unwrap();
        }
        if which & 8 != 0 {
            // The connection is over then.
            let _ = client.call(0, &command("close", 0));
        }
        let _ = client.server.handle_eof(client.now);
    };
    for which in 0..16 {
        let mut client = Client::publishing(|_| ());
        ends(&mut client, which);
        assert_eq!(client.events(), ["1: closed"], "{which:b}");
        assert!(client.server.is_over());
        assert_eq!(client.server.error(), None);
    }
}

#[test]
fn fc_unpublish_ends_the_stream_that_it_names() {
    let mut client = Client::publishing(|_| ());
    client.call(0, &command("createStream", 6)).unwrap();
    client.call(2, &publish("b")).unwrap();
    client.grant();
    client.call(0, &command("FCUnpublish", 0).with("b")).unwrap();
    assert_eq!(client.events(), ["2: closed"]);
    client.heard();
    client
        .call(0, &command("FCUnpublish", 7).with("another"))
        .unwrap();
    assert_eq!(client.events(), [""; 0], "not even the only one that is left");
    assert_eq!(client.heard(), ["0: _result 7 Undefined"]);
    client.send(&video(1, 0, "frame")).unwrap();
    assert_eq!(client.events(), ["1: Video @0 \"frame\""]);
}

#[test]
fn fc_unpublish_without_a_readable_name_ends_the_only_publisher() {
    for names in [vec![], vec![""], vec!["/"], vec!["a/../b"], vec!["?token=1"]] {
        for stream in [0, 1] {
            let mut client = Client::publishing(|_| ());
            let mut unpublish = command("FCUnpublish", 0);
            unpublish.arguments.extend(names.iter().copied().map(Value::from));
            client.call(stream, &unpublish).unwrap();
            assert_eq!(client.events(), ["1: closed"], "{names:?} on {stream}");
        }
    }
}

#[test]
fn several_streams_on_one_connection_do_not_touch_each_other() {
    let mut client = Client::publishing(|_| ());
    client.call(0, &command("createStream", 6)).unwrap();
    assert_eq!(client.heard(), ["0: _result 6 2"]);
    client.call(2, &publish("b")).unwrap();
    client.grant();
    client.send(&video(2, 1, "to b")).unwrap();
    client.send(&video(1, 2, "to a")).unwrap();
    assert_eq!(client.events(), ["2: Video @1 \"to b\"", "1: Video @2 \"to a\""]);
    client.call(0, &command("deleteStream", 0).with(1.0)).unwrap();
    client.call(0, &command("createStream", 7)).unwrap();
    client.heard();
    client.send(&video(2, 3, "to b")).unwrap();
    client.send(&video(1, 4, "to nobody")).unwrap();
    assert_eq!(client.events(), ["1: closed", "2: Video @3 \"to b\""]);
    assert_eq!(client.server.stats().messages_unclaimed, 1);
}
