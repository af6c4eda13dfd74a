//! A server inside of a program that has sources of its own in the same loop: a UDP socket that is told each stream by name
//! when somebody asks, and a clock that ticks.
//!
//!     cargo run -p rtmp-mio --example own_sources
//!     echo | nc -u -w1 127.0.0.1 4000

use std::process::ExitCode;
use std::time::{Duration, Instant};

use rtmp_mio::mio::net::UdpSocket;
use rtmp_mio::mio::{Interest, Token};
use rtmp_mio::{ListenAddr, Server, Turn};

/// Any token below `rtmp_mio::FIRST_OWN_TOKEN` is ours.
const QUESTIONS: Token = Token(0);

const TICK: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = Server::builder().listen(ListenAddr::default()).bind()?;
    let mut questions = UdpSocket::bind("127.0.0.1:4000".parse()?)?;
    server
        .registry()
        .register(&mut questions, QUESTIONS, Interest::READABLE)?;

    let mut next_tick = Instant::now() + TICK;
    loop {
        let mut is_asked = false;
        let until_tick = next_tick.saturating_duration_since(Instant::now());
        let turn = server.turn(Some(until_tick), |event| is_asked |= event.token() == QUESTIONS)?;
        if turn == Turn::Over {
            return Ok(());
        }
        if is_asked {
            answer(&questions, &mut server)?;
        }
        if next_tick <= Instant::now() {
            println!("{} connections", server.connections());
            next_tick += TICK;
        }
    }
}

/// Events are edges: all questions that there are have to be read before the next one is an event.
fn answer(questions: &UdpSocket, server: &mut Server) -> std::io::Result<()> {
    loop {
        match questions.recv_from(&mut [0; 64]) {
            Ok((_, from)) => {
                for stream in server.streams() {
                    let line = format!("{}: {} players\n", stream.key, stream.players);
                    questions.send_to(line.as_bytes(), from)?;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
