//! What it says of itself and of those who come.

use super::*;

#[test]
fn it_tells_a_person_where_to_point_obs_ffmpeg_and_a_player() {
    let mut server = Server::start(&[]);
    let address = server.address.clone();
    assert!(
        server
            .wait_for("OBS")
            .contains(&format!("Server: rtmp://{address}/live "))
    );
    assert!(
        server
            .wait_for("ffmpeg")
            .contains(&format!("-f flv rtmp://{address}/live/room"))
    );
    server.wait_for("player");
    assert!(!server.said.join("\n").contains('\x1B'), "a pipe has no colours");
}

#[test]
fn json_logs_are_json_from_the_first_line_to_the_last() {
    let mut server = Server::start(&["--log-format", "json"]);
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for("published");
    server.wait_for("ended");
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    let lines: Vec<Value> = server
        .said
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let messages: Vec<&str> = lines
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "listening",
            "connected",
            "publishing",
            "published",
            "ended",
            "stopping; once more ends at once",
            "stopped"
        ]
    );
    let ended = &lines[4];
    assert_eq!(
        (&ended["app"], &ended["key"], &ended["program"]),
        (&"live".into(), &"live/ro…".into(), &"tests/1".into())
    );
    let publishing = &lines[2];
    assert_eq!(publishing["level"], "INFO");
    assert_eq!(publishing["key"], "live/ro…");
    assert_eq!(publishing["program"], "tests/1");
    assert!(publishing["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
}

#[test]
fn a_log_holds_no_secret_and_no_line_of_a_peers_making() {
    let mut server = Server::start(&[]);
    let mut socket = server.connect();
    publish(
        &mut socket,
        "live?token=hidden1",
        "evil\n2026-01-01 INFO stopped\x1B[31m",
        "0123456789?sign=hidden2",
    );
    let line = server.wait_for("publishing");
    assert!(line.contains(r#"key="live/0123…""#), "{line}");
    drop(socket);
    server.wait_for("ended");
    let said = server.said.join("\n");
    for secret in ["01234", "hidden", "\x1B"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(
        !server.said.iter().any(|line| line.starts_with("2026-01-01 INFO")),
        "{said}"
    );
}

#[test]
fn a_refusal_is_one_warning_that_says_who_what_and_why() {
    let mut server = Server::start(&["--log-format", "json"]);
    let mut first = server.connect();
    publish(&mut first, "live", "tests/1", "0123456789");
    server.wait_for("publishing");
    // Somebody else's name; no name at all, which is refused before anybody is asked; an application without sense.
    for (app, name, key, reason) in [
        (
            "live",
            "0123456789",
            Some("live/0123…"),
            "somebody else publishes",
        ),
        ("live", "", None, "empty"),
        ("li\nve", "room", None, "control character"),
    ] {
        let before = server.said.len();
        publish(&mut server.connect(), app, "tests/2", name);
        server.wait_for(r#""message":"ended""#);
        let lines: Vec<Value> = (server.said[before..].iter())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let warnings: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
        let [refused] = warnings[..] else {
            panic!("{lines:?}")
        };
        assert_eq!(refused["message"], "refused");
        assert_eq!(
            (&refused["app"], &refused["program"]),
            (&app.into(), &"tests/2".into())
        );
        assert_eq!(refused["key"].as_str(), key);
        assert!(refused["reason"].as_str().unwrap().contains(reason), "{refused}");
        let ended = lines.last().unwrap();
        assert_eq!(
            (&ended["level"], &ended["program"]),
            (&"INFO".into(), &"tests/2".into())
        );
    }
}

#[test]
fn a_fault_of_the_protocol_is_a_warning() {
    let mut server = Server::start(&["--log-format", "json"]);
    server.connect().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let line = server.wait_for(r#""message":"ended""#);
    assert!(line.contains("WARN") && line.contains("handshake"), "{line}");
}

#[test]
fn who_speaks_something_else_is_counted_and_others_warn_as_before() {
    let mut server = Server::start(&[]);
    for _ in 0..20 {
        let mut socket = server.connect();
        socket.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let _ = socket.read(&mut [0; 16]);
    }
    publish(&mut server.connect(), "live", "tests/1", "");
    server.wait_for("refused");
    let warnings: Vec<_> = (server.said.iter())
        .filter(|line| line.contains(" WARN "))
        .collect();
    let [stranger, _] = warnings[..] else {
        panic!("{warnings:?}")
    };
    assert!(
        stranger.contains("HTTP") && stranger.contains("times=1"),
        "{stranger}"
    );
}

/// Who mistypes a name and gives up has left it in the log.
#[test]
fn a_player_that_waits_is_known_by_its_shortened_key() {
    let mut server = Server::start(&[]);
    let play = RtmpCommand::new("play", 3.0).with("0123456789");
    let mut socket = server.connect();
    request(&mut socket, "live", "tests/1", play);
    let line = server.wait_for("waiting for a publisher");
    assert!(
        line.contains(" INFO ") && line.contains(r#"key="live/0123…""#) && line.contains("tests/1"),
        "{line}"
    );
    drop(socket);
    let line = server.wait_for("ended");
    assert!(line.contains(r#"key="live/0123…""#), "{line}");
}

#[test]
fn a_value_with_blanks_is_quoted() {
    let mut server = Server::start(&["--max-connections", "1"]);
    let _first = server.connect();
    server.connect();
    let line = server.wait_for("turned away");
    assert!(line.contains("reason=\"there are 1 connections"), "{line}");
}

#[test]
fn a_publisher_that_falls_silent_has_as_long_as_was_said() {
    let mut server = Server::start(&["--publisher-timeout", "200ms"]);
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    hear(&mut socket, "NetStream.Publish.Idle");
    server.wait_for("timed out");
}

/// A pager that was left open must not stop the streams.
#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    let mut process = PROGRAM
        .command()
        .args(["--listen", "127.0.0.1:0", "--log-level", "debug"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::with_capacity(1, process.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    let address = address(&line);
    // 64 KiB are what a pipe takes of it.
    for _ in 0..1000 {
        let mut socket = TcpStream::connect(&address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let end = socket.read(&mut [0; 16]);
        assert!(!matches!(end, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock));
    }
    // Now it is read, and the next thing that is said comes behind what was lost.
    let (sender, lines) = channel();
    thread::spawn(move || {
        log.lines()
            .map_while(Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    let started = Instant::now();
    loop {
        drop(TcpStream::connect(&address).unwrap().write_all(b"GET"));
        if lines.try_iter().any(|line| line.contains("lines were lost")) {
            break;
        }
        assert!(started.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn keys_are_shown_to_who_asks_for_them() {
    let mut server = Server::start(&["--show-keys"]);
    publish(&mut server.connect(), "live", "tests/1", "0123456789");
    assert!(server.wait_for("publishing").contains(r#"key="live/0123456789""#));
}
