//! What a stream's `onMetaData` says.

use rtmp_core::amf0::{self, Object, Value};
use rtmp_core::flv::FlvWriter;
use rtmp_core::limits::Limits;
use rtmp_core::media::MediaMessage;

/// The properties; nothing, if they cannot be read.
pub(crate) fn properties(message: &MediaMessage) -> Object<'static> {
    let values = amf0::decode_all(&message.payload, &Limits::default()).unwrap_or_default();
    let object = values.into_iter().find_map(|value| match value {
        Value::Object(object) | Value::EcmaArray(object) => Some(object.into_owned()),
        _ => None,
    });
    object.unwrap_or_default()
}

/// The same message without what is true of a file only: its size, how long it is, where its key frames are. One that
/// cannot be read stays as it is.
pub(crate) fn without_file(message: MediaMessage) -> MediaMessage {
    let properties = properties(&message);
    let kept = properties.iter().filter(|(key, _)| !FlvWriter::finds_out(key));
    let kept = kept.fold(Object::new(), |object, (key, value)| {
        object.with(key.to_owned(), value.clone())
    });
    if kept.len() == properties.len() {
        return message;
    }
    let mut payload = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut payload);
    amf0::encode(&Value::EcmaArray(kept), &mut payload);
    MediaMessage {
        payload: payload.into(),
        ..message
    }
}

#[cfg(test)]
mod tests {
    use rtmp_core::media::metadata::Metadata;
    use rtmp_core::units::Timestamp;

    use super::*;

    #[test]
    fn what_a_file_says_of_itself_is_not_said_of_a_stream() {
        let mut metadata = Metadata::default();
        metadata.duration = Some(10.0);
        metadata.video.width = Some(320);
        let of_file = metadata.to_message(Timestamp::from_millis(5));
        let of_stream = without_file(of_file.clone());
        let read = Metadata::from_payload(&of_stream.payload, &Limits::default()).unwrap();
        assert_eq!((read.duration, read.video.width), (None, Some(320)));
        assert_eq!(
            (of_stream.kind, of_stream.timestamp),
            (of_file.kind, of_file.timestamp)
        );
        assert_eq!(without_file(of_stream.clone()), of_stream);
    }

    #[test]
    fn what_cannot_be_read_stays() {
        let broken = MediaMessage {
            payload: b"\x02\0\x0AonMetaData\x08\0\0".as_slice().into(),
            ..Metadata::default().to_message(Timestamp::ZERO)
        };
        assert_eq!(without_file(broken.clone()), broken);
    }
}
