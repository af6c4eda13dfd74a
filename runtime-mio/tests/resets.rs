//! Connections that come and are reset, in a process of their own: its descriptors and its memory are counted.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_mio::{ListenAddr, Observer, Peer, Server};
use socket2::SockRef;

/// Counts those who have come.
#[derive(Clone, Default)]
struct Started(Arc<AtomicUsize>);

impl Observer for Started {
    fn on_start(&self, _: &Peer) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

const ROUNDS: usize = 20;
const AT_A_TIME: usize = 250;

#[test]
fn five_thousand_connections_opened_and_reset_leave_nothing_behind() {
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let started = Started::default();
    let server = Server::builder()
        .listen(address)
        .observer(started.clone())
        .bind()
        .unwrap();
    let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
        panic!("{server:?}")
    };
    let handle = server.handle();
    let thread = thread::spawn(|| server.run().unwrap());
    let until = |is_so: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < Duration::from_secs(30), "{handle:?}");
            thread::sleep(Duration::from_millis(1));
        }
    };
    let mut count = 0;
    let mut round = || {
        count += AT_A_TIME;
        let mut sockets = Vec::new();
        for n in 0..AT_A_TIME {
            let mut socket = TcpStream::connect(address).unwrap();
            // C0 and C1, or what is none, or nothing.
            match n % 3 {
                0 => socket.write_all(&[&[3][..], &[7; 1536]].concat()).unwrap(),
                1 => socket.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap(),
                _ => {}
            }
            sockets.push(socket);
        }
        // All have been let in; those who speak no RTMP may have been closed already.
        until(&|| started.0.load(Ordering::Relaxed) == count);
        for socket in sockets {
            SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
        }
        until(&|| handle.connections() == 0);
    };
    round();
    let (descriptors, memory) = (descriptors(), resident_bytes());
    for _ in 1..ROUNDS {
        round();
    }
    assert_eq!(self::descriptors(), descriptors);
    let grown = resident_bytes().saturating_sub(memory);
    assert!(
        grown < 2 << 20,
        "{grown} bytes more after {} connections",
        ROUNDS * AT_A_TIME
    );
    assert!(handle.streams().is_empty());
    handle.shutdown();
    thread.join().unwrap();
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
