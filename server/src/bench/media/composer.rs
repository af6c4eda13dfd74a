//! Messages over one buffer, of which the most is written once.

use std::mem;

use bytes::{Bytes, BytesMut};

use super::{Frame, Mark, picture, sound};

/// Lends out messages, one at a time.
#[derive(Debug)]
pub(in crate::bench) struct Composer {
    /// All 0xFF between two messages: what filler data are made of.
    buffer: BytesMut,
    head: Vec<u8>,
}

impl Composer {
    /// For messages of up to `max_len` bytes.
    pub(in crate::bench) fn new(max_len: usize) -> Self {
        Self {
            buffer: BytesMut::from_iter(std::iter::repeat_n(0xFF, max_len)),
            head: Vec::new(),
        }
    }

    /// A message of `len` bytes, which is long enough for its kind, with its mark. It is lent for as long as `send`
    /// takes.
    pub(in crate::bench) fn compose<T>(
        &mut self,
        frame: Frame,
        len: usize,
        mark: &Mark,
        send: impl FnOnce(Bytes) -> T,
    ) -> T {
        self.head.clear();
        let mut buffer = mem::take(&mut self.buffer);
        let message = buffer.get_mut(..len).unwrap_or_default();
        match frame {
            Frame::Audio => sound::write(len, &mut self.head),
            Frame::Video(picture) => {
                picture.write_head(len, &mut self.head);
                message
                    .last_mut()
                    .into_iter()
                    .for_each(|last| *last = picture::END);
            }
        }
        let written = self.head.len().min(len);
        if let (Some(place), Some(head)) = (message.get_mut(..written), self.head.get(..written)) {
            place.copy_from_slice(head);
        }
        mark.write(message, frame.track().mark_at());

        let buffer = buffer.freeze();
        let result = send(buffer.slice(..len.min(buffer.len())));
        // Who kept the message keeps the buffer.
        let mut buffer = buffer
            .try_into_mut()
            .unwrap_or_else(|kept| BytesMut::from(&*kept));
        buffer.iter_mut().take(written).for_each(|byte| *byte = 0xFF);
        if let Some(last) = len.checked_sub(1).and_then(|last| buffer.get_mut(last)) {
            *last = 0xFF;
        }
        self.buffer = buffer;
        result
    }
}

#[cfg(test)]
mod tests {
    use rtmp_core::media::nal::{LengthSize, NalCodec, units};
    use rtmp_core::media::{Class, MediaKind, MediaMessage};
    use rtmp_core::units::Timestamp;

    use super::super::{Found, Picture, Track};
    use super::*;

    const MARK: Mark = Mark {
        clock: 1,
        run: 2,
        stream: 3,
        counter: 4,
        sent_ns: 5,
    };
    const KEY: Frame = Frame::Video(Picture { group: 1, place: 0 });
    const INTER: Frame = Frame::Video(Picture { group: 1, place: 33 });

    fn composed(composer: &mut Composer, frame: Frame, len: usize) -> Bytes {
        composer.compose(frame, len, &MARK, |message| message)
    }

    fn class(kind: MediaKind, payload: &Bytes) -> Class {
        MediaMessage {
            kind,
            timestamp: Timestamp::ZERO,
            payload: payload.clone(),
        }
        .class()
    }

    #[test]
    fn messages_are_what_servers_take_them_for() {
        let mut composer = Composer::new(2000);
        for (frame, expected) in [(KEY, Class::Keyframe), (INTER, Class::Inter)] {
            let message = composed(&mut composer, frame, 1500);
            assert_eq!(
                (message.len(), class(MediaKind::Video, &message)),
                (1500, expected)
            );
            assert_eq!(Mark::find(&message, Track::Video.mark_at()), Found::Whole(MARK));
            let units: Vec<Bytes> = units(&message.slice(5..), LengthSize::FOUR)
                .map(Result::unwrap)
                .collect();
            // SEI, slice, filler data (ITU-T H.264 table 7-1)
            let is_key = expected == Class::Keyframe;
            let types: Vec<_> = units.iter().map(|unit| NalCodec::Avc.unit_type(unit)).collect();
            assert_eq!(types, [Some(6), Some(if is_key { 5 } else { 1 }), Some(12)]);
            assert_eq!(NalCodec::Avc.is_keyframe_slice(&units[1]), is_key);
            for unit in units {
                assert_eq!(
                    unit.last().map(|last| last & 0x0F),
                    Some(0),
                    "ends with its stop bit"
                );
                let is_clean = |bytes: &[u8]| !(bytes[..2] == [0, 0] && bytes[2] <= 3);
                assert!(unit.windows(3).all(is_clean), "a start code could arise");
            }
        }
        let audio = composed(&mut composer, Frame::Audio, 371);
        assert_eq!(class(MediaKind::Audio, &audio), Class::Audio);
        assert_eq!(Mark::find(&audio, Track::Audio.mark_at()), Found::Whole(MARK));
    }

    #[test]
    fn the_shortest_messages_have_their_marks() {
        let mut composer = Composer::new(2000);
        for (frame, len) in [
            (KEY, Picture::min_len(true)),
            (INTER, Picture::min_len(false)),
            (Frame::Audio, sound::MIN_LEN),
        ] {
            let message = composed(&mut composer, frame, len);
            assert_eq!(Mark::find(&message, frame.track().mark_at()), Found::Whole(MARK));
            if frame.track() == Track::Video {
                let last = units(&message.slice(5..), LengthSize::FOUR)
                    .last()
                    .unwrap()
                    .unwrap();
                assert_eq!(last[..], [0x0C, 0x80], "filler data without any");
            }
        }
    }

    #[test]
    fn nothing_of_a_message_is_left_in_the_next() {
        let mut composer = Composer::new(2000);
        let first = composed(&mut composer, INTER, 1500);
        for (frame, len) in [(KEY, 1700), (Frame::Audio, 1900), (INTER, 300)] {
            composer.compose(frame, len, &MARK, drop);
        }
        assert_eq!(composed(&mut composer, INTER, 1500), first);
    }

    #[test]
    fn the_buffer_comes_back_also_if_a_message_is_kept() {
        let mut composer = Composer::new(100);
        let buffer = composer.buffer.as_ptr();
        composer.compose(Frame::Audio, 100, &MARK, drop);
        assert_eq!(composer.buffer.as_ptr(), buffer);
        let kept = composed(&mut composer, Frame::Audio, 100);
        let other = Mark { counter: 9, ..MARK };
        composer.compose(Frame::Audio, 100, &other, drop);
        assert_eq!(
            Mark::find(&kept, Track::Audio.mark_at()),
            Found::Whole(MARK),
            "not written over"
        );
    }
}
