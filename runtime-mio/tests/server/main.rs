//! What is the event loop's own: its bounds, its embedders, its workers. What every runtime does alike is held by the
//! workspace's conformance suite.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod client;
mod coalescing;
mod embedding;
mod host;
mod turns;
mod workers;

use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use client::{Client, PATIENCE, keyframe};
use rtmp_core::session::SessionEvent;
use rtmp_mio::{Builder, End, EndReason, Handle, ListenAddr, Observer, Peer, Server};

/// A server on a thread of its own, until the test drops it.
struct Running {
    address: std::net::SocketAddr,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(builder: Builder) -> Self {
        let server = builder
            .listen("127.0.0.1:0".parse::<ListenAddr>().unwrap())
            .bind()
            .unwrap();
        let address = address_of(&server);
        let handle = server.handle();
        Self {
            address,
            handle,
            thread: Some(thread::spawn(|| server.run().unwrap())),
        }
    }

    fn client(&self) -> Client {
        Client::connect(TcpStream::connect(self.address).unwrap())
    }

    /// Waits for something that the server's thread brings about.
    fn until(&self, is_so: impl Fn(&Handle) -> bool) {
        let started = Instant::now();
        while !is_so(&self.handle) {
            assert!(started.elapsed() < PATIENCE, "{:?}", self.handle);
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
        // mio 1.2 on poll(2) takes a wake's token before it resets the descriptor, and loses a wake that comes in between.
        // A connection moves the loop as well.
        while cfg!(mio_unsupported_force_poll_poll)
            && self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
        {
            let _ = TcpStream::connect(self.address);
            thread::sleep(Duration::from_millis(20));
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !thread::panicking()
        {
            panic!("the server has panicked");
        }
    }
}

fn address_of(server: &Server) -> std::net::SocketAddr {
    let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
        panic!("{server:?} listens at no TCP address")
    };
    address
}

/// Writes down what happens.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<(u64, String)>>>);

impl Diary {
    fn lines(&self) -> Vec<(u64, String)> {
        self.0.lock().unwrap().clone()
    }

    fn has(&self, what: &str) -> bool {
        self.lines().iter().any(|(_, line)| line.contains(what))
    }
}

impl Observer for Diary {
    fn on_start(&self, peer: &Peer) {
        self.0.lock().unwrap().push((peer.id, "start".into()));
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        self.0.lock().unwrap().push((peer.id, format!("{event:?}")));
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        self.0
            .lock()
            .unwrap()
            .push((peer.id, format!("end: {}", end.reason)));
    }
}
