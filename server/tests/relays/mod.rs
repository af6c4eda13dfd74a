//! `[[pull]]` and `[[push]]`, between servers that are programs of their own.

mod resuming;
mod sources;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::id;
use std::time::{Duration, Instant};

use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_tokio::{Client, ClientSettings};
use rustix::process::Signal;

use super::configuration::{File, command};
use super::operator::{Server, publish};

fn start(file: &File) -> Server {
    Server::spawn(&mut command(file))
}

fn push(stream: &str, to: &Server, name: &str) -> String {
    format!(
        "[[push]]\nstream = \"{stream}\"\nurl = \"rtmp://{}/{name}\"\n",
        to.address
    )
}

fn pull(stream: &str, from: &str, name: &str) -> String {
    format!("[[pull]]\nstream = \"{stream}\"\nurl = \"rtmp://{from}/{name}\"\n")
}

/// A key frame of H.264, as far as a relay looks.
fn key_frame(millis: u32) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(millis),
        payload: [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 1][..].to_vec().into(),
    }
}

async fn client(server: &Server, app: &str, role: Role) -> Client {
    let url = format!("rtmp://{}/{app}/any", server.address).parse().unwrap();
    Client::connect(&url, role, ClientSettings::default())
        .await
        .unwrap()
}

/// The first message that comes.
async fn first_of(player: &mut Client) -> MediaMessage {
    loop {
        if let ClientEvent::Media { message, .. } = player.next().await.unwrap().unwrap() {
            return message;
        }
    }
}

#[tokio::test]
async fn what_is_published_is_pushed_and_pulled_and_both_end_with_it() {
    let last = File::new("relays-last", "[streams]\nwait = \"10s\"\n");
    let mut last = start(&last);
    let first = File::new("relays-first", &push("live/*", &last, "copy/{name}"));
    let mut first = start(&first);
    let edge = File::new(
        "relays-edge",
        &(pull("edge/*", &last.address, "copy/{name}") + "linger = \"0s\"\n"),
    );
    let mut edge = start(&edge);

    let mut publisher = client(&first, "live", Role::Publisher).await;
    let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
    publisher.send(stream, key_frame(40)).await.unwrap();
    publisher.flush().await.unwrap();
    first.wait_for("relay runs");
    last.wait_for("publishing");
    let mut player = client(&edge, "edge", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(40));
    assert!(edge.wait_for("relay runs").contains("relay=\"pull\""));

    publisher.close().await.unwrap();
    first.wait_for("relay ended");
    player.close().await.unwrap();
    edge.wait_for("relay ended");
}

#[tokio::test]
async fn a_stream_that_is_nowhere_is_not_found_and_the_log_says_why() {
    let origin = File::new("relays-nothing", "[streams]\nwait = 0\n");
    let origin = start(&origin);
    let edge = File::new("relays-nowhere", &pull("live/*", &origin.address, "live/{name}"));
    let mut edge = start(&edge);
    let mut player = client(&edge, "live", Role::Player).await;
    let refused = player
        .play(PlayOptions::new("room"))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("StreamNotFound"), "{refused}");
    let line = edge.wait_for("relay refused");
    assert!(line.contains("StreamNotFound: live/ro…: not found"), "{line}");
}

