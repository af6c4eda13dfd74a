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
