//! What one turn may hold, and that nothing is forgotten over it.

use std::sync::Arc;

use bytes::Bytes;
use rtmp_core::hub::{Publication, StreamKey};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::ReconnectRequest;
use rtmp_core::units::Timestamp;
use rtmp_mio::ServerSettings;

use super::*;

#[test]
fn a_player_that_has_more_to_catch_up_with_than_one_turn_holds_gets_it_all_at_once() {
    let mut settings = ServerSettings::default();
    // A socket takes more than a turn gives it, and nothing ever is left over.
    let connection = Arc::make_mut(&mut settings.session.connection);
    connection.limits.max_unsent_media = 256;
    let server = Running::start(Server::builder().settings(settings));
    let mut publisher = server.client();
    publisher.publish("key");
    publisher.send_video(0, keyframe(0));
    let mut inter_frame = [0; 100];
    inter_frame[..2].copy_from_slice(&[0x27, 1]);
    for number in 1..=100 {
        inter_frame[99] = number;
        publisher.send_video(u32::from(number) * 10, inter_frame.to_vec());
    }
    server.until(|handle| handle.streams().iter().any(|stream| stream.messages_in > 100));

    let mut player = server.client();
    player
        .socket
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    player.play("key");
    while player.next_video().last() != Some(&100) {}
}

/// Publishes a key frame inside of the host program.
fn publish_keyframe(server: &mut Server, publication: &mut Publication, number: u8) {
    let entry = publication.encode(MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(u32::from(number)),
        payload: Bytes::from(keyframe(number)),
    });
    server
        .with_hub(&StreamKey::from("live/key"), |hub, wake| {
            hub.push(publication, entry, wake, Instant::now())
        })
        .unwrap();
}

/// Takes turns until what the clients do on a thread of their own is done, and nothing is left to be sent.
fn turns_while<T: Send + 'static>(server: &mut Server, clients: impl FnOnce() -> T + Send + 'static) -> T {
    let clients = thread::spawn(clients);
    while !clients.is_finished() {
        let _ = server.turn(Some(Duration::from_millis(1)), |_| ()).unwrap();
    }
    (0..8).for_each(|_| turn(server));
    clients.join().unwrap()
}

fn turn(server: &mut Server) {
    let _ = server.turn(Some(Duration::ZERO), |_| ()).unwrap();
}

fn with_players(count: usize) -> (Server, Publication, Vec<Client>) {
    with_players_of(Server::builder(), count)
}

/// A server with a stream of its own, and its players, who have caught up.
fn with_players_of(builder: Builder, count: usize) -> (Server, Publication, Vec<Client>) {
    // Both ends of each connection are here.
    rtmp_sockets::raise_descriptor_limit();
    let any: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let mut server = builder.listen(any).bind().unwrap();
    let key = StreamKey::from("live/key");
    let publication = server.with_hub(&key, |hub, wake| hub.publish(&key, None, wake).unwrap());
    let address = address_of(&server);
    let players = turns_while(&mut server, move || {
        let player = |_| {
            let mut player = Client::connect(TcpStream::connect(address).unwrap());
            player.play("key");
            player
        };
        (0..count).map(player).collect()
    });
    (server, publication, players)
}

#[test]
fn what_comes_during_a_round_goes_to_those_whose_turn_is_yet_to_come() {
    let (mut server, mut publication, mut players) = with_players(100);
    publish_keyframe(&mut server, &mut publication, 1);
    turn(&mut server); // 64 of them
    publish_keyframe(&mut server, &mut publication, 2);
    turn(&mut server); // the other 36
    for player in &mut players {
        assert_eq!(player.next_video(), keyframe(1));
    }
    assert_eq!(players.iter().filter(|player| player.has_more()).count(), 36);
    turn(&mut server); // the 64 again
    for player in &mut players {
        assert_eq!(player.next_video(), keyframe(2));
    }
}

