//! `rtmp serve` as its operator meets it.

#![cfg(unix)]

mod configuration;
mod operator;
mod relays;
mod rtmps;

use std::process::Command;

use operator::{Program, Server, publish};

const PROGRAM: Program = Program {
    name: "rtmp",
    path: env!("CARGO_BIN_EXE_rtmp"),
    arguments: &["serve"],
};

#[test]
fn without_a_command_it_serves() {
    let mut command = Command::new(PROGRAM.path);
    let mut server = Server::spawn(command.args(["--listen", "127.0.0.1:0"]));
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for("publishing");
}

#[test]
fn who_asks_for_a_read_latency_of_several_workers_is_told_that_there_is_none() {
    for (workers, is_told) in [("1", false), ("2", true)] {
        let server = Server::start(&["--workers", workers, "--read-latency", "5ms"]);
        let said = server.said().join("\n");
        assert_eq!(
            said.contains("--read-latency is for one worker"),
            is_told,
            "{said}"
        );
    }
}
