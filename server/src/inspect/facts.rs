//! What `--json` says of a capture: counts, sizes, orders and hashes, to be compared by programs.

use std::collections::{BTreeMap, BTreeSet};

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::handshake::Kind;
use rtmp_core::handshake::Scheme;
use rtmp_core::handshake::describe::Second;
use serde::Serialize;
use serde_json::Value as Json;

use super::connection::Direction;
use super::handshake::{Handshake, Hello, Protocol};
use super::media_facts::{StreamFacts, media_streams};
use super::session::Session;
use super::session_media::SessionMedia;
use super::side::Side;
use super::stream::Stream;
use super::text::hex;
use super::track_facts::TracksFacts;
use super::{amf, control};

/// How much of what may go on for long is listed.
const MAX_SEQUENCE: usize = 80;
const MAX_ODDITIES: usize = 20;
const MAX_COMMANDS: usize = 24;
const MAX_CLOSING: usize = 4;

/// Commands whose arguments are listed.
const SHOWN_COMMANDS: [&str; 6] = ["connect", "publish", "play", "onStatus", "_error", "close"];

/// The facts of all connections in a capture.
#[derive(Debug, Serialize)]
pub struct Facts {
    /// In the order of their first segments.
    pub connections: Vec<ConnectionFacts>,
}

/// The facts of one connection.
#[derive(Debug, Serialize)]
pub struct ConnectionFacts {
    client: String,
    server: String,
    handshake: HandshakeFacts,
    closing: Vec<String>,
    c2s: SideFacts,
    s2c: SideFacts,
    commands: Vec<CommandFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<MediaFacts>,
}

/// What the peer that sent most audio and video sent.
#[derive(Debug, Serialize)]
struct MediaFacts {
    direction: &'static str,
    stream_ids: Vec<u32>,
    #[serde(flatten)]
    tracks: TracksFacts,
}

#[derive(Debug, Default, Serialize)]
struct HandshakeFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_first_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c0: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c1_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c1_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s0: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s1_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s1_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c2: Option<String>,
}

#[derive(Debug, Serialize)]
struct SideFacts {
    tcp_bytes: usize,
    tcp_gap: bool,
    #[serde(skip_serializing_if = "is_zero")]
    tcp_missing_bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    passed_over_bytes: usize,
    unparsed_tail_bytes: usize,
    message_counts: BTreeMap<String, u64>,
    csids_by_message_type: BTreeMap<String, BTreeSet<u32>>,
    chunk_fmts_by_csid: BTreeMap<u32, BTreeMap<&'static str, u64>>,
    set_chunk_sizes: Vec<u32>,
    extended_timestamp_messages: usize,
    extended_timestamp_type3: Option<ExtendedType3Facts>,
    basic_header_forms: BTreeMap<usize, u64>,
    sequence: Vec<String>,
    amf_types_by_command: BTreeMap<String, BTreeSet<&'static str>>,
    oddities: Vec<String>,
    media_streams: BTreeMap<u32, StreamFacts>,
}

#[derive(Debug, Serialize)]
struct ExtendedType3Facts {
    repeated: u64,
    absent: u64,
}

#[derive(Debug, Serialize)]
struct CommandFacts {
    dir: &'static str,
    stream: u32,
    amf: Vec<Json>,
}

impl Facts {
    /// The facts of `sessions`.
    pub fn of(sessions: &[Session]) -> Self {
        Self {
            connections: sessions.iter().map(ConnectionFacts::of).collect(),
        }
    }
}

impl ConnectionFacts {
    fn of(session: &Session) -> Self {
        let connection = &session.connection;
        let closing = connection.closing.iter().take(MAX_CLOSING).map(|closing| {
            let what = if closing.reset { "RST" } else { "FIN" };
            format!("{} {what}", direction(closing.direction))
        });
        Self {
            client: connection.client.to_string(),
            server: connection.server.to_string(),
            handshake: HandshakeFacts::of(&session.handshake),
            closing: closing.collect(),
            c2s: SideFacts::of(&session.client, &connection.client_stream),
            s2c: SideFacts::of(&session.server, &connection.server_stream),
            commands: commands(session),
            media: SessionMedia::of(session).map(|media| MediaFacts {
                direction: direction(media.direction),
                stream_ids: media.streams.keys().copied().collect(),
                tracks: TracksFacts::of(media.streams.iter().map(|(id, tracks)| (Some(*id), tracks))),
            }),
        }
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::ClientToServer => "c2s",
        Direction::ServerToClient => "s2c",
    }
}

