//! Clients in the poll of a server: publisher, server and player on one thread.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtmp_core::connection::client::{
    ClientConnection, ClientEvent, PlayOptions, PublishMode, Role, StreamHandle,
};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_mio::mio::Token;
use rtmp_mio::{CallError, Client, ClientSettings, ListenAddr, Server, Turn};

/// Long enough for a busy machine; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    server: Server,
    address: SocketAddr,
    /// Of the next client.
    settings: ClientSettings,
    clients: Vec<Client>,
    events: Vec<Vec<ClientEvent>>,
}

impl World {
    fn new() -> Self {
        let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
        let server = Server::builder().listen(address).bind().unwrap();
        let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
            panic!("{server:?} listens at no TCP address")
        };
        Self {
            server,
            address,
            settings: ClientSettings::default(),
            clients: Vec::new(),
            events: Vec::new(),
        }
    }

    fn add(&mut self, role: Role) -> usize {
        let url = format!("rtmp://{}/live/key", self.address).parse().unwrap();
        let number = self.clients.len();
        let settings = self.settings.clone();
        let client = Client::new(&url, role, settings, self.server.registry(), Token(number)).unwrap();
        self.clients.push(client);
        self.events.push(Vec::new());
        number
    }

    fn publish(&mut self) -> (usize, StreamHandle) {
        let number = self.add(Role::Publisher);
        let connection = self.clients[number].connection();
        let stream = connection.publish("key", PublishMode::Live, Instant::now());
        self.until(|world| world.events[number].contains(&ClientEvent::Publishing { stream }));
        (number, stream)
    }

    fn play(&mut self) -> usize {
        let number = self.add(Role::Player);
        let connection = self.clients[number].connection();
        let stream = connection.play(PlayOptions::new("key"), Instant::now());
        self.until(|world| world.events[number].contains(&ClientEvent::Playing { stream }));
        number
    }

    fn send(&mut self, (number, stream): (usize, StreamHandle), message: &MediaMessage) {
        let connection = self.clients[number].connection();
        connection
            .send_media(stream, message.clone(), Instant::now())
            .unwrap();
    }

    /// One turn of everybody. Whoever is `silent` leaves what has happened where it is.
    fn turn(&mut self, silent: Option<usize>) {
        self.turn_clients(silent);
        let deadlines = self.clients.iter().filter_map(Client::poll_timeout);
        let until_next = |at: Instant| at.saturating_duration_since(Instant::now());
        let timeout = deadlines.min().map_or(PATIENCE, until_next).min(PATIENCE);
        let clients = &mut self.clients;
        let notice = |event: &_| clients.iter_mut().for_each(|client| client.notice(event));
        assert_eq!(self.server.turn(Some(timeout), notice).unwrap(), Turn::Serving);
        self.turn_clients(silent);
    }

    fn turn_clients(&mut self, silent: Option<usize>) {
        for (number, client) in self.clients.iter_mut().enumerate() {
            client.turn();
            while silent != Some(number)
                && let Some(event) = client.poll_event()
            {
                self.events[number].push(event);
            }
        }
    }

    fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is_so(self) {
            assert!(started.elapsed() < PATIENCE, "{:?}", self.clients);
            self.turn(None);
        }
    }

    fn received(&self, number: usize) -> Vec<&MediaMessage> {
        let events = self.events[number].iter();
        events
            .filter_map(|event| match event {
                ClientEvent::Media { message, .. } => Some(message),
                _ => None,
            })
            .collect()
    }
}

/// A key frame of H.264, of this length.
fn keyframe(millis: u32, len: usize) -> MediaMessage {
    let mut payload = vec![0; len];
    payload[..5].copy_from_slice(&[0x17, 1, 0, 0, 0]);
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(millis),
        payload: Bytes::from(payload),
    }
}

