//! Every program that publishes, with every program that plays: H.264 and AAC, the pair that all of them know.

use rtmp_tests::{media, player::Player, publisher::Publisher};

use crate::relay::relay;

const ALL_PLAYERS: [Player; 5] = [
    Player::Ffmpeg,
    Player::FfmpegNewest,
    Player::GstRtmp2Src,
    Player::Rtmpdump,
    Player::Mpv,
];

#[test]
fn ffmpeg_to_all_players() {
    relay(
        "ffmpeg_to_all_players",
        Publisher::Ffmpeg,
        &media::H264_AAC,
        &ALL_PLAYERS,
    );
}

#[test]
fn newest_ffmpeg_to_all_players() {
    relay(
        "newest_ffmpeg_to_all_players",
        Publisher::FfmpegNewest,
        &media::H264_AAC,
        &ALL_PLAYERS,
    );
}

#[test]
fn gstreamer_rtmp2_to_all_players() {
    relay(
        "gstreamer_rtmp2_to_all_players",
        Publisher::GstRtmp2Sink,
        &media::H264_AAC,
        &ALL_PLAYERS,
    );
}

#[test]
fn librtmp_to_all_players() {
    relay(
        "librtmp_to_all_players",
        Publisher::GstRtmpSink,
        &media::H264_AAC,
        &ALL_PLAYERS,
    );
}

#[test]
fn b_frames_from_ffmpeg() {
    relay(
        "b_frames_from_ffmpeg",
        Publisher::Ffmpeg,
        &media::H264_B_FRAMES,
        &ALL_PLAYERS,
    );
}

#[test]
fn b_frames_from_gstreamer() {
    relay(
        "b_frames_from_gstreamer",
        Publisher::GstRtmp2Sink,
        &media::H264_B_FRAMES,
        &ALL_PLAYERS,
    );
}

#[test]
fn audio_alone() {
    relay("audio_alone", Publisher::Ffmpeg, &media::AUDIO_ONLY, &ALL_PLAYERS);
}

#[test]
fn audio_alone_from_librtmp() {
    relay(
        "audio_alone_from_librtmp",
        Publisher::GstRtmpSink,
        &media::AUDIO_ONLY,
        &[Player::FfmpegNewest, Player::Rtmpdump],
    );
}

#[test]
fn video_alone() {
    relay("video_alone", Publisher::Ffmpeg, &media::VIDEO_ONLY, &ALL_PLAYERS);
}

#[test]
fn video_alone_from_gstreamer() {
    relay(
        "video_alone_from_gstreamer",
        Publisher::GstRtmp2Sink,
        &media::VIDEO_ONLY,
        &[Player::Ffmpeg, Player::GstRtmp2Src],
    );
}
