//! Frames in, messages out.
//!
//! ```
//! use rtmp_core::media::audio::AudioCodec;
//! use rtmp_core::media::mux::{MuxOptions, Muxer};
//! use rtmp_core::media::sample::Sample;
//! use rtmp_core::units::Timestamp;
//!
//! let mut muxer = Muxer::new(MuxOptions::default());
//! // 20 ms of G.711 A-law.
//! let frame = Sample::audio(AudioCodec::ALaw, Timestamp::ZERO, vec![0xD5; 160].into());
//! muxer.push(frame)?;
//! let message = muxer.poll().expect("one message for one frame");
//! assert_eq!(message.payload[..3], [0x72, 0xD5, 0xD5]);
//! # Ok::<(), rtmp_core::media::mux::MuxError>(())
//! ```

#![deny(clippy::arithmetic_side_effects)]

mod error;
mod header;
mod in_band;
mod options;
#[cfg(test)]
mod tests;
mod track;

use std::collections::{BTreeMap, VecDeque};

use bytes::{BufMut, Bytes, BytesMut};

pub use self::error::MuxError;
use self::header::Header;
pub use self::options::{Configurations, MuxOptions, MuxSpelling};
use self::track::Track;
use super::audio::{AudioCodec, AudioPacket, AudioPacketType};
use super::config::{AudioConfiguration, VideoConfiguration};
use super::nal::{NalCodec, write_length_prefixed};
use super::obu::write_units;
use super::sample::{Codec, Media, Sample, TagForm, TrackKey, without_adts};
use super::video::{VideoCodec, VideoCommand, VideoPacket, VideoPacketType};
use super::{MediaKind, MediaMessage, TrackId, UnwritableTag};
use crate::units::Timestamp;

/// Makes messages of frames, and of all else that a stream says.
///
/// Each [`push`](Self::push) makes at most a configuration and one message for each frame; take them with
/// [`poll`](Self::poll). Timestamps, and the order of tracks, are the host's. A frame is copied once, into its
/// message.
///
/// [`Demuxer`](super::demux::Demuxer) reads all that it writes.
#[derive(Debug)]
pub struct Muxer {
    options: MuxOptions,
    /// 512 at most: there are no more numbers.
    tracks: BTreeMap<TrackKey, Track>,
    out: VecDeque<MediaMessage>,
    /// Where headers are written, before it is known how long a message will be.
    header: BytesMut,
}

impl Muxer {
    /// A muxer at the beginning of a stream.
    pub fn new(options: MuxOptions) -> Self {
        Self {
            options,
            tracks: BTreeMap::new(),
            out: VecDeque::new(),
            header: BytesMut::new(),
        }
    }

    /// Writes a [`Sample`], or any other [`Media`].
    ///
    /// # Errors
    ///
    /// [`MuxError`], if it cannot be written. Then nothing of it has been, but for the configuration that its
    /// parameters made: that holds for the frames behind it.
    pub fn push(&mut self, media: impl Into<Media>) -> Result<(), MuxError> {
        match media.into() {
            Media::Sample(sample) => self.sample(sample),
            Media::VideoConfiguration {
                track,
                timestamp,
                configuration,
                form,
            } => self.video_configuration(track, timestamp, &configuration, form),
            Media::AudioConfiguration {
                track,
                timestamp,
                configuration,
                form,
            } => self.audio_configuration(track, timestamp, &configuration, form),
            Media::Mpeg2TsDescriptor {
                track,
                timestamp,
                codec,
                descriptor,
                form,
            } => {
                let header = Header::video(codec, track, VideoPacketType::Mpeg2TsSequenceStart, form);
                self.video(header, timestamp, &descriptor)
            }
            Media::MultichannelConfig {
                track,
                timestamp,
                codec,
                config,
                form,
            } => {
                let header = Header::audio(codec, track, AudioPacketType::MultichannelConfig, form);
                self.audio(header, timestamp, &config.encode()?)
            }
            Media::ColorInfo {
                track,
                timestamp,
                codec,
                info,
                body,
                form,
            } => {
                let body = body.unwrap_or_else(|| info.unwrap_or_default().to_body());
                let header = Header::video(codec, track, VideoPacketType::Metadata, form);
                self.video(header, timestamp, &body)
            }
            Media::SequenceEnd {
                track,
                timestamp,
                codec,
                form,
            } => match codec {
                Codec::Video(codec) => {
                    let header = Header::video(codec, track, VideoPacketType::SequenceEnd, form);
                    self.video(header, timestamp, &[])
                }
                Codec::Audio(codec) => {
                    let header = Header::audio(codec, track, AudioPacketType::SequenceEnd, form);
                    self.audio(header, timestamp, &[])
                }
            },
            Media::Command {
                timestamp,
                command,
                codec,
            } => self.command(timestamp, command, codec),
            Media::Silence { timestamp } => {
                self.give(MediaKind::Audio, timestamp, Bytes::new());
                Ok(())
            }
            Media::Metadata {
                timestamp,
                metadata,
                payload,
            } => {
                let payload = payload.unwrap_or_else(|| metadata.to_payload());
                self.give(MediaKind::Data, timestamp, payload);
                Ok(())
            }
            Media::Data { timestamp, payload } => {
                self.give(MediaKind::Data, timestamp, payload);
                Ok(())
            }
        }
    }