#[test]
fn what_is_published_is_played_and_both_say_farewell() {
    let mut world = World::new();
    let publisher = world.publish();
    let messages: Vec<_> = (0..20)
        .map(|number| keyframe(number * 40, 300 + 10_000 * number as usize))
        .collect();
    world.send(publisher, &messages[0]);
    let player = world.play();
    for message in &messages[1..] {
        world.send(publisher, message);
    }
    world.until(|world| world.received(player).len() == messages.len());
    let expected: Vec<_> = messages.iter().collect();
    assert_eq!(world.received(player), expected);

    world.clients[publisher.0].connection().disconnect(Instant::now());
    world.until(|world| world.clients[publisher.0].is_over());
    assert!(world.clients[publisher.0].error().is_none());
    let is_end = |event: &ClientEvent| matches!(event, ClientEvent::Ended { .. });
    world.until(|world| world.events[player].iter().any(is_end));
    world.clients[player].connection().disconnect(Instant::now());
    world.until(|world| world.clients[player].is_over() && world.server.connections() == 0);
    assert!(world.clients[player].error().is_none());
}

#[test]
fn a_host_that_takes_no_events_is_read_for_no_more_and_keeps_its_server() {
    let mut world = World::new();
    let publisher = world.publish();
    world.send(publisher, &keyframe(0, 1000));
    // Shorter than the host takes nothing.
    world.settings.connection.limits.ping_interval = Duration::from_millis(50);
    world.settings.connection.limits.ping_timeout = Duration::from_millis(50);
    let player = world.play();
    world.until(|world| world.received(player).len() == 1);
    for number in 1..=40 {
        world.send(publisher, &keyframe(number, 100_000));
    }
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(300) {
        world.clients[publisher.0].connection().ping(Instant::now());
        world.turn(Some(player));
    }
    let waiting: usize = std::iter::from_fn(|| world.clients[player].poll_event()).count();
    assert!(
        waiting <= 3,
        "{waiting} messages of 100 kB came of one turn of four reads of 64 kB"
    );
    world.until(|world| world.received(player).len() > 20);
}

#[test]
fn addresses_are_tried_one_after_the_other_and_an_error_says_what_to_do() {
    // Bound, let go: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut world = World::new();
    let url = "rtmp://somewhere.example/live/key".parse().unwrap();
    for addresses in [vec![nobody, world.address], vec![nobody]] {
        let settings = ClientSettings::default();
        let token = Token(world.clients.len());
        let client = Client::new(&url, Role::Publisher, settings, world.server.registry(), token).unwrap();
        world.clients.push(client.look_up_with(move |dial| {
            assert_eq!((dial.host.as_str(), dial.port), ("somewhere.example", 1935));
            Ok(addresses.clone())
        }));
        world.events.push(Vec::new());
    }
    let is_connected = |event: &ClientEvent| matches!(event, ClientEvent::Connected(_));
    world.until(|world| world.events[0].iter().any(is_connected) && world.clients[1].is_over());
    let Some(error @ CallError::Dial { .. }) = world.clients[1].error() else {
        panic!("{:?}", world.clients[1])
    };
    assert!(error.to_string().contains("check the port"), "{error}");
}

/// It does not want to wait for anything.
fn is_due(client: &Client) -> bool {
    client.poll_timeout().is_some_and(|at| at <= Instant::now())
}

#[test]
fn what_is_asked_for_between_two_turns_is_due_at_once() {
    let mut world = World::new();
    let (number, stream) = world.publish();
    let asks: [&dyn Fn(&mut ClientConnection); 3] = [
        &|connection| connection.ping(Instant::now()),
        &|connection| connection.close(stream, Instant::now()),
        &|connection| connection.disconnect(Instant::now()),
    ];
    for ask in asks {
        world.until(|world| !is_due(&world.clients[number]));
        ask(world.clients[number].connection());
        assert!(is_due(&world.clients[number]));
    }
    world.until(|world| world.clients[number].is_over());
}

#[test]
fn an_end_without_last_words_is_due_at_once() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut world = World::new();
    world.address = silent.local_addr().unwrap();
    let number = world.add(Role::Player);
    world.until(|world| {
        let client = &world.clients[number];
        client.call().open_transport().is_some() && !is_due(client)
    });
    world.clients[number].connection().disconnect(Instant::now());
    assert!(is_due(&world.clients[number]));
    let started = Instant::now();
    world.until(|world| world.clients[number].is_over());
    assert!(started.elapsed() < PATIENCE / 2, "the server has a second");
}
