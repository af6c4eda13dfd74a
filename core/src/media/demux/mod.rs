//! Messages in, frames out.
//!
//! ```
//! use rtmp_core::media::demux::{DemuxOptions, Demuxer};
//! use rtmp_core::media::sample::Media;
//! use rtmp_core::media::{MediaKind, MediaMessage};
//! use rtmp_core::units::Timestamp;
//!
//! // A key frame of AVC, to be shown 40 ms after it is decoded: one NAL unit of 3 bytes.
//! let message = MediaMessage {
//!     kind: MediaKind::Video,
//!     timestamp: Timestamp::from_millis(1000),
//!     payload: vec![0x17, 0x01, 0, 0, 40, 0, 0, 0, 3, 0x65, 0x88, 0x84].into(),
//! };
//!
//! let mut demuxer = Demuxer::new(DemuxOptions::default());
//! demuxer.handle(&message);
//! while let Some(media) = demuxer.poll() {
//!     match media {
//!         Ok(Media::Sample(sample)) => {
//!             assert!(sample.keyframe);
//!             assert_eq!(sample.pts(), Timestamp::from_millis(1040));
//!             assert_eq!(sample.units[0][..], [0x65, 0x88, 0x84]);
//!         }
//!         Ok(other) => panic!("{other:?}"),
//!         Err(error) => panic!("{error}"),
//!     }
//! }
//! ```

#![deny(clippy::arithmetic_side_effects)]

mod error;
mod options;
#[cfg(test)]
mod tests;
mod track;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

pub use self::error::{MediaError, MediaFault};
pub use self::options::DemuxOptions;
use self::track::{Room, Track, Units};
use super::audio::{AudioCodec, AudioPacket, AudioPacketType, AudioTag};
use super::config::multichannel::MultichannelConfig;
use super::config::{AudioConfiguration, VideoConfiguration};
use super::metadata::{ColorInfo, Metadata};
use super::nal::{NalCounts, looks_like_annex_b};
use super::sample::{Codec, Media, Sample, TagForm, TrackKey, says_key, without_adts};
use super::video::{FrameType, VideoCodec, VideoPacket, VideoPacketType, VideoTag};
use super::{Class, MediaKind, MediaMessage, TagError, TrackId};
use crate::units::Timestamp;

/// Makes frames and all else that a stream says of its messages.
///
/// Call [`handle`](Self::handle) with a message, then [`poll`](Self::poll) until there is no more. Payloads are
/// slices of the message's, so they keep its bytes alive and copy none. What cannot be read is an error in its
/// place, and the demuxer goes on.
///
/// It puts right what some encoders get wrong: NAL units behind start codes where lengths should be, and AAC with
/// ADTS headers (for which it makes the configuration, if there is none). Messages and packets of no bytes, and
/// empty configuration records of codecs that need one, mean nothing and are left out and [counted](Self::empty).
#[derive(Debug)]
pub struct Demuxer {
    options: DemuxOptions,
    /// [`DemuxOptions::max_tracks`] at most.
    tracks: BTreeMap<TrackKey, Track>,
    out: VecDeque<Result<Media, MediaError>>,
    empty: u64,
    /// Of the message being read: [`DemuxOptions::max_units`] at most.
    units: usize,
}

/// The message, or the part of one, that is being read.
#[derive(Clone, Copy)]
struct Place<'a> {
    message: &'a MediaMessage,
    track: Option<TrackId>,
}

impl Place<'_> {
    const fn timestamp(self) -> Timestamp {
        self.message.timestamp
    }

    const fn error(self, fault: MediaFault) -> MediaError {
        MediaError {
            kind: self.message.kind,
            timestamp: self.message.timestamp,
            track: self.track,
            fault,
        }
    }

    /// A part of the message's payload.
    fn slice(self, part: &[u8]) -> Bytes {
        self.message.payload.slice_ref(part)
    }
}

impl Demuxer {
    /// A demuxer at the beginning of a stream, or anywhere in it.
    pub fn new(options: DemuxOptions) -> Self {
        Self {
            options,
            tracks: BTreeMap::new(),
            out: VecDeque::new(),
            empty: 0,
            units: 0,
        }
    }

    /// Reads a message.
    pub fn handle(&mut self, message: &MediaMessage) {
        let place = Place { message, track: None };
        self.units = 0;
        let read = match message.kind {
            MediaKind::Video => self.video(place),
            MediaKind::Audio => self.audio(place),
            MediaKind::Data => {
                self.data(place);
                Ok(())
            }
        };
        if let Err(error) = read {
            self.fail(place, error);
        }
    }

    /// What has been read, in the order of the wire. `None`: all has been taken.
    pub fn poll(&mut self) -> Option<Result<Media, MediaError>> {
        self.out.pop_front()
    }

    /// Messages and packets that held nothing, and were left out.
    pub const fn empty(&self) -> u64 {
        self.empty
    }

