//! What real muxers wrote, taken apart and put together again: the FLV files of `testdata/media`, and the media in the
//! captures of `testdata/captures`.

mod captures;
mod facts;
mod files;

use rtmp_core::media::demux::{DemuxOptions, Demuxer, MediaError};
use rtmp_core::media::mux::{MuxOptions, Muxer};
use rtmp_core::media::sample::Media;
use rtmp_core::media::{Class, MediaMessage};

use crate::facts::Facts;

/// What comes out of a demuxer with each filter off.
fn demux(messages: &[MediaMessage]) -> Vec<Result<Media, MediaError>> {
    let mut demuxer = Demuxer::new(DemuxOptions::unfiltered());
    let mut out = Vec::new();
    for message in messages {
        demuxer.handle(message);
        out.extend(std::iter::from_fn(|| demuxer.poll()));
    }
    out
}

/// What a muxer makes of it.
fn mux(options: MuxOptions, media: impl IntoIterator<Item = Media>) -> Vec<MediaMessage> {
    let mut muxer = Muxer::new(options);
    let mut out = Vec::new();
    for media in media {
        muxer.push(media).unwrap();
        out.extend(std::iter::from_fn(|| muxer.poll()));
    }
    out
}

/// Those that hold anything.
fn without_empty(messages: &[MediaMessage]) -> Vec<MediaMessage> {
    let holds_anything =
        |message: &&MediaMessage| message.payload.is_empty() || message.class() != Class::Empty;
    messages.iter().filter(holds_anything).cloned().collect()
}

/// Takes messages apart, puts them together again, and finds the same bytes. Returns what they hold.
fn check(name: &str, messages: &[MediaMessage]) -> Facts {
    let media: Vec<_> = demux(messages)
        .into_iter()
        .map(|media| media.unwrap_or_else(|error| panic!("{name}: {error}")))
        .collect();
    let facts = Facts::of(&media);
    let expected = without_empty(messages);
    let written = mux(MuxOptions::as_given(), media);
    for (n, (written, expected)) in written.iter().zip(&expected).enumerate() {
        assert!(
            written == expected,
            "{name}, message {n}: {written:?} is not {expected:?}\n{:02x?}\n{:02x?}",
            &written.payload[..written.payload.len().min(40)],
            &expected.payload[..expected.payload.len().min(40)],
        );
    }
    assert_eq!(written.len(), expected.len(), "{name}: messages");
    facts
}
