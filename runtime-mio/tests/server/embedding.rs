//! Programs that have a loop of their own.

use std::net::UdpSocket;
use std::time::Instant;

use rtmp_core::hub::{Pulled, StreamKey, SubscribeOptions, Token};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_mio::mio::{self, Interest};
use rtmp_mio::{FIRST_OWN_TOKEN, Turn};

use super::*;

fn bound() -> Server {
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    Server::builder().listen(address).bind().unwrap()
}

#[test]
fn a_source_of_the_hosts_own_is_served_between_connections() {
    let mut server = bound();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let to = socket.local_addr().unwrap();
    let mut socket = mio::net::UdpSocket::from_std(socket);
    let token = mio::Token(FIRST_OWN_TOKEN - 1);
    server
        .registry()
        .register(&mut socket, token, Interest::READABLE)
        .unwrap();

    let address = address_of(&server);
    let clients = thread::spawn(move || {
        let mut publisher = Client::connect(TcpStream::connect(address).unwrap());
        publisher.publish("key");
        UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .send_to(b"hello", to)
            .unwrap();
        publisher.statuses_to_the_end()
    });
    let handle = server.handle();
    let mut heard = Vec::new();
    loop {
        let mut tokens = Vec::new();
        let turn = server
            .turn(Some(PATIENCE), |event| tokens.push(event.token()))
            .unwrap();
        if turn == Turn::Over {
            break;
        }
        for own in tokens {
            assert_eq!(own, token);
            let mut buffer = [0; 16];
            while let Ok(count) = socket.recv(&mut buffer) {
                heard.push(buffer[..count].to_vec());
            }
            handle.shutdown();
        }
    }
    assert_eq!(heard, [b"hello"]);
    assert_eq!(
        clients.join().unwrap(),
        ["NetStream.Unpublish.Success", "NetConnection.Connect.AppShutdown"]
    );
}

#[test]
fn a_turn_without_anything_to_do_ends_with_its_timeout() {
    let mut server = bound();
    let started = Instant::now();
    let turn = server.turn(Some(Duration::from_millis(20)), |_| ()).unwrap();
    assert_eq!(turn, Turn::Serving);
    // The first turn looks whether somebody has waited since before there were events.
    let turn = server.turn(Some(Duration::from_millis(20)), |_| ()).unwrap();
    assert_eq!(turn, Turn::Serving);
    assert!(started.elapsed() >= Duration::from_millis(20));
}

#[test]
fn the_host_publishes_and_plays_in_the_hub_that_it_is_lent() {
    let mut server = bound();
    let address = address_of(&server);
    let key = StreamKey::from("live/key");
    let frame = |number| MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::ZERO,
        payload: keyframe(number).into(),
    };
    let own = Token(7);
    let mut cursor = server.with_hub(&key, |hub, _| {
        hub.subscribe(&key, own, SubscribeOptions::default())
    });
    assert_eq!(
        server.with_hub(&key, |hub, _| hub.pull(&mut cursor, 0, |_| ())),
        Pulled::Waiting
    );
    let mut publication = server
        .with_hub(&key, |hub, wake| hub.publish(&key, None, wake))
        .unwrap();
    let entry = publication.encode(frame(1));
    server
        .with_hub(&key, |hub, wake| {
            hub.push(&publication, entry, wake, Instant::now())
        })
        .unwrap();

    // It does not wait: the host's own player has been woken.
    let _ = server.turn(None, |_| ()).unwrap();
    assert_eq!(server.woken().collect::<Vec<_>>(), [own]);
    let mut frames = Vec::new();
    server.with_hub(&key, |hub, _| {
        while hub.pull(&mut cursor, usize::MAX, |delivery| {
            frames.push(delivery.to_media_message())
        }) != Pulled::CaughtUp
        {}
    });
    assert_eq!(frames, [frame(1)]);

    let player = thread::spawn(move || {
        let mut player = Client::connect(TcpStream::connect(address).unwrap());
        player.play("key");
        let frames = [player.next_video(), player.next_video()];
        player.wait_for_status("NetStream.Play.UnpublishNotify");
        frames
    });
    while server.streams().first().is_none_or(|stream| stream.players < 2) {
        let _ = server.turn(None, |_| ()).unwrap();
    }
    let entry = publication.encode(frame(2));
    server.with_hub(&key, |hub, wake| {
        hub.push(&publication, entry, wake, Instant::now()).unwrap();
        hub.unpublish(publication, wake);
        hub.unsubscribe(cursor);
    });
    while !player.is_finished() {
        let _ = server.turn(Some(Duration::from_millis(5)), |_| ()).unwrap();
    }
    assert_eq!(player.join().unwrap(), [keyframe(1), keyframe(2)]);
}

#[test]
fn a_server_that_is_dropped_ends_its_connections_and_tells() {
    let diary = Diary::default();
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let mut server = Server::builder()
        .listen(address)
        .observer(diary.clone())
        .bind()
        .unwrap();
    let address = address_of(&server);
    let client = thread::spawn(move || {
        let mut client = Client::connect(TcpStream::connect(address).unwrap());
        client.request_publish("key");
        client.statuses_to_the_end()
    });
    while server.streams().is_empty() {
        let _ = server.turn(None, |_| ()).unwrap();
    }
    let handle = server.handle();
    drop(server);
    client.join().unwrap();
    assert!(
        diary.has("Stopped") && diary.has("end: the server stops"),
        "{:?}",
        diary.lines()
    );
    assert_eq!((handle.connections(), handle.streams().len()), (0, 0));
    handle.shutdown();
}
