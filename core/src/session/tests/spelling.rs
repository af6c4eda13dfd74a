//! Players are sent the tag headers that they announce to read, if the server is told to convert.

use super::*;
use crate::amf0::{Object, Value};

impl World {
    /// A player that announces these codecs.
    fn announcing_player(&mut self, name: &str, codecs: &[&'static str]) -> Id {
        let id = self.join();
        let list = Value::StrictArray(codecs.iter().map(|&codec| codec.into()).collect());
        let object = Object::new()
            .with("app", "live")
            .with("tcUrl", "rtmp://host/live")
            .with("fourCcList", list);
        self.call(id, 0, &command("connect", 1).with_object(object));
        self.call(id, 0, &command("createStream", 2));
        self.call(id, 1, &play(name));
        id
    }

    fn media(&mut self, id: Id) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.clients[id].media)
    }

    fn metadata(&mut self, id: Id) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.clients[id].metadata)
    }
}

fn converting() -> World {
    World::new(|config, _, _| config.convert_tags = true)
}

fn video(millis: u32, payload: &[u8]) -> Message {
    message(MessageType::Video, 1, millis, payload)
}

fn sound(millis: u32, payload: &[u8]) -> Message {
    message(MessageType::Audio, 1, millis, payload)
}

/// Sequence start, an AAC frame, a key frame of no composition time, and an inter frame of 33 ms.
const ENHANCED: [&[u8]; 5] = [
    b"\x90avc1\x01\x64\x00\x1F",
    b"\x90mp4a\x11\x90",
    b"\x93avc1\0\0\0\x01\x65",
    b"\x91mp4a\x21\x1A",
    b"\xA1avc1\0\0\x21\0\0\0\x01\x41",
];

const LEGACY: [&[u8]; 5] = [
    b"\x17\0\0\0\0\x01\x64\x00\x1F",
    b"\xAF\0\x11\x90",
    b"\x17\x01\0\0\0\0\0\0\x01\x65",
    b"\xAF\x01\x21\x1A",
    b"\x27\x01\0\0\x21\0\0\0\x01\x41",
];

fn publish_all(world: &mut World, name: &str, payloads: [&[u8]; 5]) -> Id {
    let publisher = world.publisher(name);
    let [video_header, audio_header, key, audio, inter] = payloads;
    let messages = [
        video(0, video_header),
        sound(0, audio_header),
        video(0, key),
        sound(10, audio),
        video(40, inter),
    ];
    world.send(publisher, messages);
    publisher
}

#[test]
fn a_player_that_announces_nothing_gets_codec_7_and_aac() {
    let mut world = converting();
    let early = world.player("room");
    publish_all(&mut world, "room", ENHANCED);
    let late = world.player("room");
    assert_eq!(world.media(early), LEGACY);
    assert_eq!(world.media(late), LEGACY);
}

#[test]
fn a_player_that_announces_fourccs_gets_them() {
    let mut world = converting();
    publish_all(&mut world, "enhanced", ENHANCED);
    publish_all(&mut world, "legacy", LEGACY);
    let enhanced = world.announcing_player("enhanced", &["avc1", "mp4a"]);
    let respelled = world.announcing_player("legacy", &["avc1", "mp4a"]);
    let any = world.announcing_player("legacy", &["*"]);
    assert_eq!(world.media(enhanced), ENHANCED);
    assert_eq!(world.media(respelled), ENHANCED);
    assert_eq!(world.media(any), ENHANCED);
}

#[test]
fn a_player_gets_each_codec_as_it_has_announced_it() {
    let mut world = converting();
    publish_all(&mut world, "room", ENHANCED);
    let player = world.announcing_player("room", &["hvc1", "mp4a"]);
    let expected = [LEGACY[0], ENHANCED[1], LEGACY[2], ENHANCED[3], LEGACY[4]];
    assert_eq!(world.media(player), expected);
}

