//! A program that serves, as its operator meets it: what it says, and how it ends. Every program has to pass all of it:
//! the parent module says which one this is ([`Program`]).

mod address;
mod end;
mod log;
mod sockets;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_core::amf0::Object;
use rtmp_core::chunk::{self, Message, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::message::Command as RtmpCommand;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::PROGRAM;

const PATIENCE: Duration = Duration::from_secs(20);

/// A program that serves.
pub(crate) struct Program {
    /// What it calls itself.
    pub(crate) name: &'static str,
    /// Where it is.
    pub(crate) path: &'static str,
    /// What it has to be told to serve.
    pub(crate) arguments: &'static [&'static str],
}

impl Program {
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.path);
        command.args(self.arguments);
        command
    }
}

/// A server on a free port, ended when it is dropped.
pub(crate) struct Server {
    pub(crate) process: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    /// Of those said, how many have been looked at.
    seen: usize,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(
            PROGRAM
                .command()
                .args(["--listen", "127.0.0.1:0"])
                .args(arguments),
        )
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let mut server = Self {
            process,
            lines,
            said: Vec::new(),
            seen: 0,
            address: String::new(),
        };
        server.address = address(&server.wait_for("listening"));
        // What a relay says may stand before it.
        server.seen = 0;
        server
    }

    /// The next line that holds `what`.
    pub(crate) fn wait_for(&mut self, what: &str) -> String {
        loop {
            while let Some(line) = self.said.get(self.seen) {
                self.seen += 1;
                if line.contains(what) {
                    return line.clone();
                }
            }
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{what:?} was never said, but:\n{}", self.said.join("\n"))
                }
            }
        }
    }

    /// All lines that have been waited for, and those before them.
    #[allow(dead_code, reason = "only where there is more to ask than here")]
    pub(crate) fn said(&self) -> &[String] {
        &self.said
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                self.said.extend(self.lines.iter());
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the server listens, by the line that says so.
fn address(line: &str) -> String {
    let after = line.split_once("address").unwrap().1;
    let address = after.trim_start_matches(['=', '"', ':']);
    address
        .split(['"', ' ', ',', '}', '\n'])
        .next()
        .unwrap()
        .to_owned()
}

/// Publishes without waiting for any answer but the handshake's. It could reconnect.
pub(crate) fn publish(socket: &mut TcpStream, app: &str, program: &str, name: &str) {
    let publish = RtmpCommand::new("publish", 3.0).with(name).with("live");
    request(socket, app, program, publish);
}

fn request(socket: &mut TcpStream, app: &str, program: &str, request: RtmpCommand<'_>) {
    let mut out = Vec::new();
    let mut handshake = ClientHandshake::new(Kind::Simple, Seed::from([7; 32]), &mut out);
    socket.write_all(&out).unwrap();
    out.clear();
    let mut answer = vec![0; 3073];
    socket.read_exact(&mut answer).unwrap();
    assert!(handshake.handle_input(&mut &answer[..], &mut out).unwrap());
    let connect = Object::new()
        .with("app", app)
        .with("flashVer", program)
        .with("capsEx", 1.0);
    for (stream, command) in [
        (0, RtmpCommand::new("connect", 1.0).with_object(connect)),
        (0, RtmpCommand::new("createStream", 2.0)),
        (1, request),
    ] {
        let message = command.to_message(ChunkStreamId::COMMAND, MessageStreamId::new(stream));
        chunk::encode(&message, ChunkSize::INITIAL, &mut out);
    }
    socket.write_all(&out).unwrap();
}

/// Reads until something is said.
fn hear(socket: &mut TcpStream, what: &str) {
    let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&heard).contains(what) {
        let count = socket.read(&mut buffer).unwrap();
        assert!(count > 0, "closed before it said {what:?}");
        heard.extend(&buffer[..count]);
    }
}