#[test]
fn relays_come_and_go_with_the_configuration_and_the_others_stay() {
    let target = File::new("relays-target", "");
    let mut target = start(&target);
    let (one, two) = (
        push("live/*", &target, "one/{name}"),
        push("live/*", &target, "two/{name}"),
    );
    let file = File::new("relays-reload", &one);
    let mut server = start(&file);
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    server.wait_for("relay runs");
    target.wait_for("key=\"one/");

    file.write(&format!("{one}{two}"));
    server.signal(Signal::HUP);
    let line = server.wait_for("relays configured");
    assert!(line.contains("added=1 removed=0 changed=0 unchanged=1"), "{line}");
    target.wait_for("key=\"two/");

    file.write(&two);
    server.signal(Signal::HUP);
    let line = server.wait_for("relays configured");
    assert!(line.contains("added=0 removed=1 changed=0 unchanged=1"), "{line}");
    assert!(target.wait_for("published").contains("key=\"one/"));

    // One target more leaves the others alone.
    let (of_two, of_three) = (
        format!("\"rtmp://{}/two/{{name}}\"", target.address),
        format!("\"rtmp://{}/three/{{name}}\"", target.address),
    );
    file.write(&format!(
        "[[push]]\nstream = \"live/*\"\nurls = [{of_two}, {of_three}]\n"
    ));
    server.signal(Signal::HUP);
    let line = server.wait_for("relays configured");
    assert!(line.contains("added=1 removed=0 changed=0 unchanged=1"), "{line}");
    target.wait_for("key=\"thr");

    // A token is said to the server that the relay leads to: it is begun anew.
    file.write(&format!(
        "[[push]]\nstream = \"live/*\"\nurls = [{of_two}, {}]\n",
        of_three.replace("{name}", "{name}?token=2")
    ));
    server.signal(Signal::HUP);
    let line = server.wait_for("relays configured");
    assert!(line.contains("added=0 removed=0 changed=1 unchanged=1"), "{line}");
    let line = server.wait_for("configuration read again");
    assert!(line.contains("changed=\"push\""), "{line}");
    target.wait_for("published");
    target.wait_for("key=\"thr");

    // What is wrong changes nothing.
    file.write(&push("live/*", &server, "live/{name}"));
    server.signal(Signal::HUP);
    let line = server.wait_for("all stays as it is");
    assert!(
        line.contains("all stays as it is") && line.contains("back to itself"),
        "{line}"
    );
}

