//! A player that does not read, in a process of its own, whose memory is measured.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "server/client.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod client;

use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use client::{Client, PATIENCE, keyframe};
use rtmp_core::connection::ServerConfig;
use rtmp_mio::{End, ListenAddr, Observer, Peer, Server, ServerSettings};

/// Why connections have ended.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<Vec<String>>>);

impl Observer for Ends {
    fn on_end(&self, _: &Peer, end: &End) {
        self.0.lock().unwrap().push(end.reason.to_string());
    }
}

#[test]
fn a_player_that_does_not_read_costs_bounded_memory_and_is_closed_in_the_end() {
    let mut connection = ServerConfig::default();
    connection.limits.stall_timeout = Duration::from_secs(3);
    let mut settings = ServerSettings::default();
    settings.session.connection = Arc::new(connection);
    settings.hub.max_log_bytes = 1 << 20;
    let ends = Ends::default();
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let server = Server::builder()
        .listen(address)
        .settings(settings)
        .observer(ends.clone())
        .bind()
        .unwrap();
    let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
        panic!("{server:?}")
    };
    let handle = server.handle();
    let thread = thread::spawn(|| server.run().unwrap());

    let mut publisher = Client::connect(TcpStream::connect(address).unwrap());
    publisher.publish("key");
    publisher.send_video(0, keyframe(0));
    let mut stuck = Client::connect(TcpStream::connect(address).unwrap());
    stuck.play("key");
    let mut time = 0;
    let mut publish = |megabytes: usize| {
        for _ in 0..megabytes * 50 {
            time += 10;
            publisher.send_video(time, inter_frame(20_000));
        }
        publisher.send_video(time, keyframe(1));
    };
    // The system's buffers are full by then, and the log has had to be trimmed.
    publish(10);
    let before = resident_bytes();
    publish(50);
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 4 << 20, "{grown} bytes more for 50 MB that nobody read");

    let started = Instant::now();
    while handle.connections() > 1 {
        assert!(started.elapsed() < PATIENCE, "{handle:?}");
        publish(1);
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(*ends.0.lock().unwrap(), ["timed out: the peer takes no data"]);
    handle.shutdown();
    thread.join().unwrap();
}

/// An AVC inter frame of `len` bytes.
pub(crate) fn inter_frame(len: usize) -> Vec<u8> {
    let mut frame = vec![0x27, 1, 0, 0, 0];
    frame.resize(len, 0x41);
    frame
}

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