    /// What the filter of a track of video has kept and dropped.
    pub fn nal_counts(&self, track: TrackId) -> Option<NalCounts> {
        let key = TrackKey::new(Codec::Video(VideoCodec::Avc), track);
        let track = self.tracks.get(&key)?;
        Some(track.filter.counts())
    }

    fn video(&mut self, place: Place<'_>) -> Result<(), MediaFault> {
        let payload = &place.message.payload;
        match VideoTag::parse(payload)? {
            VideoTag::Empty => self.count_empty(),
            VideoTag::Command(command) => {
                // Only a legacy header names a codec.
                let codec = payload.first().filter(|&&first| first < 0x80);
                self.give(Media::Command {
                    timestamp: place.timestamp(),
                    command,
                    codec: codec.map(|first| VideoCodec::from_id(first & 0x0F)),
                });
            }
            VideoTag::Packets(packets) => self.packets(place, packets, |this, packet: VideoPacket<'_>| {
                let place = Place {
                    track: Some(packet.track),
                    ..place
                };
                if let Err(fault) = this.video_packet(place, &packet) {
                    this.fail(place, fault);
                }
            }),
        }
        Ok(())
    }

    fn audio(&mut self, place: Place<'_>) -> Result<(), MediaFault> {
        match AudioTag::parse(&place.message.payload)? {
            AudioTag::Silence => self.give(Media::Silence {
                timestamp: place.timestamp(),
            }),
            AudioTag::Packets(packets) => self.packets(place, packets, |this, packet: AudioPacket<'_>| {
                let place = Place {
                    track: Some(packet.track),
                    ..place
                };
                if let Err(fault) = this.audio_packet(place, &packet) {
                    this.fail(place, fault);
                }
            }),
        }
        Ok(())
    }

    fn packets<P>(
        &mut self,
        place: Place<'_>,
        packets: impl Iterator<Item = Result<P, TagError>>,
        mut read: impl FnMut(&mut Self, P),
    ) {
        let limit = self.options.max_packets;
        for (count, packet) in packets.enumerate() {
            if count >= limit {
                return self.fail(place, MediaFault::TooManyPackets { limit });
            }
            match packet {
                Ok(packet) => read(self, packet),
                Err(error) => self.fail(place, error.into()),
            }
        }
    }

    fn video_packet(&mut self, place: Place<'_>, packet: &VideoPacket<'_>) -> Result<(), MediaFault> {
        let payload = place.slice(packet.payload);
        let (track, timestamp, codec) = (packet.track, place.timestamp(), packet.codec);
        let form = Some(TagForm::of_video(packet));
        match packet.packet_type {
            VideoPacketType::SequenceEnd => self.give(Media::SequenceEnd {
                track,
                timestamp,
                codec: codec.into(),
                form,
            }),
            _ if payload.is_empty() => self.count_empty(),
            VideoPacketType::SequenceStart => {
                let configuration = with_lengths(VideoConfiguration::parse(codec, &payload)?);
                self.track(track, codec.into())?.configure(&configuration);
                self.give(Media::VideoConfiguration {
                    track,
                    timestamp,
                    configuration,
                    form,
                });
            }
            VideoPacketType::Mpeg2TsSequenceStart => self.give(Media::Mpeg2TsDescriptor {
                track,
                timestamp,
                codec,
                descriptor: payload,
                form,
            }),
            VideoPacketType::Metadata => {
                let info = ColorInfo::from_body(&payload, &self.options.limits);
                let info = info.unwrap_or_else(|error| {
                    self.fail(place, error.into());
                    None
                });
                self.give(Media::ColorInfo {
                    track,
                    timestamp,
                    codec,
                    info: info.map(Box::new),
                    body: Some(payload),
                    form,
                });
            }
            VideoPacketType::CodedFrames | VideoPacketType::CodedFramesX => {
                self.frame(place, packet, payload)?;
            }
        }
        Ok(())
    }

    fn frame(
        &mut self,
        place: Place<'_>,
        packet: &VideoPacket<'_>,
        payload: Bytes,
    ) -> Result<(), MediaFault> {
        let room = Room {
            used: self.units,
            limit: self.options.max_units,
        };
        let track = self.track(packet.track, packet.codec.into())?;
        let mut units = Units::new();
        track.divide(packet.codec, payload, room, &mut units)?;
        self.units = self.units.saturating_add(units.len());
        if units.is_empty() {
            self.count_empty();
            return Ok(());
        }
        let marked = match packet.frame_type {
            FrameType::Key | FrameType::GeneratedKey => Some(true),
            FrameType::Inter | FrameType::DisposableInter => Some(false),
            FrameType::Command | FrameType::Reserved(_) => None,
        };
        let is_key = says_key(packet.codec, &units);
        match (marked, is_key) {
            (Some(true), Some(false)) => self.fail(place, MediaFault::MarkedAsKey),
            (Some(false), Some(true)) => self.fail(place, MediaFault::NotMarkedAsKey),
            _ => {}
        }
        self.give(Media::from(Sample {
            codec: packet.codec.into(),
            track: packet.track,
            dts: place.timestamp(),
            composition_time: packet.composition_time,
            nanos: packet.nanos,
            keyframe: is_key.or(marked).unwrap_or(false),
            disposable: packet.frame_type == FrameType::DisposableInter,
            units,
            form: Some(TagForm::of_video(packet)),
        }));
        Ok(())
    }

    fn audio_packet(&mut self, place: Place<'_>, packet: &AudioPacket<'_>) -> Result<(), MediaFault> {
        let payload = place.slice(packet.payload);
        let (track, timestamp, codec) = (packet.track, place.timestamp(), packet.codec);
        let form = Some(TagForm::of_audio(packet));
        match packet.packet_type {
            AudioPacketType::SequenceEnd => self.give(Media::SequenceEnd {
                track,
                timestamp,
                codec: codec.into(),
                form,
            }),
            // The other codecs can do without one, and then say so.
            AudioPacketType::SequenceStart if payload.is_empty() && codec == AudioCodec::Aac => {
                self.count_empty();
            }
            AudioPacketType::SequenceStart => {
                let configuration = AudioConfiguration::parse(codec, &payload)?;
                self.track(track, codec.into())?.is_configured = true;
                self.give(Media::AudioConfiguration {
                    track,
                    timestamp,
                    configuration,
                    form,
                });
            }
            AudioPacketType::MultichannelConfig => self.give(Media::MultichannelConfig {
                track,
                timestamp,
                codec,
                config: MultichannelConfig::parse(&payload)?,
                form,
            }),
            AudioPacketType::CodedFrames if payload.is_empty() => self.count_empty(),
            AudioPacketType::CodedFrames => self.sound(place, packet, payload)?,
        }
        Ok(())
    }

    fn sound(
        &mut self,
        place: Place<'_>,
        packet: &AudioPacket<'_>,
        payload: Bytes,
    ) -> Result<(), MediaFault> {
        let is_configured = self.track(packet.track, packet.codec.into())?.is_configured;
        let form = Some(TagForm::of_audio(packet));
        let sample = Sample {
            nanos: packet.nanos,
            form,
            ..Sample::audio(packet.codec, place.timestamp(), payload).on_track(packet.track)
        };
        if packet.codec == AudioCodec::Aac
            && let Some((config, frames)) = without_adts(&sample)
        {
            if !is_configured {
                self.track(packet.track, packet.codec.into())?.is_configured = true;
                self.give(Media::AudioConfiguration {
                    track: packet.track,
                    timestamp: place.timestamp(),
                    configuration: config.into(),
                    form,
                });
            }
            frames.into_iter().for_each(|frame| self.give(frame.into()));
            return Ok(());
        }
        self.give(sample.into());
        Ok(())
    }

    fn data(&mut self, place: Place<'_>) {
        let payload = place.message.payload.clone();
        let timestamp = place.timestamp();
        let class = place.message.class();
        if class == Class::Empty {
            return self.count_empty();
        }
        if class == Class::Metadata {
            match Metadata::from_payload(&payload, &self.options.limits) {
                Ok(metadata) => {
                    return self.give(Media::Metadata {
                        timestamp,
                        metadata: Box::new(metadata),
                        payload: Some(payload),
                    });
                }
                Err(error) => self.fail(place, error.into()),
            }
        }
        self.give(Media::Data { timestamp, payload });
    }

    /// The track of this number, which is a new one if it has not been seen.
    fn track(&mut self, id: TrackId, codec: Codec) -> Result<&mut Track, MediaFault> {
        let limit = self.options.max_tracks;
        let count = self.tracks.len();
        let track = match self.tracks.entry(TrackKey::new(codec, id)) {
            Entry::Occupied(track) => track.into_mut(),
            Entry::Vacant(_) if count >= limit => return Err(MediaFault::TooManyTracks { limit }),
            Entry::Vacant(place) => place.insert(Track::new(codec, &self.options)),
        };
        track.set_codec(codec);
        Ok(track)
    }

    #[inline]
    fn give(&mut self, media: Media) {
        self.out.push_back(Ok(media));
    }

    fn fail(&mut self, place: Place<'_>, fault: MediaFault) {
        self.out.push_back(Err(place.error(fault)));
    }

    const fn count_empty(&mut self) {
        self.empty = self.empty.saturating_add(1);
    }
}

/// A configuration for units with lengths. Some encoders send parameter sets with start codes in the place of the
/// record, and the demuxer hands out units without start codes.
fn with_lengths(configuration: VideoConfiguration) -> VideoConfiguration {
    if !looks_like_annex_b(configuration.record()) {
        return configuration;
    }
    match configuration {
        VideoConfiguration::Avc(record) => record.into_value().into(),
        VideoConfiguration::Hevc(record) => record.into_value().into(),
        VideoConfiguration::Vvc(record) => record.into_value().into(),
        VideoConfiguration::Av1(_)
        | VideoConfiguration::Vp8(_)
        | VideoConfiguration::Vp9(_)
        | VideoConfiguration::Other(..) => configuration,
    }
}
