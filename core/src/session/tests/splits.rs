//! However a publisher's bytes are cut, all that follows from them is the same.

use proptest::prelude::*;

use super::*;

/// All that a publisher sends after its handshake.
fn script() -> Vec<u8> {
    let mut messages = vec![
        to_message(0, &connect("live")),
        to_message(0, &command("releaseStream", 2).with("key")),
        to_message(0, &command("FCPublish", 3).with("key")),
        to_message(0, &command("createStream", 4)),
        to_message(1, &publish("key?token=1")),
    ];
    messages.extend(headers());
    for second in 0..3 {
        messages.push(large(key(second * 200), 700));
        messages.extend([audio(second * 200 + 5), inter(second * 200 + 40)]);
    }
    messages.push(to_message(0, &command("createStream", 5)));
    let mut encoder = ChunkEncoder::new();
    let mut bytes = Vec::new();
    for message in messages {
        encoder.encode(&message, ChunkSize::INITIAL, &mut bytes);
    }
    bytes
}

type Outcome = [Vec<String>; 4];

/// What publisher and player hear, and what their sessions report.
fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut world = World::new(|_, _, _| ());
    let player = world.player("key");
    let publisher = world.join();
    for piece in pieces {
        let now = world.now;
        world.clients[publisher].session.handle_input(piece, now);
        world.settle();
    }
    let mut heard = world.heard(publisher);
    // The only reply that does not depend on `publish` may come before that has been answered.
    heard.sort_by_key(|line| line == "0: _result 5 2");
    world.end(publisher);
    [
        heard,
        world.heard(player),
        world.events(publisher),
        world.events(player),
    ]
}

#[test]
fn byte_by_byte_is_as_good_as_whole() {
    let bytes = script();
    let whole = run([&bytes[..]]);
    assert_eq!(whole[0].len(), 5 + 5 + 2, "{:?}", whole[0]);
    assert_eq!(whole[1].len(), 3 + 3 + 9 + 2, "{:?}", whole[1]);
    assert_eq!(run(bytes.chunks(1)), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pieces_are_as_good_as_whole(cuts in prop::collection::vec(0..4000_usize, 0..12)) {
        let bytes = script();
        let mut cuts: Vec<_> = cuts.into_iter().filter(|&at| at < bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        prop_assert_eq!(run(pieces), run([&bytes[..]]));
    }
}
