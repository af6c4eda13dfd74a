//! What a decoder has to be given before the first frame.

use rtmp_core::media::{Class, MediaMessage};

/// The headers in force, in the order in which they came: metadata, and one of each class of each track.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<(Class, MediaMessage)>);

impl Headers {
    /// Takes note of a message, if it is a header; says whether it is.
    pub(crate) fn note(&mut self, message: &MediaMessage) -> bool {
        let class = message.class();
        if class.is_header() {
            // A new one stands behind all others.
            self.0.retain(|(known, _)| *known != class);
            self.0.push((class, message.clone()));
        } else if class == Class::ClearMetadata {
            self.0.retain(|(known, _)| *known != Class::Metadata);
        }
        class.is_header()
    }

    /// Whether this very header is in force.
    pub(crate) fn has(&self, message: &MediaMessage) -> bool {
        let mut all = self.iter();
        all.any(|header| header.kind == message.kind && header.payload == message.payload)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &MediaMessage> {
        self.0.iter().map(|(_, message)| message)
    }
}

#[cfg(test)]
mod tests {
    use rtmp_core::media::MediaKind;
    use rtmp_core::media::metadata::Metadata;
    use rtmp_core::units::Timestamp;

    use super::*;

    fn message(kind: MediaKind, payload: &'static [u8]) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::ZERO,
            payload: payload.into(),
        }
    }

    #[test]
    fn the_last_of_each_class_is_in_force() {
        let mut headers = Headers::default();
        let metadata = Metadata::default().to_message(Timestamp::ZERO);
        let video = message(MediaKind::Video, b"\x17\0\0\0\0\x01\x64\0\x1F\xFF");
        let audio = message(MediaKind::Audio, b"\xAF\0\x12\x10");
        let other = message(MediaKind::Audio, b"\xAF\0\x11\x90");
        let frame = message(MediaKind::Video, b"\x17\x01\0\0\0\0\0\0\x01\x65");
        for header in [&metadata, &audio, &video, &other] {
            assert!(headers.note(header));
        }
        assert!(!headers.note(&frame));
        assert!(headers.has(&other) && !headers.has(&audio) && !headers.has(&frame));
        let in_force: Vec<_> = headers.iter().collect();
        assert_eq!(in_force, [&metadata, &video, &other]);
        let clear = message(MediaKind::Data, b"\x02\0\x0F@clearDataFrame\x02\0\x0AonMetaData");
        assert!(!headers.note(&clear));
        assert_eq!(headers.iter().count(), 2);
    }
}
