use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use super::program::{Folder, Program, Server, inspect, metadata, run, stderr, stdout};

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
    assert!(!std::path::Path::new(&file).exists());
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
