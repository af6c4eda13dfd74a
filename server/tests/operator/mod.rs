//! A program that serves, as its operator meets it: what it says, and how it ends. Every program has to pass all of it:
//! the parent module says which one this is ([`Program`]).

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
            address: String::new(),
        };
        server.address = address(&server.wait_for("listening"));
        server
    }

    /// The next line that holds `what`.
    pub(crate) fn wait_for(&mut self, what: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.contains(what) {
                        return line;
                    }
                }
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

#[test]
fn it_tells_a_person_where_to_point_obs_ffmpeg_and_a_player() {
    let mut server = Server::start(&[]);
    let address = server.address.clone();
    assert!(
        server
            .wait_for("OBS")
            .contains(&format!("Server: rtmp://{address}/live "))
    );
    assert!(
        server
            .wait_for("ffmpeg")
            .contains(&format!("-f flv rtmp://{address}/live/room"))
    );
    server.wait_for("player");
    assert!(!server.said.join("\n").contains('\x1B'), "a pipe has no colours");
}

#[test]
fn json_logs_are_json_from_the_first_line_to_the_last() {
    let mut server = Server::start(&["--log-format", "json"]);
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for("published");
    server.wait_for("ended");
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    let lines: Vec<Value> = server
        .said
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let messages: Vec<&str> = lines
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "listening",
            "connected",
            "publishing",
            "published",
            "ended",
            "stopping; once more ends at once",
            "stopped"
        ]
    );
    let ended = &lines[4];
    assert_eq!(
        (&ended["app"], &ended["key"], &ended["program"]),
        (&"live".into(), &"live/ro…".into(), &"tests/1".into())
    );
    let publishing = &lines[2];
    assert_eq!(publishing["level"], "INFO");
    assert_eq!(publishing["key"], "live/ro…");
    assert_eq!(publishing["program"], "tests/1");
    assert!(publishing["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
}

#[test]
fn a_log_holds_no_secret_and_no_line_of_a_peers_making() {
    let mut server = Server::start(&[]);
    let mut socket = server.connect();
    publish(
        &mut socket,
        "live?token=hidden1",
        "evil\n2026-01-01 INFO stopped\x1B[31m",
        "0123456789?sign=hidden2",
    );
    let line = server.wait_for("publishing");
    assert!(line.contains(r#"key="live/0123…""#), "{line}");
    drop(socket);
    server.wait_for("ended");
    let said = server.said.join("\n");
    for secret in ["01234", "hidden", "\x1B"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(
        !server.said.iter().any(|line| line.starts_with("2026-01-01 INFO")),
        "{said}"
    );
}

#[test]
fn a_refusal_is_one_warning_that_says_who_what_and_why() {
    let mut server = Server::start(&["--log-format", "json"]);
    let mut first = server.connect();
    publish(&mut first, "live", "tests/1", "0123456789");
    server.wait_for("publishing");
    // Somebody else's name; no name at all, which is refused before anybody is asked; an application without sense.
    for (app, name, key, reason) in [
        (
            "live",
            "0123456789",
            Some("live/0123…"),
            "somebody else publishes",
        ),
        ("live", "", None, "empty"),
        ("li\nve", "room", None, "control character"),
    ] {
        let before = server.said.len();
        publish(&mut server.connect(), app, "tests/2", name);
        server.wait_for(r#""message":"ended""#);
        let lines: Vec<Value> = (server.said[before..].iter())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let warnings: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
        let [refused] = warnings[..] else {
            panic!("{lines:?}")
        };
        assert_eq!(refused["message"], "refused");
        assert_eq!(
            (&refused["app"], &refused["program"]),
            (&app.into(), &"tests/2".into())
        );
        assert_eq!(refused["key"].as_str(), key);
        assert!(refused["reason"].as_str().unwrap().contains(reason), "{refused}");
        let ended = lines.last().unwrap();
        assert_eq!(
            (&ended["level"], &ended["program"]),
            (&"INFO".into(), &"tests/2".into())
        );
    }
}

#[test]
fn a_fault_of_the_protocol_is_a_warning() {
    let mut server = Server::start(&["--log-format", "json"]);
    server.connect().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let line = server.wait_for(r#""message":"ended""#);
    assert!(line.contains("WARN") && line.contains("handshake"), "{line}");
}

/// A pager that was left open must not stop the streams.
#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    let mut process = PROGRAM
        .command()
        .args(["--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::with_capacity(1, process.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    let address = address(&line);
    // 64 KiB are what a pipe takes of it.
    for _ in 0..1000 {
        let mut socket = TcpStream::connect(&address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let end = socket.read(&mut [0; 16]);
        assert!(!matches!(end, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock));
    }
    // Now it is read, and the next thing that is said comes behind what was lost.
    let (sender, lines) = channel();
    thread::spawn(move || {
        log.lines()
            .map_while(Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    let started = Instant::now();
    loop {
        drop(TcpStream::connect(&address).unwrap().write_all(b"GET"));
        if lines.try_iter().any(|line| line.contains("lines were lost")) {
            break;
        }
        assert!(started.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn keys_are_shown_to_who_asks_for_them() {
    let mut server = Server::start(&["--show-keys"]);
    publish(&mut server.connect(), "live", "tests/1", "0123456789");
    assert!(server.wait_for("publishing").contains(r#"key="live/0123456789""#));
}

#[test]
fn what_is_published_is_played() {
    let server = Server::start(&[]);
    let (mut publisher, mut player) = (server.connect(), server.connect());
    publish(&mut publisher, "live", "tests/1", "room");
    request(
        &mut player,
        "live",
        "tests/2",
        RtmpCommand::new("play", 3.0).with("room"),
    );
    // AVC, a key frame, and no more of it than tells one from another.
    let frames = [b"\x17\x01\0\0\0the first", b"\x17\x01\0\0\0the other"];
    let mut out = Vec::new();
    for (timestamp, frame) in [0, 40].into_iter().zip(frames) {
        let message = Message {
            chunk_stream: ChunkStreamId::COMMAND,
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(timestamp),
            kind: MessageType::Video,
            payload: Bytes::from_static(frame),
        };
        chunk::encode(&message, ChunkSize::INITIAL, &mut out);
    }
    publisher.write_all(&out).unwrap();
    hear(&mut player, "the other");
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

#[test]
fn a_signal_ends_it_gracefully() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = Server::start(&[]);
        server.signal(signal);
        assert!(server.wait().success());
        assert!(server.said.last().unwrap().contains("stopped"));
    }
}

#[test]
fn clients_that_can_reconnect_are_sent_elsewhere_and_waited_for() {
    let mut server = Server::start(&["--reconnect-to", "rtmp://b.example/live"]);
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    server.wait_for("publishing");
    server.signal(Signal::TERM);
    server.wait_for("stopping");
    hear(&mut socket, "rtmp://b.example/live");
    thread::sleep(Duration::from_millis(200));
    assert!(
        server.process.try_wait().unwrap().is_none(),
        "it waits for the client"
    );
    drop(socket);
    assert!(server.wait().success());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(&[]);
    // It is waited for, so that it can read what it was sent before the connection closes.
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    server.wait_for("publishing");
    server.signal(Signal::INT);
    server.wait_for("stopping");
    server.signal(Signal::INT);
    assert_eq!(server.wait().code(), Some(130));
    assert!(!server.said.iter().any(|line| line.contains("stopped")));
}

#[test]
fn the_environment_says_what_the_command_line_does_not() {
    let mut command = PROGRAM.command();
    let mut server = Server::spawn(
        command
            .env("RTMP_LISTEN", "127.0.0.1:0")
            .env("RTMP_LOG_FORMAT", "json"),
    );
    assert!(server.address.starts_with("127.0.0.1:"), "{}", server.address);
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for(r#""message":"publishing""#);
}

#[test]
fn a_host_may_be_listened_at_by_its_name() {
    let mut server = Server::spawn(PROGRAM.command().args(["--listen", "localhost:0"]));
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for("publishing");

    let nobody = PROGRAM
        .command()
        .args(["--listen", "nobody.invalid:1935"])
        .output()
        .unwrap();
    let said = String::from_utf8(nobody.stderr).unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        said.starts_with(&format!(
            "{}: cannot listen on nobody.invalid:1935: ",
            PROGRAM.name
        )),
        "{said}"
    );
}

#[test]
fn an_address_in_use_is_an_error_that_says_what_to_do() {
    let server = Server::start(&[]);
    let second = PROGRAM
        .command()
        .args(["--listen", &server.address])
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        said.starts_with(&format!(
            "{}: cannot listen on {}: ",
            PROGRAM.name, server.address
        )),
        "{said}"
    );
    assert!(
        said.contains("ss -ltnp") && said.contains("--listen 127.0.0.1:1935"),
        "{said}"
    );
}

#[test]
fn running_out_of_descriptors_is_survived() {
    let mut command = Command::new("sh");
    let script = "ulimit -n 40 && exec \"$0\" \"$@\" --listen 127.0.0.1:0 --max-connections 1000";
    let mut server = Server::spawn(command.args(["-c", script, PROGRAM.path]).args(PROGRAM.arguments));
    let crowd: Vec<TcpStream> = (0..100).map(|_| server.connect()).collect();
    server.wait_for("cannot accept connections");
    let mut last = crowd.last().unwrap();
    assert_eq!(
        last.read(&mut [0; 16]).unwrap_or(0),
        0,
        "it is closed, not left to wait"
    );
    drop(crowd);
    // The pause after so many failures is a second at most.
    let started = Instant::now();
    loop {
        let mut socket = server.connect();
        let is_served = socket.write_all(&[&[3; 1][..], &[0; 1536]].concat()).is_ok()
            && socket.read_exact(&mut [0; 3073]).is_ok();
        if is_served {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "it never recovers");
    }
}
