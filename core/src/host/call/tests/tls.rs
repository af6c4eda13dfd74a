//! Calls through TLS.

use rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::tls::{
    Clients, Identity, OtherProtocol, ServerTls, ServerTlsSettings, TlsError, Trust, Trusted, rustls,
};

/// A call by `rtmps` to a server with a certificate of its own for `a.example`.
fn secret(trust: Trust) -> (World, ServerTls) {
    let server = ServerTls::new(ServerTlsSettings::new(identity())).unwrap();
    let tls = ClientTlsSettings {
        trust,
        ..ClientTlsSettings::default()
    };
    let settings = ClientSettings {
        tls: Some(ClientTls::new(tls).unwrap()),
        ..ClientSettings::default()
    };
    let url = "rtmps://a.example/live/key".parse().unwrap();
    (World::with(url, Role::Publisher, settings).unwrap(), server)
}

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["a.example".into()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    Identity::new(vec![made.cert.der().clone()], &key).unwrap()
}

fn accepted(server: &ServerTls) -> Transport {
    server.accept().unwrap().into()
}

#[test]
fn a_stream_is_published_and_ended_through_tls() {
    let (mut world, server) = secret(Trust::Anybody);
    assert_eq!(world.dial().as_deref(), Some("a.example:443"));
    let stream = world
        .call
        .connection()
        .publish("key", PublishMode::Live, world.now);
    world.connect();
    world.transport = accepted(&server);
    world.run();
    assert_eq!(world.events.last(), Some(&ClientEvent::Publishing { stream }));
    let now = world.now;
    world
        .call
        .connection()
        .send_media(stream, frame("v"), now)
        .unwrap();
    world.call.connection().disconnect(now);
    world.heard.clear();
    world.run();
    assert!(matches!(world.heard[0], ServerEvent::Media { .. }));
    assert!(world.transport.is_over(), "it has been told that nothing follows");
    assert_eq!(world.step(), Step::HalfClose);
}

#[test]
fn what_waits_for_the_handshake_of_tls_can_not_be_written_yet() {
    let (mut world, server) = secret(Trust::Anybody);
    assert!(!world.call.has_unsent(), "there is no socket");
    world.connect();
    world.transport = accepted(&server);
    assert!(world.call.has_unsent(), "TLS begins");
    let mut hello = world.sent().to_vec();
    assert!(!world.call.connection().unsent().is_empty(), "C0 and C1");
    assert!(!world.call.has_unsent());
    world.transport.handle_input(&mut hello, |_| ());
    let out = world.transport.transmit(world.server.transmit(), false);
    let mut answer = out.copy_to_bytes(out.remaining()).to_vec();
    world.call.handle_input(&mut answer, world.now);
    assert!(world.call.has_unsent());
}

#[test]
fn who_is_not_trusted_is_told_nothing_and_not_asked_again() {
    let (mut world, server) = secret(Trust::default());
    world.connect();
    world.transport = accepted(&server);
    world.run();
    assert!(world.heard.is_empty());
    assert!(
        world.error().contains("nobody who is trusted here has signed it"),
        "{}",
        world.error()
    );
    assert_eq!(world.step(), Step::HalfClose, "it is told why");
    world.call.handle_eof(world.now);
    assert_eq!(world.step(), Step::Close);
    assert!(world.call.is_over());
}

/// In TLS 1.3 the client is done before the server has looked at its certificate.
#[test]
fn who_is_refused_by_tls_does_not_come_back_with_another_handshake() {
    let (mut world, _) = secret(Trust::Anybody);
    let server = ServerTls::new(ServerTlsSettings {
        clients: Clients::Required(Trusted::mozilla()),
        ..ServerTlsSettings::new(identity())
    });
    world.connect();
    world.transport = accepted(&server.unwrap());
    world.run();
    let error = world.call.error();
    assert!(
        matches!(error, Some(CallError::Tls(TlsError::Alert(_)))),
        "{error:?}"
    );
    world.call.handle_eof(world.now);
    assert_eq!(world.step(), Step::Close);
    assert!(world.call.is_over());
}