    /// The next message. `None`: all have been taken.
    pub fn poll(&mut self) -> Option<MediaMessage> {
        self.out.pop_front()
    }

    fn sample(&mut self, sample: Sample) -> Result<(), MuxError> {
        // A NAL unit of no bytes still has its length.
        let has_lengths = matches!(sample.codec, Codec::Video(codec) if NalCodec::of(codec).is_some());
        if sample.units.is_empty() || !has_lengths && sample.is_empty() {
            return Err(MuxError::EmptySample { track: sample.track });
        }
        match sample.codec {
            Codec::Video(codec) => self.picture(codec, &sample),
            Codec::Audio(codec) => self.sound(codec, sample),
        }
    }

    fn picture(&mut self, codec: VideoCodec, sample: &Sample) -> Result<(), MuxError> {
        if self.options.configurations == Configurations::FromStream {
            let track = self.track(sample.codec, sample.track);
            let configuration = track.configuration_in(codec, &sample.units)?;
            let can_decode = track.can_decode();
            match configuration {
                Some(configuration) => {
                    self.video_configuration(sample.track, sample.dts, &configuration, form_beside(sample))?;
                }
                None if can_decode => {}
                None => return Err(no_configuration(sample)),
            }
        }
        let length_size = self.track(sample.codec, sample.track).length_size;
        let header = Header::of_picture(codec, sample, self.options.spelling);
        let Some(packet) = header.spelled(self.options.spelling) else {
            return Ok(());
        };
        let has_lengths = NalCodec::of(codec).is_some();
        let lengths = if has_lengths {
            sample.units.len().saturating_mul(length_size.get().into())
        } else {
            0
        };
        let mut out = self.begin(
            |out| packet.write_header(out),
            sample.len().saturating_add(lengths),
        )?;
        if has_lengths {
            write_length_prefixed(&sample.units, length_size, &mut out)?;
        } else if codec == VideoCodec::Av1 {
            write_units(&sample.units, &mut out)?;
        } else {
            sample.units.iter().for_each(|unit| out.put_slice(unit));
        }
        self.give(MediaKind::Video, sample.dts, out.freeze());
        Ok(())
    }

    fn sound(&mut self, codec: AudioCodec, sample: Sample) -> Result<(), MuxError> {
        if self.options.configurations == Configurations::AsGiven {
            return self.raw_sound(codec, &sample);
        }
        if let Some((config, frames)) = without_adts(&sample) {
            let track = self.track(sample.codec, sample.track);
            if let Some(configuration) = track.configuration_of(config) {
                self.audio_configuration(sample.track, sample.dts, &configuration, form_beside(&sample))?;
            }
            return frames.iter().try_for_each(|frame| self.raw_sound(codec, frame));
        }
        if !self.track(sample.codec, sample.track).can_decode() {
            return Err(no_configuration(&sample));
        }
        self.raw_sound(codec, &sample)
    }

