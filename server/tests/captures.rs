//! Reads all recorded sessions, and compares what is found with what another reader found.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rtmp_server::inspect::{Facts, Inspection};
use serde_json::Value;

/// Of each connection. `media` and `crosschecks` tell what other programs said of the same recording.
const COMPARED: [&str; 7] = ["client", "server", "handshake", "closing", "c2s", "s2c", "commands"];

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|ext| ext == "pcap")).collect();
    files.sort();
    assert_eq!(files.len(), 108);
    files
}

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
            differences.push(format!("{name}: {} connections, expected {}", found.len(), expected.len()));
        }
        for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
            for field in COMPARED {
                let path = format!("{name}: connections[{index}].{field}");
                compare(&path, &found[field], &expected[field], &mut differences);
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// Adds every place where the two differ. Oddities are counted and not compared, since they are told in words.
fn compare(path: &str, found: &Value, expected: &Value, differences: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let keys = expected.keys().chain(found.keys().filter(|key| !expected.contains_key(*key)));
            for key in keys.filter(|key| *key != "oddities") {
                let value = |object: &serde_json::Map<_, _>| object.get(key).cloned().unwrap_or("(none)".into());
                compare(&format!("{path}.{key}"), &value(found), &value(expected), differences);
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(&format!("{path}[{index}]"), found, expected, differences);
            }
        }
        _ if found == expected => {}
        _ => differences.push(format!("{path}: {found}, expected {expected}")),
    }
}