/// The path of a file that is there for one test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("rtmp-{name}-{}.pem", id())))
    }

    fn write(&self, text: &str) -> &str {
        fs::write(&self.0, text).unwrap();
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn certificates_to_trust_are_read_again() {
    let (cert, key, ca) = (Scratch::new("cert"), Scratch::new("key"), Scratch::new("ca"));
    let certificate = || rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (own, other) = (certificate(), certificate());
    let mut target = Server::start(&[
        "--tls-listen",
        "127.0.0.1:0",
        "--tls-cert",
        cert.write(&own.cert.pem()),
        "--tls-key",
        key.write(&own.signing_key.serialize_pem()),
    ]);
    let line = target.wait_for("listening for RTMPS");
    let address = line.split_once("address=").unwrap().1.trim().to_owned();
    let file = File::new(
        "relays-ca",
        &format!(
            "[[push]]\nstream = \"live/*\"\nurl = \"rtmps://me:secret@{address}/live/{{name}}\"\nca = \"{}\"\n",
            ca.write(&other.cert.pem())
        ),
    );
    let mut server = start(&file);
    let mut socket = server.connect();
    publish(&mut socket, "live", "tests/1", "room");
    let line = server.wait_for("relay does not come about");
    assert!(line.contains("TLS") && !line.contains("secret"), "{line}");

    // What is none is not used.
    ca.write("no certificate");
    server.signal(Signal::HUP);
    server.wait_for("all stays as it is");
    ca.write(&own.cert.pem());
    server.signal(Signal::HUP);
    server.wait_for("relay healed");
}

#[test]
fn what_is_wrong_elsewhere_changes_no_relay() {
    let (cert, key) = (Scratch::new("pair-cert"), Scratch::new("pair-key"));
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let cert = format!("tls-cert = \"{}\"\n", cert.write(&pair.cert.pem()));
    let key = format!("tls-key = \"{}\"\n", key.write(&pair.signing_key.serialize_pem()));
    let alone = format!("[tls]\ntls-listen = \"127.0.0.1:0\"\n{key}");
    let target = start(&File::new("relays-pair-target", ""));
    let relay = push("live/*", &target, "live/{name}");
    let file = File::new("relays-pair", &format!("{alone}{cert}"));
    let mut server = start(&file);
    file.write(&format!("{relay}{alone}"));
    server.signal(Signal::HUP);
    server.wait_for("all stays as it is");
    file.write(&format!("{relay}{alone}{cert}"));
    server.signal(Signal::HUP);
    let line = server.wait_for("relays configured");
    assert!(line.contains("added=1"), "{line}");
}

#[tokio::test]
async fn a_server_that_sends_nothing_is_told_of() {
    let origin = File::new("relays-silent", "[streams]\nwait = \"5m\"\n");
    let origin = start(&origin);
    let edge = pull("live/*", &origin.address, "live/{name}")
        + &pull("for/good", &origin.address, "live/good")
        + "[streams]\nwait = \"5s\"\n";
    let edge = File::new("relays-waiting", &edge);
    let mut edge = start(&edge);
    let mut player = client(&edge, "live", Role::Player).await;
    let started = Instant::now();
    let refused = player.play(PlayOptions::new("room")).await.unwrap_err();
    assert!(refused.to_string().contains("StreamNotFound"), "{refused}");
    assert!(
        (5..9).contains(&started.elapsed().as_secs()),
        "{:?}",
        started.elapsed()
    );
    let line = edge.wait_for("the other server sends nothing:");
    assert!(
        line.contains("relay does not come about") && line.contains("key=\"live/"),
        "{line}"
    );
    // Nobody waits for it any more, and it has never been there.
    assert!(edge.wait_for("relay ended").contains("key=\"live/"));
    // For good, it is waited for.
    let line = edge.wait_for("the other server sends nothing:");
    assert!(
        line.contains("relay waits") && line.contains("key=\"for/"),
        "{line}"
    );
}

/// Where a server will be, for those that have to know before it is there.
fn port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn start_at(port: u16, file: &File) -> Server {
    Server::spawn(command(file).args(["--listen", &format!("127.0.0.1:{port}")]))
}

#[test]
fn servers_that_push_to_each_other_are_no_loop() {
    let port = port();
    let first = File::new(
        "relays-loop-1",
        &format!("[[push]]\nstream = \"live/*\"\nurl = \"rtmp://127.0.0.1:{port}/live/{{name}}\"\n"),
    );
    let mut first = start(&first);
    let second = File::new("relays-loop-2", &push("live/*", &first, "live/{name}"));
    let mut second = start_at(port, &second);
    let mut socket = first.connect();
    publish(&mut socket, "live", "tests/1", "room");
    let line = second.wait_for("it leads in a loop");
    assert!(
        line.contains("relay loop: this server has had the stream already"),
        "{line}"
    );
    assert!(line.contains("next_try=300"), "{line}");
    assert!(first.wait_for("refused").contains("relay loop"));
}

#[test]
fn a_stream_that_comes_back_renamed_goes_round_a_few_times_and_no_more() {
    let port = port();
    let first = File::new(
        "relays-renamed-1",
        &format!("[[push]]\nstream = \"*\"\nurl = \"rtmp://127.0.0.1:{port}/copy/{{app}}-{{name}}\"\n"),
    );
    let mut first = start(&first);
    let second = File::new("relays-renamed-2", &push("*", &first, "copy/{app}-{name}"));
    let mut second = start_at(port, &second);
    let mut socket = first.connect();
    publish(&mut socket, "live", "tests/1", "room");
    let line = second.wait_for("it leads in a loop");
    assert!(line.contains("under 3 names already"), "{line}");
    for _ in 0..3 {
        first.wait_for("publishing");
    }
    assert!(first.wait_for("refused").contains("relay loop"));
}

#[tokio::test]
async fn a_server_may_push_to_itself_under_another_name() {
    let port = port();
    let file = File::new(
        "relays-copy",
        &format!(
            "[streams]\nwait = \"10s\"\n{}{}",
            format_args!("[[push]]\nstream = \"live/*\"\nurl = \"rtmp://127.0.0.1:{port}/copy/{{name}}\"\n"),
            format_args!("[[push]]\nstream = \"copy/*\"\nurl = \"rtmp://127.0.0.1:{port}/again/{{name}}\"\n"),
        ),
    );
    let server = start_at(port, &file);
    let mut publisher = client(&server, "live", Role::Publisher).await;
    let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
    publisher.send(stream, key_frame(40)).await.unwrap();
    publisher.flush().await.unwrap();
    let mut player = client(&server, "again", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(40));
}

#[tokio::test]
async fn a_publisher_here_goes_before_a_pull_and_the_pull_follows() {
    let origin = File::new("relays-origin", "");
    let origin = start(&origin);
    let mut far = client(&origin, "live", Role::Publisher).await;
    let far_stream = far.publish("room", PublishMode::Live).await.unwrap();
    let file = File::new("relays-here", "[streams]\nwait = \"10s\"\n");
    let mut server = start(&file);
    let mut near = client(&server, "live", Role::Publisher).await;
    let near_stream = near.publish("room", PublishMode::Live).await.unwrap();
    near.send(near_stream, key_frame(7)).await.unwrap();
    near.flush().await.unwrap();

    file.write(&(pull("live/room", &origin.address, "live/room") + "[streams]\nwait = \"10s\"\n"));
    server.signal(Signal::HUP);
    server.wait_for("relays configured");
    far.send(far_stream, key_frame(60_000)).await.unwrap();
    far.flush().await.unwrap();
    let mut player = client(&server, "live", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(7));
    player.close().await.unwrap();
    near.close().await.unwrap();
    server.wait_for("relay runs");
    let mut player = client(&server, "live", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(60_000));
}

#[test]
fn a_relay_to_its_own_server_is_refused_at_the_start() {
    let port = port();
    for (relay, why) in [
        ("[[pull]]\nstream = \"live/*\"", "live/{name}"),
        ("[[push]]\nstream = \"*\"", "copy/{app}-{name}"),
    ] {
        let relay = format!("{relay}\nurl = \"rtmp://localhost:{port}/{why}\"\n");
        let file = File::new("relays-own", &relay);
        let listen = format!("127.0.0.1:{port}");
        let ended = command(&file).args(["--listen", &listen]).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            !ended.status.success() && said.contains("back to itself"),
            "{said}"
        );
    }
}

