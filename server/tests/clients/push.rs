use std::fs::File;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::program::{FILE, Folder, Program, Server, inspect, metadata, rtmp, run, stderr, stdout};

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

#[test]
fn a_file_comes_out_as_it_went_in() {
    let (folder, mut server) = (Folder::new("as-it-went-in"), Server::start());
    let copy = folder.file("copy.flv");
    let pull = Program::start(&["pull", &server.url("a"), &copy, "--json"]);
    server.program.wait_for("waiting for a publisher");
    let started = Instant::now();
    let push = run(&["push", FILE, &server.url("a"), "--json"]);
    let took = started.elapsed();
    assert_eq!(push.status.code(), Some(0), "{}", stderr(&push));
    assert!(
        took > Duration::from_millis(2400),
        "in real time, not in {took:?}"
    );
    let report = json(&push);
    assert_eq!(report["end"], "complete");
    assert_eq!(
        (&report["video_messages"], &report["rounds"]),
        (&67.into(), &1.into())
    );
    assert!(report["round_trip_ms"].as_f64().unwrap() > 0.0);

    let pull = pull.finish();
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    assert_eq!(json(&pull)["end"], "complete");
    let (before, after) = (inspect(FILE), inspect(&copy));
    for kind in ["video", "audio"] {
        for fact in ["sha256_frames", "frames", "config_sha256"] {
            assert_eq!(
                before["media"][kind][fact], after["media"][kind][fact],
                "{kind} {fact}"
            );
        }
    }
    let metadata = metadata(&after);
    assert_eq!(metadata["filesize"], after["bytes"]);
    assert_eq!(metadata["width"], 320);
    let duration = metadata["duration"].as_f64().unwrap();
    assert!((2.5..2.7).contains(&duration), "{duration}");
    assert_eq!(metadata["keyframes"]["times"], serde_json::json!([0, 1, 2]));
}

#[test]
fn the_rounds_of_a_file_are_one_stream() {
    let (folder, mut server) = (Folder::new("rounds"), Server::start());
    let copy = folder.file("copy.flv");
    let pull = Program::start(&["pull", &server.url("a"), &copy, "--duration", "6s"]);
    server.program.wait_for("waiting for a publisher");
    let push = Program::start(&["push", FILE, &server.url("a"), "--loop", "--speed", "4", "--json"]);
    let pull = pull.finish();
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    let push = push.interrupt();
    assert_eq!(push.status.code(), Some(0), "{}", stderr(&push));
    let report = json(&push);
    assert_eq!(report["end"], "interrupted");
    assert!(report["rounds"].as_u64().unwrap() >= 3, "{report}");

    // No gap where a round begins, and no step back: inspect would have found it.
    let facts = inspect(&copy);
    assert_eq!(facts["media"]["video"]["first_dts"], 0);
    let last = facts["media"]["video"]["last_dts"].as_u64().unwrap();
    assert!((5900..6000).contains(&last), "{last}");
    // Nor are headers repeated.
    assert_eq!(facts["tracks"][0]["configurations"], 1);
    assert_eq!(facts["media"]["data_messages"], 1);
}

#[test]
fn it_may_begin_in_the_midst() {
    let (folder, mut server) = (Folder::new("midst"), Server::start());
    let copy = folder.file("copy.flv");
    let pull = Program::start(&["pull", &server.url("a"), &copy]);
    server.program.wait_for("waiting for a publisher");
    let url = server.url("a");
    let push = ["push", FILE, &url, "--start", "1500ms", "--speed", "2", "--json"];
    let push = run(&push);
    assert_eq!(push.status.code(), Some(0), "{}", stderr(&push));
    let report = json(&push);
    let media = report["media_seconds"].as_f64().unwrap();
    assert!((0.55..0.65).contains(&media), "{report}");
    assert!(report["seconds"].as_f64().unwrap() > media / 2.1, "{report}");
    assert!(pull.finish().status.success());
    let facts = inspect(&copy);
    // Of 65, those behind the key frame at two seconds.
    assert_eq!(facts["media"]["video"]["frames"], 15);
    assert_eq!(facts["media"]["video"]["keyframes"], 1);
}

