//! Message by message to tracks.

use bytes::Bytes;
use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::metadata::Metadata;
use rtmp_core::media::nal::{self, LengthSize, NalCodec};
use rtmp_core::media::video::VideoCodec;
use rtmp_core::media::{MediaKind, MediaMessage};

use super::clock::Clock;
use super::gop::Gops;
use super::identity::{Configured, Identity, needs_configuration};
use super::interleave::InterleaveReader;
use super::metadata::{self, Data};
use super::pictures::Picture;
use super::rate::{self, BitRate};
use super::{Announced, MAX_INTERLEAVE_MS, Sample, Track, Tracks};
use crate::inspect::amf;
use crate::inspect::finding::{Findings, TrackName, Trouble};
use crate::inspect::media::{Codec, Packet, packets};
use crate::inspect::place::Place;

/// Reads tracks.
#[derive(Default)]
pub(in crate::inspect) struct TracksReader {
    tracks: Vec<TrackReader>,
    findings: Findings,
    interleave: InterleaveReader,
    metadata: Option<(Box<Metadata>, Place)>,
    announced: Vec<Announced>,
    /// FFmpeg gives up looking for tracks at a frame that it cannot find a configuration for.
    is_unannounced: bool,
    /// Of the last frame of any track.
    clock: Clock,
}

struct TrackReader {
    name: TrackName,
    codec: Option<Codec>,
    codec_name: Option<String>,
    is_enhanced: bool,
    metadata_rate: Option<f64>,
    configured: Option<Configured>,
    /// Sequence headers, and those that were not like the one before.
    configurations: usize,
    changes: usize,
    identity: Identity,
    clock: Clock,
    samples: Vec<Sample>,
    /// How many frames have B-slices, and where the first is.
    b_slices: (u64, Option<Place>),
}

impl TracksReader {
    /// Takes the next message of a stream.
    pub(in crate::inspect) fn take(&mut self, message: &MediaMessage, place: Place) {
        if message.kind == MediaKind::Data {
            self.take_data(message, place);
        }
        for packet in packets(message.kind, &message.payload) {
            self.take_packet(&packet, message, place);
        }
    }

    /// Something was found that is no message's fault.
    pub(in crate::inspect) fn findings(&mut self) -> &mut Findings {
        &mut self.findings
    }

    fn take_data(&mut self, message: &MediaMessage, place: Place) {
        if let (_, Some(malformed)) = amf::decode(&message.payload) {
            let name = TrackName {
                kind: MediaKind::Data,
                id: Default::default(),
            };
            self.findings
                .add(Some(name), Trouble::Malformed, Some(place), || {
                    format!("{}, at byte {} of its data", malformed.error, malformed.offset)
                });
        }
        let data = Data::read(&message.payload);
        let is_late = message.timestamp.as_millis() > 0 && data != Data::Other;
        if let Data::Metadata(metadata) = data {
            self.metadata.get_or_insert((metadata, place));
        }
        if is_late && !self.is_unannounced && !self.announced.contains(&Announced::Text) {
            self.announced.push(Announced::Text);
        }
    }

    fn take_packet(&mut self, packet: &Packet<'_>, message: &MediaMessage, place: Place) {
        let name = TrackName {
            kind: message.kind,
            id: packet.track,
        };
        if packet.is_malformed {
            let detail = || match &packet.codec {
                Some(codec) => format!("{codec}, {}", packet.kind),
                None => packet.kind.to_string(),
            };
            self.findings
                .add(Some(name), Trouble::Malformed, Some(place), detail);
            return;
        }
        let Some(codec) = packet.codec_id.filter(|_| packet.kind != "metadata") else {
            return;
        };
        let index = match self.tracks.iter().position(|track| track.name == name) {
            Some(index) => index,
            None => self.begin(name, packet),
        };
        let Some(track) = self.tracks.get_mut(index) else {
            return;
        };
        if track.codec != Some(codec) {
            let (from, to) = (track.codec_name.clone(), packet.codec.clone());
            self.findings
                .add(Some(name), Trouble::CodecChanged, Some(place), || {
                    format!("from {} to {}", from.unwrap_or_default(), to.unwrap_or_default())
                });
            track.codec = Some(codec);
            track.codec_name = packet.codec.clone();
            track.configured = None;
        }
        if is_private(codec) && !packet.is_enhanced {
            self.findings
                .add(Some(name), Trouble::PrivateCodecId, Some(place), || {
                    packet.codec.clone().unwrap_or_default()
                });
        }
        let payload = message.payload.slice_ref(packet.payload);
        if packet.is_config() {
            track.configure(codec, payload, place, &mut self.findings);
        } else if packet.is_frame() && payload.is_empty() {
            self.findings
                .add(Some(name), Trouble::Empty, Some(place), String::new);
        } else if packet.is_frame() {
            let sample = track.frame(
                codec,
                packet,
                &payload,
                message,
                (self.clock, place),
                &mut self.findings,
            );
            self.is_unannounced |= track.configured.is_none() && is_undivided(codec, &payload);
            self.clock = track.clock;
            self.interleave.take(name.kind, sample.dts, place);
        }
    }

