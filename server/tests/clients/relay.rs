use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use super::program::{Folder, Program, Server, inspect, metadata, run, stderr};

/// H.264 and AAC of another encoder.
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/media/h264b_aac_ff9.flv");

#[test]
fn a_stream_goes_from_one_server_to_another() {
    let folder = Folder::new("one-to-another");
    let (mut from, mut to) = (Server::start(), Server::start());
    let publisher = from.publish("a");
    let mut relay = Program::start(&["relay", &from.url("a"), &to.url("b")]);
    relay.wait_for("playing");
    relay.wait_for("the stream comes");
    relay.wait_for("publishing");
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
    let line = relay.wait_for("no target");
    assert!(line.contains("again_after"), "{line}");
    let mut to = Server::at(&to.address.clone());
    assert!(relay.wait_for("publishing").contains("missing="));
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
    relay.wait_for("no source");
    drop(publisher);
    let mut from = Server::at(&from.address.clone());
    // Another stream: of the same one nothing would be delivered twice.
    let publisher = Program::start(&["push", "--loop", OTHER, &from.url("a")]);
    from.program.wait_for("publishing");
    assert!(relay.wait_for("playing").contains("missing="));
    sleep(Duration::from_millis(2500));
    let pull = pull.interrupt();
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    let output = run(&["inspect", "--json", &file]);
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for kind in ["video", "audio"] {
        assert_eq!(facts["media"][kind]["dts_goes_back"], 0);
    }
    assert_eq!(facts["tracks"][0]["configuration_changes"], 1);
    // As long as the source was not there, time went on.
    let last = facts["media"]["video"]["last_dts"].as_u64().unwrap();
    assert!(last > 3500, "{last}");
    assert!(relay.interrupt().status.success());
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
