//! The facts of audio, video and data, by message stream. The hashes tell whether media came through unchanged.

use std::collections::{BTreeMap, BTreeSet};

use rtmp_core::chunk::Message;
use rtmp_core::media::{MediaKind, MediaMessage};
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::amf;
use super::media::{Packet, packets};
use super::session::{media_message, media_parts};
use super::text::hex;

/// How many data messages are listed.
const MAX_DATA: usize = 3;

/// What one message stream carried.
#[derive(Debug, Default, Serialize)]
pub(super) struct StreamFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<KindFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<KindFacts>,
    #[serde(skip_serializing_if = "is_zero")]
    data_messages: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    first_data: Vec<DataFacts>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Debug, Serialize)]
struct DataFacts {
    ts: u32,
    values: Vec<Json>,
}

/// All audio, or all video, of a message stream.
#[derive(Debug, Serialize)]
struct KindFacts {
    messages: u64,
    message_bytes: usize,
    codec: Option<String>,
    enhanced: bool,
    kinds: BTreeMap<String, u64>,
    first_dts: u32,
    last_dts: u32,
    dts_goes_back: u64,
    /// Of all message bodies, one after the other.
    sha256_messages: String,
    /// If there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    codecs: Option<Vec<String>>,
    #[serde(flatten)]
    tracks: TracksFacts,
    #[serde(flatten)]
    composition_times: Option<CompositionTimes>,
    /// The first bytes of legacy audio messages.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    tag_header_bytes: BTreeSet<String>,
}

#[derive(Debug, Serialize)]
struct CompositionTimes {
    cts_min: Option<i32>,
    cts_max: Option<i32>,
}

/// One track's facts stand among those of its kind.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum TracksFacts {
    One(TrackFacts),
    Many { tracks: Vec<TrackFacts> },
}

#[derive(Debug, Serialize)]
struct TrackFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    track: Option<u8>,
    /// Beside other tracks: `null` if it is not known, and left out if the track is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    codec: Option<Json>,
    frames: u64,
    frame_bytes: usize,
    first_frame_dts: Option<u32>,
    last_frame_dts: Option<u32>,
    config_sha256: Vec<String>,
    /// Of the codec's bytes of all frames, without any header.
    sha256_frames: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fourcc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyframes: Option<u64>,
}

/// The facts of all media among `messages`, by message stream.
pub(super) fn media_streams<'a>(messages: impl Iterator<Item = &'a Message>) -> BTreeMap<u32, StreamFacts> {
    let mut streams: BTreeMap<u32, StreamCount> = BTreeMap::new();
    for message in messages {
        for part in media_parts(message).iter().filter_map(media_message) {
            streams.entry(message.stream.get()).or_default().take(&part);
        }
    }
    streams
        .into_iter()
        .map(|(stream, count)| (stream, count.finish()))
        .collect()
}

#[derive(Default)]
pub(super) struct StreamCount {
    video: KindCount,
    audio: KindCount,
    data_messages: usize,
    first_data: Vec<DataFacts>,
}

impl StreamCount {
    pub(super) fn take(&mut self, message: &MediaMessage) {
        match message.kind {
            MediaKind::Video => self.video.take(message),
            MediaKind::Audio => self.audio.take(message),
            MediaKind::Data => {
                self.data_messages += 1;
                if self.first_data.len() < MAX_DATA {
                    let values = amf::decode(&message.payload).0.iter().map(amf::json).collect();
                    self.first_data.push(DataFacts {
                        ts: message.timestamp.as_millis(),
                        values,
                    });
                }
            }
        }
    }

    pub(super) fn finish(self) -> StreamFacts {
        StreamFacts {
            video: self.video.finish(true),
            audio: self.audio.finish(false),
            data_messages: self.data_messages,
            first_data: self.first_data,
        }
    }
}

#[derive(Default)]
struct KindCount {
    messages: u64,
    message_bytes: usize,
    hash: Sha256,
    codecs: Vec<String>,
    is_enhanced: bool,
    kinds: BTreeMap<String, u64>,
    /// Of the first and the last message.
    dts: Option<(u32, u32)>,
    dts_goes_back: u64,
    tracks: BTreeMap<u8, TrackCount>,
    composition_times: BTreeSet<i32>,
    tag_header_bytes: BTreeSet<String>,
}

