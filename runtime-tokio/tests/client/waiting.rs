//! Futures that are waited for, and that are not.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_sink::Sink;
use rtmp_core::connection::Error;
use rtmp_core::connection::client::RejectionCause;
use rtmp_tokio::CallError;
use std::future::poll_fn;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::*;

#[tokio::test]
async fn what_is_sent_arrives_and_nothing_is_lost_when_next_is_dropped() {
    let (url, _server) = serve().await;
    let (mut publisher, stream) = publisher(&url).await;
    let mut player = connect(&url, Role::Player).await;
    soon(player.play(PlayOptions::new("key"))).await.unwrap();
    for number in 0..100 {
        soon(publisher.send(stream, keyframe(number))).await.unwrap();
        if number % 3 == 0 {
            // Polled once, and dropped.
            let mut cx = Context::from_waker(Waker::noop());
            while let Poll::Ready(Some(Ok(event))) = pin!(player.next()).poll(&mut cx) {
                assert!(
                    !matches!(event, ClientEvent::Media { .. }),
                    "it can't have come yet"
                );
            }
        }
        assert_eq!(next_frame(&mut player).await, number);
    }
    soon(publisher.close()).await.unwrap();
    while let Some(event) = soon(publisher.next()).await {
        assert!(event.is_ok());
    }
    loop {
        if let Some(Ok(ClientEvent::Ended { .. })) = soon(player.next()).await {
            break;
        }
    }
}

#[tokio::test]
async fn a_request_that_is_not_waited_for_is_withdrawn() {
    let (url, server) = serve().await;
    let mut client = connect(&url, Role::Publisher).await;
    let mut cx = Context::from_waker(Waker::noop());
    assert!(
        pin!(client.publish("key", PublishMode::Live))
            .poll(&mut cx)
            .is_pending()
    );
    // The name is free for the same client, and for others.
    let stream = soon(client.publish("key", PublishMode::Live)).await.unwrap();
    assert!(client.wants_media(stream));
    soon(client.send(stream, keyframe(7))).await.unwrap();
    let mut player = server.play(&StreamKey::from("live/key"));
    loop {
        if let Some(PlayerEvent::Message(message)) = soon(player.next()).await {
            assert_eq!(message, keyframe(7));
            break;
        }
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_and_so_is_what_is_asked_of_a_server_that_hangs_up_then() {
    let (url, _server) = serve().await;
    let _first = publisher(&url).await;
    let mut second = connect(&url, Role::Publisher).await;
    let refused = soon(second.publish("key", PublishMode::Live)).await;
    let Err(CallError::Connection(Error::Rejected(rejection))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(rejection.cause, RejectionCause::NameInUse);
    let late = soon(second.publish("two", PublishMode::Live)).await;
    assert!(matches!(late, Err(CallError::Closed)), "{late:?}");
    let events = std::iter::from_fn(
        || match second.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => event,
            Poll::Pending => panic!("it is over"),
        },
    );
    assert!(
        matches!(events.last(), Some(Err(CallError::Closed))),
        "it is told once"
    );
    assert!(soon(second.next()).await.is_none());
}

#[tokio::test]
async fn a_sink_and_a_stream_are_what_a_client_is() {
    let (url, _server) = serve().await;
    let (mut publisher, stream) = publisher(&url).await;
    let mut player = connect(&url, Role::Player).await;
    soon(player.play(PlayOptions::new("key"))).await.unwrap();
    let mut sink = publisher.sink(stream);
    for number in 0..3 {
        soon(poll_fn(|cx| Pin::new(&mut sink).poll_ready(cx)))
            .await
            .unwrap();
        Pin::new(&mut sink).start_send(keyframe(number)).unwrap();
    }
    soon(poll_fn(|cx| Pin::new(&mut sink).poll_close(cx)))
        .await
        .unwrap();
    let mut frames = Vec::new();
    loop {
        let event = soon(poll_fn(|cx| Pin::new(&mut player).poll_next(cx))).await;
        match event.unwrap().unwrap() {
            ClientEvent::Media { message, .. } => frames.push(message.payload.last().copied().unwrap()),
            ClientEvent::Ended { .. } => break,
            _ => {}
        }
    }
    assert_eq!(frames, [0, 1, 2]);
    let refused = publisher.send(stream, keyframe(4)).await;
    assert!(refused.is_err(), "its stream has ended");
    assert!(publisher.publish("key", PublishMode::Live).await.is_ok());
}

#[tokio::test]
async fn who_sends_waits_for_a_server_that_takes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rtmp://{}/live/key", listener.local_addr().unwrap());
    let (through, _server) = serve().await;
    let through = (through.host().into_owned(), through.port());
    // Carries bytes both ways, until it is told to stop with those of the client.
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let carrier = tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = tokio::net::TcpStream::connect(through).await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        let mut buffer = [0; 4096];
        let mut taken = 0;
        loop {
            if *stopped.borrow_and_update() {
                stopped.changed().await.unwrap();
                continue;
            }
            tokio::select! {
                count = from_client.read(&mut buffer) => match count.unwrap() {
                    0 => return taken,
                    count => {
                        taken += count;
                        tokio::io::AsyncWriteExt::write_all(&mut to_server, &buffer[..count]).await.unwrap();
                    }
                },
                _ = stopped.changed() => {}
            }
        }
    });
    let (mut client, stream) = publisher(&url.parse().unwrap()).await;
    stop.send(true).unwrap();
    let mut big = keyframe(1);
    big.payload = [&big.payload[..], &[0; 100_000]].concat().into();
    let mut sent = 0;
    while timeout(Duration::from_millis(500), client.send(stream, big.clone()))
        .await
        .is_ok_and(|result| result.is_ok())
    {
        sent += 1;
        assert!(sent < 1000, "nobody reads");
    }
    assert!(!client.wants_media(stream));
    stop.send(false).unwrap();
    soon(client.send(stream, big)).await.unwrap();
    soon(client.close()).await.unwrap();
    drop(client);
    let taken = soon(carrier).await.unwrap();
    assert!(
        taken > (sent + 1) * 100_000,
        "{taken} bytes of {sent} messages and the last one"
    );
}

