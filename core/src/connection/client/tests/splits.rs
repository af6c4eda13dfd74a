//! However the input is cut, events and what is sent are the same, to the byte.

use proptest::prelude::*;

use super::*;

/// What a server sends from its first byte to its last: windows, pings, two streams, media, notices.
fn script() -> Vec<u8> {
    let mut server = Server::fresh(target(), |_| ());
    let mut bytes = Vec::new();
    ServerHandshake::new([2; 32].into(), false)
        .handle_input(&mut &server.drain()[..], &mut bytes)
        .unwrap();
    server.write(&Control::WindowAcknowledgementSize(300).to_message());
    server.write(&UserControl::PingRequest(1).to_message());
    server.write_command(0, &success());
    server.write_command(0, &command("onBWDone", 0));
    server.write_command(0, &result(4, 1.0));
    server.write_command(0, &result(5, 2.0));
    server.write_command(1, &status("NetStream.Publish.Start"));
    server.write_command(2, &status("NetStream.Play.Start"));
    for frame in 0..4 {
        server.write(&video(2, frame * 40, &"x".repeat(frame as usize * 250)));
        server.write(&UserControl::PingRequest(frame).to_message());
    }
    server.write(&Control::WindowAcknowledgementSize(200).to_message());
    server.write(&video(2, 0xFF_FFFF, &"y".repeat(300)));
    server.write(&UserControl::StreamEof(MessageStreamId::new(2)).to_message());
    server.write_command(2, &status("NetStream.Play.UnpublishNotify"));
    server.write_command(1, &failure("NetStream.Publish.BadName"));
    server.write_command(0, &command("close", 0));
    bytes.extend(server.wire.outbox);
    bytes
}

/// Feeds the pieces: events, and all that was sent.
fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Vec<u8>) {
    let mut server = Server::fresh(target(), |_| ());
    server.client.publish("one", PublishMode::Live, server.now);
    server.client.play(PlayOptions::new("two"), server.now);
    let (mut events, mut sent) = (Vec::new(), Vec::new());
    for piece in pieces {
        server.input(piece).unwrap();
        events.extend(server.events());
        sent.extend(server.drain());
    }
    (events, sent)
}

#[test]
fn byte_by_byte_is_as_good_as_whole() {
    let bytes = script();
    let whole = run([&bytes[..]]);
    assert_eq!(whole.0.len(), 13, "{:?}", whole.0);
    assert_eq!(run(bytes.chunks(1)), whole);
}

#[test]
fn the_same_seed_and_the_same_input_give_the_same_bytes() {
    let bytes = script();
    assert_eq!(run([&bytes[..]]).1, run([&bytes[..]]).1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pieces_give_the_same(cuts in prop::collection::vec(0..7000_usize, 0..12)) {
        let bytes = script();
        let whole = run([&bytes[..]]);
        let mut cuts: Vec<_> = cuts.into_iter().filter(|&at| at < bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        prop_assert_eq!(run(pieces), whole);
    }

    /// Whatever a server sends, the client does not panic, and says what it says in whole messages.
    #[test]
    fn anything_may_follow(
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let mut script = script();
        let at = at.index(script.len());
        let end = (at + bytes.len()).min(script.len());
        script.splice(at..end, bytes);
        let mut server = Server::fresh(target(), |_| ());
        server.client.publish("one", PublishMode::Live, server.now);
        let _ = server.input(&script);
        server.events();
        let _ = server.client.handle_eof(server.now);
        prop_assert!(server.client.is_over());
        let sent = server.drain();
        if let Some(mut chunks) = sent.get(1 + 2 * 1536..) {
            while server.wire.decoder.decode(&mut chunks).unwrap().is_some() {}
            prop_assert!(!server.wire.decoder.has_partial_message());
        }
    }
}