fn commands(session: &Session) -> Vec<CommandFacts> {
    let commands = session.messages().filter_map(|(from, recorded)| {
        let message = &recorded.message;
        let (values, _) = amf::decode(amf::command_values(message)?);
        let name = values.first()?.as_str()?;
        SHOWN_COMMANDS.contains(&name).then(|| CommandFacts {
            dir: direction(from),
            stream: message.stream.get(),
            amf: values.iter().map(amf::json).collect(),
        })
    });
    commands.take(MAX_COMMANDS).collect()
}

impl HandshakeFacts {
    fn of(handshake: &Handshake) -> Self {
        let mut facts = Self::default();
        if !matches!(handshake.protocol, Protocol::Rtmp | Protocol::Silent) {
            facts.protocol = Some(handshake.protocol.name());
            facts.first_bytes = Some(hex(&handshake.client_front));
            facts.answer_first_bytes = Some(hex(&handshake.server_front));
        }
        if matches!(handshake.protocol, Protocol::Other(_) | Protocol::NotRecorded) {
            return facts;
        }
        match &handshake.client {
            None => facts.incomplete = Some(true),
            Some(client) => {
                facts.c0 = Some(client.version);
                facts.c1_time = Some(client.first.time);
                facts.c1_version = Some(hex(&client.first.version));
                facts.c1 = Some(first_packet(client));
            }
        }
        if let Some(server) = &handshake.server {
            facts.s0 = Some(server.version);
            facts.s1_time = Some(server.first.time);
            facts.s1_version = Some(hex(&server.first.version));
            facts.s1 = Some(first_packet(server));
        }
        facts.s2 = handshake
            .s2
            .map(|(second, front)| second_packet(second, front, "C1", "S1"));
        facts.c2 = handshake
            .c2
            .map(|(second, front)| second_packet(second, front, "S1", "C1"));
        facts
    }
}

/// What C1 or S1 is.
pub(super) fn first_packet(hello: &Hello) -> String {
    let kind = match hello.first.kind {
        Kind::Simple => "simple",
        Kind::Digest(Scheme::Zero) => "digest scheme 0",
        Kind::Digest(Scheme::One) => "digest scheme 1",
    };
    let blank = if hello.is_blank { ", all-zero body" } else { "" };
    format!("{kind}{blank}")
}

/// What C2 or S2 is to the first packets of both sides.
pub(super) fn second_packet(second: Second, front: [u8; 8], peers: &str, own: &str) -> String {
    match second {
        Second::Echo => format!("exact echo of {peers}"),
        Second::EchoWithOwnTime => format!("echo of {peers}, bytes 0..7 changed ({})", hex(&front)),
        Second::Digest => format!("digest of {peers} digest"),
        Second::OwnFirst => format!("copy of {own}"),
        Second::Zeros => "all zero".into(),
        Second::Neither => "neither echo nor digest".into(),
    }
}

