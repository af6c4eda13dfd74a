//! The program around a server: it watches, decides, publishes and plays.

use super::*;

/// Panics where it is asked to.
struct Panics;

impl Policy for Panics {
    fn publish(&self, key: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        assert_ne!(key.as_str(), "live/policy", "asked to panic");
        Decision::Accept
    }
}

impl Observer for Panics {
    fn on_event(&self, _: &Peer, event: &SessionEvent) {
        if let SessionEvent::Publishing { key, .. } = event {
            assert_ne!(key.as_str(), "live/observer", "asked to panic");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_its_connection_and_frees_its_streams() {
    let server = Running::start(Server::builder().policy(Panics).observer(Panics)).await;
    let mut bystander = server.client().await;
    bystander.publish("bystander").await;

    for name in ["policy", "observer"] {
        let mut publisher = server.client().await;
        let publish = Command::new("publish", 3.0).with(name).with("live");
        publisher.command(client::STREAM, &publish).await;
        assert_eq!(publisher.statuses_to_the_end().await, [""; 0]);
    }
    server.until(|handle| handle.connections() == 1).await;
    let keys: Vec<_> = server
        .handle
        .streams()
        .into_iter()
        .map(|stream| stream.key)
        .collect();
    assert_eq!(keys, [StreamKey::from("live/bystander")]);

    let mut player = server.handle.play(&StreamKey::from("live/bystander"));
    bystander.send_video(0, keyframe(3)).await;
    assert_eq!(player.next().await, Some(PlayerEvent::Started));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(0, keyframe(3))))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_may_take_its_time_to_decide() {
    let decide = |_: &Peer, asked: &Asked| {
        let is_allowed = matches!(asked, Asked::Publish(_, name) if name.query == "token=good");
        async move {
            sleep(Duration::from_millis(20)).await;
            if is_allowed {
                Decision::Accept
            } else {
                Decision::Reject(Refusal::Denied("no token".into()))
            }
        }
    };
    let diary = Diary::default();
    let server = Running::start(Server::builder().authorize(decide).observer(diary.clone())).await;
    server.client().await.publish("room?token=good").await;

    let mut publisher = server.client().await;
    let publish = Command::new("publish", 3.0).with("other").with("live");
    publisher.command(client::STREAM, &publish).await;
    let codes = publisher.statuses_to_the_end().await;
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert!(
        diary
            .lines()
            .iter()
            .any(|line| line == "2 is refused: not allowed: no token"),
        "{:?}",
        diary.lines()
    );
}

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
