//! Messages that are read together, under load, in a runtime that has been built for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use rtmp_tokio::ServerSettings;

use super::*;

const FRAMES: u64 = 200;

fn settings(read_latency: Duration) -> ServerSettings {
    let mut settings = ServerSettings::default();
    settings.read_latency = read_latency;
    settings
}

/// Publishes a frame every millisecond, until the server has them.
async fn publish(socket: std::net::TcpStream, handle: Handle) {
    socket.set_nonblocking(true).unwrap();
    let mut publisher = Client::connect(TcpStream::from_std(socket).unwrap()).await;
    publisher.publish("room").await;
    for _ in 0..FRAMES {
        publisher.send_video(0, &keyframe(0)).await;
        thread::sleep(Duration::from_millis(1));
    }
    while handle.streams()[0].messages_in < FRAMES {
        thread::sleep(Duration::from_millis(2));
    }
    handle.shutdown();
}

/// How often the server's thread waits for its sockets.
fn waits(first: Duration, then: Option<Duration>) -> u64 {
    let waits = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&waits);
    let server = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(move || {
            rtmp_tokio::coalesce_reads();
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    server.block_on(async {
        let any = ListenAddr::Tcp("127.0.0.1:0".parse().unwrap());
        let builder = Server::builder().settings(settings(first)).listen(any);
        let server = builder.bind().await.unwrap();
        let handle = server.handle();
        if let Some(then) = then {
            handle.reconfigure(settings(then));
        }
        let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
            panic!("no TCP address")
        };
        let publisher = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let socket = std::net::TcpStream::connect(address).unwrap();
            runtime.unwrap().block_on(publish(socket, handle));
        });
        server.serve(std::future::pending()).await;
        publisher.join().unwrap();
    });
    waits.load(Ordering::Relaxed)
}

#[test]
fn a_thread_under_load_waits_once_for_several_messages_also_one_that_has_been_told_so_later() {
    const LATENCY: Duration = Duration::from_millis(20);
    for (first, then) in [(LATENCY, None), (Duration::ZERO, Some(LATENCY))] {
        let waits = waits(first, then);
        assert!(waits < 120, "{waits} for {FRAMES} messages");
    }
}
