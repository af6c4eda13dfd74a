//! The streams that FFmpeg finds in a stream, by the names of its decoders, as `ffprobe` tells them.
//!
//! FFmpeg's FLV reader makes a stream of its own out of the first message of a track. It takes metadata that come
//! behind the beginning for subtitles. At a picture of NAL units for which there is no configuration it gives up
//! looking: what begins later it does not see. It looks no farther than it must, and how far that is depends on much:
//! here all of a stream counts. Data for handlers that it does not know are left out.

use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::video::VideoCodec;
use serde::Serialize;

use super::media::Codec;
use super::track::{Announced, Track, Tracks};

/// One stream.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ProbeFacts {
    Video {
        codec: Option<&'static str>,
        /// Not of a codec without a decoder.
        #[serde(flatten)]
        picture: Option<PictureFacts>,
    },
    Audio {
        codec: Option<&'static str>,
        sample_rate: u32,
        channels: u8,
    },
    Subtitle {
        codec: &'static str,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct PictureFacts {
    width: u32,
    height: u32,
    profile: Option<&'static str>,
    fps: Option<f64>,
}

/// What FFmpeg finds in a stream.
pub(super) fn probe(tracks: &Tracks) -> Vec<ProbeFacts> {
    let found = tracks.announced.iter().filter_map(|announced| match announced {
        Announced::Text => Some(ProbeFacts::Subtitle { codec: "text" }),
        Announced::Track(index) => ProbeFacts::of(tracks.tracks.get(*index)?),
    });
    found.collect()
}

impl ProbeFacts {
    fn of(track: &Track) -> Option<Self> {
        Some(match track.codec? {
            Codec::Video(codec) => {
                let codec = video_decoder(codec, track.is_enhanced);
                let picture = codec.map(|_| picture(track));
                Self::Video { codec, picture }
            }
            Codec::Audio(codec) => {
                let audio = track.identity.audio.as_ref();
                Self::Audio {
                    codec: audio_decoder(codec, audio.and_then(|audio| audio.bits_per_sample)),
                    sample_rate: audio.map_or(0, |audio| audio.sample_rate),
                    channels: match (codec, audio.map_or(0, |audio| audio.channels)) {
                        // What FFmpeg's decoder takes for granted where there is no OpusHead.
                        (AudioCodec::Opus, 0) => 2,
                        (_, channels) => channels,
                    },
                }
            }
        })
    }
}

fn picture(track: &Track) -> PictureFacts {
    let video = track.identity.video.as_ref();
    PictureFacts {
        width: video.map_or(0, |video| video.width),
        height: video.map_or(0, |video| video.height),
        profile: video.and_then(|video| video.profile),
        fps: frame_rate(track),
    }
}

/// The metadata's word counts first, then the codec's, then the timestamps'.
fn frame_rate(track: &Track) -> Option<f64> {
    let by_codec = || Some(track.identity.video.as_ref()?.frame_rate?.as_f64());
    let measured = || track.frame_rate.map(nearest_usual);
    track.metadata_rate.or_else(by_codec).or_else(measured)
}

/// Timestamps are rounded to milliseconds, and rates are usually one of a few.
fn nearest_usual(rate: f64) -> f64 {
    const MAX_ERROR: f64 = 0.000_5;
    let ntsc = [24_000.0, 30_000.0, 60_000.0, 120_000.0].map(|frames| frames / 1001.0);
    let whole = (1..=240).map(f64::from);
    let near = |usual: &f64| (rate / usual - 1.0).abs();
    let nearest = whole.chain(ntsc).min_by(|a, b| near(a).total_cmp(&near(b)));
    nearest
        .filter(|usual| near(usual) < MAX_ERROR)
        .unwrap_or_else(|| (rate * 1000.0).round() / 1000.0)
}

/// FFmpeg's decoder. Of the ids that were never specified it knows that of HEVC.
fn video_decoder(codec: VideoCodec, is_enhanced: bool) -> Option<&'static str> {
    match codec {
        VideoCodec::SorensonH263 => Some("flv"),
        VideoCodec::Screen => Some("flashsv"),
        VideoCodec::Vp6 => Some("vp6f"),
        VideoCodec::Vp6Alpha => Some("vp6a"),
        VideoCodec::Screen2 => Some("flashsv2"),
        VideoCodec::H263 => Some("h263"),
        VideoCodec::Mpeg4 => Some("mpeg4"),
        VideoCodec::Avc => Some("h264"),
        VideoCodec::Hevc => Some("hevc"),
        VideoCodec::Vvc if is_enhanced => Some("vvc"),
        VideoCodec::Av1 if is_enhanced => Some("libdav1d"),
        VideoCodec::Vp8 => Some("vp8"),
        VideoCodec::Vp9 => Some("vp9"),
        _ => None,
    }
}

fn audio_decoder(codec: AudioCodec, bits: Option<u8>) -> Option<&'static str> {
    match codec {
        AudioCodec::Pcm | AudioCodec::PcmLittleEndian if bits == Some(8) => Some("pcm_u8"),
        AudioCodec::Pcm | AudioCodec::PcmLittleEndian => Some("pcm_s16le"),
        AudioCodec::Adpcm => Some("adpcm_swf"),
        AudioCodec::Mp3 => Some("mp3float"),
        AudioCodec::Nellymoser | AudioCodec::Nellymoser8k | AudioCodec::Nellymoser16k => Some("nellymoser"),
        AudioCodec::ALaw => Some("pcm_alaw"),
        AudioCodec::MuLaw => Some("pcm_mulaw"),
        AudioCodec::Aac => Some("aac"),
        AudioCodec::Speex => Some("speex"),
        AudioCodec::Opus => Some("opus"),
        AudioCodec::Flac => Some("flac"),
        AudioCodec::Ac3 => Some("ac3"),
        AudioCodec::Eac3 => Some("eac3"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_rates_are_the_usual_ones_where_they_are_near() {
        assert_eq!(nearest_usual(24.998), 25.0);
        assert_eq!(nearest_usual(29.972), 30_000.0 / 1001.0);
        assert_eq!(nearest_usual(29.997), 30.0);
        assert_eq!(nearest_usual(12.3456), 12.346);
    }
}
