//! The program around a server: it publishes, plays, and hands connections over.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_publishes_and_plays_without_a_connection() {
    let server = Running::start(Server::builder()).await;
    let key = StreamKey::from("live/inside");
    let mut player = server.handle.play(&key);
    let mut publisher = server.handle.publish(&key).unwrap();
    assert!(server.handle.publish(&key).is_err(), "the name is taken");
    assert_eq!(player.next().await, Some(PlayerEvent::Started));

    publisher.send(video(1, keyframe(1))).unwrap();
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(1, keyframe(1))))
    );
    let too_long = video(2, vec![0; 0x100_0000]);
    assert_eq!(publisher.send(too_long), Err(SendError::TooLong(0x100_0000)));

    let mut outside = server.client().await;
    outside.play("inside").await;
    publisher.send(video(3, keyframe(2))).unwrap();
    assert_eq!(outside.next_video().await.payload, keyframe(1));
    assert_eq!(outside.next_video().await.payload, keyframe(2));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(3, keyframe(2))))
    );

    drop(publisher);
    assert_eq!(player.next().await, Some(PlayerEvent::Ended));
    outside.wait_for_status("NetStream.Play.UnpublishNotify").await;
    drop(outside);
    server.until(|handle| handle.connections() == 0).await;
    assert_eq!(server.handle.streams()[0].players, 1);
    server.handle.shutdown();
    assert_eq!(player.next().await, None);
    drop(player);
    assert_eq!(server.handle.streams(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_connection_leaves_the_hub() {
    let server = Running::start(Server::builder()).await;
    let (near, far) = tokio::io::duplex(1 << 16);
    let task = tokio::spawn(server.handle.connect(far, rtmp_tokio::PeerAddr::Unix).unwrap());
    let mut publisher = Client::connect(near).await;
    publisher.publish("room").await;
    assert_eq!(server.handle.streams().len(), 1);
    task.abort();
    server
        .until(|handle| handle.streams().is_empty() && handle.connections() == 0)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_listener_is_adopted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = Running::serve(Server::builder().listener(listener).bind().await.unwrap());
    assert_eq!(server.address, ListenAddr::Tcp(address));
    server.client().await.publish("room").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_future_is_dropped_ends_its_connections() {
    let server = Running::start(Server::builder()).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    server.task.abort();
    while publisher.next_message().await.is_some() {}
    server
        .until(|handle| handle.streams().is_empty() && handle.connections() == 0)
        .await;
}

#[tokio::test]
async fn a_connection_has_no_buffers_of_its_own() {
    let server = Server::builder().bind().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, accepted) = tokio::join!(
        TcpStream::connect(listener.local_addr().unwrap()),
        listener.accept()
    );
    let (socket, address) = accepted.unwrap();
    let connection = server.handle().connect(socket, address.into()).unwrap();
    // Most of what an idle connection costs, next to the session's own buffers.
    let size = size_of_val(&connection);
    assert!(size < size_of::<ServerSession>() + 700, "{size}");
    drop(client);
}
