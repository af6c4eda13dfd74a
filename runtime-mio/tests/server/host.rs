//! The host's part: its policy, its answers, its panics.

use rtmp_core::connection::server::{ConnectCommand, Refusal, RequestId, StreamName};
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Decision, Policy};

use super::*;

/// Panics over one stream, and allows the others.
struct Panics;

impl Policy for Panics {
    fn publish(&self, key: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        assert_ne!(key.as_str(), "live/bad", "the policy does not like it");
        Decision::Accept
    }
}

#[test]
fn a_policy_that_panics_ends_its_connection_and_no_other() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().policy(Panics).observer(diary.clone()));
    let mut good = server.client();
    good.publish("good");
    let mut bad = server.client();
    bad.request_publish("bad");
    assert_eq!(bad.next_message(), None, "it is closed");
    server.until(|handle| handle.connections() == 1);
    assert!(diary.has("panicked: assertion"), "{:?}", diary.lines());

    good.send_video(0, keyframe(1));
    let mut player = server.client();
    player.play("good");
    assert_eq!(player.next_video(), keyframe(1));
}

/// Panics over what it sees of one connection.
struct PanicsAtEvents(Diary);

impl Observer for PanicsAtEvents {
    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        assert!(!matches!(event, SessionEvent::Publishing { key, .. } if key.as_str() == "live/bad"));
        self.0.on_event(peer, event);
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        self.0.on_end(peer, end);
        assert!(!matches!(end.reason, EndReason::Panicked(_)), "and again");
    }
}

#[test]
fn an_observer_that_panics_leaves_no_stream_taken() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().observer(PanicsAtEvents(diary.clone())));
    let mut bad = server.client();
    bad.request_publish("bad");
    while bad.next_message().is_some() {}
    server.until(|handle| handle.connections() == 0);
    assert!(diary.has("end: panicked"));
    assert!(server.handle.streams().is_empty());
}

/// Puts off every answer about playing.
struct Later;

impl Policy for Later {
    fn play(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        Decision::Later
    }
}

/// Passes on what it is asked.
#[derive(Clone, Default)]
struct Questions(Arc<Mutex<Vec<(u64, RequestId)>>>);

impl Observer for Questions {
    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        if let SessionEvent::Asked { request, .. } = event {
            self.0.lock().unwrap().push((peer.id, *request));
        }
    }
}

#[test]
fn the_host_answers_later_and_from_another_thread() {
    let questions = Questions::default();
    let server = Running::start(Server::builder().policy(Later).observer(questions.clone()));
    let mut publisher = server.client();
    publisher.publish("key");
    publisher.send_video(0, keyframe(1));
    let (mut allowed, mut denied, mut gone) = (server.client(), server.client(), server.client());
    for (n, player) in [&mut allowed, &mut denied, &mut gone].into_iter().enumerate() {
        player.request_play("key");
        server.until(|_| questions.0.lock().unwrap().len() == n + 1);
    }
    drop(gone);
    server.until(|handle| handle.connections() == 3);
    let questions = questions.0.lock().unwrap().clone();
    let answers = [
        Decision::Accept,
        Decision::Reject(Refusal::Denied("not you".into())),
        Decision::Accept,
    ];
    for ((connection, request), decision) in questions.into_iter().zip(answers) {
        server.handle.decide(connection, request, decision);
    }
    assert_eq!(allowed.next_video(), keyframe(1));
    denied.wait_for_status("NetStream.Play.Failed");
}

#[test]
fn a_connection_that_the_policy_panics_over_again_and_again_leaves_no_stream_taken() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().policy(Panics).observer(diary.clone()));
    let mut bad = server.client();
    bad.publish("good");
    // On message streams of their own, all in one read.
    bad.request_publishes("bad", 2..6);
    while bad.next_message().is_some() {}
    server.until(|handle| handle.connections() == 0);
    assert!(diary.has("end: panicked"), "{:?}", diary.lines());
    assert!(
        server.handle.streams().is_empty(),
        "{:?}",
        server.handle.streams()
    );
}
