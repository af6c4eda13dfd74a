//! Acknowledgements in both directions, bandwidth and pings.

use super::*;

/// Bytes of this client's handshake.
const HANDSHAKE: u64 = 3073;

#[test]
fn the_peers_window_is_acknowledged_with_bytes_counted_from_behind_the_handshake() {
    let mut client = Client::publishing(|_| ());
    let before = client.server.stats().bytes_in - HANDSHAKE;
    client
        .send(&control(Control::WindowAcknowledgementSize(1000)))
        .unwrap();
    assert_eq!(client.heard(), [""; 0], "what came before is less than a window");
    client.send(&video(1, 0, &"x".repeat(3000))).unwrap();
    let heard = client.heard();
    assert_eq!(
        heard,
        [
            "Acknowledgement 1000",
            "Acknowledgement 2000",
            "Acknowledgement 3000"
        ]
    );
    assert!(before < 1000);
}

#[test]
fn a_window_may_change_and_zero_is_none() {
    let mut client = Client::publishing(|_| ());
    client.write(&control(Control::WindowAcknowledgementSize(0)));
    client.write(&control(Control::WindowAcknowledgementSize(100_000)));
    client.write(&control(Control::WindowAcknowledgementSize(0)));
    client.flush().unwrap();
    assert_eq!(client.heard(), [""; 0]);
    let total = client.server.stats().bytes_in - HANDSHAKE;
    // A smaller one is full at once.
    client.write(&control(Control::WindowAcknowledgementSize(128)));
    let taken = total + client.wire.outbox.len() as u64;
    client.flush().unwrap();
    assert_eq!(client.heard(), [format!("Acknowledgement {taken}")]);
}

/// One acknowledgement per byte would answer a peer with sixteen times what it sends.
#[test]
fn a_tiny_window_does_not_multiply_the_peers_bytes() {
    let mut client = Client::publishing(|_| ());
    client
        .send(&control(Control::WindowAcknowledgementSize(1)))
        .unwrap();
    client.drain();
    let bytes = vec![b'x'; 10_000];
    client.write(&message(MessageType::Video, 1, 0, &bytes));
    let sent = client.wire.outbox.len();
    client.flush().unwrap();
    assert!(client.drain().len() < sent / 4);
}

#[test]
fn a_peer_bandwidth_is_answered_with_a_window_if_that_is_news() {
    let bandwidth = |window| {
        control(Control::SetPeerBandwidth {
            window,
            limit: crate::message::LimitType::Dynamic,
        })
    };
    let mut client = Client::connected(|_| ());
    client.send(&bandwidth(2_500_000)).unwrap();
    assert_eq!(client.heard(), [""; 0], "that is what it was told with connect");
    client.send(&bandwidth(5_000_000)).unwrap();
    assert_eq!(client.heard(), ["Window Acknowledgement Size 5000000"]);
    client.send(&bandwidth(5_000_000)).unwrap();
    client.send(&bandwidth(0)).unwrap();
    assert_eq!(client.heard(), [""; 0]);
    client.send(&bandwidth(2_500_000)).unwrap();
    assert_eq!(client.heard(), ["Window Acknowledgement Size 2500000"]);
}

/// gortmplib sends window, bandwidth and chunk size before `connect`.
#[test]
fn control_messages_may_come_before_connect() {
    let mut client = Client::new(|_| ());
    client.write(&control(Control::WindowAcknowledgementSize(2_500_000)));
    client.write(&control(Control::SetPeerBandwidth {
        window: 2_500_000,
        limit: crate::message::LimitType::Dynamic,
    }));
    client.flush().unwrap();
    assert_eq!(client.heard(), ["Window Acknowledgement Size 2500000"]);
    client.call(0, &connect("live")).unwrap();
    client.grant();
    assert_eq!(client.heard(), CONNECTED);
}

#[test]
fn control_messages_that_are_too_short_and_events_that_nobody_knows_are_ignored() {
    let mut client = Client::connected(|_| ());
    for kind in [1, 2, 3, 4, 5, 6] {
        client
            .send(&message(MessageType::from(kind), 0, 0, &[0]))
            .unwrap();
    }
    for event in [5_u16, 31, 32, 99] {
        let payload = [&event.to_be_bytes()[..], &[0, 0, 0, 1]].concat();
        client
            .send(&message(MessageType::UserControl, 0, 0, &payload))
            .unwrap();
    }
    assert_eq!((client.heard(), client.events()), (vec![], vec![]));
}

#[test]
fn what_the_peer_acknowledges_is_measured() {
    let mut client = Client::connected(|_| ());
    assert_eq!(client.server.stats().unacknowledged, None);
    let sent = client.server.stats().bytes_out - HANDSHAKE;
    let sequence = u32::try_from(sent - 100).unwrap();
    client.send(&control(Control::Acknowledgement(sequence))).unwrap();
    assert_eq!(client.server.stats().unacknowledged, Some(100));
}

#[test]
fn a_ping_is_answered_with_its_number() {
    let mut client = Client::connected(|_| ());
    client
        .send(&UserControl::PingRequest(0x0102_0304).to_message())
        .unwrap();
    let message = client.messages().pop().unwrap();
    assert_eq!(message.payload[..], [0, 7, 1, 2, 3, 4]);
}

#[test]
fn a_silent_peer_is_pinged_and_the_round_trip_is_measured() {
    let mut client = Client::playing(|_| ());
    client.wait(seconds(19)).unwrap();
    assert_eq!(client.heard(), [""; 0]);
    client.wait(seconds(1)).unwrap();
    assert_eq!(client.heard(), ["PingRequest(20000)"]);
    client.now += Duration::from_millis(35);
    // An answer to something else, then one to this ping.
    client
        .send(&UserControl::PingResponse(Some(7)).to_message())
        .unwrap();
    assert_eq!(client.server.stats().round_trip, None);
    client
        .send(&UserControl::PingResponse(Some(20_000)).to_message())
        .unwrap();
    let round_trip = Some(Duration::from_millis(35));
    assert_eq!(client.server.stats().round_trip, round_trip);
    // Said twice, or without having been asked: no measurement.
    client.now += seconds(5);
    client
        .send(&UserControl::PingResponse(None).to_message())
        .unwrap();
    assert_eq!(client.server.stats().round_trip, round_trip);
}

/// Monibuca leaves the number out.
#[test]
fn a_ping_may_be_answered_without_its_number() {
    let mut client = Client::playing(|_| ());
    client.wait(seconds(20)).unwrap();
    client.now += Duration::from_millis(8);
    client
        .send(&UserControl::PingResponse(None).to_message())
        .unwrap();
    let round_trip = client.server.stats().round_trip;
    assert_eq!(round_trip, Some(Duration::from_millis(8)));
}
