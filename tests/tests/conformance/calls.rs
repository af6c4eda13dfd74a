//! What a client of this runtime does, with a server of the same runtime at the other end.

use std::time::Duration;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, RejectionCause, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::ReconnectRequest;
use rtmp_core::units::Timestamp;
use rtmp_core::url::RtmpUrl;

use crate::client::{AVC_HEADER, inter_frame, keyframe};
use crate::server::{Runtime, Server, Settings};
use crate::tunnel;

/// A runtime that has clients.
pub(crate) trait Dialling: Runtime {
    fn call(&self, url: &RtmpUrl, role: Role, settings: ClientSettings)
    -> Result<Box<dyn Caller>, CallError>;
}

/// A client, each of its futures waited for to its end.
pub(crate) trait Caller {
    fn publish(&mut self, name: &str) -> Result<StreamHandle, CallError>;
    fn play(&mut self, name: &str) -> Result<StreamHandle, CallError>;
    fn send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError>;
    fn next(&mut self) -> Option<Result<ClientEvent, CallError>>;
    fn close(&mut self) -> Result<(), CallError>;
}

fn url(scheme: &str, server: &Server) -> RtmpUrl {
    let text = format!("{scheme}://{}/live/room", server.tcp_address(0));
    text.parse().unwrap()
}

fn call(runtime: &dyn Dialling, server: &Server, role: Role) -> Box<dyn Caller> {
    let url = url("rtmp", server);
    runtime
        .call(&url, role, ClientSettings::default())
        .expect("it is let in")
}

fn frame(timestamp: u32, payload: impl Into<Vec<u8>>) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(timestamp),
        payload: payload.into().into(),
    }
}

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

pub(crate) fn clients_publish_and_play_through_tls(runtime: &dyn Dialling) {
    let (tls, trusting) = tunnel::sides();
    let settings = Settings {
        tls: Some(tls),
        ..Settings::default()
    };
    let server = Server::with(runtime, settings);
    let url = url("rtmps", &server);
    let mut settings = ClientSettings::default();
    settings.tls = Some(trusting);
    let secret = |role| runtime.call(&url, role, settings.clone()).expect("it is let in");
    publish_and_play(secret(Role::Publisher), secret(Role::Player));
    // Mozilla's CAs know nothing of it.
    let error = runtime.call(&url, Role::Player, ClientSettings::default()).err();
    assert!(matches!(error, Some(CallError::Tls(error)) if error.is_untrusted()));
    // Who speaks something else is told so, or is hung up on.
    let plain = self::url("rtmp", &server);
    assert!(
        runtime
            .call(&plain, Role::Player, ClientSettings::default())
            .is_err()
    );
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
    let to = format!("rtmp://{}/live", elsewhere.tcp_address(0));
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
        let mut last = None;
        while let Some(event) = client.next() {
            assert!(
                last.replace(event).is_none_or(|event| event.is_ok()),
                "an error is the last"
            );
        }
        assert!(
            matches!(last, Some(Err(CallError::Connection(Error::Rejected(_))))),
            "{last:?}"
        );
    }
    assert!(publisher.send(room, frame(80, keyframe(2))).is_err());
    server.until_stopped();
}