impl KindCount {
    fn take(&mut self, message: &MediaMessage) {
        let dts = message.timestamp.as_millis();
        self.messages += 1;
        self.message_bytes += message.payload.len();
        self.hash.update(&message.payload);
        let (first, last) = self.dts.unwrap_or((dts, dts));
        self.dts_goes_back += u64::from(dts < last);
        self.dts = Some((first, dts));
        for packet in packets(message.kind, &message.payload) {
            self.take_packet(&packet, dts);
            if let (MediaKind::Audio, false, Some(byte)) =
                (message.kind, packet.is_enhanced, message.payload.first())
            {
                self.tag_header_bytes.insert(format!("{byte:#04x}"));
            }
        }
    }

    fn take_packet(&mut self, packet: &Packet<'_>, dts: u32) {
        *self.kinds.entry(packet.kind.to_string()).or_default() += 1;
        self.is_enhanced |= packet.is_enhanced;
        if let Some(codec) = &packet.codec
            && !self.codecs.contains(codec)
        {
            self.codecs.push(codec.clone());
        }
        if packet.is_frame() && !packet.payload.is_empty() {
            self.composition_times.insert(packet.composition_time);
        }
        self.tracks
            .entry(packet.track.get())
            .or_default()
            .take(packet, dts);
    }

    /// Nothing, if nothing came.
    fn finish(self, is_video: bool) -> Option<KindFacts> {
        let (first_dts, last_dts) = self.dts?;
        let is_alone = self.tracks.len() == 1;
        let mut tracks: Vec<_> = self
            .tracks
            .into_iter()
            .map(|(id, track)| track.finish(id, is_alone, is_video))
            .collect();
        let tracks = match (is_alone, tracks.pop()) {
            (true, Some(track)) => TracksFacts::One(track),
            (_, last) => {
                tracks.extend(last);
                TracksFacts::Many { tracks }
            }
        };
        Some(KindFacts {
            messages: self.messages,
            message_bytes: self.message_bytes,
            codec: self.codecs.first().cloned(),
            enhanced: self.is_enhanced,
            kinds: self.kinds,
            first_dts,
            last_dts,
            dts_goes_back: self.dts_goes_back,
            sha256_messages: hex(&self.hash.finalize()),
            codecs: (self.codecs.len() > 1).then_some(self.codecs),
            tracks,
            composition_times: is_video.then(|| CompositionTimes {
                cts_min: self.composition_times.first().copied(),
                cts_max: self.composition_times.last().copied(),
            }),
            tag_header_bytes: self.tag_header_bytes,
        })
    }
}

#[derive(Default)]
struct TrackCount {
    codec: Option<String>,
    fourcc: Option<String>,
    frames: u64,
    keyframes: u64,
    frame_bytes: usize,
    configs: Vec<String>,
    hash: Sha256,
    /// Of the first and the last frame.
    dts: Option<(u32, u32)>,
}

impl TrackCount {
    fn take(&mut self, packet: &Packet<'_>, dts: u32) {
        // A track is named by its first packet. FFmpeg sends the metadata of another track as this one's.
        if self.codec.is_none() {
            self.codec = packet.codec.clone();
            self.fourcc = packet.fourcc.map(|fourcc| fourcc.to_string());
        }
        if packet.is_frame() && !packet.payload.is_empty() {
            self.frames += 1;
            self.keyframes += u64::from(packet.is_key);
            self.frame_bytes += packet.payload.len();
            self.hash.update(packet.payload);
            let (first, _) = self.dts.unwrap_or((dts, dts));
            self.dts = Some((first, dts));
        } else if packet.is_config() {
            let hash = hex(&Sha256::digest(packet.payload));
            if !self.configs.contains(&hash) {
                self.configs.push(hash);
            }
        }
    }

    fn finish(self, id: u8, is_alone: bool, is_video: bool) -> TrackFacts {
        TrackFacts {
            track: (!is_alone || id != 0).then_some(id),
            codec: (!is_alone).then(|| self.codec.map_or(Json::Null, Json::String)),
            frames: self.frames,
            frame_bytes: self.frame_bytes,
            first_frame_dts: self.dts.map(|(first, _)| first),
            last_frame_dts: self.dts.map(|(_, last)| last),
            config_sha256: self.configs,
            sha256_frames: hex(&self.hash.finalize()),
            fourcc: self.fourcc,
            keyframes: is_video.then_some(self.keyframes),
        }
    }
}
