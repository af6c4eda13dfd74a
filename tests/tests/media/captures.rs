//! The media in the captures of `testdata/captures`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::Aggregate;
use rtmp_server::inspect::{Inspection, Side};
use serde_json::Value;

use crate::check;

#[test]
fn what_real_programs_sent_is_what_others_saw_and_goes_back_into_the_same_bytes() {
    let folder = rtmp_tests::scratch::workspace().join("testdata/captures");
    let mut frames = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        if extension.starts_with("pcap") {
            frames += check_capture(&file);
        }
    }
    assert!(frames > 10_000, "{frames} frames");
}

/// Returns how many frames are in it.
fn check_capture(file: &Path) -> u64 {
    let name = file.file_stem().unwrap().to_string_lossy();
    let expected: Value = fs::read(file.with_extension("expect.json"))
        .map(|json| serde_json::from_slice(&json).unwrap())
        .unwrap_or_default();
    let mut frames = 0;
    let sessions = Inspection::read(File::open(file).unwrap()).unwrap().sessions;
    for (n, session) in sessions.iter().enumerate() {
        for (direction, side) in [("c2s", &session.client), ("s2c", &session.server)] {
            for (stream, messages) in streams(side) {
                let name = format!("{name}, connection {n}, {direction}, message stream {stream}");
                let facts = check(&name, &messages);
                let expected = &expected["connections"][n][direction]["media_streams"][stream.to_string()];
                if !expected.is_null() {
                    facts.assert_are(&name, expected);
                    frames += facts.frames();
                }
            }
        }
    }
    frames
}

/// Audio and video by message stream.
fn streams(side: &Side) -> BTreeMap<u32, Vec<MediaMessage>> {
    let mut streams: BTreeMap<u32, Vec<MediaMessage>> = BTreeMap::new();
    for recorded in &side.messages {
        let message = &recorded.message;
        let parts = match message.kind {
            MessageType::Aggregate => Aggregate::new(message.clone(), &Limits::default())
                .map_while(Result::ok)
                .collect(),
            _ => vec![message.clone()],
        };
        let media = parts.iter().filter_map(media);
        streams.entry(message.stream.get()).or_default().extend(media);
    }
    streams
}

fn media(message: &Message) -> Option<MediaMessage> {
    let kind = match message.kind {
        MessageType::Audio => MediaKind::Audio,
        MessageType::Video => MediaKind::Video,
        MessageType::DataAmf0 => MediaKind::Data,
        _ => return None,
    };
    Some(MediaMessage {
        kind,
        timestamp: message.timestamp,
        payload: message.payload.clone(),
    })
}