#[test]
fn a_dash_is_the_standard_input_and_the_standard_output() {
    let (folder, mut server) = (Folder::new("dash"), Server::start());
    let pull = Program::start(&["pull", &server.url("a"), "-"]);
    server.program.wait_for("waiting for a publisher");
    let mut push = rtmp(&["push", "-", &server.url("a"), "--speed", "8"]);
    let push = Program::spawn(push.stdin(Stdio::from(File::open(FILE).unwrap()))).finish();
    assert_eq!(push.status.code(), Some(0), "{}", stderr(&push));
    let pull = pull.finish();
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    assert!(
        stderr(&pull).contains("the stream has ended"),
        "{}",
        stderr(&pull)
    );
    let copy = folder.file("copy.flv");
    std::fs::write(&copy, &pull.stdout).unwrap();
    let (before, after) = (inspect(FILE), inspect(&copy));
    assert_eq!(
        before["media"]["video"]["sha256_frames"],
        after["media"]["video"]["sha256_frames"]
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_and_the_rest_is_sent() {
    let (folder, server) = (Folder::new("wrong"), Server::start());
    let cut = folder.file("cut.flv");
    let bytes = std::fs::read(FILE).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let push = run(&["push", &cut, &server.url("a"), "--speed", "100", "--json"]);
    assert_eq!(push.status.code(), Some(3));
    assert!(
        stderr(&push).contains("cut.flv: the file is cut short"),
        "{}",
        stderr(&push)
    );
    assert_eq!(json(&push)["warnings"].as_array().unwrap().len(), 1);

    for (file, reason) in [
        (folder.file("none.flv"), "No such file"),
        (folder.file("."), "is a directory"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned(),
            "no FLV file with audio or video in it",
        ),
        // And how to make one of it.
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned(),
            "ffmpeg -i FILE -c copy -f flv -",
        ),
    ] {
        let push = run(&["push", &file, &server.url("a")]);
        assert_eq!(push.status.code(), Some(1));
        assert!(stderr(&push).contains(reason), "{}", stderr(&push));
    }
}

#[test]
fn a_start_behind_the_files_end_is_no_damage() {
    let push = run(&["push", FILE, "rtmp://127.0.0.1:1/live/a", "--start", "99s"]);
    assert_eq!(push.status.code(), Some(1));
    let said = stderr(&push);
    assert!(
        said.contains("as late as 99s") && said.contains("--start"),
        "{said}"
    );
    assert!(!said.contains("no FLV"), "{said}");
}

#[test]
fn the_standard_input_is_looped_if_it_is_a_file_and_refused_if_it_is_a_pipe() {
    let mut server = Server::start();
    let url = server.url("a");
    let mut push = rtmp(&["push", "-", &url, "--loop", "--speed", "20", "--json"]);
    let push = Program::spawn(push.stdin(Stdio::from(File::open(FILE).unwrap())));
    server.program.wait_for("publishing");
    sleep(Duration::from_secs(1));
    let push = push.interrupt();
    assert_eq!(push.status.code(), Some(0), "{}", stderr(&push));
    assert!(json(&push)["rounds"].as_u64().unwrap() > 2, "{}", stdout(&push));

    let (reader, _writer) = std::io::pipe().unwrap();
    let mut push = rtmp(&["push", "-", &url, "--loop"]);
    let push = Program::spawn(push.stdin(reader)).finish();
    assert_eq!(push.status.code(), Some(1));
    assert!(stderr(&push).contains("--loop"), "{}", stderr(&push));
}

#[test]
fn what_is_wrong_with_a_server_is_said_without_the_password() {
    let mut server = Server::start();
    let url = server.url("taken").replace("rtmp://", "rtmp://me:secret@");
    let first = server.publish("taken");
    let nobody = "rtmp://me:secret@127.0.0.1:1/live/a";
    for (url, reason) in [
        (url.as_str(), "somebody else publishes under this name"),
        (nobody, "127.0.0.1:1 can't be reached"),
        ("rtmp://me:secret@127.0.0.1/live/", "names no stream"),
        ("rtmp://me:secret@", "host"),
        ("http://me:secret@127.0.0.1/live/a", "rtmp"),
    ] {
        let push = run(&["push", FILE, url]);
        assert_eq!(push.status.code(), Some(1), "{url}");
        assert!(stderr(&push).contains(reason), "{}", stderr(&push));
        assert!(!stderr(&push).contains("secret"), "{}", stderr(&push));
        if reason.contains("somebody else") {
            assert_eq!(
                stderr(&push).matches("somebody").count(),
                1,
                "said twice: {}",
                stderr(&push)
            );
        }
    }
    assert!(first.interrupt().status.success());
}

#[test]
fn a_server_that_goes_ends_it() {
    let mut server = Server::start();
    let push = server.publish("a");
    sleep(Duration::from_millis(300));
    server.program.signal(Signal::KILL);
    let push = push.finish();
    assert_eq!(push.status.code(), Some(3));
    assert!(
        stdout(&push).contains("ended before the file did"),
        "{}",
        stdout(&push)
    );
}
