//! Programs, and what they say.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// 2.6 seconds of H.264 and AAC.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/media/h264_aac_ff5.flv");

pub(crate) fn rtmp(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rtmp"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Program::start(arguments).finish()
}

pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A program that runs, and is ended when it is dropped.
pub(crate) struct Program {
    process: Child,
    stdout: Option<JoinHandle<Vec<u8>>>,
    /// Lines of the standard error, as they come.
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut rtmp(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = process.stdout.take().unwrap();
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            out.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let (sender, lines) = channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        thread::spawn(move || {
            let mut lines = stderr.lines().map_while(Result::ok);
            lines.all(|line| sender.send(line).is_ok())
        });
        Self {
            process,
            stdout: Some(stdout),
            lines,
            said: Vec::new(),
        }
    }

    /// The next line of its standard error that holds `what`.
    pub(crate) fn wait_for(&mut self, what: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("{what:?} was never said, but:\n{}", self.said.join("\n"))
            };
            self.said.push(line.clone());
            if line.contains(what) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Output {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end: {:?}", self.said);
            thread::sleep(Duration::from_millis(5));
        };
        let stdout = self.stdout.take().unwrap().join().unwrap();
        self.said.extend(self.lines.iter());
        let stderr = self.said.join("\n").into_bytes();
        Output {
            status,
            stdout,
            stderr,
        }
    }

    pub(crate) fn interrupt(self) -> Output {
        self.signal(Signal::INT);
        self.finish()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server of our own.
pub(crate) struct Server {
    pub(crate) program: Program,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        Self::spawn("127.0.0.1:0", arguments)
    }

    /// Once more where there was one.
    pub(crate) fn at(address: &str) -> Self {
        Self::spawn(address, &[])
    }

    fn spawn(address: &str, arguments: &[&str]) -> Self {
        let serve = ["serve", "--listen", address];
        let mut program = Program::start(&[&serve, arguments].concat());
        let line = program.wait_for("listening");
        let address = line.split_once("address=").unwrap().1;
        let address = address.split(' ').next().unwrap().to_owned();
        Self { program, address }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("rtmp://{}/live/{name}", self.address)
    }

    /// Publishes without an end, from when this returns.
    pub(crate) fn publish(&mut self, name: &str) -> Program {
        let publisher = Program::start(&["push", "--loop", FILE, &self.url(name)]);
        self.program.wait_for("publishing");
        publisher
    }
}

/// A directory that is removed when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rtmp-clients-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What `rtmp inspect` says of a file, in which nothing may be wrong.
pub(crate) fn inspect(file: impl AsRef<Path>) -> Value {
    let file = file.as_ref().to_str().unwrap();
    let output = run(&["inspect", "--json", file]);
    assert!(output.status.success(), "{}", stderr(&output));
    let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(facts["findings"], Value::Array(Vec::new()), "{file}");
    facts
}

/// The properties of a file's first data message.
pub(crate) fn metadata(facts: &Value) -> &Value {
    &facts["media"]["first_data"][0]["values"][1]
}