#[test]
fn a_server_that_hangs_up_behind_tls_is_given_the_simple_handshake() {
    let (mut world, server) = secret(Trust::Anybody);
    world.connect();
    world.transport = accepted(&server);
    let mut up = world.sent().to_vec();
    world.transport.handle_input(&mut up, |_| ());
    let mut queue = TransmitQueue::default();
    let out = world.transport.transmit(&mut queue, false);
    let mut down = out.copy_to_bytes(out.remaining()).to_vec();
    world.call.handle_input(&mut down, world.now);
    world.sent();
    world.call.handle_eof(world.now);
    assert_eq!(world.step(), Step::Close);
    assert_eq!(world.dial().as_deref(), Some("a.example:443"));
}

#[test]
fn a_server_without_tls_is_told_from_one_that_leaves() {
    let (mut world, _) = secret(Trust::Anybody);
    world.connect();
    world.call.handle_input(&mut [3; 1537], world.now);
    assert!(matches!(
        world.call.error(),
        Some(CallError::Tls(TlsError::NotTls(OtherProtocol::Rtmp)))
    ));

    let (mut world, _) = secret(Trust::Anybody);
    world.connect();
    world.call.handle_eof(world.now);
    assert!(
        matches!(world.call.error(), Some(CallError::Tls(TlsError::Silence))),
        "no other handshake is tried"
    );
}

#[test]
fn a_connection_that_is_cut_is_told_by_what_is_missing() {
    for is_asking in [false, true] {
        let (mut world, server) = secret(Trust::Anybody);
        world.connect();
        world.transport = accepted(&server);
        world.run();
        if is_asking {
            world
                .call
                .connection()
                .publish("key", PublishMode::Live, world.now);
        }
        world.call.handle_eof(world.now);
        let is_right = match world.call.error() {
            Some(CallError::Tls(TlsError::Truncated)) => !is_asking,
            Some(CallError::Connection(Error::Unanswered(Unanswered::Publish))) => is_asking,
            _ => false,
        };
        assert!(is_right, "{:?}", world.call.error());
    }
}

#[test]
fn nobody_is_sent_from_encrypted_to_plain_and_the_other_way_is_one() {
    let (mut world, server) = secret(Trust::Anybody);
    world.connect();
    world.transport = accepted(&server);
    world.run();
    let request = ReconnectRequest::to("rtmp://b.example/live");
    assert!(world.server.request_reconnect(&request, world.now));
    world.run();
    assert!(!world.call.reconnect(world.now));

    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    world.connect();
    world.answer_connect(&redirect("rtmps://b.example/live"));
    assert_eq!(world.step(), Step::Close);
    assert_eq!(world.dial().as_deref(), Some("b.example:443"));
    world.connect();
    assert_eq!(world.sent()[0], 0x16, "a handshake of TLS");
}

#[test]
fn what_can_have_no_certificate_is_not_dialled() {
    let url = "rtmps://a_b..example/live/key".parse().unwrap();
    let world = World::with(url, Role::Player, ClientSettings::default());
    assert!(matches!(
        world.err(),
        Some(CallError::Tls(TlsError::ServerName(_)))
    ));
}

#[test]
fn the_way_to_a_server_has_its_times() {
    let (mut world, server) = secret(Trust::Anybody);
    let begun = world.now;
    assert_eq!(world.call.times().dialled, None);
    world.now += Duration::from_millis(5);
    let dialled = world.now;
    world.connect();
    world.transport = accepted(&server);
    assert_eq!(
        (world.call.times().dialled, world.call.times().secured),
        (Some(dialled), None)
    );
    world.now += Duration::from_millis(7);
    world.run();
    let times = world.call.times();
    assert_eq!((times.begun, times.dialled), (begun, Some(dialled)));
    assert_eq!(
        (times.secured, times.handshaken),
        (Some(world.now), Some(world.now))
    );
    assert_eq!(times.connected, Some(world.now));

    // Without TLS there is nothing to wait for.
    let mut plain = World::new("rtmp://a.example/live/key", Role::Player);
    plain.connect();
    let times = plain.call.times();
    assert_eq!((times.secured, times.handshaken), (Some(plain.now), None));
}
