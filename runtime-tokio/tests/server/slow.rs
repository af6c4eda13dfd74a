//! Players that do not read.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_does_not_wait_for_who_does_not_read() {
    let builder = Server::builder().shutdown_timeout(Duration::from_millis(200));
    let server = Running::start(builder).await;
    let mut stuck = server.client().await;
    stuck.play_without_reading(&server.handle).await;
    let started = Instant::now();
    server.handle.shutdown();
    timeout(PATIENCE, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
    assert!(
        started.elapsed() >= Duration::from_millis(200),
        "it was given its time"
    );
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(server.handle.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_player_does_not_hold_the_others() {
    let server = Running::start(Server::builder()).await;
    let mut quick = server.client().await;
    quick.request_play("stuck").await;
    server.until(|handle| handle.streams().len() == 1).await;
    let mut stuck = server.client().await;
    let last_of_quick = async {
        quick.wait_for_status("NetStream.Play.Start").await;
        while quick.next_video().await.payload != keyframe(255) {}
    };
    tokio::join!(last_of_quick, stuck.play_without_reading(&server.handle));

    // When it reads again, it goes on at the newest key frame.
    let mut frames = 0;
    while stuck.next_video().await.payload != keyframe(255) {
        frames += 1;
    }
    assert!(
        frames < 300,
        "it was sent {frames} of 320 frames, all that it had missed"
    );
    // The quick one may have skipped as well, on a machine that is busy.
    assert!(server.handle.streams()[0].messages_skipped >= 320 + 2 - frames);
}

impl Client<TcpStream> {
    /// Asks for a stream, which the server's own program fills with 32 MB, and reads nothing of it.
    async fn play_without_reading(&mut self, handle: &Handle) {
        let key = StreamKey::from("live/stuck");
        let mut publisher = handle.publish(&key).unwrap();
        publisher.send(video(0, AVC_HEADER.to_vec())).unwrap();
        publisher.send(video(0, keyframe(0))).unwrap();
        self.play("stuck").await;
        for n in 0..320 {
            publisher.send(video(n * 10, inter_frame(100_000))).unwrap();
            sleep(Duration::from_millis(1)).await;
        }
        publisher.send(video(3300, keyframe(255))).unwrap();
        sleep(Duration::from_millis(200)).await;
        std::mem::forget(publisher);
    }
}
