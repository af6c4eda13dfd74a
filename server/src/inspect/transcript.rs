//! A capture to be read by people: one line for each message.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use anstyle::Style;
use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::media::MediaKind;

use super::connection::{Closing, Connection, Direction};
use super::facts::{first_packet, second_packet};
use super::fold::Fold;
use super::handshake::{Handshake, Hello};
use super::media::{Packet, packets};
use super::session::{Session, media_parts};
use super::session_media::SessionMedia;
use super::side::{Recorded, Side};
use super::stream::Stream;
use super::text::{FAINT, TITLE, WRONG, hex, write_time};
use super::track_text::{praise_line, tracks_lines};
use super::{Inspection, amf, control};

/// Bytes shown of a message that is not understood.
const SHOWN_BYTES: usize = 24;

/// Displays a capture line by line, with colours as ANSI escape sequences; write it to a stream that strips
/// them where they are not wanted.
///
/// Text from the wire is escaped: nothing in it can command a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Transcript<'a> {
    inspection: &'a Inspection,
    folds_frames: bool,
}

impl<'a> Transcript<'a> {
    /// Every message on a line of its own.
    pub fn new(inspection: &'a Inspection) -> Self {
        Self {
            inspection,
            folds_frames: false,
        }
    }

    /// With runs of frames, acknowledgements and repeated data on one line.
    #[must_use]
    pub fn fold_frames(self) -> Self {
        Self {
            folds_frames: true,
            ..self
        }
    }
}

impl Display for Transcript<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for warning in self.inspection.warnings() {
            writeln!(f, "{WRONG}warning: {warning}{WRONG:#}")?;
        }
        if self.inspection.sessions.is_empty() {
            writeln!(f, "no TCP connection")?;
        }
        for (index, session) in self.inspection.sessions.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            session_lines(session, index + 1, self.folds_frames, f)?;
        }
        Ok(())
    }
}

fn session_lines(session: &Session, number: usize, folds: bool, f: &mut Formatter<'_>) -> fmt::Result {
    let Connection {
        client,
        server,
        client_stream,
        server_stream,
        start,
        closing,
        ..
    } = &session.connection;
    writeln!(f, "{TITLE}connection {number}: {client} > {server}{TITLE:#}")?;
    writeln!(
        f,
        "  {FAINT}from{FAINT:#} {}.{:06} {FAINT}(Unix time),{FAINT:#} {} {FAINT}bytes >,{FAINT:#} {} \
         {FAINT}bytes <{FAINT:#}",
        start.as_secs(),
        start.subsec_micros(),
        client_stream.bytes.len(),
        server_stream.bytes.len(),
    )?;
    handshake_lines(&session.handshake, f)?;
    if session.messages().next().is_some() {
        writeln!(
            f,
            "  {FAINT}{:>9}   {:<16} {:>7} {:>6}  {:>5} {:>3} {:>4} {:>10}+ (+: extended){FAINT:#}",
            "seconds", "message", "bytes", "chunks", "csid", "fmt", "msid", "timestamp"
        )?;
    }
    let mut fold = Fold::default();
    let mut closing = closing.iter().peekable();
    for (direction, recorded) in session.messages() {
        while let Some(closing) = closing.next_if(|closing| closing.time < recorded.time) {
            fold.flush(*start, f)?;
            closing_line(closing, *start, f)?;
        }
        if folds && fold.takes(direction, &recorded.message) {
            fold.add(direction, recorded);
        } else {
            fold.flush(*start, f)?;
            message_line(direction, recorded, *start, f)?;
        }
    }
    fold.flush(*start, f)?;
    for closing in closing {
        closing_line(closing, *start, f)?;
    }
    stream_lines(Direction::ClientToServer, client_stream, &session.client, f)?;
    stream_lines(Direction::ServerToClient, server_stream, &session.server, f)?;
    SessionMedia::of(session).map_or(Ok(()), |media| media_lines(&media, f))
}

