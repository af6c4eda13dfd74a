//! `rtmp bench` against `rtmp serve`: what it finds, and how it ends.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A program that is ended when it is dropped.
struct Program(Child);

impl Program {
    fn spawn(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rtmp"));
        let command = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Asks it to end, and what it says then.
    fn interrupt(mut self) -> Output {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        let status = self.0.wait().unwrap();
        let all = |pipe: Option<&mut dyn std::io::Read>| {
            let mut bytes = Vec::new();
            pipe.unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        Output {
            status,
            stdout: all(self.0.stdout.as_mut().map(|pipe| pipe as _)),
            stderr: all(self.0.stderr.as_mut().map(|pipe| pipe as _)),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server on a free port.
struct Server {
    program: Program,
    lines: Receiver<String>,
    address: String,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut program = Program::spawn(&arguments);
        let (sender, lines) = channel();
        let stderr = BufReader::new(program.0.stderr.take().unwrap());
        thread::spawn(move || {
            let mut lines = stderr.lines().map_while(Result::ok);
            // Who does not read what it logs blocks it.
            lines.all(|line| sender.send(line).is_ok())
        });
        let mut server = Self {
            program,
            lines,
            address: String::new(),
        };
        let line = server.wait_for("listening");
        let address = line.split_once("address=").unwrap().1;
        server.address = address.split(' ').next().unwrap().to_owned();
        server
    }

    /// The next line of its log that holds `what`.
    fn wait_for(&self, what: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap();
            if line.contains(what) {
                return line;
            }
        }
    }

    /// Of the server's RTMPS, which it says behind the line that it listens.
    fn tls_url(&self, path: &str) -> String {
        let line = self.wait_for("listening");
        let address = line.split_once("address=").unwrap().1;
        format!("rtmps://{}/{path}", address.split(' ').next().unwrap())
    }

    fn url(&self, path: &str) -> String {
        format!("rtmp://{}/{path}", self.address)
    }

    fn pid(&self) -> String {
        self.program.0.id().to_string()
    }

    /// Publishes until it is dropped or interrupted.
    fn publish(&self, path: &str, arguments: &[&str]) -> Program {
        publish(&self.url(path), arguments)
    }
}

fn publish(url: &str, arguments: &[&str]) -> Program {
    let fixed = [
        "bench",
        "publish",
        url,
        "--duration",
        "0",
        "--settle",
        "0",
        "--json",
    ];
    Program::spawn(&[&fixed[..], arguments].concat())
}

fn rtmp(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rtmp"));
    command.arg("bench").args(arguments).output().unwrap()
}

/// The result of a load, and its exit status.
fn bench(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = rtmp(&[arguments, &["--json"]].concat());
    (facts(&output), output.status.code())
}

fn facts(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn number(facts: &Value, name: &str) -> f64 {
    facts[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} in {facts}"))
}

#[test]
fn players_find_a_stream_whole_in_order_and_in_time() {
    let server = Server::start(&[]);
    let publisher = server.publish("live/cam%d", &["--streams", "2", "--bitrate", "1M"]);
    let (url, pid) = (server.url("live/cam%d"), server.pid());
    let fixed = [
        "play",
        &url,
        "--players",
        "6",
        "--streams",
        "2",
        "--verify",
        "4",
        "--pid",
        &pid,
    ];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0.2", "--duration", "1.5"]].concat());
    assert_eq!(status, Some(0), "{facts}");
    for (name, expected) in [
        ("clients", 6),
        ("active", 6),
        ("verified", 4),
        ("gaps", 0),
        ("order_errors", 0),
        ("checksum_errors", 0),
        ("time_backwards", 0),
        ("errors", 0),
        ("disconnects", 0),
    ] {
        assert_eq!(facts[name], expected, "{name} in {facts}");
    }
    assert_eq!(facts["verifiable"], true);
    // 73 messages and 141 kB a second, six times. A group of pictures does not fit into the time exactly, and this
    // machine has other things to do.
    assert!((300.0..1200.0).contains(&number(&facts, "messages")), "{facts}");
    assert!((500e3..2500e3).contains(&number(&facts, "bytes")), "{facts}");
    assert!(number(&facts, "least_share") > 0.5, "{facts}");
    assert!(number(&facts, "latency_p50_ms") < 1000.0, "{facts}");
    assert!(number(&facts, "first_key_p50_ms") > 0.0, "{facts}");
    for name in [
        "server_cpu_ms",
        "cpu_ms_per_gb",
        "cpu_ms_per_1000_msgs",
        "rss_kb",
        "pss_kb",
    ] {
        assert!(number(&facts, name) > 0.0, "{name} in {facts}");
    }
    assert!(number(&facts, "load_cpu_pct") < 100.0);

    // Ctrl-C ends a publisher, and it still reports.
    let output = publisher.interrupt();
    assert_eq!(output.status.code(), Some(0));
    let facts = self::facts(&output);
    assert_eq!((&facts["streams"], &facts["live"]), (&2.into(), &2.into()));
    assert!(number(&facts, "messages") > 100.0 && number(&facts, "late_max_ms") >= 0.0);
}

#[test]
fn the_bit_rate_is_what_was_asked_for() {
    let server = Server::start(&[]);
    let url = server.url("live/a");
    let fixed = [
        "publish",
        &url,
        "--bitrate",
        "2M",
        "--audio-bitrate",
        "0",
        "--gop",
        "0.5",
    ];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0", "--duration", "2"]].concat());
    assert_eq!(status, Some(0), "{facts}");
    let bits = number(&facts, "bytes") * 8.0 / number(&facts, "window_s");
    // Chunk headers, and one group of pictures more or less.
    assert!((1.4e6..2.6e6).contains(&bits), "{bits} {facts}");
}

#[test]
fn players_that_stall_do_not_disturb_the_others() {
    let server = Server::start(&[]);
    let _publisher = server.publish("live/a", &[]);
    let (url, pid) = (server.url("live/a"), server.pid());
    let fixed = ["play", &url, "--players", "6", "--stall", "2", "--pid", &pid];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0.2", "--duration", "1"]].concat());
    assert_eq!(status, Some(0), "{facts}");
    assert_eq!((&facts["stalled"], &facts["gaps"]), (&2.into(), &0.into()));
    assert_eq!(facts["rss_every_4s_kb"].as_array().unwrap().len(), 1);
}

#[test]
fn players_are_added_until_there_are_enough() {
    let server = Server::start(&[]);
    let _publisher = server.publish("live/a", &["--bitrate", "500k"]);
    let url = server.url("live/a");
    let steps = ["--players", "2", "--step", "3", "--max", "6", "--limit", "10"];
    let fixed = ["play", &url, "--settle", "0.1", "--duration", "1"];
    let (facts, status) = bench(&[&fixed[..], &steps].concat());
    assert_eq!(status, Some(0), "{facts}");
    let players: Vec<_> = facts["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["players"])
        .collect();
    assert_eq!(players[0], 2);
    assert!(facts["max_players"] == 2 || facts["max_players"] == 5, "{facts}");
}

#[test]
fn connections_come_and_go() {
    let server = Server::start(&[]);
    let (url, pid) = (server.url("live/a"), server.pid());
    let (facts, status) = bench(&[
        "connect",
        &url,
        "--rate",
        "50/s",
        "--duration",
        "1",
        "--pid",
        &pid,
    ]);
    assert_eq!(status, Some(0), "{facts}");
    let completed = number(&facts, "completed");
    assert!((10.0..=52.0).contains(&completed), "{facts}");
    assert_eq!(facts["opened"], facts["completed"]);
    assert_eq!(facts["handshaken"], facts["completed"]);
    assert!(number(&facts, "took_p50_ms") <= number(&facts, "took_p99_ms"));
    assert!(number(&facts, "cpu_us_per_conn") > 0.0);
}

#[test]
fn a_load_goes_through_tls_as_well() {
    let server = Server::start(&["--tls-listen", "127.0.0.1:0", "--tls-self-signed"]);
    let url = server.tls_url("live/a");
    let _publisher = publish(&url, &["--insecure"]);
    server.wait_for("publishing");
    let fixed = ["play", &url, "--insecure", "--players", "6", "--verify", "3"];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0.2", "--duration", "1.5"]].concat());
    assert_eq!(status, Some(0), "{facts}");
    assert_eq!(
        (&facts["active"], &facts["gaps"]),
        (&6.into(), &0.into()),
        "{facts}"
    );
    assert_eq!(facts["checksum_errors"], 0, "{facts}");

    // Players that look and players that don't are measured alike: to small messages, TLS adds a twentieth.
    let url = url.replace("live/a", "live/small");
    let _publisher = publish(&url, &["--insecure", "--bitrate", "160k"]);
    server.wait_for("publishing");
    let fixed = ["play", &url, "--insecure", "--players", "6", "--verify", "3"];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0.2", "--duration", "3"]].concat());
    assert_eq!(status, Some(0), "{facts}");
    assert!(number(&facts, "least_share") > 0.98, "{facts}");

    // Nobody vouches for it, and nobody is asked to let that be.
    let output = rtmp(&["connect", &url, "--duration", "0.2"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("served nobody") && said.contains("--insecure"),
        "{said}"
    );
}

#[test]
fn connections_are_held() {
    let server = Server::start(&[]);
    let (url, pid) = (server.url("live/a"), server.pid());
    let fixed = ["idle", &url, "--connections", "30", "--pid", &pid];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0.1", "--duration", "0.5"]].concat());
    assert_eq!(status, Some(0), "{facts}");
    assert_eq!((&facts["clients"], &facts["held"]), (&30.into(), &30.into()));
    number(&facts, "pss_kb_per_conn");
    number(&facts, "open_cpu_ms_per_conn");
}

#[test]
fn connections_that_are_refused_are_an_exit_status_of_their_own() {
    let server = Server::start(&["--max-connections", "5"]);
    let url = server.url("live/a");
    let fixed = ["idle", &url, "--connections", "8"];
    let (facts, status) = bench(&[&fixed[..], &["--settle", "0.1", "--duration", "0.3"]].concat());
    assert_eq!(status, Some(3), "{facts}");
    assert!(
        number(&facts, "held") <= 5.0 && number(&facts, "errors") >= 3.0,
        "{facts}"
    );
    assert!(
        facts["last_error"]
            .as_str()
            .is_some_and(|error| !error.is_empty())
    );
}

#[test]
fn what_cannot_be_measured_says_why() {
    let error = |arguments: &[&str]| {
        let output = rtmp(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let server = Server::start(&["--wait", "0"]);
    let url = server.url("live/taken");
    let play = error(&["play", &url]);
    assert!(
        play.contains("play refused: NetStream.Play.StreamNotFound"),
        "{play}"
    );
    let publisher = server.publish("live/taken", &[]);
    server.wait_for(" publishing ");
    let second = error(&["publish", &url]);
    assert!(
        second.contains("publish refused: NetStream.Publish.BadName"),
        "{second}"
    );
    drop(publisher);
    let many = error(&["publish", &url, "--streams", "2"]);
    assert!(many.contains("%d"), "{many}");
    let thin = error(&["publish", &url, "--bitrate", "1k"]);
    assert!(thin.contains("too little"), "{thin}");
    let address = server.address.clone();
    drop(server);
    let nobody = error(&["connect", &format!("rtmp://{address}/live/a")]);
    assert!(nobody.contains("Is a server running there?"), "{nobody}");
}

/// A limit that nothing is held to would be taken for one that was kept.
#[test]
fn options_of_steps_need_steps() {
    for option in [["--limit", "100ms"], ["--max", "100"], ["--step", "10"]] {
        let output = rtmp(&[&["play", "rtmp://127.0.0.1/live/a"], &option[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{option:?}");
    }
}

#[test]
fn a_stream_that_ends_is_noticed() {
    let server = Server::start(&[]);
    let publisher = server.publish("live/a", &[]);
    let url = server.url("live/a");
    let player = Program::spawn(&[
        "bench",
        "play",
        &url,
        "--settle",
        "0",
        "--duration",
        "60",
        "--json",
    ]);
    server.wait_for(" playing ");
    // The key frame is on its way.
    thread::sleep(Duration::from_secs(1));
    drop(publisher);
    server.wait_for(" published ");
    thread::sleep(Duration::from_secs(1));
    let output = player.interrupt();
    let facts = facts(&output);
    assert_eq!(
        (output.status.code(), &facts["ended"]),
        (Some(3), &1.into()),
        "{facts}"
    );
}

#[test]
fn steps_that_are_interrupted_in_the_first_measured_nothing() {
    let server = Server::start(&[]);
    let _publisher = server.publish("live/a", &[]);
    let url = server.url("live/a");
    let fixed = ["bench", "play", &url, "--step", "1", "--max", "9"];
    let player = Program::spawn(&[&fixed[..], &["--settle", "0", "--duration", "60"]].concat());
    server.wait_for(" playing ");
    // The key frame is on its way.
    thread::sleep(Duration::from_secs(1));
    let output = player.interrupt();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("interrupted before anything was measured"),
        "{said}"
    );
}

#[test]
fn the_summary_is_for_people() {
    let server = Server::start(&[]);
    let _publisher = server.publish("live/a", &[]);
    let url = server.url("live/a");
    let output = rtmp(&["play", &url, "--settle", "0", "--duration", "0.5"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("0 messages missing") && text.contains("this load"),
        "{text}"
    );
    assert!(output.stderr.is_empty(), "the progress line is for terminals");
}
