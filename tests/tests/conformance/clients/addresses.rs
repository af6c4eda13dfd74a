//! Names with more than one address.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rtmp_core::connection::client::Role;
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::url::RtmpUrl;
use socket2::{Domain, Socket, Type};

use super::{Dialling, frame};
use crate::server::Server;
use crate::talk::keyframe;

/// A name that all clients know, whatever the system does. The certificate is for it as well.
pub(crate) const NAME: &str = "live.example";

const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Each address has half of it.
const TIMEOUT: Duration = Duration::from_secs(1);

/// A machine that is busy comes late, but not so late.
const LATE: Duration = Duration::from_secs(5);

/// What a host is looked up with: its own addresses if it is [`NAME`].
pub(crate) fn look_up(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    (host == NAME).then(|| [FIRST, SECOND].map(|ip| (ip, port).into()).to_vec())
}

fn url(runtime: &dyn Dialling, host: &str, port: u16) -> RtmpUrl {
    let text = format!("{}://{host}:{port}/live/room", runtime.scheme());
    text.parse().unwrap()
}

fn settings() -> ClientSettings {
    let mut settings = ClientSettings::default();
    settings.dial_timeout = TIMEOUT;
    settings
}

/// A socket that refuses who comes, unless it listens.
fn bound(ip: IpAddr, port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((ip, port)).into())?;
    Ok(socket)
}

fn address(socket: &Socket) -> SocketAddr {
    let address = socket.local_addr().unwrap();
    address.as_socket().unwrap()
}

/// Both addresses, at a port that nobody else has.
fn both() -> (Socket, Socket, u16) {
    loop {
        let first = bound(FIRST, 0).unwrap();
        let port = address(&first).port();
        if let Ok(second) = bound(SECOND, port) {
            return (first, second, port);
        }
    }
}

/// From here on the first packet of each connection is lost, as behind a firewall that drops it: the listener's queue is full,
/// by one that nobody accepts.
fn silence(socket: &Socket) -> TcpStream {
    socket.listen(0).unwrap();
    let queued = TcpStream::connect(address(socket)).unwrap();
    let next = TcpStream::connect_timeout(&address(socket), Duration::from_millis(50));
    assert_eq!(
        next.map_err(|error| error.kind()).err(),
        Some(ErrorKind::TimedOut)
    );
    queued
}

/// How a call to nobody ends, and after how long.
fn in_vain(runtime: &dyn Dialling, url: &RtmpUrl) -> (ErrorKind, String, Duration) {
    let started = Instant::now();
    match runtime.call(url, Role::Player, settings()).err() {
        Some(error @ CallError::Dial { .. }) => {
            let told = error.to_string();
            let CallError::Dial { source, .. } = error else {
                unreachable!("it is one")
            };
            (source.kind(), told, started.elapsed())
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn an_address_that_does_not_answer_is_passed_over(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let port = server.tcp_address(0).port();
    let first = bound(FIRST, port).unwrap();
    let _queued = silence(&first);
    let started = Instant::now();
    let url = url(runtime, NAME, port);
    let mut client = runtime.call(&url, Role::Publisher, settings()).unwrap();
    assert!((TIMEOUT / 2..LATE).contains(&started.elapsed()));
    let room = client.publish("room").unwrap();
    client.send(room, frame(0, keyframe(1))).unwrap();
    client.close().unwrap();
}

pub(crate) fn silence_is_told_when_all_addresses_are_silent(runtime: &dyn Dialling) {
    let (first, second, port) = both();
    let _queued = [&first, &second].map(silence);
    let (kind, told, after) = in_vain(runtime, &url(runtime, NAME, port));
    assert_eq!(kind, ErrorKind::TimedOut);
    assert!(told.contains(" seconds; 2 addresses tried"), "{told}");
    assert!((TIMEOUT..LATE).contains(&after));
    let (kind, told, after) = in_vain(runtime, &runtime.url(address(&second)));
    assert_eq!(kind, ErrorKind::TimedOut);
    assert!(!told.contains("tried") && told.contains("firewall"), "{told}");
    assert!((TIMEOUT..LATE).contains(&after), "it has all the time");
}

/// A host that refuses is there.
pub(crate) fn a_refusal_is_told_before_silence(runtime: &dyn Dialling) {
    for (silent, least) in [(FIRST, TIMEOUT / 2), (SECOND, TIMEOUT)] {
        let (first, second, port) = both();
        let _queued = silence(if silent == FIRST { &first } else { &second });
        let (kind, told, after) = in_vain(runtime, &url(runtime, NAME, port));
        assert_eq!(kind, ErrorKind::ConnectionRefused);
        assert!(told.contains("2 addresses tried (check the port"), "{told}");
        assert!((least..LATE).contains(&after));
    }
}

pub(crate) fn a_host_is_found_by_its_name(runtime: &dyn Dialling) {
    let server = Server::start(runtime);
    let url = url(runtime, "localhost", server.tcp_address(0).port());
    let mut client = runtime.call(&url, Role::Publisher, settings()).unwrap();
    client.publish("room").unwrap();
}