/// A program that publishes a file as fast as it can, beside a crowd.
#[test]
fn a_publisher_in_a_hurry_is_read_to_the_end_though_others_have_their_turn() {
    const FRAMES: u64 = 4096;
    let (mut server, mut publication, _players) = with_players(136);
    let address = address_of(&server);
    let hurried = thread::spawn(move || {
        let mut publisher = Client::connect(TcpStream::connect(address).unwrap());
        publisher.publish("hurried");
        for _ in 0..FRAMES {
            publisher.send_video(0, keyframe(0).repeat(94));
        }
        publisher
    });
    let started = Instant::now();
    let read = |server: &mut Server| {
        let mut streams = server.streams().into_iter();
        let hurried = streams.find(|stream| stream.key.as_str() == "live/hurried");
        hurried.map_or(0, |stream| stream.messages_in)
    };
    while read(&mut server) < FRAMES {
        assert!(started.elapsed() < PATIENCE, "{} messages", read(&mut server));
        // There is always a round of more than one turn.
        publish_keyframe(&mut server, &mut publication, 1);
        let _ = server.turn(Some(Duration::from_millis(10)), |_| ()).unwrap();
    }
    drop(hurried.join().unwrap());
}

#[test]
fn who_has_yet_to_be_sent_something_is_sent_it_before_the_server_stops() {
    let (mut server, mut publication, mut players) = with_players(136);
    publish_keyframe(&mut server, &mut publication, 1);
    turn(&mut server); // 64 of them
    assert!(server.has_more());
    // Nobody has been told of this one, not even in the loop.
    publish_keyframe(&mut server, &mut publication, 2);
    server.handle().shutdown();
    let told = thread::spawn(move || {
        for player in &mut players {
            assert_eq!(player.next_video(), keyframe(1));
            assert_eq!(player.next_video(), keyframe(2));
            assert!(!player.statuses_to_the_end().is_empty());
        }
    });
    server.run().unwrap();
    told.join().unwrap();
}

#[test]
fn who_is_asked_to_reconnect_is_sent_what_it_has_been_woken_for() {
    let mut settings = ServerSettings::default();
    settings.reconnect = Some(ReconnectRequest::to("rtmp://b.example/live"));
    let (mut server, mut publication, mut players) =
        with_players_of(Server::builder().settings(settings), 136);
    publish_keyframe(&mut server, &mut publication, 1);
    turn(&mut server); // 64 of them
    server.handle().shutdown();
    (0..8).for_each(|_| turn(&mut server));
    for player in &mut players {
        assert_eq!(player.next_video(), keyframe(1));
    }
}

#[test]
fn a_server_that_stops_at_once_tells_everybody_first() {
    let mut settings = ServerSettings::default();
    settings.shutdown_timeout = Duration::ZERO;
    let (server, _publication, mut players) = with_players_of(Server::builder().settings(settings), 136);
    server.handle().shutdown();
    server.run().unwrap();
    for player in &mut players {
        assert!(!player.statuses_to_the_end().is_empty());
    }
}

#[test]
fn a_server_may_wait_for_its_last_connection_for_ever() {
    let mut settings = ServerSettings::default();
    settings.shutdown_timeout = Duration::MAX;
    let mut server = Running::start(Server::builder().settings(settings));
    let mut client = server.client();
    server.handle.shutdown();
    client.statuses_to_the_end();
    drop(client);
    server.thread.take().unwrap().join().unwrap();
}

/// Where connections come from.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<Vec<String>>>);

impl Observer for Arrivals {
    fn on_start(&self, peer: &Peer) {
        self.0.lock().unwrap().push(peer.address.to_string());
    }
}

#[test]
fn a_crowd_at_one_listener_keeps_nobody_out_at_another() {
    let any: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let arrivals = Arrivals::default();
    let mut server = Server::builder()
        .listen(any.clone())
        .listen(any)
        .observer(arrivals.clone())
        .bind()
        .unwrap();
    let addresses: Vec<_> = server
        .local_addrs()
        .iter()
        .map(|address| address.to_string())
        .collect();
    let _crowd: Vec<_> = (0..200)
        .map(|_| TcpStream::connect(&addresses[0]).unwrap())
        .collect();
    let other = TcpStream::connect(&addresses[1]).unwrap();
    let _ = server.turn(None, |_| ()).unwrap();
    assert!(server.connections() <= 64);
    let other = other.local_addr().unwrap().to_string();
    assert!(arrivals.0.lock().unwrap().contains(&other));
}
