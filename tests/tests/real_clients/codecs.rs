//! Every codec that ffmpeg can publish: the server knows none of them and relays all.

use rtmp_tests::{media, player::Player, publisher::Publisher};

use crate::relay::relay;

const PLAYERS: [Player; 3] = [Player::Ffmpeg, Player::FfmpegNewest, Player::Rtmpdump];
/// Those that know Enhanced RTMP; rtmpdump does not, and keeps what it gets.
const ENHANCED_PLAYERS: [Player; 3] = [Player::FfmpegNewest, Player::FfmpegAnnouncing, Player::Rtmpdump];

#[test]
fn mp3() {
    relay("mp3", Publisher::Ffmpeg, &media::MP3, &PLAYERS);
}

#[test]
fn a_law() {
    relay("a_law", Publisher::Ffmpeg, &media::A_LAW, &PLAYERS);
}

#[test]
fn mu_law() {
    relay("mu_law", Publisher::Ffmpeg, &media::MU_LAW, &PLAYERS);
}

#[test]
fn speex() {
    relay("speex", Publisher::Ffmpeg, &media::SPEEX, &PLAYERS);
}

#[test]
fn hevc_and_aac() {
    relay(
        "hevc_and_aac",
        Publisher::FfmpegNewest,
        &media::HEVC_AAC,
        &ENHANCED_PLAYERS,
    );
}

#[test]
fn hevc_and_aac_from_a_publisher_that_announces_its_codecs() {
    relay(
        "hevc_announced",
        Publisher::FfmpegAnnouncing,
        &media::HEVC_AAC,
        &ENHANCED_PLAYERS,
    );
}

#[test]
fn av1_and_opus() {
    relay(
        "av1_and_opus",
        Publisher::FfmpegNewest,
        &media::AV1_OPUS,
        &ENHANCED_PLAYERS,
    );
}

#[test]
fn vp9_and_opus() {
    relay(
        "vp9_and_opus",
        Publisher::FfmpegNewest,
        &media::VP9_OPUS,
        &ENHANCED_PLAYERS,
    );
}

#[test]
fn vvc_and_aac() {
    relay(
        "vvc_and_aac",
        Publisher::FfmpegNewest,
        &media::VVC_AAC,
        &ENHANCED_PLAYERS,
    );
}

#[test]
fn flac() {
    relay("flac", Publisher::FfmpegNewest, &media::FLAC, &ENHANCED_PLAYERS);
}

#[test]
fn h264_and_ac3() {
    relay(
        "h264_and_ac3",
        Publisher::FfmpegNewest,
        &media::H264_AC3,
        &ENHANCED_PLAYERS,
    );
}

#[test]
fn eac3() {
    relay("eac3", Publisher::FfmpegNewest, &media::EAC3, &ENHANCED_PLAYERS);
}

#[test]
fn two_video_and_two_audio_tracks() {
    relay(
        "multitrack",
        Publisher::FfmpegNewest,
        &media::MULTITRACK,
        &ENHANCED_PLAYERS,
    );
}
