//! Drops frames of recorded sessions: what is read behind the gaps has to be what the whole recording has there.

mod pcap;

use std::fs;
use std::ops::Range;
use std::path::Path;

use proptest::prelude::*;
use rtmp_server::inspect::{Facts, Inspection, Odd, Protocol, Session, Side, Stream, Transcript};

/// Messages of the whole recording that lie behind gaps, and how many of them were found.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    behind: usize,
    found: usize,
}

#[test]
fn behind_a_lost_frame_reading_goes_on() {
    // In the first half are the commands, in the second the media.
    let tally = drop_frames(|frames| {
        [2, 4, 7, 11]
            .map(|at| at * frames / 13)
            .map(|at| at..at + 1)
            .to_vec()
    });
    assert!(tally.found * 100 > tally.behind * 90, "{tally:?}");
}

#[test]
fn behind_several_lost_frames_reading_goes_on() {
    let tally = drop_frames(|frames| {
        [2, 3, 9]
            .map(|at| at * frames / 13)
            .map(|at| at..at + 12)
            .to_vec()
    });
    assert!(tally.found * 100 > tally.behind * 90, "{tally:?}");
}

#[test]
fn a_recording_begun_in_mid_connection_is_read() {
    let tally = drop_frames(|frames| [2, 4, 9].map(|at| 0..at * frames / 10).to_vec());
    assert!(tally.found * 100 > tally.behind * 90, "{tally:?}");
}

/// Reads every capture of one connection without each of the ranges of frames that `ranges` names for their
/// number, and compares.
fn drop_frames(ranges: impl Fn(usize) -> Vec<Range<usize>>) -> Tally {
    let mut tally = Tally::default();
    for file in pcap::captures() {
        let bytes = fs::read(&file).unwrap();
        let whole = Inspection::read(&bytes[..]).unwrap();
        let [whole] = whole.sessions.as_slice() else {
            continue;
        };
        let (header, frames) = pcap::records(&bytes);
        for lost in ranges(frames.len()) {
            let name = format!("{} without frames {lost:?}", file.display());
            let inspection = without(header, &frames, &lost);
            if let Some(part) = inspection.sessions.first() {
                compare(whole, part, &name, &mut tally);
            }
        }
    }
    assert!(tally.behind > 1000);
    tally
}

fn without(header: &[u8], frames: &[&[u8]], lost: &Range<usize>) -> Inspection {
    let frames = frames.iter().enumerate();
    let kept = frames.filter(|(number, _)| !lost.contains(number));
    let kept: Vec<_> = kept.map(|(_, frame)| *frame).collect();
    let inspection = Inspection::read(&[header, &kept.concat()].concat()[..]).unwrap();
    assert!(!Transcript::new(&inspection).to_string().is_empty());
    inspection
}

fn compare(whole: &Session, part: &Session, name: &str, tally: &mut Tally) {
    let client = (&part.client, &part.connection.client_stream);
    let server = (&part.server, &part.connection.server_stream);
    // Without its SYN, and on an unusual port, nothing says who is who.
    let is_turned = part.connection.client != whole.connection.client;
    let (client, server) = if is_turned {
        (server, client)
    } else {
        (client, server)
    };
    compare_sides(
        &whole.client,
        &whole.connection.client_stream,
        client,
        name,
        tally,
    );
    compare_sides(
        &whole.server,
        &whole.connection.server_stream,
        server,
        name,
        tally,
    );
}

