//! However the input is cut, events and replies are the same.

use proptest::prelude::*;

use super::*;

/// What a publisher sends from its first byte to its last, pings, windows and media included.
fn publisher() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut handshake = ClientHandshake::new(Kind::Simple, [1; 32].into(), &mut bytes);
    let mut answer = Vec::new();
    let mut server = ServerHandshake::new([2; 32].into(), false);
    server.handle_input(&mut &bytes[..], &mut answer).unwrap();
    handshake.handle_input(&mut &answer[..], &mut bytes).unwrap();
    let mut client = Client::fresh(|_| ());
    client.write(&control(Control::WindowAcknowledgementSize(300)));
    client.write_command(0, &connect("live"));
    client.write_command(0, &command("releaseStream", 2).with("key"));
    client.write_command(0, &command("FCPublish", 3).with("key"));
    client.write_command(0, &command("createStream", 4));
    client.write_command(1, &publish("key"));
    for frame in 0..4 {
        client.write(&video(1, frame * 40, &"x".repeat(frame as usize * 250)));
        client.write(&UserControl::PingRequest(frame).to_message());
    }
    client.write(&control(Control::WindowAcknowledgementSize(200)));
    client.write(&video(1, 0xFF_FFFF, &"y".repeat(300)));
    client.write_command(0, &command("FCUnpublish", 6).with("key"));
    client.write_command(0, &command("deleteStream", 7).with(1.0));
    client.write_command(0, &command("close", 0));
    bytes.extend(client.wire.outbox);
    bytes
}

/// Feeds the pieces and grants each request at once: events, and all that was sent.
fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Vec<u8>) {
    let mut client = Client::fresh(|_| ());
    let (mut events, mut sent) = (Vec::new(), Vec::new());
    for piece in pieces {
        client.input(piece).unwrap();
        loop {
            events.extend(client.events());
            let Some(request) = client.requests.pop_front() else {
                break;
            };
            client.server.accept(request, client.now).unwrap();
        }
        sent.extend(client.drain());
    }
    (events, sent)
}

#[test]
fn byte_by_byte_is_as_good_as_whole() {
    let bytes = publisher();
    let whole = run([&bytes[..]]);
    assert_eq!(whole.0.len(), 8, "connect, publish, five frames, the end");
    // Pings are not held back by the publish that waits, so of the replies only the order may differ.
    assert_eq!(run(bytes.chunks(1)).0, whole.0);
}

#[test]
fn acknowledgements_come_after_the_same_bytes() {
    let bytes = publisher();
    let acknowledgements = |sent: &[u8]| {
        let mut decoder = ChunkDecoder::new(&Limits::default());
        let mut input = &sent[3073..];
        let mut lines = Vec::new();
        while let Some(message) = decoder.decode(&mut input).unwrap() {
            if message.kind == MessageType::Acknowledgement {
                lines.push(line(&message));
            }
        }
        lines
    };
    let whole = acknowledgements(&run([&bytes[..]]).1);
    assert!(whole.len() > 5);
    assert_eq!(acknowledgements(&run(bytes.chunks(1)).1), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pieces_give_the_same_events_and_the_same_number_of_bytes(
        cuts in prop::collection::vec(0..6000_usize, 0..12),
    ) {
        let bytes = publisher();
        let whole = run([&bytes[..]]);
        let mut cuts: Vec<_> = cuts.into_iter().filter(|&at| at < bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        let (events, sent) = run(pieces);
        prop_assert_eq!(events, whole.0);
        prop_assert_eq!(sent.len(), whole.1.len());
    }
}
