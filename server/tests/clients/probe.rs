use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::program::{FILE, Program, Server, run, stderr, stdout};

#[test]
fn a_stream_that_plays_is_described() {
    let mut server = Server::start();
    let publisher = server.publish("a");
    let url = server.url("a");
    let probe = run(&["probe", &url, "--duration", "2s", "--json"]);
    assert_eq!(probe.status.code(), Some(0), "{}", stderr(&probe));
    let report: Value = serde_json::from_slice(&probe.stdout).unwrap();
    assert_eq!(report["status"], "plays");
    assert_eq!(report["handshake"], "digest");
    assert!(
        report["server"]["fms_version"]
            .as_str()
            .unwrap()
            .starts_with("FMS/")
    );
    assert_eq!(report["server"]["enhanced"][0], "reconnect");
    assert_eq!(report["tracks"][0]["codec"], "h264");
    assert_eq!(report["tracks"][0]["width"], 320);
    assert_eq!(report["tracks"][1]["sample_rate"], 44_100);
    assert_eq!(
        (&report["faults"], &report["findings"]),
        (&Value::Array(vec![]), &Value::Array(vec![]))
    );
    let times = &report["times"];
    let time = |name: &str| times[name].as_f64().unwrap();
    assert!(time("dialled_ms") <= time("handshaken_ms"));
    assert!(time("handshaken_ms") <= time("connected_ms"));
    assert!(time("connected_ms") <= time("playing_ms"));
    assert!(time("playing_ms") <= time("first_message_ms"));
    assert!(time("first_message_ms") <= time("first_keyframe_ms"));
    assert!(report["round_trip"]["count"].as_u64().unwrap() >= 2);
    let rate = report["received"]["bits_per_second"].as_f64().unwrap();
    assert!((100e3..250e3).contains(&rate), "{rate}");

    let probe = run(&["probe", &url, "--duration", "1s"]);
    let text = stdout(&probe);
    assert!(
        text.contains("plays\n") && text.contains("video 0 h264"),
        "{text}"
    );
    assert!(text.contains("nothing is wrong with the stream"), "{text}");
    drop(publisher);
}

#[test]
fn a_stream_that_ends_is_faulty() {
    let mut server = Server::start();
    let push = Program::start(&["push", FILE, &server.url("a")]);
    server.program.wait_for("publishing");
    let probe = run(&["probe", &server.url("a"), "--duration", "10s"]);
    assert_eq!(probe.status.code(), Some(3), "{}", stdout(&probe));
    let text = stdout(&probe);
    assert!(
        text.contains("is faulty") && text.contains("! the stream has ended"),
        "{text}"
    );
    // Its tracks are as they should be, and listed; that is no praise.
    assert!(
        text.contains("video 0 h264") && !text.contains("nothing is wrong"),
        "{text}"
    );
    assert!(push.finish().status.success());
}

#[test]
fn a_stream_that_stands_still_is_faulty() {
    let mut server = Server::start();
    let publisher = server.publish("a");
    let probe = Program::start(&["probe", &server.url("a"), "--duration", "4s", "--json"]);
    server.program.wait_for("playing");
    sleep(Duration::from_millis(500));
    publisher.signal(Signal::STOP);
    let probe = probe.finish();
    publisher.signal(Signal::CONT);
    assert_eq!(probe.status.code(), Some(3), "{}", stdout(&probe));
    let report: Value = serde_json::from_slice(&probe.stdout).unwrap();
    assert_eq!(report["status"], "faulty");
    let fault = report["faults"][0].as_str().unwrap();
    assert!(fault.starts_with("it stood still for"), "{fault}");
    let silence = report["received"]["longest_silence_ms"].as_f64().unwrap();
    assert!((2000.0..4000.0).contains(&silence), "{silence}");
}

#[test]
fn silence_is_no_stream_and_no_server_is_none() {
    let server = Server::start();
    let probe = run(&["probe", &server.url("a"), "--timeout", "300ms"]);
    assert_eq!(probe.status.code(), Some(3), "{}", stderr(&probe));
    assert!(
        stdout(&probe).contains("nothing came within 300ms"),
        "{}",
        stdout(&probe)
    );
    // It was not asked.
    assert!(!stdout(&probe).contains("answers no pings"), "{}", stdout(&probe));

    let probe = run(&["probe", "rtmp://me:secret@127.0.0.1:1/live/a", "--json"]);
    assert_eq!(probe.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&probe.stdout).unwrap();
    assert_eq!(report["status"], "unreachable");
    assert_eq!(report["url"], "rtmp://***@127.0.0.1:1/live/a");
    let error = report["error"].as_str().unwrap();
    assert!(error.contains("can't be reached"), "{error}");
    assert!(stderr(&probe).contains(error) && !stderr(&probe).contains("secret"));
}

/// At the defaults of both: the server lets a player wait for 10 seconds, and says then that nobody publishes.
#[test]
fn a_stream_that_nobody_publishes_is_told_from_one_that_is_faulty() {
    let server = Server::start();
    let probe = run(&["probe", &server.url("a")]);
    assert_eq!(probe.status.code(), Some(1), "{}", stdout(&probe));
    assert!(stderr(&probe).contains("StreamNotFound"), "{}", stderr(&probe));
}

#[test]
fn exit_statuses_are_in_the_help() {
    for (command, words) in [
        ("push", "3 if"),
        ("pull", "3 if"),
        ("probe", "3 if the stream"),
        ("relay", "exit status is 0"),
    ] {
        let help = run(&[command, "--help"]);
        assert!(stdout(&help).contains(words), "{}", stdout(&help));
        assert!(stdout(&help).lines().all(|line| line.chars().count() <= 100));
    }
}
