use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use super::program::{Folder, Program, Server, inspect, metadata, run, stderr};

#[test]
fn a_stream_goes_from_one_server_to_another() {
    let folder = Folder::new("one-to-another");
    let (mut from, mut to) = (Server::start(), Server::start());
    let publisher = from.publish("a");
    let mut relay = Program::start(&["relay", &from.url("a"), &to.url("b")]);
    let lines = [relay.wait_for("relay runs"), relay.wait_for("relay runs")];
    assert!(
        lines[0].contains("relay=\"pull\"") && lines[1].contains("relay=\"push\""),
        "{lines:?}"
    );
    to.program.wait_for("publishing");
    let file = folder.file("b.flv");
    let pull = run(&["pull", &to.url("b"), &file, "--duration", "2s"]);
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    let facts = inspect(&file);
    assert_eq!(facts["tracks"][0]["codec"], "h264");
    assert_eq!(metadata(&facts)["width"], 320);
    let relay = relay.interrupt();
    assert_eq!(relay.status.code(), Some(0), "{}", stderr(&relay));
    assert!(stderr(&relay).contains("stopped"));
    drop(publisher);
}

#[test]
fn it_goes_on_when_the_target_comes_back_and_times_go_on_rising() {
    let folder = Folder::new("target-back");
    let (mut from, mut to) = (Server::start(), Server::start());
    let publisher = from.publish("a");
    let mut relay = Program::start(&["relay", &from.url("a"), &to.url("b")]);
    to.program.wait_for("publishing");
    sleep(Duration::from_millis(1500));
    to.program.signal(Signal::KILL);
    let line = relay.wait_for("relay lost");
    assert!(
        line.contains("relay=\"push\"") && line.contains("next_try="),
        "{line}"
    );
    let mut to = Server::at(&to.address.clone());
    assert!(relay.wait_for("relay healed").contains("after="));
    to.program.wait_for("publishing");
    let file = folder.file("b.flv");
    let pull = run(&["pull", &to.url("b"), &file, "--duration", "1s"]);
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    inspect(&file);
    assert!(relay.interrupt().status.success());
    drop(publisher);
}

#[test]
fn it_goes_on_when_the_source_comes_back_and_times_go_on_rising() {
    let folder = Folder::new("source-back");
    let (mut from, mut to) = (Server::start(), Server::start());
    let publisher = from.publish("a");
    let mut relay = Program::start(&["relay", &from.url("a"), &to.url("b")]);
    to.program.wait_for("publishing");
    let file = folder.file("b.flv");
    let pull = Program::start(&["pull", &to.url("b"), &file]);
    to.program.wait_for("playing");
    sleep(Duration::from_millis(1500));
    from.program.signal(Signal::KILL);
    assert!(relay.wait_for("relay lost").contains("relay=\"pull\""));
    drop(publisher);
    let mut from = Server::at(&from.address.clone());
    // The same file, from its beginning.
    let publisher = from.publish("a");
    assert!(relay.wait_for("relay healed").contains("after="));
    sleep(Duration::from_millis(2500));
    let pull = pull.interrupt();
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    let output = run(&["inspect", "--json", &file]);
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for kind in ["video", "audio"] {
        assert_eq!(facts["media"][kind]["dts_goes_back"], 0);
    }
    assert_eq!(facts["tracks"][0]["configuration_changes"], 0);
    // As long as the source was not there, time went on.
    let last = facts["media"]["video"]["last_dts"].as_u64().unwrap();
    assert!(last > 3500, "{last}");
    assert!(relay.interrupt().status.success());
    drop(publisher);
}

#[test]
fn a_source_that_stands_still_is_told_of_and_its_stream_ends_at_the_target() {
    let (mut from, mut to) = (Server::start(), Server::start());
    let publisher = from.publish("a");
    let mut relay = Program::start(&["relay", &from.url("a"), &to.url("b"), "--log-format", "json"]);
    to.program.wait_for("publishing");
    publisher.signal(Signal::STOP);
    let line = relay.wait_for("relay waits");
    assert!(
        line.contains("stands still") && line.contains("\"relay\":\"pull\""),
        "{line}"
    );
    to.program.wait_for("published");
    publisher.signal(Signal::CONT);
    assert!(relay.wait_for("relay goes on").contains("after"));
    to.program.wait_for("publishing");
    let relay = relay.interrupt();
    let said = stderr(&relay);
    assert!(!said.contains("refused") && !said.contains("lost"), "{said}");
}

