//! What a track is, from one of its frames: for codecs that have no configuration record, and for streams without it.

#![deny(clippy::arithmetic_side_effects)]

use super::av1::SequenceHeader;
use super::vpx::{PictureSize, Vp8FrameHead, Vp9FrameHead};
use super::{AudioInfo, VideoInfo, aac, ac3, legacy, mp3, opus};
use crate::media::audio::{AudioCodec, SoundFlags};
use crate::media::obu::{self, ObuType};
use crate::media::video::VideoCodec;

/// What a frame says of its track: of a key frame for most codecs, since others do not say the size.
///
/// `None` if the frame does not tell, or its codec tells in its configuration alone, as AVC, HEVC and VVC do. For VP8
/// and VP9 it is what the configuration lacks: the size.
pub fn identify_video(codec: VideoCodec, frame: &[u8]) -> Option<VideoInfo> {
    let sized = |size: PictureSize| VideoInfo {
        width: size.width,
        height: size.height,
        ..VideoInfo::of(codec)
    };
    match codec {
        VideoCodec::SorensonH263 => legacy::sorenson_size(frame).ok().map(sized),
        VideoCodec::H263 => legacy::h263_size(frame).ok().map(sized),
        VideoCodec::Screen | VideoCodec::Screen2 => legacy::screen_size(frame).ok().map(sized),
        VideoCodec::Vp6 => legacy::vp6_size(frame).ok()?.map(sized),
        VideoCodec::Vp6Alpha => legacy::vp6_alpha_size(frame).ok()?.map(sized),
        VideoCodec::Vp8 => {
            let head = Vp8FrameHead::parse(frame).ok()?;
            head.key.is_some().then(|| head.info())
        }
        VideoCodec::Vp9 => {
            let head = Vp9FrameHead::parse(frame).ok()?;
            head.key.is_some().then(|| head.info())
        }
        VideoCodec::Av1 => {
            let mut units = obu::payloads(frame);
            let (_, payload) = units.find(|(kind, _)| *kind == ObuType::SequenceHeader)?;
            Some(SequenceHeader::parse(payload).ok()?.info())
        }
        VideoCodec::Avc
        | VideoCodec::Hevc
        | VideoCodec::Vvc
        | VideoCodec::Mpeg4
        | VideoCodec::UnknownId(_)
        | VideoCodec::UnknownFourCc(_) => None,
    }
}

/// What a frame, and the flags of a legacy header, say of their track.
///
/// `None` if they do not tell, or the codec tells in its configuration alone, as raw AAC and FLAC do. Opus says how
/// long a frame is, and nothing of channels.
pub fn identify_audio(codec: AudioCodec, sound: Option<SoundFlags>, frame: &[u8]) -> Option<AudioInfo> {
    match codec {
        AudioCodec::Mp3 | AudioCodec::Mp3At8k => {
            let info = mp3::FrameHeader::parse(frame).ok()?.info();
            Some(AudioInfo { codec, ..info })
        }
        AudioCodec::Ac3 | AudioCodec::Eac3 => ac3::identify(frame).ok(),
        AudioCodec::Aac => {
            let header = aac::AdtsHeader::parse(frame).ok()?;
            Some(header.audio_specific_config().ok()?.info())
        }
        AudioCodec::Opus => Some(AudioInfo {
            samples_per_frame: Some(opus::packet_samples(frame).ok()?),
            ..opus::info()
        }),
        AudioCodec::Pcm
        | AudioCodec::Adpcm
        | AudioCodec::PcmLittleEndian
        | AudioCodec::Nellymoser16k
        | AudioCodec::Nellymoser8k
        | AudioCodec::Nellymoser
        | AudioCodec::ALaw
        | AudioCodec::MuLaw
        | AudioCodec::Speex
        | AudioCodec::DeviceSpecific => legacy::sound_info(codec, sound),
        AudioCodec::Flac | AudioCodec::UnknownId(_) | AudioCodec::UnknownFourCc(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn video_is_identified_by_its_frames() {
        // The first bytes of key frames of 320x180, as FFmpeg sends them.
        let sorenson = [0x00, 0x00, 0x84, 0x00, 0x80, 0xA0, 0x00, 0x5A, 0x11];
        let vp9 = [0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xF0, 0x0B, 0x36];
        let av1 = [
            0x0A, 0x0B, 0x00, 0x00, 0x00, 0x04, 0x3C, 0xFE, 0xCC, 0xDA, 0xF9, 0x80, 0x40, 0x32, 0x01, 0x10,
        ];
        for (codec, frame) in [
            (VideoCodec::SorensonH263, &sorenson[..]),
            (VideoCodec::Vp9, &vp9),
            (VideoCodec::Av1, &av1),
        ] {
            let info = identify_video(codec, frame).unwrap();
            assert_eq!(info.codec, codec);
            assert_eq!((info.width, info.height), (320, 180));
        }
    }

    #[test]
    fn frames_without_a_size_identify_nothing() {
        for (codec, frame) in [
            (VideoCodec::Vp6, &[0x0C, 0x90][..]),
            (VideoCodec::Vp8, &[0x11, 0x00, 0x00]),
            (VideoCodec::Vp9, &[0x86, 0x00, 0x40]),
            (VideoCodec::Av1, &[0x12, 0x00, 0x32, 0x01, 0x10]),
            (VideoCodec::Avc, &[0x00, 0x00, 0x00, 0x02, 0x65, 0x88]),
            (VideoCodec::SorensonH263, &[]),
        ] {
            assert_eq!(identify_video(codec, frame), None, "{codec:?}");
        }
    }

    #[test]
    fn audio_is_identified_by_its_frames() {
        for (codec, frame, rate, channels) in [
            (AudioCodec::Mp3, &[0xFF, 0xFB, 0x30, 0x64][..], 44_100, 2),
            (AudioCodec::Mp3At8k, &[0xFF, 0xE3, 0x18, 0xC4], 8000, 1),
            (
                AudioCodec::Ac3,
                &[0x0B, 0x77, 0xA1, 0xB1, 0x08, 0x40, 0x43],
                48_000,
                2,
            ),
            (
                AudioCodec::Eac3,
                &[0x0B, 0x77, 0x00, 0x7F, 0x34, 0x87, 0xC0],
                48_000,
                2,
            ),
            (
                AudioCodec::Aac,
                &[0xFF, 0xF1, 0x50, 0x80, 0x2F, 0x5F, 0xFC],
                44_100,
                2,
            ),
            (AudioCodec::ALaw, &[0xD5], 8000, 1),
        ] {
            let info = identify_audio(codec, None, frame).unwrap();
            assert_eq!(info.codec, codec);
            assert_eq!((info.sample_rate, info.channels), (rate, channels));
        }
    }

    #[test]
    fn a_packet_of_opus_says_how_long_it_is() {
        let info = identify_audio(AudioCodec::Opus, None, &[0x7C, 0x87]).unwrap();
        assert_eq!(info.samples_per_frame, Some(960));
        assert_eq!((info.sample_rate, info.channels), (48_000, 0));
    }

    #[test]
    fn frames_that_say_nothing_identify_nothing() {
        for (codec, frame) in [
            (AudioCodec::Mp3, &[][..]),
            (AudioCodec::Aac, &[0xDE, 0x04, 0x00, 0x4C, 0x61, 0x76, 0x63, 0x36]),
            (AudioCodec::Flac, &[0xFF, 0xF8, 0x7A, 0x88]),
            (AudioCodec::UnknownId(12), &[1, 2, 3]),
        ] {
            assert_eq!(identify_audio(codec, None, frame), None, "{codec:?}");
        }
    }
}
