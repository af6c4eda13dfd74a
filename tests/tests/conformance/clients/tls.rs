//! What is about TLS itself. The runtime's own servers and clients speak it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rtmp_core::connection::client::Role;
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::tls::{ClientTls, ClientTlsSettings};

use super::{Dialling, call, frame, next_media};
use crate::client;
use crate::server::{Server, Settings};
use crate::talk::keyframe;

pub(crate) fn who_is_not_trusted_is_told_nothing(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let url = runtime.url(server.tcp_address(0));
    // Mozilla's CAs know nothing of it.
    let mut settings = ClientSettings::default();
    settings.tls = Some(ClientTls::new(ClientTlsSettings::default()).unwrap());
    let error = runtime.call(&url, Role::Player, settings).err();
    assert!(matches!(error, Some(CallError::Tls(error)) if error.is_untrusted()));
    // Who speaks something else is told so, or is hung up on.
    let plain = url.to_string().replace("rtmps:", "rtmp:").parse().unwrap();
    let refused = runtime.call(&plain, Role::Player, ClientSettings::default());
    assert!(refused.is_err());
    assert!(server.streams().is_empty());
}

pub(crate) fn who_speaks_no_tls_is_closed_and_touches_nobody_else(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let mut publisher = call(runtime, &server, Role::Publisher);
    let room = publisher.publish("room").unwrap();
    let mut player = call(runtime, &server, Role::Player);
    let stream = player.play("room").unwrap();

    let plain_rtmp = [&[3][..], &[7; 1536]].concat();
    // A handshake's record of 16 kB whose message is none.
    let nonsense = [&[0x16, 3, 1, 0x40, 0][..], &[0xFF; 0x4000]].concat();
    for (garbage, reason) in [
        (
            &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
            "speaks HTTP, not TLS",
        ),
        (&plain_rtmp, "speaks plain RTMP"),
        (&[0xC7; 64], "begins with 0xc7"),
        (&nonsense, "a message of the TLS handshake is too large"),
    ] {
        let mut socket = socket(&server);
        let _ = socket.write_all(garbage);
        // An alert at most.
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        assert!(answer.len() < 100, "{answer:?}");
        drop(socket);
        server.until_told(reason);
    }

    server.until(|server| server.connections() == 2);
    publisher.send(room, frame(0, keyframe(1))).unwrap();
    assert_eq!(next_media(&mut *player), (stream, frame(0, keyframe(1))));
}

pub(crate) fn who_does_not_finish_the_handshake_of_tls_is_closed(runtime: &dyn Dialling) {
    const SHORT: Duration = Duration::from_millis(300);
    let settings = Settings::with_limits(|limits| limits.handshake_timeout = SHORT);
    let server = Server::with(runtime, settings);
    let started = Instant::now();
    let mut silent = socket(&server);
    let mut slow = socket(&server);
    // A record of a handshake that has 512 bytes, and its first ones.
    slow.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC]).unwrap();
    for socket in [&mut silent, &mut slow] {
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        assert_eq!(answer, [0; 0], "nobody would understand it");
    }
    assert!((SHORT..Duration::from_secs(5)).contains(&started.elapsed()));
    drop((silent, slow));
    server.until_told("the handshake did not end in time");
    server.until(|server| server.connections() == 0);
}

/// One that comes to the server as it is, not through a tunnel.
fn socket(server: &Server) -> TcpStream {
    client::connect(server.tcp_address(0))
}
