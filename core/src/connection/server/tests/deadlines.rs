//! Every deadline of the limits: not before its time, and at its time.

use super::*;

fn timed_out(timer: Timer) -> Result<(), Error> {
    Err(Error::TimedOut(timer))
}

/// Nothing happens until the last moment; then the connection is over.
fn expires(client: &mut Client, after: Duration, timer: Timer) {
    let last_moment = Duration::from_millis(1);
    assert_eq!(client.wait(after - last_moment), Ok(()));
    assert_eq!(client.wait(last_moment), timed_out(timer));
    assert!(client.server.is_over());
    assert_eq!(client.server.poll_timeout(), None);
}

#[test]
fn the_handshake_has_a_deadline_in_all() {
    let mut client = Client::fresh(|_| ());
    client.input(&[3]).unwrap();
    // A byte now and then does not put it off.
    for _ in 0..9 {
        client.wait(seconds(1)).unwrap();
        client.input(&[0]).unwrap();
    }
    expires(&mut client, seconds(1), Timer::Handshake);
}

#[test]
fn connect_has_a_deadline() {
    let mut client = Client::new(|_| ());
    client.drain();
    client.wait(seconds(9)).unwrap();
    client.call(0, &command("_checkbw", 1)).unwrap();
    client.drain();
    expires(&mut client, seconds(1), Timer::Connect);
}

#[test]
fn a_connection_without_publish_or_play_has_a_deadline() {
    let mut client = Client::connected(|_| ());
    client.wait(seconds(15)).unwrap();
    client.call(0, &command("createStream", 2)).unwrap();
    client.drain();
    expires(&mut client, seconds(15), Timer::Idle);
}

#[test]
fn it_begins_anew_when_the_last_stream_has_ended() {
    let mut client = Client::playing(|config| config.limits.ping_interval = Duration::MAX);
    client.wait(seconds(100)).unwrap();
    client.call(1, &command("closeStream", 0)).unwrap();
    client.drain();
    expires(&mut client, seconds(30), Timer::Idle);
}

#[test]
fn a_request_that_waits_for_the_host_has_no_deadline() {
    let mut client = Client::connected(|config| config.limits.ping_interval = Duration::MAX);
    client.call(1, &publish("key")).unwrap();
    client.wait(seconds(1000)).unwrap();
}

#[test]
fn a_publishers_silence_has_a_deadline() {
    let mut client = Client::publishing(|config| config.limits.ping_interval = Duration::MAX);
    client.wait(seconds(19)).unwrap();
    client.send(&video(1, 0, "frame")).unwrap();
    client.wait(seconds(19)).unwrap();
    // Something else than media is no sign of life.
    client.call(0, &command("_checkbw", 0)).unwrap();
    expires(&mut client, seconds(1), Timer::Publisher);
    assert_eq!(client.events(), ["1: Video @0 \"frame\"", "1: closed"]);
    assert_eq!(client.heard(), ["1: onStatus 0 NetStream.Publish.Idle"]);
}

#[test]
fn a_silent_publisher_beside_a_lively_one_loses_its_stream_only() {
    let mut client = Client::publishing(|_| ());
    client.call(0, &command("createStream", 6)).unwrap();
    client.call(2, &publish("b")).unwrap();
    client.grant();
    client.heard();
    for second in 0..25 {
        client.send(&video(2, second * 1000, "")).unwrap();
        client.events();
        client.wait(seconds(1)).unwrap();
    }
    assert_eq!(client.heard(), ["1: onStatus 0 NetStream.Publish.Idle"]);
    assert!(!client.server.is_over());
    client.heard();
    expires(&mut client, seconds(19), Timer::Publisher);
}

#[test]
fn a_silent_peer_is_pinged_and_then_given_up() {
    let mut client = Client::playing(|_| ());
    client.wait(seconds(20)).unwrap();
    assert_eq!(client.heard(), ["PingRequest(20000)"]);
    client.wait(seconds(10)).unwrap();
    // Any byte will do.
    client.send(&control(Control::Acknowledgement(0))).unwrap();
    client.wait(seconds(20)).unwrap();
    assert_eq!(client.heard(), ["PingRequest(50000)"]);
    expires(&mut client, seconds(20), Timer::PingResponse);
}

#[test]
fn a_peer_that_takes_nothing_is_given_up() {
    let mut client = Client::playing(|_| ());
    client
        .server
        .notify_unpublished(MessageStreamId::new(1), client.now)
        .unwrap();
    client.wait(seconds(14)).unwrap();
    client.server.transmit().advance(1);
    // That it took a byte is seen when the server is next called.
    client.server.handle_timeout(client.now).unwrap();
    assert_eq!(client.wait(seconds(14)), Ok(()));
    expires(&mut client, seconds(1), Timer::Stall);
}

#[test]
fn a_peer_that_takes_all_is_not() {
    let mut client = Client::playing(|config| config.limits.ping_interval = Duration::MAX);
    let stream = MessageStreamId::new(1);
    for _ in 0..100 {
        client.server.notify_unpublished(stream, client.now).unwrap();
        client.wait(seconds(10)).unwrap();
        client.drain();
    }
}

/// While the host reads nothing, nothing can be heard.
#[test]
fn a_peer_that_is_not_listened_to_is_not_blamed_for_its_silence() {
    let mut client = Client::connected(|config| config.limits.max_held_bytes = 100);
    client.write_command(1, &publish("key"));
    client.write(&video(1, 0, &"x".repeat(100)));
    client.flush().unwrap();
    assert!(!client.server.wants_input());
    client.wait(seconds(1000)).unwrap();
    client.grant();
    client.drain();
    assert!(client.server.wants_input());
    client.wait(seconds(19)).unwrap();
}

#[test]
fn deadlines_may_be_switched_off() {
    let mut client = Client::fresh(|config| {
        config.limits.handshake_timeout = Duration::MAX;
        config.limits.stall_timeout = Duration::MAX;
    });
    assert_eq!(client.server.poll_timeout(), None);
    client.input(&[3; 1537]).unwrap();
    assert_eq!(client.server.poll_timeout(), None);
}

#[test]
fn early_and_needless_calls_do_no_harm() {
    let mut client = Client::connected(|_| ());
    for _ in 0..10 {
        client.server.handle_timeout(client.now).unwrap();
    }
    assert_eq!((client.heard(), client.events()), (vec![], vec![]));
    client.wait(seconds(1)).unwrap();
    assert!(client.server.poll_timeout().is_some());
}
