//! What was recorded: the captures of `testdata/captures`, and what their clients sent, piece by piece.

use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::{Aggregate, Command, DataMessage};
use rtmp_server::inspect::{Direction, Inspection, Recorded, Session};

/// A client that has said nothing for so long waits for something. What it sends without such a pause may reach a
/// server in one read.
const PAUSE: Duration = Duration::from_millis(100);

/// Where the captures lie.
pub(crate) fn folder() -> PathBuf {
    rtmp_tests::scratch::workspace().join("testdata/captures")
}

/// All captures, by name.
pub(crate) fn captures() -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| {
            file.extension()
                .is_some_and(|ext| ext == "pcap" || ext == "pcapng")
        })
        .collect();
    files.sort();
    files
}

/// The name of a capture, which is also its snapshot's.
pub(crate) fn name(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The connections of a capture, in the order in which they were opened.
pub(crate) fn read(file: &Path) -> Vec<Session> {
    Inspection::read(File::open(file).unwrap()).unwrap().sessions
}

/// Bytes of a client that arrived together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// When, since the Unix epoch.
    pub(crate) time: Duration,
    /// Which, of all that the client sent.
    pub(crate) bytes: Range<usize>,
}

/// What the client sent, segment by segment as it was recorded.
pub(crate) fn segments(session: &Session) -> Vec<Piece> {
    let stream = &session.connection.client_stream;
    let mut pieces: Vec<Piece> = Vec::new();
    for at in 0..stream.bytes.len() {
        let time = stream.time_of(at);
        match pieces.last_mut() {
            Some(last) if last.time == time => last.bytes.end = at + 1,
            _ => pieces.push(Piece {
                time,
                bytes: at..at + 1,
            }),
        }
    }
    pieces
}

/// What a player says of what it plays. What it means depends on what the player has been sent by then: a play that has
/// not been answered is withdrawn, media go out before the answer or behind it.
const OF_PLAYERS: [&str; 7] = [
    "deleteStream",
    "closeStream",
    "seek",
    "pause",
    "pauseRaw",
    "receiveAudio",
    "receiveVideo",
];

/// What the client sent, in pieces as large as a server could get them at once: cut only where the client waited, and
/// before what a player says of what it plays.
pub(crate) fn bursts(session: &Session) -> Vec<Piece> {
    let heard: Vec<usize> = commands(session, &OF_PLAYERS)
        .iter()
        .filter(|_| !says(session, "publish"))
        .map(|recorded| recorded.offset)
        .collect();
    let mut bursts: Vec<Piece> = Vec::new();
    let mut last = Duration::ZERO;
    for segment in segments(session) {
        match bursts.last_mut() {
            Some(burst) if segment.time - last < PAUSE && !heard.contains(&segment.bytes.start) => {
                burst.bytes.end = segment.bytes.end
            }
            _ => bursts.push(segment.clone()),
        }
        last = segment.time;
    }
    bursts
}

/// When the connection was closed, if it was.
pub(crate) fn end(session: &Session) -> Option<Duration> {
    let closing = &session.connection.closing;
    closing
        .iter()
        .find(|closing| closing.direction == Direction::ClientToServer || closing.reset)
        .or_else(|| closing.first())
        .map(|closing| closing.time)
}

/// The client's commands of these names.
pub(crate) fn commands<'a>(session: &'a Session, names: &[&str]) -> Vec<&'a Recorded> {
    let is_named = |recorded: &&Recorded| {
        let Message { kind, payload, .. } = &recorded.message;
        matches!(kind, MessageType::CommandAmf0 | MessageType::CommandAmf3)
            && Command::decode(*kind, payload, &Limits::default())
                .is_ok_and(|command| names.contains(&&*command.name))
    };
    session.client.messages.iter().filter(is_named).collect()
}

/// Whether the client has a command of this name.
pub(crate) fn says(session: &Session, name: &str) -> bool {
    !commands(session, &[name]).is_empty()
}

/// Whether it is known what was recorded: it is one of those that came with the project.
pub(crate) fn is_known(file: &Path) -> bool {
    file.with_extension("expect.json").exists()
}

/// Where what the client sends of its handshake and its commands ends: behind its first media message.
pub(crate) fn command_phase_end(session: &Session) -> usize {
    let len = session.connection.client_stream.bytes.len();
    let mut messages = session.client.messages.iter();
    messages
        .find(|recorded| !media_of(&recorded.message).is_empty())
        .and_then(|_| messages.next())
        .map_or(len, |next| next.offset)
}

/// What the client published, as a relay has to pass it on, if it published once.
pub(crate) fn published(session: &Session) -> Vec<MediaMessage> {
    let starts = commands(session, &["publish"]);
    let ends = commands(session, &["FCUnpublish", "deleteStream", "closeStream"]);
    let [start] = starts.as_slice() else {
        return Vec::new();
    };
    let end = ends.iter().map(|end| end.offset).find(|end| *end > start.offset);
    let messages = session.client.messages.iter();
    messages
        .filter(|recorded| recorded.offset > start.offset && end.is_none_or(|end| recorded.offset < end))
        .flat_map(|recorded| media_of(&recorded.message))
        .collect()
}

/// What of a message is audio, video or data.
fn media_of(message: &Message) -> Vec<MediaMessage> {
    let kind = match message.kind {
        MessageType::Audio => MediaKind::Audio,
        MessageType::Video => MediaKind::Video,
        MessageType::DataAmf0 | MessageType::DataAmf3 => MediaKind::Data,
        MessageType::Aggregate => {
            return Aggregate::new(message.clone(), &Limits::default())
                .map(|part| part.expect("recorded aggregates are within the limit"))
                .flat_map(|part| media_of(&part))
                .collect();
        }
        _ => return Vec::new(),
    };
    let payload = match kind {
        MediaKind::Data => {
            let payload = DataMessage::payload_in_amf0(message.kind, &message.payload, &Limits::default())
                .expect("recorded data are within the limits");
            match DataMessage::parse(MessageType::DataAmf0, &payload) {
                // It speaks to the server.
                data @ DataMessage::ClearDataFrame(_) if data.is_metadata() => return Vec::new(),
                DataMessage::ClearDataFrame(_) => payload,
                data => data.into_payload(),
            }
        }
        MediaKind::Audio | MediaKind::Video => message.payload.clone(),
    };
    vec![MediaMessage {
        kind,
        timestamp: message.timestamp,
        payload,
    }]
}
