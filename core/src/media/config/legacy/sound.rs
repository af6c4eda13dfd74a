//! Audio that has neither a configuration nor a head in its frames.

use crate::media::audio::{AudioCodec, SoundFlags};
use crate::media::config::AudioInfo;

/// Samples of an ADPCM packet: one whole, and 4095 differences (FLV 10.1 §E.4.2.1, SWF 19 "ADPCMMONOPACKET").
const ADPCM_SAMPLES: u32 = 4096;

/// What a track is, if codec and tag header say it all: PCM, ADPCM, G.711, Nellymoser, Speex.
///
/// Nellymoser of two rates and Speex have these by definition, whatever the header says. G.711 has 8000 Hz: the
/// header cannot say it. Strings are those of the WebCodecs registry where RFC 6381 has none.
pub fn sound_info(codec: AudioCodec, sound: Option<SoundFlags>) -> Option<AudioInfo> {
    let info = AudioInfo::of(codec);
    let flagged = sound.map(|sound| AudioInfo {
        sample_rate: sound.rate(),
        channels: sound.channels(),
        ..info.clone()
    });
    let mono = |sample_rate| AudioInfo {
        sample_rate,
        channels: 1,
        ..info.clone()
    };
    let g711 = |name: &str| AudioInfo {
        codec_string: Some(name.to_owned()),
        channels: sound.map_or(1, SoundFlags::channels),
        bits_per_sample: Some(8),
        ..mono(8000)
    };
    match codec {
        AudioCodec::Pcm | AudioCodec::PcmLittleEndian => {
            let bits = sound?.bits();
            let name = if bits == 8 { "pcm-u8" } else { "pcm-s16" };
            Some(AudioInfo {
                codec_string: Some(name.to_owned()),
                bits_per_sample: Some(bits),
                ..flagged?
            })
        }
        AudioCodec::Adpcm => Some(AudioInfo {
            samples_per_frame: Some(ADPCM_SAMPLES),
            ..flagged?
        }),
        AudioCodec::ALaw => Some(g711("alaw")),
        AudioCodec::MuLaw => Some(g711("ulaw")),
        AudioCodec::Nellymoser16k | AudioCodec::Speex => Some(mono(16_000)),
        AudioCodec::Nellymoser8k => Some(mono(8000)),
        AudioCodec::Nellymoser | AudioCodec::DeviceSpecific => flagged,
        AudioCodec::Mp3
        | AudioCodec::Mp3At8k
        | AudioCodec::Aac
        | AudioCodec::Opus
        | AudioCodec::Flac
        | AudioCodec::Ac3
        | AudioCodec::Eac3
        | AudioCodec::UnknownId(_)
        | AudioCodec::UnknownFourCc(_) => None,
    }
}