/// The tracks of each message stream.
fn media_lines(media: &SessionMedia, f: &mut Formatter<'_>) -> fmt::Result {
    let arrow = match media.direction {
        Direction::ClientToServer => '>',
        Direction::ServerToClient => '<',
    };
    for (stream, tracks) in &media.streams {
        writeln!(f, "  {arrow} media of message stream {stream}:")?;
        praise_line(tracks, f)?;
        tracks_lines(tracks, f)?;
    }
    Ok(())
}

fn closing_line(closing: &Closing, start: Duration, f: &mut Formatter<'_>) -> fmt::Result {
    let what = if closing.reset { "RST" } else { "FIN" };
    write_time(closing.time, start, closing.direction, f)?;
    writeln!(f, "{FAINT}{what}{FAINT:#}")
}

fn handshake_lines(handshake: &Handshake, f: &mut Formatter<'_>) -> fmt::Result {
    if let Some(client) = &handshake.client {
        writeln!(f, "  > {}", hello("C", client))?;
    }
    if let Some(server) = &handshake.server {
        writeln!(f, "  < {}", hello("S", server))?;
    }
    if let Some((second, front)) = handshake.s2 {
        writeln!(f, "  < S2 {}", second_packet(second, front, "C1", "S1"))?;
    }
    if let Some((second, front)) = handshake.c2 {
        writeln!(f, "  > C2 {}", second_packet(second, front, "S1", "C1"))?;
    }
    match handshake.protocol.obstacle() {
        Some(obstacle) => {
            writeln!(f, "  {WRONG}{obstacle}{WRONG:#}")?;
            for (arrow, front) in [('>', &handshake.client_front), ('<', &handshake.server_front)] {
                if !front.is_empty() {
                    writeln!(
                        f,
                        "  {arrow} begins with {} \"{}\"",
                        hex(front),
                        front.escape_ascii()
                    )?;
                }
            }
            Ok(())
        }
        None if handshake.client.is_none() => writeln!(f, "  {WRONG}the handshake is incomplete{WRONG:#}"),
        None => Ok(()),
    }
}

fn hello(side: &str, hello: &Hello) -> String {
    let Hello { version, first, .. } = hello;
    let kind = first_packet(hello);
    format!(
        "{side}0 {version}, {side}1 {kind}, time {}, version {}",
        first.time,
        hex(&first.version)
    )
}

fn message_line(
    direction: Direction,
    recorded: &Recorded,
    start: Duration,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    let Recorded {
        message, fmt, chunks, ..
    } = recorded;
    write_time(recorded.time, start, direction, f)?;
    let type_name = control::type_name(message.kind);
    let type_style = if amf::command_values(message).is_some() {
        TITLE
    } else {
        Style::new()
    };
    write!(
        f,
        "{type_style}{type_name:<16}{type_style:#} {:>7} {chunks:>6}  ",
        message.payload.len()
    )?;
    let mark = match recorded {
        Recorded {
            is_relative: true, ..
        } => '?',
        Recorded {
            has_extended_timestamp: true,
            ..
        } => '+',
        _ => ' ',
    };
    let (csid, msid) = (message.chunk_stream.get(), message.stream.get());
    write!(
        f,
        "{csid:>5} {fmt:>3} {msid:>4} {:>10}{mark} ",
        message.timestamp.as_millis()
    )?;
    details(message, recorded.offset, f)?;
    writeln!(f)
}

/// What a message says. `offset` is where it begins in the TCP stream.
fn details(message: &Message, offset: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let payload = &message.payload[..];
    if let Some(said) = control::describe(message) {
        return match said {
            Ok(said) => f.write_str(&said),
            Err(malformed) => write!(f, "{WRONG}{malformed}, from byte {offset}{WRONG:#}"),
        };
    }
    if let Some(values) = amf::command_values(message).or_else(|| amf::data_values(message.kind, payload)) {
        return values_words(values, payload.len().saturating_sub(values.len()), offset, f);
    }
    match message.kind {
        MessageType::Audio => media_words(&packets(MediaKind::Audio, payload), offset, f),
        MessageType::Video => media_words(&packets(MediaKind::Video, payload), offset, f),
        MessageType::Aggregate => {
            for (index, part) in media_parts(message).iter().enumerate() {
                let separator = if index > 0 { "; " } else { "" };
                let (name, timestamp) = (control::type_name(part.kind), part.timestamp.as_millis());
                write!(f, "{separator}{name} at {timestamp}: ")?;
                details(part, offset, f)?;
            }
            Ok(())
        }
        _ => {
            let more = if payload.len() > SHOWN_BYTES { "..." } else { "" };
            write!(f, "{}{more}", hex(payload.get(..SHOWN_BYTES).unwrap_or(payload)))
        }
    }
}

