//! What players are sent, and when.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_publishes_others_play_bit_for_bit() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().observer(diary.clone())).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    let mut player = server.client().await;
    player.play("room").await;

    publisher.send_video(0, AVC_HEADER).await;
    publisher.send_video(40, keyframe(1)).await;
    let large = inter_frame(100_000);
    publisher.send_video(80, large.clone()).await;

    assert_eq!(player.next_video().await.payload, AVC_HEADER);
    assert_eq!(player.next_video().await.payload, keyframe(1));
    let last = player.next_video().await;
    assert_eq!(
        (last.timestamp.as_millis(), last.payload),
        (80, Bytes::from(large))
    );

    drop(publisher);
    player.wait_for_status("NetStream.Play.UnpublishNotify").await;
    drop(player);
    server.until(|handle| handle.connections() == 0).await;
    let lines = diary.lines();
    for line in [
        "1 starts",
        "1 uses live",
        "1 publishes live/room",
        "2 plays live/room",
        "1 stops live/room",
        "1 ends: closed by the peer",
        "2 stops live/room",
        "2 ends: closed by the peer",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line} is not in {lines:#?}");
    }
    assert_eq!(server.handle.streams(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_player_starts_at_the_newest_key_frame() {
    let server = Running::start(Server::builder()).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    publisher.send_video(0, AVC_HEADER).await;
    publisher.send_video(0, keyframe(1)).await;
    publisher.send_video(40, inter_frame(500)).await;
    publisher.send_video(80, keyframe(2)).await;
    publisher.send_video(120, inter_frame(600)).await;
    server
        .until(|handle| handle.streams().iter().any(|stream| stream.messages_in == 5))
        .await;

    let mut player = server.client().await;
    player.play("room").await;
    assert_eq!(player.next_video().await.payload, AVC_HEADER);
    assert_eq!(player.next_video().await.payload, keyframe(2));
    assert_eq!(player.next_video().await.payload, inter_frame(600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_comes_first_waits_for_its_publisher() {
    let server = Running::start(Server::builder()).await;
    let mut player = server.client().await;
    player.request_play("room").await;
    server.until(|handle| handle.streams().len() == 1).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    publisher.send_video(0, keyframe(1)).await;
    player.wait_for_status("NetStream.Play.Start").await;
    assert_eq!(player.next_video().await.payload, keyframe(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_waits_no_longer_than_it_is_told_to() {
    let mut config = SessionConfig::default();
    config.wait = Duration::from_millis(50);
    let server = Running::start(Server::builder().session(config)).await;
    let mut player = server.client().await;
    player.request_play("nobody").await;
    player.wait_for_status("NetStream.Play.StreamNotFound").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_publisher_is_refused_and_the_first_goes_on() {
    let server = Running::start(Server::builder()).await;
    let mut first = server.client().await;
    first.publish("room").await;
    let mut second = server.client().await;
    second
        .command(
            client::STREAM,
            &Command::new("publish", 3.0).with("room").with("live"),
        )
        .await;
    let codes = second.statuses_to_the_end().await;
    assert_eq!(
        codes,
        ["NetStream.Publish.BadName"],
        "the refusal is read before the connection closes"
    );

    let mut player = server.handle.play(&StreamKey::from("live/room"));
    first.send_video(0, keyframe(1)).await;
    assert_eq!(player.next().await, Some(PlayerEvent::Started));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(0, keyframe(1))))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_send_one_byte_at_a_time() {
    let server = Running::start(Server::builder()).await;
    let socket = server.socket().await;
    socket.set_nodelay(true).unwrap();
    let mut publisher = Client::connect_in_pieces(socket, 1).await;
    publisher.publish("room").await;
    let mut player = server.handle.play(&StreamKey::from("live/room"));
    publisher.send_video(7, keyframe(9)).await;
    assert_eq!(player.next().await, Some(PlayerEvent::Started));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(7, keyframe(9))))
    );
}
