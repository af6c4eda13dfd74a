//! Several streams on one connection.

use super::*;

#[test]
fn each_stream_has_its_own_message_stream_and_its_own_fate() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    let now = server.now;
    server.client.publish("one", PublishMode::Live, now);
    server.client.play(PlayOptions::new("two"), now);
    server.call(0, &success()).unwrap();
    assert_eq!(
        server.heard(),
        [
            "Set Chunk Size 60000",
            r#"0: releaseStream 2 String("one")"#,
            r#"0: FCPublish 3 String("one")"#,
            "0: createStream 4",
            "Window Acknowledgement Size 2500000",
            "0: createStream 5",
        ]
    );
    // In another order.
    server.call(0, &result(5, 2.0)).unwrap();
    server.call(0, &result(4, 1.0)).unwrap();
    server.call(2, &status("NetStream.Play.Start")).unwrap();
    server.call(1, &status("NetStream.Publish.Start")).unwrap();
    server.send(&video(2, 0, "v")).unwrap();
    server.call(1, &failure("NetStream.Publish.BadName")).unwrap();
    server.send(&video(2, 40, "w")).unwrap();
    let events = server.events();
    assert_eq!(
        events[2..5],
        ["1: playing", "0: publishing", r#"1: Video @0 "v""#]
    );
    assert!(events[5].starts_with("0: refused NameInUse"));
    assert_eq!(events[6], r#"1: Video @40 "w""#);
}

/// nginx-rtmp answers each createStream with 1.
#[test]
fn a_server_that_names_the_same_message_stream_again_has_only_one() {
    let (mut server, first) = Server::publishing(|_| ());
    server.client.publish("two", PublishMode::Live, server.now);
    server.call(0, &result(8, 1.0)).unwrap();
    assert_eq!(
        server.events(),
        [
            "1: refused OneStreamOnly, the server refused publish, createStream was answered without a new message \
          stream (open a connection for each stream)"
        ]
    );
    assert!(server.client.wants_media(first));
    server.client.close(first, server.now);
    server.client.publish("three", PublishMode::Live, server.now);
    server.heard();
    server.call(0, &result(13, 1.0)).unwrap();
    assert_eq!(
        server.heard(),
        [r#"1: publish 14 String("three") String("live")"#],
        "it is free again"
    );
}

#[test]
fn a_message_stream_is_a_whole_number_from_1_on() {
    for id in [0.0, -1.0, 1.5, f64::NAN, 4_294_967_296.0] {
        let mut server = Server::connected(target(), |_| ());
        server.client.publish("key", PublishMode::Live, server.now);
        server.call(0, &result(4, id)).unwrap();
        assert!(server.events()[0].starts_with("0: refused Other"), "{id}");
    }
    // Some leave out the command object.
    let mut server = Server::connected(target(), |_| ());
    server.client.publish("key", PublishMode::Live, server.now);
    server.call(0, &command("_result", 4).with_object(7.0)).unwrap();
    assert!(
        server
            .heard()
            .contains(&r#"7: publish 5 String("key") String("live")"#.to_owned())
    );
}

#[test]
fn a_stream_that_is_closed_while_it_is_being_made_is_deleted_once_it_is() {
    let mut server = Server::connected(target(), |_| ());
    let stream = server.client.publish("key", PublishMode::Live, server.now);
    server.client.close(stream, server.now);
    server.heard();
    server.call(0, &result(4, 1.0)).unwrap();
    assert_eq!(server.heard(), ["0: deleteStream 5 1"]);
    let stream = server.client.publish("key", PublishMode::Live, server.now);
    server.client.close(stream, server.now);
    server.call(0, &command("_error", 8)).unwrap();
    assert_eq!(server.events(), [""; 0]);
    server.drain();
    assert_eq!(server.wait(seconds(16)), Ok(()), "nothing is waited for");
}

#[test]
fn a_stream_that_is_closed_before_it_was_asked_for_is_not_asked_for() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    let stream = server.client.publish("key", PublishMode::Live, server.now);
    server.client.close(stream, server.now);
    server.call(0, &success()).unwrap();
    assert_eq!(server.heard(), [""; 0]);
}

#[test]
fn what_was_under_way_for_a_closed_stream_is_not_taken_for_another_ones() {
    let (mut server, first) = Server::playing(|_| ());
    server.client.play(PlayOptions::new("two"), server.now);
    server.call(0, &result(4, 2.0)).unwrap();
    server.call(2, &status("NetStream.Play.Start")).unwrap();
    server.client.close(first, server.now);
    server.events();
    server.send(&video(1, 0, "late")).unwrap();
    server.call(1, &status("NetStream.Play.Stop")).unwrap();
    assert_eq!(server.events(), ["None: status NetStream.Play.Stop"]);
    assert_eq!(server.client.stats().messages_unclaimed, 1);
}

#[test]
fn statuses_and_media_on_the_message_stream_of_the_connection_mean_the_only_stream() {
    let mut server = Server::connected(target().to_play(), |_| ());
    server.client.play(PlayOptions::new("key"), server.now);
    server.call(0, &result(2, 1.0)).unwrap();
    server.call(0, &status("NetStream.Play.Start")).unwrap();
    server.send(&video(0, 0, "v")).unwrap();
    assert_eq!(server.events(), ["0: playing", r#"0: Video @0 "v""#]);
}

#[test]
fn statuses_of_the_connection_are_nobodys() {
    let (mut server, _) = Server::publishing(|_| ());
    server
        .call(0, &status("NetConnection.Connect.NetworkChange"))
        .unwrap();
    assert_eq!(
        server.events(),
        ["None: status NetConnection.Connect.NetworkChange"]
    );
}
