//! The binary: what it prints where, and how it ends.

use std::fs::File;
use std::process::{Command, Output};

use serde_json::Value;

const CAPTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../testdata/captures/fail_taken_ff5_nginx.pcap"
);

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/media/speex16k_ff5.flv");

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
fn inspect_tells_a_file_from_a_capture_by_its_first_bytes() {
    let output = rtmp(&["inspect", FILE]);
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(
        stdout(&output).starts_with("speex16k_ff5.flv FLV, 6461 bytes") && !stdout(&output).contains('\x1B')
    );
    let facts: Value = serde_json::from_slice(&rtmp(&["inspect", "--json", FILE]).stdout).unwrap();
    assert_eq!(
        (&facts["file"], &facts["bytes"]),
        (&"speex16k_ff5.flv".into(), &6461.into())
    );
}

/// What is cut short is shown as far as it goes, and the status tells.
#[test]
fn damage_is_an_exit_status_of_its_own() {
    let help = rtmp(&["inspect", "--help"]);
    assert!(stdout(&help).contains("3 if it is cut short or damaged"));
    let folder = std::env::temp_dir().join(format!("rtmp-inspect-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    for (whole, warning) in [
        (FILE, "the file is cut short at byte"),
        (CAPTURE, "the file ends in the middle of a record"),
    ] {
        let cut = folder.join("cut");
        let bytes = std::fs::read(whole).unwrap();
        std::fs::write(&cut, &bytes[..bytes.len() - 6]).unwrap();
        let output = rtmp(&["inspect", cut.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3));
        assert!(stdout(&output).contains(warning), "{}", stdout(&output));
        let output = rtmp(&["inspect", "--json", cut.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8(output.stderr).unwrap().contains(warning));
        assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok());
    }
    std::fs::remove_dir_all(&folder).unwrap();
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

/// Help is wrapped at the terminal's width: a command in two lines could not be copied.
#[test]
fn examples_fit_into_a_terminal_of_80_columns() {
    let help = rtmp(&["bench", "--help"]);
    let examples: Vec<_> = stdout(&help)
        .lines()
        .filter(|line| line.starts_with("  rtmp "))
        .collect();
    assert!(examples.len() > 3, "{examples:?}");
    assert!(examples.iter().all(|line| line.len() <= 80), "{examples:?}");
}

#[test]
fn the_example_of_a_configuration_is_one() {
    let output = rtmp(&["config", "example"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let example = stdout(&output);
    for line in [
        "[streams]",
        "wait = \"10s\"",
        "takeover = false",
        "#max-connections = 10000",
    ] {
        assert!(example.lines().any(|other| other == line), "{line}:\n{example}");
    }
    let folder = std::env::temp_dir().join(format!("rtmp-config-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("rtmp.toml");
    std::fs::write(&file, example).unwrap();
    let output = rtmp(&["config", "check", file.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(stdout(&output).contains("nothing wrong"));

    // Hardly meant, but nothing wrong.
    std::fs::write(&file, "[streams]\nwrite-latency = 100\n").unwrap();
    let output = rtmp(&["config", "check", file.to_str().unwrap()]);
    assert!(output.status.success() && stdout(&output).contains("but: --write-latency"));

    // A relay that leads back; where the server listens may be said elsewhere.
    let relay = "[[push]]\nstream = \"*\"\nurl = \"rtmp://127.0.0.1/copy/{app}-{name}\"\n";
    std::fs::write(&file, relay).unwrap();
    let output = rtmp(&["config", "check", file.to_str().unwrap()]);
    let said = stdout(&output);
    assert!(
        output.status.success() && said.contains("but: at the usual address, the relay"),
        "{said}"
    );
    std::fs::write(&file, format!("[server]\nlisten = \":1935\"\n{relay}")).unwrap();
    let output = rtmp(&["config", "check", file.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && said.contains("back to itself"),
        "{said}"
    );
    // Through TLS as well.
    let tls = "[tls]\ntls-listen = \":443\"\ntls-self-signed = true\n";
    std::fs::write(&file, format!("{tls}{}", relay.replace("rtmp:", "rtmps:"))).unwrap();
    let output = rtmp(&["config", "check", file.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && said.contains("back to itself"),
        "{said}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_wrong_with_options_is_said_where_it_was_said() {
    let run = |arguments: &[&str], name: &str, value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rtmp"));
        let output = command.args(arguments).env(name, value).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = run(&["serve"], "RTMP_WAIT", "abc");
    assert!(
        said.contains("RTMP_WAIT=\"abc\": a duration is") && !said.contains("for '--wait"),
        "{said}"
    );
    let said = run(&["serve", "--wait", "abc"], "RTMP_WAIT", "1");
    assert!(said.contains("'abc' for '--wait"), "{said}");
    let said = run(&["serve"], "RTMP_WIAT", "5");
    assert!(said.contains("RTMP_WIAT; did you mean RTMP_WAIT?"), "{said}");
    let said = run(&["serve", "--takeover", "off"], "NOTHING", "");
    assert!(said.contains("write --takeover=off"), "{said}");
}

/// Whoever has checked a configuration is not surprised by `serve`.
#[test]
fn a_configuration_that_cannot_be_served_is_wrong() {
    let folder = std::env::temp_dir().join(format!("rtmp-unservable-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("rtmp.toml");
    let none = folder.join("none.pem");
    let none = none.to_str().unwrap();
    for (text, words) in [
        (
            format!("[tls]\ntls-listen = \"127.0.0.1:0\"\ntls-cert = \"{none}\"\n"),
            "cannot read",
        ),
        (
            format!("[[pull]]\nstream = \"live/a\"\nurl = \"rtmps://127.0.0.1:1/live/a\"\nca = \"{none}\"\n"),
            "cannot read",
        ),
        (
            "[server]\nlisten = [\"127.0.0.1:27999\", \"127.0.0.1:27999\"]\n".to_owned(),
            "are one place",
        ),
        (
            "[server]\nlisten = [\"::1:1935\"]\n".to_owned(),
            "Write [::1]:1935",
        ),
        (
            "[connections]\nmax-connections = \"many\"\n".to_owned(),
            "it has to be a number",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let path = file.to_str().unwrap();
        for arguments in [&["config", "check", path][..], &["serve", "--config", path]] {
            let output = rtmp(arguments);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(
                output.status.code() == Some(1) && said.contains(words),
                "{arguments:?}: {said}"
            );
        }
    }
    // Possible, and hardly meant.
    std::fs::write(
        &file,
        "[[pull]]\nstream = \"a\"\nurl = \"rtmp://127.0.0.1:1/live/a\"\n",
    )
    .unwrap();
    let output = rtmp(&["config", "check", file.to_str().unwrap()]);
    assert!(
        output.status.success()
            && stdout(&output).contains("but: the stream \"a\" of a relay is in no application"),
        "{}",
        stdout(&output)
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_configuration_that_is_wrong_is_shown_where_it_is() {
    let folder = std::env::temp_dir().join(format!("rtmp-mistakes-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("rtmp.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "[streams]\n# comment\nmax-lagg = \"2s\"\n").unwrap();
    for arguments in [
        &["config", "check", path][..],
        &["serve", "--config", path],
        &["--config", path],
    ] {
        let output = rtmp(arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with("rtmp: the configuration has a mistake\n"),
            "{said}"
        );
        for part in [
            "error: unknown key `max-lagg`",
            &format!("--> {path}:3:1\n"),
            "3 | max-lagg = \"2s\"",
            "^^^^^^^^ did you mean `max-lag`?",
        ] {
            assert!(said.contains(part), "{part}:\n{said}");
        }
        assert!(!said.contains('\x1B'), "a pipe has no colours");
    }
    for (bytes, reason) in [
        (&b"\xFF"[..], "byte 0 belongs to no character"),
        (&[b'#'; (1 << 20) + 1], "more than 1048576 bytes"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let output = rtmp(&["config", "check", path]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(reason), "{said}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8(rtmp(&["serve", "--config", path]).stderr).unwrap();
    assert!(
        said.contains("No such file") && said.contains("rtmp config example"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_read_is_an_error_with_a_reason() {
    for (file, reason) in [
        ("no such file", "No such file"),
        (env!("CARGO_MANIFEST_DIR"), "is a directory"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "neither an FLV nor a pcap or pcapng file",
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