impl SideFacts {
    fn of(side: &Side, stream: &Stream) -> Self {
        let mut message_counts = BTreeMap::new();
        let mut csids_by_message_type: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for Message {
            kind, chunk_stream, ..
        } in side.messages.iter().map(|recorded| &recorded.message)
        {
            *message_counts.entry(control::type_name(*kind)).or_default() += 1;
            csids_by_message_type
                .entry(control::type_name(*kind))
                .or_default()
                .insert(chunk_stream.get());
        }
        let chunk_fmts_by_csid = side.chunk_types.iter().map(|(csid, counts)| {
            let named = ["fmt0", "fmt1", "fmt2", "fmt3"].into_iter().zip(*counts);
            (csid.get(), named.filter(|(_, count)| *count > 0).collect())
        });
        let (repeated, absent) = (
            side.extended_timestamps_repeated,
            side.extended_timestamps_omitted,
        );
        let basic_header_forms = side
            .basic_header_lens
            .into_iter()
            .enumerate()
            .map(|(index, count)| (index + 1, count));
        Self {
            tcp_bytes: stream.bytes.len(),
            tcp_gap: !stream.gaps.is_empty(),
            tcp_missing_bytes: stream.gaps.iter().map(|gap| gap.missing).sum(),
            passed_over_bytes: side.passed_over,
            unparsed_tail_bytes: side.unparsed,
            message_counts,
            csids_by_message_type,
            chunk_fmts_by_csid: chunk_fmts_by_csid.collect(),
            set_chunk_sizes: set_chunk_sizes(side),
            extended_timestamp_messages: side.messages.iter().filter(|m| m.has_extended_timestamp).count(),
            extended_timestamp_type3: (repeated + absent > 0)
                .then_some(ExtendedType3Facts { repeated, absent }),
            basic_header_forms: basic_header_forms.filter(|(_, count)| *count > 0).collect(),
            sequence: sequence(side),
            amf_types_by_command: amf_types(side),
            oddities: side
                .oddities
                .iter()
                .take(MAX_ODDITIES)
                .map(|odd| odd.what.to_string())
                .collect(),
            media_streams: media_streams(side.messages.iter().map(|recorded| &recorded.message)),
        }
    }
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

fn set_chunk_sizes(side: &Side) -> Vec<u32> {
    let messages = side.messages.iter().map(|recorded| &recorded.message);
    let set = messages.filter(|message| message.kind == MessageType::SetChunkSize);
    set.filter_map(|message| message.payload.first_chunk().copied().map(u32::from_be_bytes))
        .collect()
}

/// What was said, in order, with runs of media and of acknowledgements told once.
fn sequence(side: &Side) -> Vec<String> {
    const MEDIA: &str = "<media>";
    const ACKNOWLEDGEMENTS: &str = "Ack...";
    let mut sequence: Vec<String> = Vec::new();
    for message in side.messages.iter().map(|recorded| &recorded.message) {
        let word = match message.kind {
            MessageType::Audio | MessageType::Video | MessageType::Aggregate => MEDIA.to_owned(),
            MessageType::Acknowledgement => ACKNOWLEDGEMENTS.to_owned(),
            MessageType::UserControl => control_words(message),
            kind => match name(message) {
                Some(name) => name,
                None if control::describe(message).is_some() => {
                    format!("{} {}", control::type_name(kind), control_words(message))
                }
                None => format!("type {}", kind.id()),
            },
        };
        let is_run = word == MEDIA || word == ACKNOWLEDGEMENTS;
        // The two may alternate.
        if !(is_run && sequence.iter().rev().take(2).any(|before| *before == word)) {
            sequence.push(word);
        }
    }
    sequence.truncate(MAX_SEQUENCE);
    sequence
}

fn control_words(message: &Message) -> String {
    match control::describe(message) {
        Some(Ok(words)) => words,
        Some(Err(malformed)) => format!("({malformed})"),
        None => String::new(),
    }
}

/// A command's name; `data:` and the strings of a data message.
fn name(message: &Message) -> Option<String> {
    if let Some(payload) = amf::command_values(message) {
        let (values, _) = amf::decode(payload);
        let name = values
            .first()
            .map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned));
        return Some(name.unwrap_or_else(|| "?".into()));
    }
    let (values, _) = amf::decode(amf::data_values(message.kind, &message.payload)?);
    let strings: Vec<_> = values.iter().filter_map(|value| value.as_str()).collect();
    Some(format!("data:{}", strings.join("/")))
}

fn amf_types(side: &Side) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut types: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for message in side.messages.iter().map(|recorded| &recorded.message) {
        let payload =
            amf::command_values(message).or_else(|| amf::data_values(message.kind, &message.payload));
        if let (Some(name), Some(payload)) = (name(message), payload) {
            let names = types.entry(name).or_default();
            amf::decode(payload)
                .0
                .iter()
                .for_each(|value| amf::types(value, names));
        }
    }
    types
}
