//! `rtmp-mio` as its operator meets it: all that `rtmp serve` has to pass, and what is its own.

#![cfg(unix)]

#[path = "../../server/tests/operator/mod.rs"]
mod operator;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use operator::{Program, Server, publish};
use rustix::process::Signal;

const PROGRAM: Program = Program {
    name: "rtmp-mio",
    path: env!("CARGO_BIN_EXE_rtmp-mio"),
    arguments: &[],
};

fn output(arguments: &[&str]) -> Output {
    Command::new(PROGRAM.path).args(arguments).output().unwrap()
}

#[test]
fn help_and_version_are_answers_and_not_errors() {
    let help = output(&["--help"]);
    assert!(help.status.success() && help.stderr.is_empty());
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(
        text.contains("--write-latency DURATION") && !text.contains('\x1B'),
        "{text}"
    );
    let version = output(&["--version"]);
    assert!(version.status.success() && version.stdout.starts_with(b"rtmp-mio "));
}

#[test]
fn what_is_no_option_is_an_error_that_names_one() {
    let wrong = output(&["--listn", ":1935"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(wrong.stderr).unwrap(),
        "rtmp-mio: there is no option --listn; did you mean --listen?\n`rtmp-mio --help` lists the options\n"
    );
}

#[test]
fn several_workers_serve_one_stream() {
    let mut server = Server::start(&["--workers", "3"]);
    let mut publishers: Vec<TcpStream> = (0..6).map(|_| server.connect()).collect();
    for (number, publisher) in publishers.iter_mut().enumerate() {
        publish(publisher, "live", "tests/1", &format!("room{number}"));
        server.wait_for("publishing");
    }
    server.signal(Signal::TERM);
    assert!(server.wait().success());
}

/// What a crowd has cost is the system's again when it has gone.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn memory_goes_back_when_a_crowd_has_left() {
    rtmp_sockets::raise_descriptor_limit();
    let server = Server::start(&[]);
    let memory = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = memory();
    let crowd: Vec<TcpStream> = (0..2000)
        .map(|_| {
            let mut socket = server.connect();
            socket.write_all(&[&[3; 1][..], &[0; 1536]].concat()).unwrap();
            socket.read_exact(&mut [0; 3073]).unwrap();
            socket
        })
        .collect();
    let most = memory() - before;
    drop(crowd);
    let started = Instant::now();
    while memory() - before > most / 4 {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{} of {most} kB are still there",
            memory() - before
        );
        thread::sleep(Duration::from_millis(20));
    }
}
