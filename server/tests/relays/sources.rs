//! Streams that can be fetched from several servers, and those that somebody waits for already.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role, StreamHandle};
use rtmp_tokio::Client;
use rustix::process::Signal;
use socket2::{Domain, Socket, Type};

use super::{client, first_of, key_frame, pull, start};
use crate::configuration::File;
use crate::operator::Server;

/// A server on which somebody publishes.
struct Origin {
    server: Server,
    publisher: Client,
    stream: StreamHandle,
}

impl Origin {
    async fn start(test: &str) -> Self {
        let server = start(&File::new(test, "[streams]\nwait = 0\n"));
        let mut publisher = client(&server, "live", Role::Publisher).await;
        let stream = publisher.publish("room", PublishMode::Live).await.unwrap();
        Self {
            server,
            publisher,
            stream,
        }
    }

    async fn send(&mut self, millis: u32) {
        self.publisher.send(self.stream, key_frame(millis)).await.unwrap();
        self.publisher.flush().await.unwrap();
    }
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_stream_that_one_server_does_not_have_is_fetched_from_the_next() {
    let mut origin = Origin::start("sources-third").await;
    origin.send(40).await;
    let empty = start(&File::new("sources-empty", "[streams]\nwait = 0\n"));
    let (nobody, empty) = (nobody(), empty.address.clone());
    // In one section, and in two.
    let urls = format!(
        "[[pull]]\nstream = \"live/*\"\nurls = [\"rtmp://{nobody}/live/{{name}}\", \"rtmp://{empty}/live/{{name}}\"]\n"
    );
    let file = File::new(
        "sources-demand",
        &(urls + &pull("live/room", &origin.server.address, "live/room") + "on-demand = true\n"),
    );
    let mut edge = start(&file);
    let mut player = client(&edge, "live", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(40));
    let line = edge.wait_for("relay does not come about");
    assert!(
        line.contains(&nobody) && line.contains("then=\"the next source\""),
        "{line}"
    );
    assert!(edge.wait_for("relay").contains(&empty));
    assert!(edge.wait_for("relay runs").contains(&origin.server.address));

    // Nobody has this one.
    let refused = player.play(PlayOptions::new("other")).await.unwrap_err();
    assert!(refused.to_string().contains("StreamNotFound"), "{refused}");
}

#[tokio::test]
async fn where_one_server_is_lost_players_go_on_with_the_next() {
    let mut first = Origin::start("sources-first").await;
    let mut second = Origin::start("sources-second").await;
    let file = File::new(
        "sources-two",
        &(pull("live/room", &first.server.address, "live/room")
            + &pull("live/room", &second.server.address, "live/room")
            + "[streams]\nwait = \"10s\"\n"),
    );
    first.send(5000).await;
    second.send(70_000).await;
    let mut edge = start(&file);
    let mut player = client(&edge, "live", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(5000));
    assert!(edge.wait_for("relay runs").contains(&first.server.address));

    drop(first);
    assert!(edge.wait_for("relay lost").contains("then=\"the next source\""));
    assert!(edge.wait_for("relay runs").contains(&second.server.address));
    second.send(70_040).await;
    // The player is told of no end; and time goes on where it was, not where the other server is.
    let mut times = Vec::new();
    while times.len() < 2 {
        match player.next().await.unwrap().unwrap() {
            ClientEvent::Media { message, .. } => times.push(message.timestamp.as_millis()),
            event => assert!(!matches!(event, ClientEvent::Ended { .. })),
        }
    }
    assert!((5001..30_000).contains(&times[0]), "{times:?}");
    assert_eq!(times[1] - times[0], 40);

    // The one in use is taken away, and there is no other. Both are told of.
    file.write("[streams]\nwait = \"10s\"\n");
    edge.signal(Signal::HUP);
    edge.wait_for("relay ended");
    edge.wait_for("relay ended");
}

/// A listener whose queue is full, by one that nobody accepts: as behind a firewall that drops all packets.
fn silence() -> (Socket, TcpStream, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, TcpStream::connect(address).unwrap(), address)
}

#[tokio::test(flavor = "multi_thread")]
async fn players_stay_where_one_server_ends_the_stream_and_the_next_one_is_not_there() {
    let mut first = Origin::start("sources-ends").await;
    let mut third = Origin::start("sources-has-it").await;
    let (_socket, _queued, silent) = silence();
    let file = File::new(
        "sources-three",
        &(pull("live/room", &first.server.address, "live/room")
            + &pull("live/room", &silent.to_string(), "live/room")
            + &pull("live/room", &third.server.address, "live/room")),
    );
    first.send(5000).await;
    third.send(70_000).await;
    let mut edge = start(&file);
    edge.wait_for("relay runs");
    let mut player = client(&edge, "live", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(5000));

    first.publisher.end_stream(first.stream);
    first.publisher.flush().await.unwrap();
    let line = edge.wait_for("relay lost");
    assert!(line.contains("the stream has ended there"), "{line}");
    let line = edge.wait_for("relay does not come about");
    assert!(line.contains("can't be reached"), "{line}");
    loop {
        match player.next().await.unwrap().unwrap() {
            ClientEvent::Media { .. } => break,
            event => assert!(!matches!(event, ClientEvent::Ended { .. })),
        }
    }
    // There is no other: players are not kept for long.
    third.publisher.end_stream(third.stream);
    third.publisher.flush().await.unwrap();
    let ended = Instant::now();
    while !matches!(player.next().await.unwrap().unwrap(), ClientEvent::Ended { .. }) {}
    assert!(ended.elapsed() < Duration::from_secs(8), "{:?}", ended.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_stream_stands_still_players_go_on_with_the_next() {
    let mut first = Origin::start("sources-still").await;
    let mut second = Origin::start("sources-moving").await;
    let file = File::new(
        "sources-still-two",
        &(pull("live/room", &first.server.address, "live/room")
            + &pull("live/room", &second.server.address, "live/room")),
    );
    first.send(5000).await;
    second.send(70_000).await;
    let mut edge = start(&file);
    let line = edge.wait_for("relay runs");
    assert!(line.contains(&first.server.address), "{line}");
    let mut player = client(&edge, "live", Role::Player).await;
    player.play(PlayOptions::new("room")).await.unwrap();
    assert_eq!(first_of(&mut player).await, key_frame(5000));
    let line = edge.wait_for("relay lost");
    assert!(
        line.contains("stands still there: nothing of it has come for 10 seconds")
            && line.contains("then=\"the next source\""),
        "{line}"
    );
    assert!(edge.wait_for("relay runs").contains(&second.server.address));
    loop {
        match player.next().await.unwrap().unwrap() {
            ClientEvent::Media { .. } => break,
            event => assert!(!matches!(event, ClientEvent::Ended { .. })),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_players_wait_for_is_fetched_as_soon_as_it_can_be() {
    let mut origin = Origin::start("sources-later").await;
    origin.send(40).await;
    let wait = "[streams]\nwait = \"10s\"\n";
    let file = File::new("sources-awaited", wait);
    let mut edge = start(&file);
    let mut player = client(&edge, "live", Role::Player).await;
    let playing = tokio::spawn(async move {
        player.play(PlayOptions::new("room")).await.unwrap();
        first_of(&mut player).await
    });
    // It has asked by then, and is told nothing yet.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!playing.is_finished());
    file.write(&(pull("live/*", &origin.server.address, "live/{name}") + wait));
    edge.signal(Signal::HUP);
    edge.wait_for("relay runs");
    assert_eq!(playing.await.unwrap(), key_frame(40));
}