#[tokio::test]
async fn a_player_that_takes_nothing_keeps_so_much_and_no_more() {
    let (url, server) = serve().await;
    let mut player = connect(&url, Role::Player).await;
    let mut publisher = server.publish(&StreamKey::from("live/key")).unwrap();
    soon(player.play(PlayOptions::new("key"))).await.unwrap();
    let mut big = keyframe(1);
    big.payload = [&big.payload[..], &[0; 100_000]].concat().into();
    for _ in 0..300 {
        publisher.send(big.clone()).unwrap();
        // Other futures than `next` are waited for.
        let _ = timeout(
            Duration::from_millis(1),
            player.publish("none", PublishMode::Live),
        )
        .await;
    }
    sleep(Duration::from_millis(100)).await;
    let _ = timeout(
        Duration::from_millis(100),
        player.publish("none", PublishMode::Live),
    )
    .await;
    let mut waiting = 0;
    let mut cx = Context::from_waker(Waker::noop());
    let taken_before = player.connection().stats().bytes_in;
    assert!(taken_before < 18_000_000, "{taken_before}");
    while let Poll::Ready(Some(Ok(event))) = player.poll_next(&mut cx) {
        if player.connection().stats().bytes_in > taken_before {
            break;
        }
        if let ClientEvent::Media { message, .. } = event {
            waiting += message.payload.len();
        }
    }
    assert!((256 << 10..17 << 20).contains(&waiting), "{waiting} bytes wait");
}

#[tokio::test]
async fn nobody_there_is_an_error() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url: RtmpUrl = format!("rtmp://{free}/live/key").parse().unwrap();
    let error = soon(Client::connect(&url, Role::Player, ClientSettings::default())).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.ends_with("(check the port, and whether a server runs there)"),
        "{error}"
    );
    let url: RtmpUrl = "rtmp://no-such-host.invalid/live/key".parse().unwrap();
    let error = soon(Client::connect(&url, Role::Player, ClientSettings::default())).await;
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("(check the host's name)"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up() {
    // Nobody accepts: the system answers, and nobody behind it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: RtmpUrl = format!("rtmp://{}/live/key", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let mut settings = ClientSettings::default();
    settings.connection.limits.handshake_timeout = Duration::from_millis(200);
    let error = soon(Client::connect(&url, Role::Player, settings)).await;
    assert!(
        matches!(error, Err(CallError::Connection(Error::TimedOut(_)))),
        "{error:?}"
    );
}
