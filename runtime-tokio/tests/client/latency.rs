//! What nobody waits for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use bytes::Buf;
use rtmp_core::connection::server::{ServerConnection, ServerEvent};

use super::*;

/// A server like nginx-rtmp, which writes an answer in pieces: the system holds the second one back until the first has been
/// acknowledged (Nagle's algorithm).
fn answer(mut socket: TcpStream) {
    let mut connection = ServerConnection::new(Default::default(), [7; 32].into(), Instant::now());
    let mut input = [0; 4096];
    while let Ok(count @ 1..) = socket.read(&mut input) {
        let now = Instant::now();
        connection.handle_input(&input[..count], now).unwrap();
        while let Some(event) = connection.poll_event() {
            if let ServerEvent::Connect { request, .. } = event {
                connection.accept(request, now).unwrap();
            }
        }
        let out = connection.transmit();
        let out = out.copy_to_bytes(out.remaining());
        let (first, second) = out.split_at(out.len().min(16));
        for piece in [first, second] {
            socket.write_all(piece).unwrap();
        }
    }
}

#[tokio::test]
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    ignore = "the system can't be told"
)]
async fn an_answer_in_pieces_is_not_put_off() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("rtmp://{}/live/key", listener.local_addr().unwrap());
    let url = url.parse().unwrap();
    thread::spawn(move || {
        let sockets = listener.incoming();
        sockets.for_each(|socket| answer(socket.unwrap()));
    });
    let mut least = PATIENCE;
    for _ in 0..5 {
        let started = Instant::now();
        connect(&url, Role::Player).await;
        least = least.min(started.elapsed());
    }
    // Once at least the machine had time. It would be 40 ms each time.
    assert!(least < Duration::from_millis(30), "{least:?}");
}