    fn raw_sound(&mut self, codec: AudioCodec, sample: &Sample) -> Result<(), MuxError> {
        let mut header = Header::audio(codec, sample.track, AudioPacketType::CodedFrames, sample.form);
        header.packet.nanos = sample.nanos;
        let first = sample.units.first().map(Bytes::as_ref).unwrap_or_default();
        let Some(packet) = header.spelled(self.options.spelling, first) else {
            return Ok(());
        };
        let mut out = self.begin(|out| packet.write_header(out), sample.len())?;
        sample.units.iter().for_each(|unit| out.put_slice(unit));
        self.give(MediaKind::Audio, sample.dts, out.freeze());
        Ok(())
    }

    fn video_configuration(
        &mut self,
        track: TrackId,
        timestamp: Timestamp,
        configuration: &VideoConfiguration,
        form: Option<TagForm>,
    ) -> Result<(), MuxError> {
        let codec = configuration.codec();
        let header = Header::video(codec, track, VideoPacketType::SequenceStart, form);
        self.video(header, timestamp, configuration.record())?;
        self.track(codec.into(), track).configure_video(configuration);
        Ok(())
    }

    fn audio_configuration(
        &mut self,
        track: TrackId,
        timestamp: Timestamp,
        configuration: &AudioConfiguration,
        form: Option<TagForm>,
    ) -> Result<(), MuxError> {
        let codec = configuration.codec();
        let header = Header::audio(codec, track, AudioPacketType::SequenceStart, form);
        self.audio(header, timestamp, configuration.record())?;
        self.track(codec.into(), track).configure_audio(configuration);
        Ok(())
    }

    fn command(
        &mut self,
        timestamp: Timestamp,
        command: VideoCommand,
        codec: Option<VideoCodec>,
    ) -> Result<(), MuxError> {
        let mut out = BytesMut::new();
        match codec {
            Some(codec) => command.write_legacy(codec, &mut out)?,
            None => command.write_enhanced(&mut out),
        }
        self.give(MediaKind::Video, timestamp, out.freeze());
        Ok(())
    }

    /// Writes any video message but a frame.
    fn video(
        &mut self,
        header: Header<VideoPacket<'static>>,
        timestamp: Timestamp,
        payload: &[u8],
    ) -> Result<(), MuxError> {
        if let Some(packet) = header.spelled(self.options.spelling) {
            let mut out = self.begin(|out| packet.write_header(out), payload.len())?;
            out.put_slice(payload);
            self.give(MediaKind::Video, timestamp, out.freeze());
        }
        Ok(())
    }

    /// Writes any audio message but a frame.
    fn audio(
        &mut self,
        header: Header<AudioPacket<'static>>,
        timestamp: Timestamp,
        payload: &[u8],
    ) -> Result<(), MuxError> {
        if let Some(packet) = header.spelled(self.options.spelling, &[]) {
            let mut out = self.begin(|out| packet.write_header(out), payload.len())?;
            out.put_slice(payload);
            self.give(MediaKind::Audio, timestamp, out.freeze());
        }
        Ok(())
    }

    /// The track of this number, which is a new one if it has not been seen.
    fn track(&mut self, codec: Codec, id: TrackId) -> &mut Track {
        let key = TrackKey::new(codec, id);
        let track = self.tracks.entry(key).or_insert_with(|| Track::new(codec));
        track.set_codec(codec);
        track
    }

    /// The beginning of a message: the header, and room for `len` bytes of payload. Were there room for more, `freeze`
    /// would have to allocate.
    fn begin(
        &mut self,
        write_header: impl FnOnce(&mut BytesMut) -> Result<(), UnwritableTag>,
        len: usize,
    ) -> Result<BytesMut, UnwritableTag> {
        self.header.clear();
        write_header(&mut self.header)?;
        let mut out = BytesMut::with_capacity(self.header.len().saturating_add(len));
        out.put_slice(&self.header);
        Ok(out)
    }

    fn give(&mut self, kind: MediaKind, timestamp: Timestamp, payload: Bytes) {
        self.out.push_back(MediaMessage {
            kind,
            timestamp,
            payload,
        });
    }
}

/// The form of a configuration that is made for a frame.
fn form_beside(sample: &Sample) -> Option<TagForm> {
    sample.form.map(|form| TagForm {
        frame_type: None,
        ..form
    })
}

const fn no_configuration(sample: &Sample) -> MuxError {
    MuxError::NoConfiguration {
        codec: sample.codec,
        track: sample.track,
    }
}
