//! What one turn may hold, and that nothing is forgotten over it.

use std::sync::Arc;

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
