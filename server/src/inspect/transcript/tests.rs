use super::*;
use crate::inspect::stream::Assembler;
use crate::inspect::{End, Leftovers};

/// A session whose client sends these chunks behind a handshake of zeros, and whose server nothing more.
fn session(chunks: &[u8], change: impl FnOnce(&mut Connection)) -> Inspection {
    let handshake = [&[3][..], &[0; 3072]].concat();
    let stream = |chunks: &[u8]| {
        let mut assembler = Assembler::default();
        assembler.open(99);
        assembler.push(
            100,
            &[&handshake[..], chunks].concat(),
            0,
            Duration::from_millis(1500),
        );
        assembler.finish()
    };
    let mut connection = Connection {
        client: "[::1]:50000".parse().unwrap(),
        server: "[::1]:1935".parse().unwrap(),
        start: Duration::from_secs(1),
        has_beginning: true,
        client_stream: stream(chunks),
        server_stream: stream(&[]),
        closing: vec![],
    };
    change(&mut connection);
    Inspection {
        sessions: vec![Session::read(connection)],
        leftovers: Leftovers::default(),
        end: End::Clean,
    }
}

fn plain(inspection: &Inspection) -> String {
    anstream::adapter::strip_str(&Transcript::new(inspection).to_string()).to_string()
}

/// The one line that contains `part`.
fn line(inspection: &Inspection, part: &str) -> String {
    let transcript = plain(inspection);
    let mut lines = transcript.lines().filter(|line| line.contains(part));
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("no {part:?} in {transcript}"));
    assert_eq!(lines.next(), None);
    line.trim().to_owned()
}

/// A message in one chunk: chunk type 0 on chunk stream 3, timestamp 5, stream 1.
fn message(kind: u8, payload: &[u8]) -> Vec<u8> {
    [
        &[3, 0, 0, 5, 0, 0, payload.len() as u8, kind, 1, 0, 0, 0],
        payload,
    ]
    .concat()
}

#[test]
fn a_command_is_one_line() {
    let chunks = message(20, b"\x02\x00\x05close\x00\0\0\0\0\0\0\0\0\x05");
    assert_eq!(
        line(&session(&chunks, |_| ()), "close"),
        "0.500 > Command               18      1      3   0    1          5  close 0 null"
    );
}

#[test]
fn text_cannot_command_the_terminal() {
    let chunks = message(20, b"\x02\x00\x05\x1B[2Jx\x02\x00\x02\x07\x0A");
    let inspection = session(&chunks, |_| ());
    assert_eq!(
        plain(&inspection)
            .matches(|c: char| c.is_control() && c != '\n')
            .count(),
        0
    );
    assert!(line(&inspection, "Command").ends_with(r#"\u{1b}[2Jx "\u{7}\n""#));
}

#[test]
fn what_is_malformed_is_named_with_its_place() {
    let chunks = [
        message(20, b"\x02\x00\x01a\x02\x00\x09"),
        message(9, &[0x17, 1]),
        message(3, &[0]),
    ]
    .concat();
    let inspection = session(&chunks, |_| ());
    assert!(line(&inspection, "Command").contains("at byte 4 of the message from byte 3073"));
    assert!(line(&inspection, "Video").contains("h264 malformed: short, in the message from byte 3092"));
    assert!(line(&inspection, "Ack").contains("malformed: 1 bytes, from byte 3106"));
}

#[test]
fn what_is_missing_is_named() {
    let gap = crate::inspect::Gap {
        at: 3073,
        missing: 10,
        cut: true,
    };
    let inspection = session(&[], |connection| connection.client_stream.gaps.push(gap));
    assert_eq!(
        line(&inspection, "snap length"),
        "> 10 bytes in front of byte 3073 were cut by the snap length"
    );
}

#[test]
fn a_session_recorded_from_its_middle_says_so() {
    let inspection = session(&[], |connection| {
        connection.has_beginning = false;
        connection.client_stream.bytes = vec![0x44, 0];
    });
    assert!(line(&inspection, "middle of this connection").contains("the capture began"));
    assert_eq!(
        line(&inspection, "begins with 4400"),
        "> begins with 4400 \"D\\x00\""
    );
}

#[test]
fn an_incomplete_handshake_says_so() {
    let inspection = session(&[], |connection| connection.client_stream.bytes.truncate(1000));
    line(&inspection, "the handshake is incomplete");
}

#[test]
fn frames_and_repeated_data_fold() {
    let metadata = message(18, b"\x02\x00\x0AonMetaData");
    let frame = message(9, &[0x27, 1, 0, 0, 0, 1]);
    let chunks = [&metadata[..], &frame, &metadata, &frame, &frame].concat();
    let inspection = session(&chunks, |_| ());
    let folded = Transcript::new(&inspection).fold_frames().to_string();
    let folded = anstream::adapter::strip_str(&folded).to_string();
    assert!(
        folded.contains("... 3 video, 1 repeated data, 18 bytes of frames, timestamps 5 to 5"),
        "{folded}"
    );
    assert_eq!(folded.matches("onMetaData").count(), 1);
    assert_eq!(plain(&inspection).matches("onMetaData").count(), 2);
}
