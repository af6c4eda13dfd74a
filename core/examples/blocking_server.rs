//! An RTMP server over `std::net`, one thread per connection: the whole of what a driver has to do.
//!
//! ```text
//! cargo run --release -p rtmp-core --example blocking_server
//! ffmpeg -re -i clip.mp4 -c copy -f flv rtmp://127.0.0.1/live/key
//! ffplay rtmp://127.0.0.1/live/key
//! ```
//!
//! Threads that wait in `read` can't be woken by the hub, so the socket has a read timeout and each thread looks
//! for work when it passes. A real driver waits for readiness, wake-ups and deadlines at one time.

// A driver is where sockets, clock, threads, randomness and output belong.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros
)]

use std::collections::HashSet;
use std::io::{self, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Buf;
use rtmp_core::hub::{Hub, Token, WakeList};
use rtmp_core::session::{AllowAll, ServerSession, SessionConfig};
use rtmp_core::units::Seed;

/// How long a player may wait for a message that is there: threads are not woken.
const PATIENCE: Duration = Duration::from_millis(10);

/// What the connections share.
struct Shared {
    config: Arc<SessionConfig>,
    hub: Mutex<Hub>,
    woken: Mutex<HashSet<Token>>,
    tokens: AtomicUsize,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:1935".to_owned());
    let shared = Arc::new(Shared {
        config: Arc::default(),
        hub: Mutex::default(),
        woken: Mutex::default(),
        tokens: AtomicUsize::new(0),
    });
    let listener = TcpListener::bind(&address)?;
    println!(
        "publish to and play from rtmp://{}/live/key",
        listener.local_addr()?
    );
    for socket in listener.incoming() {
        let shared = Arc::clone(&shared);
        let socket = match socket {
            Ok(socket) => socket,
            Err(error) => {
                eprintln!("accept: {error}");
                std::thread::sleep(PATIENCE);
                continue;
            }
        };
        std::thread::spawn(move || {
            let peer = socket.peer_addr();
            match serve(socket, &shared) {
                Ok(()) => println!("{peer:?}: closed"),
                Err(error) => println!("{peer:?}: {error}"),
            }
        });
    }
    Ok(())
}

fn serve(mut socket: TcpStream, shared: &Shared) -> io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let token = Token(shared.tokens.fetch_add(1, Ordering::Relaxed));
    let seed = Seed::from(rand::random::<[u8; 32]>());
    let mut session = ServerSession::new(
        Arc::clone(&shared.config),
        Arc::new(AllowAll),
        token,
        seed,
        Instant::now(),
    );
    let mut buffer = vec![0; 64 << 10];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => session.handle_eof(Instant::now()),
            Ok(count) => session.handle_input(&buffer[..count], Instant::now()),
            Err(error) if is_timeout(&error) => {}
            Err(error) => {
                session.handle_eof(Instant::now());
                sync(&mut session, shared);
                break Err(error);
            }
        }
        if session.poll_timeout().is_some_and(|at| at <= Instant::now()) {
            session.handle_timeout(Instant::now());
        }
        if shared
            .woken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&token)
        {
            session.handle_wake();
        }
        if let Err(error) = flush(&mut socket, &mut session, shared) {
            session.handle_eof(Instant::now());
            sync(&mut session, shared);
            break Err(error);
        }
        while let Some(event) = session.poll_event() {
            println!("{:?}: {event:?}", socket.peer_addr());
        }
        if session.is_over() {
            break session
                .error()
                .map_or(Ok(()), |error| Err(io::Error::other(error.clone())));
        }
    }
}

/// Lends the hub for as long as the session wants it, and wakes whom that concerns.
fn sync(session: &mut ServerSession, shared: &Shared) {
    let mut wake = WakeList::new();
    while session.wants_hub().is_some() {
        let mut hub = shared.hub.lock().unwrap_or_else(PoisonError::into_inner);
        session.sync(&mut hub, &mut wake, 0, Instant::now());
    }
    // Each connection looks often enough for all of them; with no write latency there is never anybody to wake.
    let mut hub = shared.hub.lock().unwrap_or_else(PoisonError::into_inner);
    hub.handle_timeout(&mut wake, Instant::now());
    drop(hub);
    shared
        .woken
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(wake);
}

/// Sends what there is to send, until there is no more. Written bytes make room for more media.
fn flush(socket: &mut TcpStream, session: &mut ServerSession, shared: &Shared) -> io::Result<()> {
    loop {
        sync(session, shared);
        let out = session.transmit();
        if out.is_empty() {
            return Ok(());
        }
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = out.chunks_vectored(&mut slices);
        let sent = socket.write_vectored(&slices[..filled])?;
        out.advance(sent);
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
