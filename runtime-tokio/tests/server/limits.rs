//! Connections that are too many, handed over by the program.

use rtmp_tokio::ServerSettings;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn one_address_can_be_limited() {
    let mut settings = ServerSettings::default();
    settings.connections.per_ip = Some(1);
    let server = Running::start(Server::builder().settings(settings)).await;
    let _first = server.client().await;
    let (_socket, other) = tokio::io::duplex(64);
    let refused = server.handle.connect(
        other,
        "127.0.0.1:9".parse::<std::net::SocketAddr>().unwrap().into(),
    );
    assert_eq!(refused.err(), Some(Full::Address(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_ask_for_nothing_are_limited_by_address() {
    let mut settings = ServerSettings::default();
    settings.connections.idle_per_ip = 1;
    let server = Running::start(Server::builder().settings(settings)).await;
    // What the address says, not what the socket is: loopback has no limit.
    let connect = |address: &str| {
        let (socket, other) = tokio::io::duplex(64 << 10);
        let address = address.parse::<std::net::SocketAddr>().unwrap();
        let connection = server.handle.connect(other, address.into())?;
        tokio::spawn(connection);
        Ok(socket)
    };
    let mut first = Client::connect(connect("192.0.2.1:1").unwrap()).await;
    assert_eq!(connect("192.0.2.1:2").err(), Some(Full::Idle(1)));
    assert!(connect("192.0.2.2:1").is_ok());
    first.publish("room").await;
    let mut second = Client::connect(connect("192.0.2.1:3").unwrap()).await;
    assert_eq!(connect("192.0.2.1:4").err(), Some(Full::Idle(1)));
    second.play("room").await;
    assert!(connect("192.0.2.1:5").is_ok());
    let _here: Vec<_> = (0..3).map(|_| connect("127.0.0.1:1").unwrap()).collect();
}
