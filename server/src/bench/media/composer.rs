//! Messages over one buffer of filler, which is written once.

use std::mem;

use bytes::{Bytes, BytesMut};

use super::{Mark, Track};

/// Lends out messages, one at a time.
#[derive(Debug)]
pub(in crate::bench) struct Composer {
    buffer: BytesMut,
}

impl Composer {
    /// For messages of up to `max_len` bytes.
    pub(in crate::bench) fn new(max_len: usize) -> Self {
        // Noise without a zero, so that there is no start code in it (ITU-T H.264 §B.1).
        let noise = (0..max_len as u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8 | 0x10);
        Self {
            buffer: noise.collect(),
        }
    }

    /// A message of `len` bytes with its mark, for as long as `send` takes.
    pub(in crate::bench) fn compose<T>(
        &mut self,
        track: Track,
        is_key: bool,
        len: usize,
        mark: &Mark,
        send: impl FnOnce(Bytes) -> T,
    ) -> T {
        let mut buffer = mem::take(&mut self.buffer);
        let message = buffer.get_mut(..len).unwrap_or_default();
        match track {
            Track::Audio => put(&[0xAF, 0x01], message), // AAC, a raw frame
            Track::Video => {
                let unit = u32::try_from(len.saturating_sub(9))
                    .unwrap_or(u32::MAX)
                    .to_be_bytes();
                // key or inter frame, AVC; NAL units; no composition time offset
                put(&[if is_key { 0x17 } else { 0x27 }, 0x01, 0, 0, 0], message);
                put(&unit, message.get_mut(5..).unwrap_or_default());
                // a slice of an IDR picture or of another one (ITU-T H.264 table 7-1)
                put(
                    &[if is_key { 0x65 } else { 0x41 }],
                    message.get_mut(9..).unwrap_or_default(),
                );
            }
        }
        mark.write(message, track.mark_at());
        let buffer = buffer.freeze();
        let result = send(buffer.slice(..len.min(buffer.len())));
        // Who kept the message keeps the buffer.
        self.buffer = buffer
            .try_into_mut()
            .unwrap_or_else(|kept| BytesMut::from(&*kept));
        result
    }
}

fn put(bytes: &[u8], place: &mut [u8]) {
    for (byte, place) in bytes.iter().zip(place) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use rtmp_core::media::nal::NalCodec;
    use rtmp_core::media::{Class, MediaKind, MediaMessage};
    use rtmp_core::units::Timestamp;

    use super::super::Found;
    use super::*;

    const MARK: Mark = Mark {
        clock: 1,
        run: 2,
        stream: 3,
        counter: 4,
        sent_ns: 5,
    };

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
        let mut composer = Composer::new(1000);
        for (is_key, expected) in [(true, Class::Keyframe), (false, Class::Inter)] {
            composer.compose(Track::Video, is_key, 900, &MARK, |message| {
                assert_eq!(message.len(), 900);
                assert_eq!(class(MediaKind::Video, &message), expected);
                // One NAL unit, which fills the message.
                assert_eq!(message[5..9], 891u32.to_be_bytes());
                assert_eq!(NalCodec::Avc.is_keyframe_slice(&message[9..]), is_key);
                assert_eq!(Mark::find(&message, Track::Video.mark_at()), Found::Whole(MARK));
                assert!(
                    message[9..].iter().all(|&byte| byte != 0),
                    "a start code could arise"
                );
            });
        }
        composer.compose(Track::Audio, false, 371, &MARK, |message| {
            assert_eq!(class(MediaKind::Audio, &message), Class::Audio);
            assert_eq!(Mark::find(&message, Track::Audio.mark_at()), Found::Whole(MARK));
        });
    }

    #[test]
    fn the_buffer_comes_back_also_if_a_message_is_kept() {
        let mut composer = Composer::new(100);
        let buffer = composer.buffer.as_ptr();
        composer.compose(Track::Audio, false, 100, &MARK, drop);
        assert_eq!(composer.buffer.as_ptr(), buffer);
        let kept = composer.compose(Track::Audio, false, 100, &MARK, |message| message);
        composer.compose(Track::Audio, false, 100, &Mark { counter: 9, ..MARK }, drop);
        assert_eq!(Mark::find(&kept, 2), Found::Whole(MARK), "not written over");
    }
}
