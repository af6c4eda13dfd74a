//! A process that runs out of descriptors: the limit is this process's own, so nothing else is tested here.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rtmp_mio::{ListenAddr, Observer, Server, ServerSettings, Trouble};
use rustix::process::{Resource, getrlimit, setrlimit};

#[derive(Clone, Default)]
struct Troubles(Arc<AtomicUsize>);

impl Observer for Troubles {
    fn on_trouble(&self, trouble: &Trouble) {
        assert!(matches!(trouble, Trouble::Accept { .. }), "{trouble:?}");
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn running_out_of_descriptors_is_survived() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(64);
    setrlimit(Resource::Nofile, limit).unwrap();
    let troubles = Troubles::default();
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let mut settings = ServerSettings::default();
    settings.connections.all = Some(1000);
    let server = Server::builder()
        .listen(address)
        .settings(settings)
        .observer(troubles.clone())
        .bind()
        .unwrap();
    let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
        panic!("{server:?}")
    };
    let handle = server.handle();
    let thread = thread::spawn(|| server.run().unwrap());

    let mut first = greet(TcpStream::connect(address).unwrap());
    assert!(is_answered(&mut first), "there are descriptors yet");

    let mut hoard = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        hoard.push(file);
    }
    for _ in 0..5 {
        // The client takes the one that there is.
        hoard.pop();
        let mut turned_away = greet(TcpStream::connect(address).unwrap());
        assert!(!is_answered(&mut turned_away), "it is closed, and does not wait");
        drop(turned_away);
        hoard.push(File::open("/dev/null").unwrap());
    }
    // All of them may have been turned away in one round. Until it is over nothing is told of it, and whoever comes is turned
    // away with them, whether or not there are descriptors by then. The loop answers from a later turn.
    handle.streams();
    assert_eq!(troubles.0.load(Ordering::Relaxed), 1, "told at once, and once");

    assert_eq!(handle.connections(), 1, "the first is still there");

    drop(hoard);
    let mut next = greet(TcpStream::connect(address).unwrap());
    assert!(is_answered(&mut next), "it accepts again");
    drop((first, next));
    handle.shutdown();
    thread.join().unwrap();
}

/// Sends C0 and C1.
fn greet(mut socket: TcpStream) -> TcpStream {
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // It may have been closed already.
    let _ = socket.write_all(&[&[3][..], &[7; 1536]].concat());
    socket
}

/// Whether S0 comes.
fn is_answered(socket: &mut TcpStream) -> bool {
    match socket.read(&mut [0]) {
        Ok(count) => count == 1,
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
                "{error}: it waits"
            );
            false
        }
    }
}
