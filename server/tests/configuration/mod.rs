//! `rtmp serve --config FILE`: what counts, and what SIGHUP does.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, id};

use rustix::process::Signal;

use super::PROGRAM;
use super::operator::{Server, publish};

/// A configuration file of a test's own, gone with it.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(test: &str, text: &str) -> Self {
        let file = Self(std::env::temp_dir().join(format!("rtmp-{test}-{}.toml", id())));
        file.write(text);
        file
    }

    /// Every server of a test has a port of its own.
    pub(crate) fn write(&self, text: &str) {
        fs::write(&self.0, format!("server.listen = \"127.0.0.1:0\"\n{text}")).unwrap();
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

pub(crate) fn command(file: &File) -> Command {
    let mut command = PROGRAM.command();
    command.arg("--config").arg(file.path());
    command
}

/// Reads the file again, and says what the log says about it.
fn reload(server: &mut Server) -> String {
    server.signal(Signal::HUP);
    server.wait_for("configuration")
}

/// Whether it logs in JSON, by the line that says where it listens.
fn logs_json(command: &mut Command) -> bool {
    Server::spawn(command).said().first().unwrap().starts_with('{')
}

#[test]
fn the_command_line_counts_more_than_the_environment_and_that_more_than_the_file() {
    let json = File::new("json", "[log]\nlog-format = \"json\"\n");
    let none = File::new("none", "");
    assert!(!logs_json(&mut command(&none)), "the default");
    assert!(logs_json(&mut command(&json)), "the file before the default");
    assert!(
        logs_json(command(&none).env("RTMP_LOG_FORMAT", "json")),
        "the environment before the default"
    );
    assert!(
        !logs_json(command(&json).env("RTMP_LOG_FORMAT", "text")),
        "the environment before the file"
    );
    assert!(
        logs_json(command(&none).args(["--log-format", "json"])),
        "the command line before the default"
    );
    assert!(
        !logs_json(command(&json).args(["--log-format", "text"])),
        "the command line before the file"
    );
    let mut both = command(&json);
    both.env("RTMP_LOG_FORMAT", "json").args(["--log-format", "text"]);
    assert!(!logs_json(&mut both), "the command line before both");
    let mut named = PROGRAM.command();
    assert!(
        logs_json(named.env("RTMP_CONFIG", json.path())),
        "the file may be named by the environment"
    );
}

#[test]
fn what_the_file_switches_on_can_be_switched_off() {
    let file = File::new("flags", "[log]\nshow-keys = true\n");
    for (arguments, key) in [(&[][..], "live/0123456789"), (&["--show-keys=off"], "live/0123…")] {
        let mut server = Server::spawn(command(&file).args(arguments));
        publish(&mut server.connect(), "live", "tests/1", "0123456789");
        let line = server.wait_for("publishing");
        assert!(line.contains(&format!("key=\"{key}\"")), "{line}");
    }
}

#[test]
fn what_is_overruled_is_named() {
    let file = File::new("overruled", "[streams]\nwait = 1\nmax-lag = 1\n");
    let mut server = Server::spawn(command(&file).env("RTMP_MAX_LAG", "3").args(["--wait", "2"]));
    let line = server.wait_for("overrules the configuration");
    assert!(line.contains("keys=\"wait, max-lag\""), "{line}");
}

#[test]
fn a_running_server_reads_its_configuration_again_and_drops_no_stream() {
    let file = File::new("reload", "");
    let mut server = Server::spawn(&mut command(&file));
    let mut first = server.connect();
    publish(&mut first, "live", "tests/1", "0123456789");
    assert!(server.wait_for("publishing").contains("live/0123…"));
    let mut second = server.connect();
    publish(&mut second, "live", "tests/2", "0123456789");
    server.wait_for("refused");

    file.write(
        "server.workers = 3\n[streams]\nwait = \"1s\"\ntakeover = true\n\
         [connections]\nchunk-size = 4096\n[log]\nshow-keys = true\n",
    );
    let line = reload(&mut server);
    assert!(line.contains("changed=\"wait, takeover, show-keys\""), "{line}");
    let line = server.wait_for("connections that come from now on");
    assert!(line.contains("keys=\"wait\""), "{line}");
    let line = server.wait_for("need a restart");
    assert!(line.contains("keys=\"workers, chunk-size\""), "{line}");

    // The first one publishes still: it is taken over, under a name that is shown in full.
    let mut third = server.connect();
    publish(&mut third, "live", "tests/3", "0123456789");
    let line = server.wait_for("publishing");
    assert!(
        line.contains("tests/3") && line.contains("\"live/0123456789\""),
        "{line}"
    );
    let line = server.wait_for("published");
    assert!(line.contains("tests/1"), "{line}");

    // What needs a restart is said again as long as it is so, and what has been done is not.
    assert!(reload(&mut server).contains("changed=\"nothing\""));
    server.wait_for("need a restart");
    server.signal(Signal::TERM);
    assert!(server.wait().success());
}

#[test]
fn the_log_changes_without_a_restart() {
    let file = File::new("log", "");
    let mut server = Server::spawn(&mut command(&file));
    file.write("[log]\nlog-level = \"debug\"\nlog-format = \"json\"\n");
    let line = reload(&mut server);
    assert!(
        line.starts_with('{') && line.contains("log-level, log-format"),
        "{line}"
    );
    let _socket = server.connect();
    assert!(server.wait_for("accepted").contains("DEBUG"));
    file.write("[log]\nlog-level = \"warn\"\n");
    server.signal(Signal::HUP);
    // The next thing that it has to say is a warning.
    loop {
        publish(&mut server.connect(), "live", "tests/1", "");
        if server.wait_for("refused").contains(" WARN ") {
            break;
        }
    }
    let before = server.said().len();
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    publish(&mut server.connect(), "live", "tests/1", "");
    server.wait_for("refused");
    let said = &server.said()[before..];
    assert!(said.iter().all(|line| line.contains(" WARN ")), "{said:?}");
}

#[test]
fn a_configuration_that_is_wrong_changes_nothing() {
    let file = File::new("wrong", "");
    let mut server = Server::spawn(&mut command(&file));
    file.write("[log]\nshow-keys = true\n[streams]\ntakover = true\nwait = \"soon\"\n");
    let line = reload(&mut server);
    assert!(
        line.contains("ERROR") && line.contains(":5:1") && line.contains("did you mean `takeover`?"),
        "{line}"
    );
    assert!(server.wait_for("all stays as it is").contains("a duration is"));
    publish(&mut server.connect(), "live", "tests/1", "0123456789");
    assert!(server.wait_for("publishing").contains("live/0123…"));

    fs::remove_file(file.path()).unwrap();
    let line = reload(&mut server);
    assert!(line.contains("ERROR") && line.contains("No such file"), "{line}");
    file.write("[log]\nshow-keys = true\n");
    assert!(reload(&mut server).contains("changed=\"show-keys\""));
}

/// As when its terminal is closed.
#[test]
fn without_a_file_there_is_nothing_to_read_again() {
    // What starts the tests may ignore the signal, and hand that down.
    let mut command = Command::new("env");
    command.args([
        "--default-signal=HUP",
        PROGRAM.path,
        "serve",
        "--listen",
        "127.0.0.1:0",
    ]);
    let mut server = Server::spawn(&mut command);
    server.signal(Signal::HUP);
    assert_eq!(server.wait().signal(), Some(Signal::HUP.as_raw()));
}