    fn begin(&mut self, name: TrackName, packet: &Packet<'_>) -> usize {
        let index = self.tracks.len();
        self.tracks.push(TrackReader {
            name,
            codec: packet.codec_id,
            codec_name: packet.codec.clone(),
            is_enhanced: packet.is_enhanced,
            metadata_rate: self
                .metadata
                .as_ref()
                .and_then(|(metadata, _)| metadata::frame_rate(metadata)),
            configured: None,
            configurations: 0,
            changes: 0,
            identity: Identity::default(),
            clock: Clock::default(),
            samples: Vec::new(),
            b_slices: (0, None),
        });
        if !self.is_unannounced {
            self.announced.push(Announced::Track(index));
        }
        index
    }

    /// What all messages together say.
    pub(in crate::inspect) fn finish(self) -> Tracks {
        let mut findings = self.findings;
        let tracks: Vec<_> = self
            .tracks
            .into_iter()
            .map(|track| track.finish(&mut findings))
            .collect();
        if let Some((metadata, place)) = self.metadata {
            for track in &tracks {
                metadata::judge(&metadata, track, place, &mut findings);
            }
        }
        let interleave = self.interleave.finish();
        if let Some(most) = interleave.filter(|most| most.max_distance_ms > MAX_INTERLEAVE_MS) {
            findings.add(None, Trouble::Interleave, Some(most.place), || {
                format!("{} ms", most.max_distance_ms)
            });
        }
        Tracks {
            tracks,
            findings: findings.into_sorted(),
            interleave,
            announced: self.announced,
        }
    }
}

/// Whether the codec has no id in the specification of legacy headers.
const fn is_private(codec: Codec) -> bool {
    matches!(
        codec,
        Codec::Video(VideoCodec::Hevc | VideoCodec::Av1 | VideoCodec::Vvc | VideoCodec::UnknownId(_))
            | Codec::Audio(AudioCodec::UnknownId(_))
    )
}

/// Whether FFmpeg looks for parameter sets in this frame, and cannot find any for want of start codes.
fn is_undivided(codec: Codec, payload: &[u8]) -> bool {
    matches!(codec, Codec::Video(codec) if NalCodec::of(codec).is_some()) && !nal::looks_like_annex_b(payload)
}

impl TrackReader {
    fn configure(&mut self, codec: Codec, record: Bytes, place: Place, findings: &mut Findings) {
        self.configurations += 1;
        // FFmpeg may send one of AV1 before it knows the sequence header.
        if record.is_empty() && codec == Codec::Video(VideoCodec::Av1) {
            return;
        }
        if self
            .configured
            .as_ref()
            .is_some_and(|before| before.record == record)
        {
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

    fn frame(
        &mut self,
        codec: Codec,
        packet: &Packet<'_>,
        payload: &Bytes,
        message: &MediaMessage,
        (clock, place): (Clock, Place),
        findings: &mut Findings,
    ) -> Sample {
        let name = Some(self.name);
        if self.configured.is_none() && needs_configuration(codec) {
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
        if let Codec::Video(codec) = codec
            && let Some(codec) = NalCodec::of(codec)
        {
            self.picture(codec, &sample, payload, findings);
        }
        self.samples.push(sample);
        sample
    }

    fn picture(&mut self, codec: NalCodec, sample: &Sample, payload: &Bytes, findings: &mut Findings) {
        let (name, place) = (Some(self.name), Some(sample.place));
        let configured = self.configured.as_ref();
        let size = configured.and_then(|configured| configured.length_size);
        match Picture::read(codec, size.unwrap_or(LengthSize::FOUR), payload) {
            Ok(picture) => {
                if picture.has_b_slice {
                    let (count, first) = &mut self.b_slices;
                    *count += 1;
                    first.get_or_insert(sample.place);
                }
                let slices = (picture.is_key, picture.is_inter);
                if sample.is_key && slices == (false, true) {
                    findings.add(name, Trouble::NotKey, place, || {
                        "no slice is of a key picture".into()
                    });
                } else if !sample.is_key && slices == (true, false) {
                    findings.add(name, Trouble::UnmarkedKey, place, String::new);
                }
            }
            Err(error) => findings.add(name, Trouble::BadUnits, place, || error.to_string()),
        }
    }

    fn finish(self, findings: &mut Findings) -> Track {
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
        let (count, first) = self.b_slices;
        if track.composition_times == Some((0, 0)) {
            for _ in 0..count {
                findings.add(Some(self.name), Trouble::NoCompositionTimes, first, String::new);
            }
        }
        track
    }
}
