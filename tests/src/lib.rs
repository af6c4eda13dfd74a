//! What the tests that cross crates share: start a server and other people's programs, let them publish and play, and
//! compare what was received with what was sent, packet by packet.
//!
//! A test that needs a program which is not there fails and says so; none is skipped. `tests/run` installs them all.
//!
//! ```no_run
//! use rtmp_tests::{media, player::Player, publisher::Publisher, scratch, server::{Binary, Server}};
//!
//! let directory = scratch::directory("example");
//! let server = Server::start(Binary::Rtmp, &directory, &[]);
//! let url = server.url("example");
//! let publisher = Publisher::Ffmpeg.publish(&media::H264_AAC, &url, &directory);
//! let player = Player::Rtmpdump.play(&url, &directory);
//! publisher.succeed();
//! let relayed = player.finish().relayed_from(&media::H264_AAC.packets());
//! assert!(relayed.starts_with_keyframe());
//! ```

pub mod certificate;
pub mod flv;
pub mod media;
pub mod obs;
pub mod packets;
pub mod player;
pub mod port;
pub mod program;
pub mod publisher;
pub mod scratch;
pub mod server;
