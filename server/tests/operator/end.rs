//! How it ends: signals.

use super::*;

#[test]
fn a_signal_ends_it_gracefully() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = Server::start(&[]);
        server.signal(signal);
        assert!(server.wait().success());
        assert!(server.said.last().unwrap().contains("stopped"));
    }
}

#[test]
fn clients_that_can_reconnect_are_sent_elsewhere_and_waited_for() {
    let mut server = Server::start(&["--reconnect-to", "rtmp://b.example/live"]);
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    server.wait_for("publishing");
    server.signal(Signal::TERM);
    server.wait_for("stopping");
    hear(&mut socket, "rtmp://b.example/live");
    thread::sleep(Duration::from_millis(200));
    assert!(
        server.process.try_wait().unwrap().is_none(),
        "it waits for the client"
    );
    drop(socket);
    assert!(server.wait().success());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(&[]);
    // It is waited for, so that it can read what it was sent before the connection closes.
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    server.wait_for("publishing");
    server.signal(Signal::INT);
    server.wait_for("stopping");
    server.signal(Signal::INT);
    assert_eq!(server.wait().code(), Some(130));
    assert!(!server.said.iter().any(|line| line.contains("stopped")));
}
