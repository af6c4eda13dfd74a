//! Messages that are read together, under load.

use std::sync::atomic::{AtomicBool, Ordering};

use rtmp_mio::{ServerSettings, Turn};

use super::*;

const FRAMES: u64 = 200;

fn settings(read_latency: Duration) -> ServerSettings {
    let mut settings = ServerSettings::default();
    settings.read_latency = read_latency;
    settings
}

fn bound(read_latency: Duration) -> Server {
    let any: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let builder = Server::builder().settings(settings(read_latency)).listen(any);
    builder.bind().unwrap()
}

/// Publishes a frame every millisecond, and stops the server once it has them.
fn publish_and_stop(server: &Server) -> JoinHandle<()> {
    let (address, handle) = (address_of(server), server.handle());
    thread::spawn(move || {
        let mut publisher = Client::connect(TcpStream::connect(address).unwrap());
        publisher.publish("key");
        for _ in 0..FRAMES {
            publisher.send_video(0, keyframe(0));
            thread::sleep(Duration::from_millis(1));
        }
        while handle.streams()[0].messages_in < FRAMES {
            thread::sleep(Duration::from_millis(2));
        }
        handle.shutdown();
    })
}

fn turns_to_the_end(mut server: Server, timeout: Duration) -> usize {
    let mut turns = 1;
    while server.turn(Some(timeout), |_| ()).unwrap() == Turn::Serving {
        turns += 1;
    }
    turns
}

#[test]
fn a_loop_under_load_takes_a_turn_for_several_messages_also_one_that_has_been_told_so_later() {
    const LATENCY: Duration = Duration::from_millis(20);
    let told = bound(LATENCY);
    let told_later = bound(Duration::ZERO);
    told_later.handle().reconfigure(settings(LATENCY));
    for server in [told, told_later] {
        let publisher = publish_and_stop(&server);
        let turns = turns_to_the_end(server, PATIENCE);
        publisher.join().unwrap();
        assert!(turns < 120, "{turns} turns for {FRAMES} messages");
    }
}

/// Each answer could take a tenth of a second, and some may: between two of them the machine may have been busy for too long.
#[test]
fn a_client_nearby_that_asks_one_thing_after_the_other_is_answered_at_once() {
    const LATENCY: Duration = Duration::from_millis(100);
    let server = Running::start(Server::builder().settings(settings(LATENCY)));
    let is_over = Arc::new(AtomicBool::new(false));
    let publishers = ["one", "two", "three"].map(|key| {
        let (mut publisher, is_over) = (server.client(), Arc::clone(&is_over));
        publisher.publish(key);
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                publisher.send_video(0, keyframe(0));
                thread::sleep(Duration::from_millis(1));
            }
        })
    });
    server.until(|handle| handle.streams().iter().all(|stream| stream.messages_in >= 32));
    let mut client = server.client();
    let mut took = [(); 51].map(|()| {
        thread::sleep(Duration::from_millis(1));
        let asked = Instant::now();
        client.ask();
        asked.elapsed()
    });
    took.sort_unstable();
    is_over.store(true, Ordering::Relaxed);
    for publisher in publishers {
        publisher.join().unwrap();
    }
    assert!(took[25] < LATENCY / 4, "{took:?}");
}

#[test]
fn a_program_with_a_pace_of_its_own_does_not_wait_for_longer_than_it_says() {
    let server = bound(Duration::from_millis(100));
    let publisher = publish_and_stop(&server);
    let turns = turns_to_the_end(server, Duration::from_millis(1));
    publisher.join().unwrap();
    assert!(turns > 120, "{turns} turns for {FRAMES} messages");
}
