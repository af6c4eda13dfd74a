//! Where a server listens.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::os::unix::net::UnixListener;

use rtmp_core::host::ListenAddr;

use crate::client::{self, Client};
use crate::server::{Runtime, Server, Settings, loopback};
use crate::talk::keyframe;

pub(crate) fn a_unix_socket_serves_and_its_file_comes_and_goes(runtime: &dyn Runtime) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rtmp.sock");
    // As after a kill: the file is there, and nobody listens.
    drop(UnixListener::bind(&path).unwrap());
    let settings = || Settings {
        listen: vec![ListenAddr::Unix(path.clone())],
        ..Settings::default()
    };
    let server = Server::with(runtime, settings());
    assert_eq!(server.address().to_string(), format!("unix:{}", path.display()));
    let in_use = runtime.start(settings()).err().unwrap();
    assert_eq!(in_use.source.kind(), ErrorKind::AddrInUse);

    let mut publisher = Server::unix_client(&path);
    publisher.publish("room");
    let mut player = Server::unix_client(&path);
    player.play("room");
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));
    drop((publisher, player));
    server.shut_down();
    server.until_stopped();
    assert!(!path.exists());

    std::fs::write(&path, "a file of somebody's").unwrap();
    let refused = runtime.start(settings()).err().unwrap();
    assert_eq!(refused.source.kind(), ErrorKind::AddrInUse);
    assert!(path.exists(), "only an abandoned socket is replaced");
}

pub(crate) fn the_unspecified_ipv6_address_takes_ipv4_too(runtime: &dyn Runtime) {
    let settings = Settings {
        listen: vec![ListenAddr::any(0)],
        ..Settings::default()
    };
    let server = Server::with(runtime, settings);
    let address = server.tcp_address(0);
    let mut four = Client::new(client::connect(([127, 0, 0, 1], address.port()).into()));
    four.publish("four");
    if address.is_ipv6() {
        let ip: std::net::IpAddr = "::1".parse().unwrap();
        let mut six = Client::new(client::connect((ip, address.port()).into()));
        six.publish("six");
        assert_eq!(server.keys(), ["live/four", "live/six"]);
    }
}

pub(crate) fn a_port_that_is_taken_is_named_in_the_error(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let settings = Settings {
        listen: vec![loopback(), server.address().clone()],
        ..Settings::default()
    };
    let error = runtime.start(settings).err().unwrap();
    assert_eq!(error.source.kind(), ErrorKind::AddrInUse);
    assert!(
        error.to_string().contains(&server.address().to_string()),
        "{error}"
    );
}

pub(crate) fn two_addresses_serve_the_same_streams(runtime: &dyn Runtime) {
    let settings = Settings {
        listen: vec![loopback(), loopback()],
        ..Settings::default()
    };
    let server = Server::with(runtime, settings);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = Client::new(client::connect(server.tcp_address(1)));
    player.play("room");
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));
}

pub(crate) fn who_comes_after_the_end_is_refused(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    server.client();
    server.shut_down();
    server.until_stopped();
    let refused = TcpStream::connect(server.tcp_address(0)).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}
