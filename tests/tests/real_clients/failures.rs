//! What programs are told when they cannot have what they ask for.

use std::time::Duration;

use rtmp_tests::{media, player::Player, publisher::Publisher, scratch, server::Server};

use crate::SERVER;

/// How long a program may take to understand a refusal.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_second_publisher_of_a_name_is_refused_and_the_first_goes_on() {
    let test = "name_in_use";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &[]);
    let url = server.url(test);
    let first = Publisher::Ffmpeg.publish_as("first", &media::H264_AAC, &url, &directory);
    server.wait_for_connections(1);
    let playing = Player::Ffmpeg.play(&url, &directory);

    let refused = [
        Publisher::Ffmpeg,
        Publisher::FfmpegNewest,
        Publisher::GstRtmp2Sink,
        Publisher::GstRtmpSink,
    ]
    .map(|publisher| {
        (
            publisher,
            publisher.publish_as(
                &format!("second-{publisher:?}"),
                &media::H264_AAC,
                &url,
                &directory,
            ),
        )
    });
    for (publisher, second) in refused {
        // librtmp tells its caller no reason.
        let reason = match publisher {
            Publisher::GstRtmp2Sink => "NetStream.Publish.BadName",
            Publisher::GstRtmpSink => "Could not connect to RTMP stream",
            _ => "Server error",
        };
        match publisher {
            // When the refusal comes while gst-launch 1.22 still starts its pipeline, about once in a hundred runs,
            // it says so and then waits for ever for a first frame to reach the sink that has failed.
            Publisher::GstRtmp2Sink => second.wait_to_say(reason, SOON),
            _ => {
                let said = second.fail(SOON);
                assert!(said.contains(reason), "{publisher:?} said:\n{said}");
            }
        }
    }

    first.succeed();
    let relayed = playing.finish().relayed_from(&media::H264_AAC.packets());
    assert!(relayed.is_unbroken(50) && relayed.has_the_end(0), "{relayed:?}");
}

#[test]
fn a_stream_that_does_not_exist_fails_after_the_wait() {
    let test = "missing_stream";
    let directory = scratch::directory(test);
    let server = Server::start(SERVER, &directory, &["--wait", "1"]);
    let url = server.url("nobody");
    let players = [
        Player::Ffmpeg,
        Player::FfmpegNewest,
        Player::GstRtmp2Src,
        Player::Rtmpdump,
    ]
    .map(|player| (player, player.play(&url, &directory)));
    for (player, playing) in players {
        match player {
            // It may hang as rtmp2sink does, see above.
            Player::GstRtmp2Src => playing.program.wait_to_say("NetStream.Play.StreamNotFound", SOON),
            _ => drop(playing.program.fail(SOON)),
        }
    }
}
