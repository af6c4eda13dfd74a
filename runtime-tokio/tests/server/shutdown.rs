//! How a server ends.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_is_told_to_publisher_and_player() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().observer(diary.clone())).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    let mut player = server.client().await;
    player.play("room").await;

    let started = Instant::now();
    server.handle.shutdown();
    let codes = publisher.statuses_to_the_end().await;
    assert_eq!(
        codes,
        ["NetStream.Unpublish.Success", "NetConnection.Connect.AppShutdown"]
    );
    let codes = player.statuses_to_the_end().await;
    assert!(
        codes.ends_with(&["NetConnection.Connect.AppShutdown".to_owned()]),
        "{codes:?}"
    );
    drop((publisher, player));
    timeout(PATIENCE, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "nobody had to be waited for"
    );
    let lines = diary.lines();
    assert!(
        lines.contains(&"1 ends: the server stops".to_owned()),
        "{lines:?}"
    );
    let ListenAddr::Tcp(address) = server.address else {
        unreachable!()
    };
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the listener is closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_sends_elsewhere_those_who_can_reconnect() {
    let request = ReconnectRequest::to("rtmp://b.example/live");
    let server = Running::start(Server::builder().reconnect(request.clone())).await;
    let ListenAddr::Tcp(address) = server.address.clone() else {
        unreachable!()
    };
    let socket = TcpStream::connect(address).await.unwrap();
    let properties = Object::new().with("capsEx", 1.0);
    let mut publisher = Client::connect_with(socket, usize::MAX, properties).await;
    publisher.publish("room").await;
    let mut player = server.client().await;
    player.play("room").await;

    server.handle.shutdown();
    let asked = publisher.wait_for_command("onStatus").await;
    assert_eq!(ReconnectRequest::from_command(&asked), Some(request));
    let codes = player.statuses_to_the_end().await;
    assert_eq!(
        codes.last().map(String::as_str),
        Some("NetConnection.Connect.AppShutdown"),
        "who announced nothing is not asked"
    );
    // It goes on until it leaves, and then the server has nobody to wait for.
    publisher.send_video(0, keyframe(1)).await;
    assert_eq!(server.handle.streams().len(), 1);
    drop((publisher, player));
    timeout(PATIENCE / 2, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_those_who_do_not_reconnect_in_time() {
    let mut connection = ServerConfig::default();
    connection.limits.reconnect_timeout = Duration::from_millis(200);
    let mut session = SessionConfig::default();
    session.connection = Arc::new(connection);
    let builder = Server::builder()
        .session(session)
        .reconnect(ReconnectRequest::to("rtmp://b.example/live"));
    let diary = Diary::default();
    let server = Running::start(builder.observer(diary.clone())).await;
    let ListenAddr::Tcp(address) = server.address.clone() else {
        unreachable!()
    };
    let socket = TcpStream::connect(address).await.unwrap();
    let properties = Object::new().with("capsEx", 1.0);
    let mut client = Client::connect_with(socket, usize::MAX, properties).await;
    server.handle.shutdown();
    assert_eq!(
        client.statuses_to_the_end().await,
        [ReconnectRequest::CODE, "NetConnection.Connect.AppShutdown"]
    );
    drop(client);
    timeout(PATIENCE, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
    let lines = diary.lines();
    assert!(
        lines.contains(&"1 ends: the server stops".to_owned()),
        "{lines:?}"
    );
}
