//! The binary: what it prints where, and how it ends.

use std::fs::File;
use std::process::{Command, Output};

use serde_json::Value;

const CAPTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../testdata/captures/fail_taken_ff5_nginx.pcap"
);

fn rtmp(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rtmp"))
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn inspect_prints_a_transcript_without_colours_into_a_pipe() {
    let output = rtmp(&["inspect", CAPTURE]);
    assert!(output.status.success());
    assert!(stdout(&output).starts_with("connection 1: 127.0.0.1:"));
    assert!(stdout(&output).contains("NetStream.Publish.BadName") && !stdout(&output).contains('\x1B'));
}

#[test]
fn inspect_prints_facts_as_json() {
    let output = rtmp(&["inspect", "--json", CAPTURE]);
    let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(facts["connections"][0]["handshake"]["c0"], 3);
    assert!(output.stderr.is_empty());
}

#[test]
fn a_dash_is_the_standard_input() {
    let output = Command::new(env!("CARGO_BIN_EXE_rtmp"))
        .args(["inspect", "-"])
        .stdin(File::open(CAPTURE).unwrap())
        .output()
        .unwrap();
    assert_eq!(stdout(&output), stdout(&rtmp(&["inspect", CAPTURE])));
}

/// An option of `rtmp serve` that is wrong says so whether the command is named or not.
#[test]
fn options_without_a_command_are_those_of_serve() {
    for arguments in [&["--listen", "nowhere"][..], &["-l", "nowhere", "--takeover"]] {
        let output = rtmp(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("is no address to listen on"), "{stderr}");
    }
    let output = rtmp(&["--version"]);
    assert!(output.status.success() && stdout(&output).starts_with("rtmp "));
    let output = rtmp(&["--help"]);
    assert!(stdout(&output).contains("rtmp [COMMAND]") && stdout(&output).contains("inspect"));
}

#[test]
fn what_cannot_be_read_is_an_error_with_a_reason() {
    for (file, reason) in [
        ("no such file", "No such file"),
        (env!("CARGO_MANIFEST_DIR"), "could not be read"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "neither a pcap nor a pcapng file",
        ),
    ] {
        let output = rtmp(&["inspect", file]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.starts_with("rtmp: ") && stderr.contains(reason),
            "{stderr}"
        );
    }
}