fn compare_sides(
    whole: &Side,
    whole_stream: &Stream,
    (part, stream): (&Side, &Stream),
    name: &str,
    tally: &mut Tally,
) {
    let lost = whole_stream.bytes.len() - stream.bytes.len();
    // Without its SYN a stream lacks what is lost at its front. Lost at its end, it leaves no gap.
    let gaps: Vec<_> = if stream.has_syn {
        stream
            .gaps
            .iter()
            .map(|gap| (gap.at, gap.missing as usize))
            .collect()
    } else {
        vec![(0, lost)]
    };
    let place = |at: usize| {
        let before = gaps.iter().filter(|(gap, _)| *gap <= at);
        at + before.map(|(_, missing)| missing).sum::<usize>()
    };

    for recorded in &part.messages {
        let same = whole
            .messages
            .iter()
            .find(|other| other.offset == place(recorded.offset));
        let Some(same) = same else {
            panic!("{name}: invented {recorded:?}")
        };
        let (found, expected) = (&recorded.message, &same.message);
        assert_eq!(
            (found.kind, found.chunk_stream, &found.payload),
            (expected.kind, expected.chunk_stream, &expected.payload),
            "{name}"
        );
        if !recorded.is_relative {
            assert_eq!(found, expected, "{name}");
        }
    }

    let end = place(stream.bytes.len());
    let behind = |from| {
        let messages = whole.messages.iter().map(|other| other.offset);
        messages.filter(|offset| (from..end).contains(offset)).count()
    };
    let found = |from| {
        let messages = part.messages.iter().map(|recorded| place(recorded.offset));
        messages.filter(|offset| *offset >= from).count()
    };
    let Some((gap, _)) = gaps.last() else {
        return;
    };
    let (behind_gap, found_behind_gap) = (behind(place(*gap)), found(place(*gap)));
    tally.behind += behind_gap;
    tally.found += found_behind_gap;
    if found_behind_gap < behind_gap {
        assert!(part.passed_over + part.unparsed > 0, "{name}: nothing is named");
    }
    // Behind the last place from which reading went on nothing is left out.
    let resumed = part
        .oddities
        .iter()
        .rposition(|odd| matches!(odd.what, Odd::Resumed { .. }));
    let after = resumed.map(|at| &part.oddities[at..]).unwrap_or_default();
    let is_lost = |odd: &Odd| matches!(odd, Odd::PassedOver { .. } | Odd::Broken(_) | Odd::Unfinished);
    if let Some(resumed) = after
        .first()
        .filter(|_| !after.iter().any(|odd| is_lost(&odd.what)))
    {
        let from = place(resumed.offset);
        assert_eq!(found(from), behind(from), "{name} from {from} on");
    }
}

#[test]
fn a_gap_is_told() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/pub_ff5_speex16k_nginx.pcap");
    let bytes = fs::read(file).unwrap();
    let (header, frames) = pcap::records(&bytes);
    let middle = frames.len() / 2;
    // Some frames hold nothing but an acknowledgement.
    let inspections = (middle..frames.len()).map(|at| without(header, &frames, &(at..at + 1)));
    let inspection = inspections
        .into_iter()
        .find(|inspection| {
            let side = &inspection.sessions[0].client;
            side.oddities
                .iter()
                .any(|odd| matches!(odd.what, Odd::Resumed { .. }))
        })
        .unwrap();
    let transcript = anstream::adapter::strip_str(&Transcript::new(&inspection).to_string()).to_string();
    assert!(transcript.contains("were not recorded"), "{transcript}");
    assert!(
        transcript.contains("read on from here with chunk size"),
        "{transcript}"
    );

    let facts = serde_json::to_value(Facts::of(&inspection.sessions)).unwrap();
    let side = &facts["connections"][0]["c2s"];
    let gap = &inspection.sessions[0].connection.client_stream.gaps[0];
    assert_eq!(side["tcp_gap"], true);
    assert_eq!(side["tcp_missing_bytes"], gap.missing);
    let oddities = side["oddities"].as_array().unwrap();
    assert!(
        oddities
            .iter()
            .any(|odd| odd.as_str().unwrap().contains("passed over"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_invented_behind_any_gap(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        len in 1..30usize,
    ) {
        let captures = pcap::captures();
        let file = which.get(&captures);
        let bytes = fs::read(file).unwrap();
        let whole = Inspection::read(&bytes[..]).unwrap();
        let (header, frames) = pcap::records(&bytes);
        let at = at.index(frames.len());
        let part = without(header, &frames, &(at..at + len));
        if let ([whole], [part]) = (whole.sessions.as_slice(), part.sessions.as_slice()) {
            compare(whole, part, &format!("{} without {len} from {at}", file.display()), &mut Tally::default());
        }
    }
}

#[test]
fn a_front_without_its_syn_is_not_taken_for_the_beginning() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/play_gst_rtmp2src_h264_nms.pcap");
    let bytes = fs::read(file).unwrap();
    let (header, frames) = pcap::records(&bytes);
    // Behind the client's SYN: the server's SYN, C0 and C1, S0 to S2. What is left begins with 2.
    let inspection = without(header, &frames, &(1..4));
    let session = &inspection.sessions[0];
    assert_eq!(session.handshake.protocol, Protocol::NotRecorded);
    assert!(!session.client.messages.is_empty() && !session.server.messages.is_empty());
}
