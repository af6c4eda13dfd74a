//! What a publisher says at the server to which another one has sent it.

use super::*;
use crate::media::metadata::Metadata;

const AVC: &[u8] = b"\x17\0\0\0\0\x01\x64\0\x1F\xFF"; // H.264, sequence header, High at level 3.1
const KEY: &[u8] = b"\x17\x01\0\0\0\0\0\0\x01\x65"; // H.264, key frame: one NAL unit, an IDR slice
const INTER: &[u8] = b"\x27\x01\0\0\0\0\0\0\x01\x41"; // H.264, inter frame
const AAC: &[u8] = b"\xAF\0\x12\x10"; // AAC, sequence header, LC of 44.1 kHz in stereo
const OTHER_AAC: &[u8] = b"\xAF\0\x11\x90"; // of 48 kHz
const SOUND: &[u8] = b"\xAF\x01\x21"; // AAC, a frame

fn audio(millis: u32, payload: &'static [u8]) -> MediaMessage {
    message(MediaKind::Audio, millis, payload)
}

fn video(millis: u32, payload: &'static [u8]) -> MediaMessage {
    message(MediaKind::Video, millis, payload)
}

fn message(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: Bytes::from_static(payload),
    }
}

fn metadata() -> MediaMessage {
    Metadata::default().to_message(Timestamp::ZERO)
}

impl World {
    fn send(&mut self, stream: StreamHandle, messages: impl IntoIterator<Item = MediaMessage>) {
        for message in messages {
            let now = self.now;
            self.call.connection().send_media(stream, message, now).unwrap();
        }
        self.run();
    }

    /// The server asks to connect anew, which is done.
    fn move_on(&mut self) {
        assert!(
            self.server
                .request_reconnect(&ReconnectRequest::default(), self.now)
        );
        self.run();
        assert!(self.call.reconnect(self.now));
        self.run();
        self.call.handle_eof(self.now);
        assert_eq!(self.step(), Step::Close);
        self.connect();
        self.run();
        self.heard.clear();
    }

    /// The media that the server has heard.
    fn media(&mut self) -> Vec<(u32, Bytes)> {
        let media = |event| {
            if let ServerEvent::Media { message, .. } = event {
                Some((message.timestamp.as_millis(), message.payload))
            } else {
                None
            }
        };
        self.heard.drain(..).filter_map(media).collect()
    }
}

fn heard<const N: usize>(messages: [(u32, &[u8]); N]) -> Vec<(u32, Bytes)> {
    messages
        .map(|(millis, payload)| (millis, Bytes::copy_from_slice(payload)))
        .into()
}

#[test]
fn a_stream_goes_on_with_its_headers_and_a_key_frame() {
    let (mut world, stream) = World::publishing();
    let first = [
        metadata(),
        video(0, AVC),
        audio(0, AAC),
        video(0, KEY),
        video(40, INTER),
    ];
    world.send(stream, first.clone());
    assert_eq!(
        world.media().len(),
        first.len(),
        "the first server hears all as it is"
    );
    world.move_on();
    world.send(stream, [video(80, INTER), audio(90, SOUND)]);
    assert!(world.media().is_empty());
    world.send(
        stream,
        [
            audio(100, OTHER_AAC),
            video(120, KEY),
            audio(130, SOUND),
            video(160, INTER),
        ],
    );
    assert_eq!(
        world.media(),
        heard([
            (120, &metadata().payload),
            (120, AVC),
            (120, OTHER_AAC),
            (120, KEY),
            (130, SOUND),
            (160, INTER)
        ])
    );
    world.move_on();
    world.send(stream, [video(200, KEY)]);
    assert_eq!(world.media().len(), 4, "and so at each server that follows");
}

#[test]
fn metadata_that_were_taken_back_are_not_said_again() {
    let (mut world, stream) = World::publishing();
    world.send(stream, [metadata(), video(0, KEY)]);
    world.move_on();
    let clear = b"\x02\0\x0F@clearDataFrame\x02\0\x0AonMetaData";
    world.send(stream, [message(MediaKind::Data, 30, clear), video(40, KEY)]);
    assert_eq!(world.media(), heard([(40, KEY)]));
}

#[test]
fn without_video_a_stream_goes_on_at_once() {
    let (mut world, stream) = World::publishing();
    world.send(stream, [audio(0, AAC), audio(0, SOUND)]);
    world.move_on();
    world.send(stream, [audio(23, SOUND), audio(46, SOUND)]);
    assert_eq!(world.media(), heard([(23, AAC), (23, SOUND), (46, SOUND)]));
}

#[test]
fn a_stream_without_key_frames_goes_on_after_ten_seconds() {
    let (mut world, stream) = World::publishing();
    world.send(stream, [video(0, AVC), video(0, INTER)]);
    world.move_on();
    world.pass(3.0);
    world.send(stream, [video(3000, INTER)]);
    world.pass(9.9);
    world.send(stream, [video(12_900, INTER)]);
    assert!(world.media().is_empty());
    world.pass(0.2);
    world.send(stream, [video(13_000, INTER), video(13_040, INTER)]);
    assert_eq!(
        world.media(),
        heard([(13_000, AVC), (13_000, INTER), (13_040, INTER)])
    );
}

#[test]
fn a_stream_that_had_not_begun_begins_as_its_host_has_it() {
    let (mut world, stream) = World::publishing();
    world.move_on();
    world.send(stream, [audio(0, SOUND), video(0, INTER)]);
    assert_eq!(world.media(), heard([(0, SOUND), (0, INTER)]));
}

#[test]
fn headers_beyond_the_limit_are_sent_and_not_kept() {
    let mut settings = ClientSettings::default();
    settings.connection.limits.max_kept_headers = AVC.len() + AAC.len() - 1;
    let (mut world, stream) = World::publishing_with(settings);
    world.send(stream, [video(0, AVC), audio(0, AAC), video(0, KEY)]);
    assert_eq!(world.media().len(), 3);
    world.move_on();
    world.send(stream, [audio(30, OTHER_AAC), video(40, KEY)]);
    assert_eq!(world.media(), heard([(30, OTHER_AAC), (40, AVC), (40, KEY)]));
}