/// AMF values; the first string, a name, without quotes. `before` bytes of the payload precede them.
fn values_words(values: &[u8], before: usize, offset: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let (values, malformed) = amf::decode(values);
    for (index, value) in values.iter().enumerate() {
        let separator = if index > 0 { " " } else { "" };
        match value.as_str() {
            Some(name) if index == 0 => write!(f, "{TITLE}{}{TITLE:#}", name.escape_debug())?,
            _ => write!(f, "{separator}{value}")?,
        }
    }
    match malformed {
        None => Ok(()),
        Some(amf::Malformed { offset: at, error }) => write!(
            f,
            " {WRONG}malformed: {error}, at byte {} of the message from byte {offset}{WRONG:#}",
            at + before
        ),
    }
}

fn media_words(packets: &[Packet<'_>], offset: usize, f: &mut Formatter<'_>) -> fmt::Result {
    for (index, packet) in packets.iter().enumerate() {
        if index > 0 {
            f.write_str(" + ")?;
        }
        if packets.len() > 1 || packet.track.get() > 0 {
            write!(f, "track {} ", packet.track)?;
        }
        if let Some(codec) = &packet.codec {
            let enhanced = if packet.is_enhanced { " (enhanced)" } else { "" };
            write!(f, "{}{enhanced} ", codec.escape_debug())?;
        }
        let kind = &packet.kind;
        match (packet.is_malformed, packet.is_key, packet.is_disposable) {
            (true, ..) => write!(
                f,
                "{WRONG}malformed: {kind}, in the message from byte {offset}{WRONG:#}"
            )?,
            (_, true, _) if packet.is_frame() => f.write_str("key frame")?,
            (_, _, true) if packet.is_frame() => f.write_str("disposable frame")?,
            _ => f.write_str(kind)?,
        }
        if packet.composition_time != 0 {
            write!(f, " cts {}", packet.composition_time)?;
        }
    }
    Ok(())
}

/// What happened to a direction's bytes, and what is odd about its chunks.
fn stream_lines(direction: Direction, stream: &Stream, side: &Side, f: &mut Formatter<'_>) -> fmt::Result {
    let arrow = match direction {
        Direction::ClientToServer => '>',
        Direction::ServerToClient => '<',
    };
    if stream.retransmissions > 0 || stream.reordered > 0 {
        let (again, early) = (stream.retransmissions, stream.reordered);
        writeln!(
            f,
            "  {arrow} {again} segments were sent again, {early} came out of order"
        )?;
    }
    if let Some(at) = stream.conflict {
        writeln!(
            f,
            "  {arrow} {WRONG}byte {at} was sent again with another value{WRONG:#}"
        )?;
    }
    for gap in &stream.gaps {
        let why = if gap.cut {
            "were cut by the snap length"
        } else {
            "were not recorded"
        };
        writeln!(
            f,
            "  {arrow} {WRONG}{} bytes in front of byte {} {why}{WRONG:#}",
            gap.missing, gap.at
        )?;
    }
    for oddity in &side.oddities {
        writeln!(
            f,
            "  {arrow} {WRONG}byte {}: {}{WRONG:#}",
            oddity.offset, oddity.what
        )?;
    }
    if side.unparsed > 0 {
        writeln!(
            f,
            "  {arrow} bytes at the end that are no whole chunk: {}",
            side.unparsed
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