#[test]
fn a_relay_says_of_a_server_what_a_recording_would_say() {
    let mut from = Server::start();
    let publisher = from.publish("a");
    let to = Server::start();
    let mut relay = Program::start(&["relay", &from.url("a"), &to.url("b"), "--timeout", "2s"]);
    relay.wait_for("relay runs");
    relay.wait_for("relay runs");
    from.program.signal(Signal::STOP);
    let line = relay.wait_for("relay lost");
    assert!(
        line.contains("timed out: the peer did not answer a ping"),
        "{line}"
    );
    from.program.signal(Signal::CONT);
    assert!(relay.wait_for("relay healed").contains("pull"));
    to.program.signal(Signal::KILL);
    drop(publisher);
}

#[test]
fn a_relay_in_a_circle_is_told_so_and_of_no_file() {
    let folder = Folder::new("circle");
    let mut origin = Server::start();
    let publisher = origin.publish("a");
    let file = folder.file("edge.toml");
    let pull = format!(
        "[[pull]]\nstream = \"live/*\"\nurl = \"{}\"\n",
        origin.url("{name}")
    );
    std::fs::write(&file, pull).unwrap();
    let edge = Server::with(&["--config", &file]);
    let mut relay = Program::start(&["relay", &edge.url("a"), &origin.url("a")]);
    let line = relay.wait_for("it leads in a loop");
    assert!(line.contains("relay loop") && !line.contains("[["), "{line}");
    drop(publisher);
}

#[test]
fn a_stream_is_not_fed_with_itself() {
    let relay = run(&["relay", "rtmp://HOST/live/a", "rtmp://me:secret@host:1935/live/a"]);
    assert_eq!(relay.status.code(), Some(1));
    let said = stderr(&relay);
    assert!(
        said.contains("under the same name") && !said.contains("secret"),
        "{said}"
    );
}

/// A server that stops asks its clients to go elsewhere. A publisher begins there with headers and a key frame, and a player
/// goes on with what it has not been given yet.
#[test]
fn a_server_may_send_its_clients_elsewhere() {
    let folder = Folder::new("elsewhere");
    let mut to = Server::start();
    let elsewhere = format!("rtmp://{}/live", to.address);
    let mut from = Server::with(&["--reconnect-to", &elsewhere]);
    let push = from.publish("a");
    let relay = Program::start(&["relay", &from.url("a"), &to.url("b")]);
    to.program.wait_for("publishing");
    let files = ["here.flv", "there.flv", "relayed.flv"].map(|name| folder.file(name));
    let [here, there, relayed] = [
        (from.url("a"), &files[0]),
        (to.url("a"), &files[1]),
        (to.url("b"), &files[2]),
    ]
    .map(|(url, file)| Program::start(&["pull", &url, file, "--duration", "4s"]));
    from.program.wait_for("playing");
    to.program.wait_for("playing");
    sleep(Duration::from_millis(500));
    from.program.signal(Signal::TERM);
    to.program.wait_for("publishing");
    for pull in [here, there, relayed] {
        let pull = pull.finish();
        assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    }
    let facts = inspect(&files[1]);
    assert_eq!(metadata(&facts)["width"], 320);
    for file in &files {
        let output = run(&["inspect", "--json", file]);
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(facts["tracks"][0]["configuration_changes"], 0);
        // What was on its way when the player left is missing, and nothing comes twice.
        let findings = facts["findings"].as_array().unwrap();
        let is_gap =
            |finding: &serde_json::Value| finding["trouble"] == "gap" || finding["trouble"] == "drift";
        assert!(findings.iter().all(is_gap), "{file}: {findings:?}");
    }
    assert_eq!(push.interrupt().status.code(), Some(0));
    assert_eq!(relay.interrupt().status.code(), Some(0));
}
