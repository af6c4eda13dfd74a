//! What a client of this runtime does, with a server of the same runtime at the other end.

use std::time::Duration;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, RejectionCause, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::media::MediaMessage;
use rtmp_core::message::ReconnectRequest;

use super::{Caller, Dialling, call, frame, heard};
use crate::server::{Server, Settings};
use crate::talk::{AVC_HEADER, inter_frame, keyframe};

/// A header, a key frame, and frames that are long and short.
fn stream() -> Vec<MediaMessage> {
    let mut messages = vec![frame(0, AVC_HEADER), frame(0, keyframe(1))];
    let lens = [1, 127, 128, 129, 59_999, 60_000, 60_001, 300_000];
    messages.extend((1..).zip(lens).map(|(n, len)| frame(40 * n, inter_frame(len))));
    messages
}

/// The messages of a play, up to its end.
fn played(player: &mut dyn Caller) -> Vec<MediaMessage> {
    let mut messages = Vec::new();
    loop {
        match player.next().expect("its stream ends first").unwrap() {
            ClientEvent::Media { message, .. } => messages.push(message),
            ClientEvent::Ended { .. } => return messages,
            _ => {}
        }
    }
}

fn publish_and_play(mut publisher: Box<dyn Caller>, mut player: Box<dyn Caller>) {
    let room = publisher.publish("room").unwrap();
    player.play("room").unwrap();
    for message in stream() {
        publisher.send(room, message).unwrap();
    }
    publisher.close().unwrap();
    assert_eq!(played(&mut *player), stream());
    player.close().unwrap();
}

pub(crate) fn what_a_client_publishes_another_plays_bit_for_bit(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    publish_and_play(
        call(runtime, &server, Role::Publisher),
        call(runtime, &server, Role::Player),
    );
    server.until(|server| server.connections() == 0);
}

pub(crate) fn streams_of_one_client_do_not_mix(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let mut client = call(runtime, &server, Role::Publisher);
    let one = client.publish("one").unwrap();
    let two = client.publish("two").unwrap();
    let mut players = ["one", "two"].map(|name| {
        let mut player = call(runtime, &server, Role::Player);
        player.play(name).unwrap();
        player
    });
    let sent = |first| {
        [
            frame(0, AVC_HEADER),
            frame(0, keyframe(first)),
            frame(40, keyframe(first + 1)),
        ]
    };
    for (message_one, message_two) in sent(1).into_iter().zip(sent(11)) {
        client.send(one, message_one).unwrap();
        client.send(two, message_two).unwrap();
    }
    client.close().unwrap();
    for (player, first) in players.iter_mut().zip([1, 11]) {
        assert_eq!(played(&mut **player), sent(first));
    }
}

pub(crate) fn a_client_is_told_that_a_name_is_taken(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let mut first = call(runtime, &server, Role::Publisher);
    let room = first.publish("room").unwrap();
    let mut second = call(runtime, &server, Role::Publisher);
    assert_eq!(cause(second.publish("room")), RejectionCause::NameInUse);
    first.send(room, frame(0, keyframe(1))).unwrap();
}

pub(crate) fn a_client_is_told_that_nobody_publishes(runtime: &dyn Dialling) {
    let settings = Settings::with(|server| server.session.wait = Duration::ZERO);
    let server = Server::with(runtime, settings);
    let mut client = call(runtime, &server, Role::Player);
    assert_eq!(cause(client.play("room")), RejectionCause::NotFound);
}

fn cause(result: Result<StreamHandle, CallError>) -> RejectionCause {
    match result {
        Err(CallError::Connection(Error::Rejected(rejection))) => rejection.cause,
        other => panic!("{other:?} is no refusal"),
    }
}

pub(crate) fn a_client_that_is_sent_elsewhere_goes_on_there(runtime: &dyn Dialling) {
    let elsewhere = Server::start(runtime);
    let to = format!("{}://{}/live", runtime.scheme(), elsewhere.tcp_address(0));
    let settings = Settings::with(|server| server.reconnect = Some(ReconnectRequest::to(to)));
    let server = Server::with(runtime, settings);
    let mut publisher = call(runtime, &server, Role::Publisher);
    let room = publisher.publish("room").unwrap();
    publisher.send(room, frame(0, keyframe(1))).unwrap();
    let mut player = call(runtime, &elsewhere, Role::Player);
    server.shut_down();
    while !matches!(
        publisher.next().unwrap().unwrap(),
        ClientEvent::ReconnectRequested(_)
    ) {}
    // It leaves before a key frame, and not before another.
    publisher.send(room, frame(40, inter_frame(100))).unwrap();
    assert!(elsewhere.keys().is_empty());
    publisher.send(room, frame(80, keyframe(2))).unwrap();
    player.play("room").unwrap();
    publisher.close().unwrap();
    assert_eq!(played(&mut *player), [frame(80, keyframe(2))]);
    server.until_stopped();
}

pub(crate) fn a_server_that_stops_is_an_error_of_its_clients(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let mut publisher = call(runtime, &server, Role::Publisher);
    let room = publisher.publish("room").unwrap();
    let mut player = call(runtime, &server, Role::Player);
    player.play("room").unwrap();
    // In the middle of a group of pictures.
    publisher.send(room, frame(0, keyframe(1))).unwrap();
    publisher.send(room, frame(40, inter_frame(1000))).unwrap();
    server.until_published(2);
    server.shut_down();
    for client in [&mut publisher, &mut player] {
        let (_, error) = heard(&mut **client);
        assert!(
            matches!(error, Some(CallError::Connection(Error::Rejected(_)))),
            "{error:?}"
        );
    }
    assert!(publisher.send(room, frame(80, keyframe(2))).is_err());
    server.until_stopped();
}

pub(crate) fn one_client_publishes_and_plays(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let mut client = call(runtime, &server, Role::Publisher);
    let up = client.publish("room").unwrap();
    let down = client.play("room").unwrap();
    let mut other = call(runtime, &server, Role::Player);
    other.play("room").unwrap();
    for message in stream() {
        client.send(up, message).unwrap();
    }
    client.end_stream(up);
    // It has ended one stream, and goes on with the other one.
    assert_eq!(played(&mut *client), stream());
    assert_eq!(played(&mut *other), stream());
    let again = client.publish("again").unwrap();
    assert!(![up, down].contains(&again));
    client.send(again, frame(0, keyframe(1))).unwrap();
    client.close().unwrap();
    other.close().unwrap();
    server.until(|server| server.connections() == 0);
}

pub(crate) fn a_client_that_is_dropped_is_gone(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let mut client = call(runtime, &server, Role::Publisher);
    client.publish("room").unwrap();
    drop(client);
    server.until(|server| server.connections() == 0 && server.streams().is_empty());
}

pub(crate) fn nobody_listens(runtime: &dyn Dialling) {
    let address = {
        let server = Server::start(runtime);
        server.shut_down();
        server.until_stopped();
        server.tcp_address(0)
    };
    let error = runtime.call(&runtime.url(address), Role::Player, ClientSettings::default());
    match error.err() {
        Some(CallError::Dial { dial, source }) => {
            assert_eq!(dial.to_string(), address.to_string());
            assert_eq!(source.kind(), std::io::ErrorKind::ConnectionRefused);
        }
        other => panic!("{other:?}"),
    }
}
