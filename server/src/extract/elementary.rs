//! One track as a file of its codec.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use bytes::Bytes;
use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::config::flac::{StreamInfo, StreamInfoForm};
use rtmp_core::media::config::{AudioConfiguration, VideoConfiguration, identify_video};
use rtmp_core::media::obu::Delimiters;
use rtmp_core::media::sample::{Codec, Sample};
use rtmp_core::media::video::VideoCodec;

use super::ivf;
use super::ogg::OggOpus;
use super::wav::Wave;

/// What a track's decoder has been told so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Configured {
    pub(super) video: Option<VideoConfiguration>,
    pub(super) audio: Option<AudioConfiguration>,
}

/// Why a frame does not get into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unfit {
    /// Nobody reads this codec from a file of its own.
    Codec,
    /// Its configuration has not come, or says what the format cannot.
    Configuration,
    /// The format has no place for it: it is damaged, or too long.
    Frame,
}

/// The end of a codec's file names, if other programs read it from a file of its own.
pub(super) const fn extension(codec: Codec) -> Option<&'static str> {
    Some(match codec {
        Codec::Video(VideoCodec::Avc) => "h264",
        Codec::Video(VideoCodec::Hevc) => "h265",
        Codec::Video(VideoCodec::Vvc) => "h266",
        Codec::Video(VideoCodec::Av1) => "obu",
        Codec::Video(VideoCodec::Vp8 | VideoCodec::Vp9) => "ivf",
        Codec::Audio(AudioCodec::Aac) => "aac",
        Codec::Audio(AudioCodec::Mp3 | AudioCodec::Mp3At8k) => "mp3",
        Codec::Audio(AudioCodec::Opus) => "opus",
        Codec::Audio(AudioCodec::Flac) => "flac",
        Codec::Audio(AudioCodec::Ac3) => "ac3",
        Codec::Audio(AudioCodec::Eac3) => "eac3",
        Codec::Audio(
            AudioCodec::ALaw | AudioCodec::MuLaw | AudioCodec::Pcm | AudioCodec::PcmLittleEndian,
        ) => "wav",
        Codec::Video(_) | Codec::Audio(_) => return None,
    })
}

/// A file being written.
pub(super) enum Elementary {
    /// Frames one after the other, each in the form that says where it ends.
    Frames(BufWriter<File>),
    Ivf(BufWriter<File>),
    Opus(OggOpus<BufWriter<File>>),
    Wave {
        out: BufWriter<File>,
        wave: Wave,
        len: u64,
    },
}

impl Elementary {
    /// Whether enough is known to begin a file with this frame.
    pub(super) fn can_begin(first: &Sample, configured: &Configured) -> bool {
        match (first.codec, &configured.audio) {
            (Codec::Audio(AudioCodec::Opus), head) => matches!(head, Some(AudioConfiguration::Opus(_))),
            (Codec::Audio(AudioCodec::Flac), info) => matches!(info, Some(AudioConfiguration::Flac(_))),
            (Codec::Audio(AudioCodec::Aac), config) => matches!(config, Some(AudioConfiguration::Aac(_))),
            _ => true,
        }
    }

    /// Begins a file with what stands in front of the first frame.
    pub(super) fn begin(file: File, first: &Sample, configured: &Configured) -> io::Result<Self> {
        let mut out = BufWriter::new(file);
        match (first.codec, &configured.audio) {
            (Codec::Video(codec @ (VideoCodec::Vp8 | VideoCodec::Vp9)), _) => {
                let info = identify_video(codec, &first.raw());
                let (width, height) = info.map_or((0, 0), |info| (info.width, info.height));
                let fourcc = if codec == VideoCodec::Vp8 {
                    *b"VP80"
                } else {
                    *b"VP90"
                };
                let size = |length| u16::try_from(length).unwrap_or_default();
                ivf::write_header(&mut out, fourcc, size(width), size(height))?;
                Ok(Self::Ivf(out))
            }
            (Codec::Audio(AudioCodec::Opus), Some(AudioConfiguration::Opus(head))) => {
                Ok(Self::Opus(OggOpus::new(out, head)?))
            }
            (Codec::Audio(AudioCodec::Flac), Some(AudioConfiguration::Flac(info))) => {
                // Length and checksum are those of the file that the encoder had, if any; this is a part of it.
                let info = StreamInfo {
                    total_samples: 0,
                    md5: [0; 16],
                    ..**info
                };
                out.write_all(&info.encode(StreamInfoForm::WithMarker))?;
                Ok(Self::Frames(out))
            }
            (Codec::Audio(codec), _) => match Wave::of(codec, first) {
                Some(wave) => {
                    wave.begin(&mut out)?;
                    Ok(Self::Wave { out, wave, len: 0 })
                }
                None => Ok(Self::Frames(out)),
            },
            _ => Ok(Self::Frames(out)),
        }
    }

    /// Adds a frame.
    pub(super) fn frame(
        &mut self,
        sample: &Sample,
        configured: &Configured,
    ) -> io::Result<Result<(), Unfit>> {
        match self {
            Self::Frames(out) => match in_stream(sample, configured) {
                Ok(bytes) => out.write_all(&bytes)?,
                Err(unfit) => return Ok(Err(unfit)),
            },
            Self::Ivf(out) => ivf::write_frame(out, sample.pts().as_millis().into(), &sample.raw())?,
            Self::Opus(out) => {
                if !out.packet(sample.raw())? {
                    return Ok(Err(Unfit::Frame));
                }
            }
            Self::Wave { out, len, .. } => {
                let samples = sample.raw();
                out.write_all(&samples)?;
                *len += samples.len() as u64;
            }
        }
        Ok(Ok(()))
    }

    /// Ends the file; returns how many bytes it has.
    pub(super) fn finish(self) -> io::Result<u64> {
        let mut out = match self {
            Self::Frames(out) | Self::Ivf(out) => out,
            Self::Opus(out) => out.finish()?,
            Self::Wave { mut out, wave, len } => {
                wave.finish(&mut out, len)?;
                out
            }
        };
        out.flush()?;
        out.seek(io::SeekFrom::End(0))
    }
}

/// A frame as it stands in a stream of frames.
fn in_stream(sample: &Sample, configured: &Configured) -> Result<Bytes, Unfit> {
    match sample.codec {
        Codec::Video(VideoCodec::Avc | VideoCodec::Hevc | VideoCodec::Vvc) => {
            Ok(sample.annex_b(configured.video.as_ref()))
        }
        Codec::Video(VideoCodec::Av1) => sample
            .temporal_unit(Delimiters::InFront)
            .map_err(|_| Unfit::Frame),
        Codec::Audio(AudioCodec::Aac) => {
            let Some(AudioConfiguration::Aac(config)) = &configured.audio else {
                return Err(Unfit::Configuration);
            };
            sample.adts(config).map_err(|_| Unfit::Configuration)
        }
        _ => Ok(sample.raw()),
    }
}
