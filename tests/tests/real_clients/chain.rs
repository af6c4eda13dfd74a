//! Streams that are handed on from server to server.
//!
//! ```text
//! ffmpeg ──> origin ── [[push]] ──> middle <── [[pull]], on demand ── edge ──> ffmpeg
//! ```

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rtmp_tests::{
    media::{self, Media},
    player::{Player, Playing},
    program::Program,
    publisher::Publisher,
    scratch,
    server::{Binary, Server},
};

/// The default: time only rises at the middle. Pictures up to the next key frame are lost.
const NEXT: &str = "next-key-frame";

/// The edge leaves out what comes again: nothing is lost that the origin has kept.
const LAST: &str = "last-key-frame";

struct Chain {
    directory: PathBuf,
    origin: Server,
    /// But for the time between its end and its return.
    middle: Option<Server>,
    edge: Server,
}

impl Chain {
    /// The origin's push goes on as it says (`resume`) when the middle is back.
    fn start(test: &str, resume: &str) -> Self {
        let directory = scratch::directory(test);
        let middle = start_middle(0, "middle", &directory);
        let relayed = |name: &str, section: &str, stream: &str, more: &str| {
            let file = directory.join(format!("{name}.toml"));
            let url = middle.url("{name}");
            let text = format!("[[{section}]]\nstream = \"{stream}\"\nurl = \"{url}\"\n{more}");
            fs::write(&file, text).expect("the scratch directory is writable");
            let file = file.to_str().expect("a path in letters");
            Server::start_at(0, name, Binary::Rtmp, &directory, &["--config", file])
        };
        let origin = relayed("origin", "push", "live/*", &format!("resume = \"{resume}\"\n"));
        let edge = relayed("edge", "pull", "live/*", "");
        Self {
            directory,
            origin,
            middle: Some(middle),
            edge,
        }
    }

    /// Publishes at one end, and plays at the other once the stream is in the middle.
    fn publish(&self, media: &Media) -> (Program, Playing) {
        let publishing = Publisher::Ffmpeg.publish(media, &self.origin.url("cam"), &self.directory);
        let middle = self.middle.as_ref().expect("the server in the middle is there");
        let _ = middle.wait_to_say(" publishing ", 1);
        let playing = Player::Ffmpeg.play(&self.edge.url("cam"), &self.directory);
        let _ = self.edge.wait_to_say(" playing ", 1);
        (publishing, playing)
    }

    /// Ends the server in the middle as `end` does, and starts another one in its place half a second later.
    /// Returns how long it took from the end until the stream went on at the edge.
    fn restart_middle(&mut self, end: impl FnOnce(Server)) -> Duration {
        let middle = self.middle.take().expect("the server in the middle is there");
        let port = middle.address().port();
        let started = Instant::now();
        end(middle);
        thread::sleep(Duration::from_millis(500));
        self.middle = Some(start_middle(port, "restarted", &self.directory));
        let _ = self.edge.wait_to_say("relay healed", 1);
        started.elapsed()
    }
}

fn start_middle(port: u16, name: &str, directory: &Path) -> Server {
    Server::start_at(port, name, Binary::Rtmp, directory, &[])
}

#[test]
fn a_chain_of_relays_delivers_what_was_published_bit_by_bit() {
    let chain = Chain::start("chain", NEXT);
    let (publishing, playing) = chain.publish(&media::H264_AAC_LONG_GOP);
    publishing.succeed();
    let relayed = playing.finish().relayed_from(&media::H264_AAC_LONG_GOP.packets());
    // All pictures; who joins late joins at a key frame, before which there may have been sound.
    assert!(
        relayed.is_unbroken(125) && relayed.has_the_end(0) && relayed.has_the_headers(),
        "{relayed:?}"
    );
    // Nobody plays any more, and nobody publishes.
    let _ = chain.origin.wait_to_say("relay ended", 1);
    let _ = chain.edge.wait_to_say("relay ended", 1);
}

/// Writes a line also where the output of tests that pass is not shown.
fn record(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The player at its end never notices but by a gap: its connection stays, and time goes on rising.
fn heals(test: &str, resume: &str, end: impl FnOnce(Server)) {
    let mut chain = Chain::start(test, resume);
    let (publishing, mut playing) = chain.publish(&media::H264_AAC_LONG);
    thread::sleep(Duration::from_secs(3));
    let healed = chain.restart_middle(end);
    record(&format!(
        "{test}: the stream goes on at the edge after {healed:.1?}, half a second of which nobody was there"
    ));
    assert!(playing.program.is_running(), "the player has gone");
    publishing.succeed();
    let relayed = playing.finish().relayed_from(&media::H264_AAC_LONG.packets());
    assert!(
        (relayed.has_runs(1) || relayed.has_runs(2))
            && relayed.starts_with_keyframe()
            && relayed.has_the_end(0),
        "{relayed:?}"
    );
    record(&format!("{test}: {relayed:?}"));
}

#[test]
fn a_chain_heals_when_the_server_in_the_middle_is_killed() {
    heals("chain_killed", LAST, Server::kill);
}

#[test]
fn a_chain_heals_where_no_server_is_sent_anything_twice() {
    heals("chain_killed_next", NEXT, Server::kill);
}

#[test]
fn a_chain_heals_when_the_server_in_the_middle_is_restarted() {
    heals("chain_restarted", LAST, |server| {
        let mut server = server.terminate();
        assert!(server.wait(Duration::from_secs(10)).success());
    });
}