#[test]
fn hevc_becomes_codec_12() {
    let mut world = converting();
    let publisher = world.publisher("room");
    world.send(
        publisher,
        [
            video(0, b"\x90hvc1\x01\x01\x60"),
            video(0, b"\x93hvc1\0\0\0\x02\x26\x01"),
            // Track 1 is for those who read several.
            video(0, b"\x96\x03hvc1\x01\0\0\0\x02\x26\x01"),
            video(40, b"\xA1hvc1\0\0\x21\0\0\0\x02\x02\x01"),
        ],
    );
    let player = world.player("room");
    assert_eq!(
        world.media(player),
        [
            &b"\x1C\0\0\0\0\x01\x01\x60"[..],
            b"\x1C\x01\0\0\0\0\0\0\x02\x26\x01",
            b"\x2C\x01\0\0\x21\0\0\0\x02\x02\x01",
        ]
    );
}

/// An ECMA array of three members, as an encoder of several tracks sends it: `videocodecid` hvc1, a map of track 1, and
/// `audiocodecid` 10.
const METADATA: &[u8] = b"\x02\0\x0AonMetaData\x08\0\0\0\x03\
    \0\x0Cvideocodecid\0\x41\xDA\x1D\x98\xCC\x40\0\0\
    \0\x13videoTrackIdInfoMap\x03\0\x011\x03\0\0\x09\0\0\x09\
    \0\x0Caudiocodecid\0\x40\x24\0\0\0\0\0\0\
    \0\0\x09";

#[test]
fn metadata_name_codecs_as_the_headers_do() {
    let mut world = converting();
    let early = world.player("room");
    let publisher = world.publisher("room");
    let set = [b"\x02\0\x0D@setDataFrame", METADATA].concat();
    world.send(
        publisher,
        [
            message(MessageType::DataAmf0, 1, 0, &set),
            video(0, b"\x90hvc1\x01\x01\x60"),
            sound(0, b"\xAF\0\x11\x90"),
            video(0, b"\x93hvc1\0\0\0\x02\x26\x01"),
        ],
    );
    let late = world.player("room");
    let announcing = world.announcing_player("room", &["hvc1", "mp4a"]);
    // 12 and 10.
    let legacy = b"\x02\0\x0AonMetaData\x08\0\0\0\x02\
        \0\x0Cvideocodecid\0\x40\x28\0\0\0\0\0\0\
        \0\x0Caudiocodecid\0\x40\x24\0\0\0\0\0\0\
        \0\0\x09";
    // hvc1 and mp4a.
    let enhanced = b"\x02\0\x0AonMetaData\x08\0\0\0\x02\
        \0\x0Cvideocodecid\0\x41\xDA\x1D\x98\xCC\x40\0\0\
        \0\x0Caudiocodecid\0\x41\xDB\x5C\x0D\x18\x40\0\0\
        \0\0\x09";
    for (player, metadata, video, audio) in [
        (
            early,
            legacy,
            &b"\x1C\0\0\0\0\x01\x01\x60"[..],
            &b"\xAF\0\x11\x90"[..],
        ),
        (late, legacy, b"\x1C\0\0\0\0\x01\x01\x60", b"\xAF\0\x11\x90"),
        (announcing, enhanced, b"\x90hvc1\x01\x01\x60", b"\x90mp4a\x11\x90"),
    ] {
        assert_eq!(world.metadata(player), [metadata]);
        assert_eq!(world.media(player)[..2], [video, audio]);
    }
}

#[test]
fn unless_told_to_convert_a_server_relays_bit_for_bit() {
    let mut world = World::new(|_, _, _| ());
    publish_all(&mut world, "room", ENHANCED);
    let player = world.player("room");
    assert_eq!(world.media(player), ENHANCED);
    let announcing = world.announcing_player("room", &["hvc1"]);
    assert_eq!(world.media(announcing), ENHANCED);

    let publisher = world.publisher("told");
    world.send(
        publisher,
        [message(MessageType::DataAmf0, 1, 0, METADATA), key(0)],
    );
    let player = world.player("told");
    assert_eq!(world.metadata(player), [METADATA]);
}
