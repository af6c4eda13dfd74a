//! One track, packet by packet.

use bytes::Bytes;
use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::config::aac::looks_like_adts;
use rtmp_core::media::nal::LengthSize;
use rtmp_core::media::video::VideoCodec;
use rtmp_core::media::{MediaKind, MediaMessage};

use super::clock::Clock;
use super::gop::Gops;
use super::identity::{Configured, Identity, needs_configuration};
use super::pictures::Picture;
use super::rate::{self, BitRate};
use super::{Sample, Track};
use crate::inspect::finding::{Findings, TrackName, Trouble};
use crate::inspect::media::{Codec, Packet};
use crate::inspect::place::Place;

/// Reads a track.
pub(super) struct TrackReader {
    pub(super) name: TrackName,
    codec: Option<Codec>,
    codec_name: Option<String>,
    is_enhanced: bool,
    metadata_rate: Option<f64>,
    configured: Option<Configured>,
    /// Sequence headers, and those that were not like the one before.
    configurations: usize,
    changes: usize,
    identity: Identity,
    pub(super) clock: Clock,
    samples: Vec<Sample>,
    /// Frames that are not shown in the order of decoding by their own bytes, by their place among all.
    reordered: Vec<usize>,
}

impl TrackReader {
    /// A track that begins with this packet.
    pub(super) fn new(name: TrackName, packet: &Packet<'_>, metadata_rate: Option<f64>) -> Self {
        Self {
            name,
            codec: packet.codec_id,
            codec_name: packet.codec.clone(),
            is_enhanced: packet.is_enhanced,
            metadata_rate,
            configured: None,
            configurations: 0,
            changes: 0,
            identity: Identity::default(),
            clock: Clock::default(),
            samples: Vec::new(),
            reordered: Vec::new(),
        }
    }

    pub(super) fn is_configured(&self) -> bool {
        self.configuration().is_some()
    }

    /// The last one for the codec that the track has now: another one in between does not touch it.
    fn configuration(&self) -> Option<&Configured> {
        let configured = self.configured.as_ref();
        configured.filter(|configured| Some(configured.codec) == self.codec)
    }

    /// The track goes on with this packet, and perhaps with another codec.
    pub(super) fn go_on(&mut self, packet: &Packet<'_>, place: Place, findings: &mut Findings) {
        if self.codec == packet.codec_id {
            return;
        }
        let name = |codec: &Option<String>| codec.clone().unwrap_or_default();
        findings.add(Some(self.name), Trouble::CodecChanged, Some(place), || {
            format!("from {} to {}", name(&self.codec_name), name(&packet.codec))
        });
        self.codec = packet.codec_id;
        self.codec_name = packet.codec.clone();
    }

    pub(super) fn configure(&mut self, codec: Codec, record: Bytes, place: Place, findings: &mut Findings) {
        self.configurations += 1;
        // FFmpeg may send one of AV1 before it knows the sequence header.
        if record.is_empty() && codec == Codec::Video(VideoCodec::Av1) {
            return;
        }
        if self.configuration().is_some_and(|before| before.record == record) {
            return;
        }
        match Configured::read(codec, &record) {
            Ok(configured) => {
                if let Some(before) = &self.configured {
                    self.changes += 1;
                    findings.add(
                        Some(self.name),
                        Trouble::ConfigurationChanged,
                        Some(place),
                        || {
                            let (from, to) = (before.identity.brief(), configured.identity.brief());
                            format!("from {from} to {to}")
                        },
                    );
                } else {
                    self.identity = configured.identity.clone();
                }
                self.configured = Some(configured);
            }
            Err(error) => {
                let detail = || error.to_string();
                findings.add(Some(self.name), Trouble::BadConfiguration, Some(place), detail);
            }
        }
    }

