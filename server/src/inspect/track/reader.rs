//! Message by message to tracks.

use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::metadata::Metadata;
use rtmp_core::media::nal::{self, NalCodec};
use rtmp_core::media::video::VideoCodec;
use rtmp_core::media::{MediaKind, MediaMessage};

use super::clock::Clock;
use super::interleave::InterleaveReader;
use super::metadata::{self, Data};
use super::single::TrackReader;
use super::{Announced, MAX_INTERLEAVE_MS, Tracks};
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
        if packet.kind == "empty" {
            self.findings
                .add(Some(name), Trouble::Empty, Some(place), String::new);
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
        track.go_on(packet, place, &mut self.findings);
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
            self.is_unannounced |= !track.is_configured() && is_undivided(codec, &payload);
            self.clock = track.clock;
            self.interleave.take(name.kind, sample.dts, place);
        }
    }

    fn begin(&mut self, name: TrackName, packet: &Packet<'_>) -> usize {
        let index = self.tracks.len();
        let metadata = self.metadata.as_ref();
        let rate = metadata.and_then(|(metadata, _)| metadata::frame_rate(metadata));
        self.tracks.push(TrackReader::new(name, packet, rate));
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
