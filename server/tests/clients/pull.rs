use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
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

/// Who closes a terminal hears nothing more of what ran there; who has said `nohup` wants it to go on.
#[cfg(target_os = "linux")]
#[test]
fn the_end_of_its_terminal_ends_it_unless_it_is_to_go_on() {
    let (folder, mut server) = (Folder::new("hangup"), Server::start());
    let publisher = server.publish("a");
    let mut start = |name: &str, before: &[&str]| {
        let file = folder.file(name);
        let mut command = Command::new(before[0]);
        command
            .args(&before[1..])
            .args([env!("CARGO_BIN_EXE_rtmp"), "pull", &server.url("a"), &file])
            .stdin(Stdio::null());
        let pull = Program::spawn(&mut command);
        server.program.wait_for("playing");
        (pull, file)
    };
    let (ends, file) = start("ends.flv", &["env", "--default-signal=HUP"]);
    let (goes_on, other) = start("goes-on.flv", &["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]);
    sleep(Duration::from_millis(1200));
    for pull in [&ends, &goes_on] {
        // As it comes from a terminal and its shell.
        pull.signal(Signal::HUP);
        pull.signal(Signal::HUP);
    }
    let ends = ends.finish();
    assert_eq!(ends.status.code(), Some(0), "{}", stderr(&ends));
    assert!(stdout(&ends).contains("interrupted"), "{}", stdout(&ends));
    let facts = inspect(&file);
    assert_eq!(metadata(&facts)["filesize"], facts["bytes"]);

    sleep(Duration::from_millis(1000));
    let goes_on = goes_on.interrupt();
    assert_eq!(goes_on.status.code(), Some(0), "{}", stderr(&goes_on));
    let duration = |file| metadata(&inspect(file))["duration"].as_f64().unwrap();
    assert!(duration(&other) > duration(&file) + 0.8);
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

/// `rtmp pull`, where no file may have more than so many blocks of 512 bytes: what a full disk does to it, but that the
/// system says "file too large".
fn pull_within(blocks: u32, url: &str, file: &str) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &script,
            "sh",
            env!("CARGO_BIN_EXE_rtmp"),
            "pull",
            url,
            file,
            "--json",
        ])
        .stdin(Stdio::null());
    Program::spawn(&mut command).finish()
}

#[test]
fn a_recording_is_whole_up_to_where_the_disk_is_full() {
    let (folder, mut server) = (Folder::new("full"), Server::start());
    let file = folder.file("room.flv");
    let publisher = server.publish("a");
    let pull = pull_within(150, &server.url("a"), &file);
    assert_eq!(pull.status.code(), Some(3), "{}", stderr(&pull));
    let report: Value = serde_json::from_slice(&pull.stdout).unwrap();
    assert_eq!(report["end"], "unwritten");
    assert!(
        report["reason"].as_str().unwrap().contains("too large"),
        "{report}"
    );
    let (bytes, media) = (
        report["bytes"].as_u64().unwrap(),
        report["media_seconds"].as_f64().unwrap(),
    );
    assert!((70_000..=150 * 512).contains(&bytes), "{report}");
    // Nothing is wrong in it, and its index leads to what is there.
    let facts = inspect(&file);
    assert_eq!(facts["bytes"], bytes);
    let metadata = metadata(&facts);
    assert_eq!(metadata["filesize"], bytes);
    assert_eq!(metadata["lasttimestamp"].as_f64(), Some(media));
    let places = metadata["keyframes"]["filepositions"].as_array().unwrap();
    assert!(
        places.iter().all(|place| place.as_f64() < Some(bytes as f64)),
        "{metadata}"
    );
    drop(publisher);
}

#[test]
fn where_nothing_can_be_written_nothing_is_left() {
    let (folder, mut server) = (Folder::new("no-room"), Server::start());
    let file = folder.file("room.flv");
    let publisher = server.publish("a");
    // Less than the head of a file takes.
    let pull = pull_within(20, &server.url("a"), &file);
    assert_eq!(pull.status.code(), Some(1), "{}", stdout(&pull));
    assert!(
        stderr(&pull).contains("room.flv: File too large"),
        "{}",
        stderr(&pull)
    );
    assert!(!Path::new(&file).exists());
    drop(publisher);
}

#[test]
fn a_named_pipe_gets_a_stream() {
    let (folder, mut server) = (Folder::new("fifo"), Server::start());
    let (fifo, copy) = (folder.file("fifo"), folder.file("copy.flv"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let publisher = server.publish("a");
    let reader = std::thread::spawn({
        let (fifo, copy) = (fifo.clone(), copy.clone());
        move || std::io::copy(&mut File::open(fifo).unwrap(), &mut File::create(copy).unwrap()).unwrap()
    });
    let pull = run(&["pull", &server.url("a"), &fifo, "--duration", "1s"]);
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    assert!(reader.join().unwrap() > 1000);
    inspect(&copy);
    drop(publisher);
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
        server.program.wait_for("waiting for a publisher");
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