    pub(super) fn frame(
        &mut self,
        codec: Codec,
        packet: &Packet<'_>,
        payload: &Bytes,
        message: &MediaMessage,
        (clock, place): (Clock, Place),
        findings: &mut Findings,
    ) -> Sample {
        let name = Some(self.name);
        if needs_configuration(codec) && !self.is_configured() {
            findings.add(name, Trouble::NoConfiguration, Some(place), String::new);
        }
        if self.samples.is_empty() || !self.identity.is_complete() {
            self.identity.complete(codec, packet.sound, payload);
        }
        let is_first = !self.clock.has_started();
        if is_first {
            self.clock = clock;
        }
        let tick = self.clock.tick(message.timestamp);
        if tick.wraps_early && !is_first {
            findings.add(name, Trouble::Wraps, Some(place), String::new);
        }
        let sample = Sample {
            dts: tick.millis,
            composition_time: packet.composition_time,
            bytes: payload.len(),
            is_key: packet.is_key,
            is_disposable: packet.is_disposable,
            place,
        };
        match codec {
            Codec::Video(codec) => self.picture(codec, &sample, payload, findings),
            Codec::Audio(AudioCodec::Aac) if looks_like_adts(payload) => {
                findings.add(name, Trouble::Adts, Some(place), String::new);
            }
            Codec::Audio(_) => {}
        }
        self.samples.push(sample);
        sample
    }

    /// Holds what a frame's tag says of it against its own bytes.
    fn picture(&mut self, codec: VideoCodec, sample: &Sample, payload: &Bytes, findings: &mut Findings) {
        let (name, place) = (Some(self.name), Some(sample.place));
        let size = self.configuration().and_then(|configured| configured.length_size);
        match Picture::read(codec, size.unwrap_or(LengthSize::FOUR), payload) {
            Ok(picture) => {
                if picture.has_start_codes {
                    findings.add(name, Trouble::StartCodes, place, String::new);
                }
                self.size(picture.size, sample.place, findings);
                if picture.is_reordered {
                    self.reordered.push(self.samples.len());
                }
                match (sample.is_key, picture.is_key) {
                    (true, Some(false)) => findings.add(name, Trouble::NotKey, place, String::new),
                    (false, Some(true)) => findings.add(name, Trouble::UnmarkedKey, place, String::new),
                    _ => {}
                }
            }
            Err(error) => findings.add(name, Trouble::BadUnits, place, || error.to_string()),
        }
    }

    /// Holds the size of a picture against that of the configuration, if it has one.
    fn size(&self, found: Option<(u32, u32)>, place: Place, findings: &mut Findings) {
        let configured = self.configuration();
        let video = configured.and_then(|configured| configured.identity.video.as_ref());
        if let (Some((width, height)), Some(video)) = (found, video)
            && video.width > 0
            && (width, height) != (video.width, video.height)
        {
            let detail = || format!("{width}x{height} instead of {}x{}", video.width, video.height);
            findings.add(Some(self.name), Trouble::UnconfiguredSize, Some(place), detail);
        }
    }

    pub(super) fn finish(self, findings: &mut Findings) -> Track {
        let samples = &self.samples;
        let step = rate::typical_step(samples);
        let is_video = self.name.kind == MediaKind::Video;
        let span = samples.first().zip(samples.last());
        let composition_times = || samples.iter().map(|sample| sample.composition_time);
        let track = Track {
            name: self.name,
            codec: self.codec,
            codec_name: self.codec_name,
            is_enhanced: self.is_enhanced,
            metadata_rate: self.metadata_rate,
            configurations: self.configurations,
            configuration_changes: self.changes,
            frames: samples.len(),
            keyframes: samples.iter().filter(|sample| sample.is_key).count(),
            bytes: samples.iter().map(|sample| sample.bytes).sum(),
            span: span.map(|(first, last)| (first.dts, last.dts)),
            step,
            frame_rate: rate::frame_rate(samples),
            bit_rate: BitRate::of(samples, step.unwrap_or_default() as f64),
            composition_times: composition_times()
                .min()
                .zip(composition_times().max())
                .filter(|_| is_video),
            gops: Gops::of(samples),
            identity: self.identity,
        };
        track.judge(samples, findings);
        track.judge_order(samples, &self.reordered, findings);
        track
    }
}