/// How long it takes until a player of an edge is refused, which fetches from there.
async fn refused_after(test: &str, from: &str, wait: &str) -> Duration {
    let settings = format!("[streams]\nwait = \"{wait}\"\n");
    let file = File::new(test, &(pull("live/*", from, "live/{name}") + &settings));
    let edge = start(&file);
    let mut player = client(&edge, "live", Role::Player).await;
    let asked = Instant::now();
    let refused = player.play(PlayOptions::new("room")).await.unwrap_err();
    assert!(refused.to_string().contains("StreamNotFound"), "{refused}");
    asked.elapsed()
}

/// Whether the other server is silent, waits itself, or is down.
#[tokio::test(flavor = "multi_thread")]
async fn a_player_waits_for_what_is_fetched_as_long_as_was_said() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let origin = File::new("relays-wait-origin", "[streams]\nwait = \"30s\"\n");
    let origin = start(&origin);
    let down = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nobody = down.local_addr().unwrap().to_string();
    drop(down);
    let (at_silent, at_origin, at_nobody) = tokio::join!(
        refused_after("relays-wait-silent", &silent, "1500ms"),
        refused_after("relays-wait-empty", &origin.address, "1500ms"),
        refused_after("relays-wait-down", &nobody, "1500ms"),
    );
    for after in [at_silent, at_origin, at_nobody] {
        assert!((1400..5000).contains(&after.as_millis()), "{after:?}");
    }
    let at_once = refused_after("relays-no-wait", &nobody, "0").await;
    assert!(at_once < Duration::from_secs(1), "{at_once:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_server_that_starts_again_plays() {
    let place = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = place.local_addr().unwrap().to_string();
    drop(place);
    let file = File::new("relays-restart", &pull("live/*", &address, "live/{name}"));
    let mut edge = start(&file);
    let mut player = client(&edge, "live", Role::Player).await;
    let playing = tokio::spawn(async move {
        player.play(PlayOptions::new("room")).await.unwrap();
        first_of(&mut player).await
    });
    assert!(
        edge.wait_for("waiting for a publisher")
            .contains("key=\"live/ro…\"")
    );
    edge.wait_for("relay does not come about");
    let origin = Server::spawn(super::PROGRAM.command().args(["--listen", &address]));
    let mut publisher = client(&origin, "live", Role::Publisher).await;
    let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
    publisher.send(stream, key_frame(40)).await.unwrap();
    publisher.flush().await.unwrap();
    assert_eq!(playing.await.unwrap(), key_frame(40));
}
