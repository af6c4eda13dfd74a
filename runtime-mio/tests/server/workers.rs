//! Several loops.

use std::num::NonZeroUsize;

use super::*;

const THREE: NonZeroUsize = NonZeroUsize::new(3).unwrap();

#[test]
fn a_stream_reaches_players_of_all_workers_whole_and_in_order() {
    let server = Running::start(Server::builder().workers(THREE));
    let mut publishers: Vec<_> = (0..2).map(|_| server.client()).collect();
    for (n, publisher) in publishers.iter_mut().enumerate() {
        publisher.publish(&format!("key{n}"));
        publisher.send_video(0, keyframe(0));
    }
    let mut players: Vec<_> = (0..8).map(|_| server.client()).collect();
    for (n, player) in players.iter_mut().enumerate() {
        player.play(&format!("key{}", n % 2));
    }
    for number in 1..=200_u8 {
        for publisher in &mut publishers {
            publisher.send_video(u32::from(number) * 10, keyframe(number));
        }
    }
    for player in &mut players {
        let mut last = player.next_video();
        while last != keyframe(200) {
            let next = player.next_video();
            assert_eq!(next[10], last[10] + 1, "in order, and nothing left out");
            last = next;
        }
    }
    assert_eq!(server.handle.connections(), 10);
    assert_eq!(server.handle.streams().len(), 2);
    drop((publishers, players));
    server.until(|handle| handle.connections() == 0);
    assert!(server.handle.streams().is_empty());
}

#[test]
fn a_server_of_many_workers_that_stops_tells_everybody() {
    let mut server = Running::start(Server::builder().workers(THREE));
    let mut clients: Vec<_> = (0..6).map(|_| server.client()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        client.publish(&format!("key{n}"));
    }
    server.handle.shutdown();
    for client in &mut clients {
        assert_eq!(
            client.statuses_to_the_end(),
            ["NetStream.Unpublish.Success", "NetConnection.Connect.AppShutdown"]
        );
    }
    drop(clients);
    server.thread.take().unwrap().join().unwrap();
    assert_eq!(server.handle.connections(), 0);
}

/// What a panic may carry: dropped, it panics again, where nobody expects it.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("boom");
        }
    }
}

struct Throws;

impl Observer for Throws {
    fn on_start(&self, peer: &Peer) {
        if peer.id == 2 {
            std::panic::panic_any(Bomb);
        }
    }
}

#[test]
fn a_worker_that_panics_is_the_end_of_the_server_and_not_of_its_connections_alone() {
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let server = Server::builder()
        .listen(address)
        .workers(THREE)
        .observer(Throws)
        .bind()
        .unwrap();
    let address = address_of(&server);
    let thread = thread::spawn(|| server.run());
    // The first one is the accepting loop's, the second one a worker's.
    let _clients = [(); 2].map(|()| TcpStream::connect(address).unwrap());
    let started = Instant::now();
    while !thread.is_finished() {
        assert!(started.elapsed() < PATIENCE, "nobody has noticed");
        thread::sleep(Duration::from_millis(2));
    }
    let error = thread.join().unwrap().unwrap_err();
    assert!(error.to_string().contains("boom"), "{error}");
}
