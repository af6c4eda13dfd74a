use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::program::{FILE, Folder, Program, Server, inspect, metadata, run, stderr, stdout};

#[test]
fn a_signal_ends_it_as_the_streams_end_does() {
    let mut server = Server::start();
    let publisher = server.publish("a");
    for signal in [Signal::INT, Signal::TERM] {
        let folder = Folder::new(if signal == Signal::INT { "int" } else { "term" });
        let file = folder.file("room.flv");
        let pull = Program::start(&["pull", &server.url("a"), &file]);
        server.program.wait_for("playing");
        sleep(Duration::from_millis(2500));
        pull.signal(signal);
        let pull = pull.finish();
        assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
        assert!(stdout(&pull).contains("interrupted"), "{}", stdout(&pull));
        let facts = inspect(&file);
        let metadata = metadata(&facts);
        assert_eq!(metadata["filesize"], facts["bytes"]);
        assert!(metadata["duration"].as_f64().unwrap() > 2.0, "{metadata}");
        assert!(
            metadata["keyframes"]["times"].as_array().unwrap().len() >= 2,
            "{metadata}"
        );
    }
    drop(publisher);
}

#[test]
fn no_file_is_replaced_unless_it_may_be() {
    let folder = Folder::new("replaced");
    let file = folder.file("room.flv");
    std::fs::write(&file, "precious").unwrap();
    let mut server = Server::start();
    let refused = run(&["pull", &server.url("a"), &file]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("--overwrite"), "{}", stderr(&refused));
    // Nor for nothing.
    let nothing = run(&["pull", "rtmp://127.0.0.1:1/live/a", &file, "--overwrite"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");

    let publisher = server.publish("a");
    let arguments = [
        "pull",
        &server.url("a"),
        &file,
        "--overwrite",
        "--duration",
        "500ms",
    ];
    let pull = run(&arguments);
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    inspect(&file);
    drop(publisher);
}

#[test]
fn a_stream_that_nobody_publishes_is_not_waited_for_without_end() {
    let (folder, server) = (Folder::new("nobody"), Server::start());
    let file = folder.file("room.flv");
    let pull = run(&["pull", &server.url("a"), &file, "--timeout", "300ms"]);
    assert_eq!(pull.status.code(), Some(1));
    assert!(
        stderr(&pull).contains("check the stream's name"),
        "{}",
        stderr(&pull)
    );
    assert!(!Path::new(&file).exists());
}

#[test]
fn a_recording_is_whole_when_its_server_goes() {
    let (folder, mut server) = (Folder::new("goes"), Server::start());
    let file = folder.file("room.flv");
    let publisher = server.publish("a");
    let pull = Program::start(&["pull", &server.url("a"), &file]);
    server.program.wait_for("playing");
    sleep(Duration::from_millis(1200));
    server.program.signal(Signal::KILL);
    let pull = pull.finish();
    assert_eq!(pull.status.code(), Some(3), "{}", stderr(&pull));
    assert!(stdout(&pull).contains("broken off"), "{}", stdout(&pull));
    let facts = inspect(&file);
    assert_eq!(metadata(&facts)["filesize"], facts["bytes"]);
    drop(publisher);
}

#[test]
fn a_stream_that_stands_still_is_not_waited_for_without_end() {
    let (folder, mut server) = (Folder::new("still"), Server::start());
    let file = folder.file("room.flv");
    let publisher = server.publish("a");
    let pull = Program::start(&["pull", &server.url("a"), &file, "--timeout", "1500ms"]);
    server.program.wait_for("playing");
    sleep(Duration::from_millis(1200));
    publisher.signal(Signal::STOP);
    let stopped = Instant::now();
    let pull = pull.finish();
    assert!(
        stopped.elapsed() < Duration::from_secs(4),
        "{:?}",
        stopped.elapsed()
    );
    assert_eq!(pull.status.code(), Some(3), "{}", stderr(&pull));
    assert!(
        stdout(&pull).contains("broken off: nothing of the stream has come for 1.5s"),
        "{}",
        stdout(&pull)
    );
    let facts = inspect(&file);
    assert_eq!(metadata(&facts)["filesize"], facts["bytes"]);
}

#[test]
fn a_server_that_is_there_and_does_nothing_is_not_waited_for_without_end() {
    let (folder, mut server) = (Folder::new("frozen"), Server::start());
    let file = folder.file("room.flv");
    let url = server.url("a");
    let push = Program::start(&["push", "--loop", FILE, &url, "--timeout", "2s"]);
    server.program.wait_for("publishing");
    let pull = Program::start(&["pull", &url, &file, "--timeout", "2s"]);
    server.program.wait_for("playing");
    sleep(Duration::from_millis(1500));
    server.program.signal(Signal::STOP);
    let stopped = Instant::now();
    let ended = [push, pull].map(|client| (client.finish(), stopped.elapsed()));
    for (client, after) in ended {
        assert_eq!(client.status.code(), Some(3), "{}", stderr(&client));
        assert!(after < Duration::from_secs(5), "{after:?}: {}", stdout(&client));
    }
}

/// All codecs that there are files of, in legacy and enhanced headers, with one track and with several.
#[test]
fn every_stream_is_recorded_as_it_was_published() {
    let folder = Folder::new("every");
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/media");
    let files = std::fs::read_dir(testdata)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    // Users may have put their own beside ours.
    let files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ext| ext == "flv"))
        .filter(|file| file.with_extension("expect.json").exists())
        .collect();
    assert_eq!(files.len(), 26);
    let hashes = |file: &Path| {
        let output = run(&["inspect", "--json", file.to_str().unwrap()]);
        let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
        ["video", "audio"].map(|kind| facts["media"][kind]["sha256_messages"].clone())
    };
    let check = |server: &mut Server, file: &Path| {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let (url, copy) = (server.url(stem), folder.file(&format!("{stem}.flv")));
        let pull = Program::start(&["pull", &url, &copy]);
        server.program.wait_for("connected");
        let push = run(&["push", file.to_str().unwrap(), &url, "--speed", "5"]);
        assert_eq!(push.status.code(), Some(0), "{stem}: {}", stderr(&push));
        let pull = pull.finish();
        assert_eq!(pull.status.code(), Some(0), "{stem}: {}", stderr(&pull));
        assert_eq!(hashes(file), hashes(Path::new(&copy)), "{stem}");
        // Both of them.
        server.program.wait_for("ended");
        server.program.wait_for("ended");
    };
    std::thread::scope(|scope| {
        for files in files.chunks(7) {
            scope.spawn(|| {
                let mut server = Server::start();
                files.iter().for_each(|file| check(&mut server, file));
            });
        }
    });
}
