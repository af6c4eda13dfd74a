//! Reads all recorded sessions: compares what is found with what another reader found, keeps transcripts as
//! snapshots, and spoils the recordings in every way to see that nothing can stop the reader.

mod expect;
mod pcap;

use std::fs::{self, File};
use std::path::Path;

use proptest::prelude::*;
use rtmp_server::inspect::{Facts, Inspection, Transcript};
use serde_json::Value;

use expect::compare;
use pcap::{captures, records};

/// Of each connection. `crosschecks` tell what other programs said of the same recording, and how they liked it.
const COMPARED: [&str; 8] = [
    "client",
    "server",
    "handshake",
    "closing",
    "c2s",
    "s2c",
    "commands",
    "media",
];

fn inspect(file: &Path) -> Inspection {
    Inspection::read(File::open(file).unwrap()).unwrap()
}

#[test]
fn every_recorded_session_is_read_as_another_reader_read_it() {
    let mut differences = Vec::new();
    for file in captures() {
        let expected = fs::read(file.with_extension("expect.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let facts = serde_json::to_value(Facts::of(&inspect(&file).sessions)).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy();

        let expected = expected["connections"].as_array().unwrap();
        let found = facts["connections"].as_array().unwrap();
        if expected.len() != found.len() {
            differences.push(format!(
                "{name}: {} connections, expected {}",
                found.len(),
                expected.len()
            ));
        }
        for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
            for field in COMPARED {
                let path = format!("{name}: connections[{index}].{field}");
                compare(&path, &found[field], &expected[field], &mut differences);
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn transcripts_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots");
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in captures() {
            let transcript = Transcript::new(&inspect(&file)).fold_frames().to_string();
            let name = file.file_stem().unwrap().to_string_lossy();
            insta::assert_snapshot!(&*name, plain(&transcript));
        }
    });
}

#[test]
fn an_unfolded_transcript_has_a_line_for_each_message() {
    for file in captures() {
        let inspection = inspect(&file);
        let messages: usize = inspection
            .sessions
            .iter()
            .map(|session| session.messages().count())
            .sum();
        let transcript = plain(&Transcript::new(&inspection).to_string());
        let lines = transcript.lines().filter(|line| is_message(line)).count();
        assert_eq!(lines, messages, "{}", file.display());
    }
}

/// Whether a line begins with a time, a direction, and the name and size of a message.
fn is_message(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let time = words.next().is_some_and(|word| word.parse::<f64>().is_ok());
    let arrow = words.next().is_some_and(|word| word == ">" || word == "<");
    time && arrow && words.nth(1).is_some_and(|word| word.parse::<u32>().is_ok())
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Small recordings with commands, media and what is no RTMP.
const SPOILED: [&str; 4] = [
    "fail_taken_ff5_nginx",
    "fail_rtmpe_ff9_srs",
    "pub_ff5_speex16k_nginx",
    "play_ff9_h264_opus_srs",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_spoiled_recording_is_read_as_far_as_it_goes(
        which in 0..SPOILED.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        end in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
        let mut bytes = fs::read(folder.join(SPOILED[which]).with_extension("pcap")).unwrap();
        for (index, byte) in changes {
            // The file's own header stays, for without it there is nothing to read.
            let at = 24 + index.index(bytes.len() - 24);
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(24 + end.index(bytes.len() - 24));
        }
        let inspection = Inspection::read(&bytes[..]).unwrap();
        let transcript = Transcript::new(&inspection).to_string();
        prop_assert!(plain(&transcript).chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert!(serde_json::to_string(&Facts::of(&inspection.sessions)).is_ok());
    }

    #[test]
    fn frames_that_came_twice_or_in_another_order_change_nothing(
        which in 0..SPOILED.len(),
        again in prop::collection::vec((any::<prop::sample::Index>(), 1..20usize), 0..20),
        swapped in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
        let bytes = fs::read(folder.join(SPOILED[which]).with_extension("pcap")).unwrap();
        let (header, mut records) = records(&bytes);
        // The first record is the SYN: before it nobody can know who is the client.
        for (index, distance) in again {
            let at = 1 + index.index(records.len() - 1);
            let later = records.len().min(at + distance);
            records.insert(later, records[at]);
        }
        for index in swapped {
            let at = 1 + index.index(records.len() - 2);
            records.swap(at, at + 1);
        }
        let shuffled = [header, &records.concat()].concat();
        let facts = |bytes: &[u8]| {
            let facts = Facts::of(&Inspection::read(bytes).unwrap().sessions);
            let mut facts = serde_json::to_value(facts).unwrap();
            let connection = facts["connections"][0].as_object_mut().unwrap();
            // These follow the order of the recording.
            connection.retain(|key, _| key != "closing" && key != "commands");
            facts
        };
        prop_assert_eq!(facts(&shuffled), facts(&bytes));
    }

    #[test]
    fn any_bytes_are_a_capture_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        if let Ok(inspection) = Inspection::read(&bytes[..]) {
            prop_assert!(!Transcript::new(&inspection).to_string().is_empty());
        }
    }
}
