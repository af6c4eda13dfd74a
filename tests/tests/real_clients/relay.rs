//! What a program publishes, others play, early and late.

use std::{path::Path, thread, time::Duration};

use rtmp_tests::{media::Media, player::Player, publisher::Publisher, scratch, server::Server};

use crate::SERVER;

/// How long players are kept waiting for a stream that does not exist yet, where a test lets them come first.
pub(crate) const WAIT: [&str; 2] = ["--wait", "20"];

/// Lets `publisher` publish `media` to `players`, of which each plays it twice at the same time: one is there before the
/// publisher and must get all of it, one joins in the middle and must get the rest, from a key frame on.
pub(crate) fn relay(test: &str, publisher: Publisher, media: &Media, players: &[Player]) {
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &WAIT);
    relay_through(&server, &directory, test, publisher, media, players);
}

/// The same through TLS.
pub(crate) fn relay_securely(test: &str, publisher: Publisher, media: &Media, players: &[Player]) {
    let directory = scratch::directory(test);
    let server = Server::start_secure(SERVER, &directory, &WAIT);
    relay_through(&server, &directory, test, publisher, media, players);
}

fn relay_through(
    server: &Server,
    directory: &Path,
    stream: &str,
    publisher: Publisher,
    media: &Media,
    players: &[Player],
) {
    let source = media.packets();
    let url = server.url(stream);

    let early: Vec<_> = players
        .iter()
        .map(|player| player.play_as("early", &url, directory))
        .collect();
    server.wait_for_connections(players.len());
    let publishing = publisher.publish(media, &url, directory);
    server.wait_for_connections(players.len() + 1);
    thread::sleep(Duration::from_millis(1600));
    let late: Vec<_> = players
        .iter()
        .map(|player| player.play_as("late", &url, directory))
        .collect();
    publishing.succeed();

    for (is_early, playing) in early
        .into_iter()
        .map(|playing| (true, playing))
        .chain(late.into_iter().map(|playing| (false, playing)))
    {
        let (name, missing) = (format!("{playing:?}"), playing.careless_at_the_end());
        let relayed = playing.finish().relayed_from(&source);
        assert!(
            relayed.is_unbroken(10) && relayed.starts_with_keyframe() && relayed.has_the_end(missing),
            "{relayed:?}: {name}"
        );
        if is_early {
            assert!(relayed.has_the_start(), "{relayed:?}: {name}");
        } else if media.has_video() {
            // Audio alone has no place to join at but the newest packet, or the oldest that is kept.
            assert!(!relayed.has_the_start(), "{relayed:?}: {name}");
        }
        // GStreamer writes sequence headers anew, from what it has understood of them.
        let rewritten = matches!(publisher, Publisher::GstRtmp2Sink | Publisher::GstRtmpSink);
        assert!(rewritten || relayed.has_the_headers(), "{relayed:?}: {name}");
    }
}
