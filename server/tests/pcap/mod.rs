//! The recordings, frame by frame.

use std::fs;
use std::path::{Path, PathBuf};

/// Those of which it is known what they hold: users may have put their own beside them.
pub(crate) fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|ext| ext == "pcap"))
        .filter(|file| file.with_extension("expect.json").exists())
        .collect();
    files.sort();
    assert_eq!(files.len(), 108);
    files
}

/// The header of a little-endian pcap file, and its records.
pub(crate) fn records(bytes: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (header, mut rest) = bytes.split_at(24);
    let mut records = Vec::new();
    while let Some(len) = rest.get(8..12) {
        let len = u32::from_le_bytes(len.try_into().unwrap()) as usize;
        let (record, behind) = rest.split_at(16 + len);
        records.push(record);
        rest = behind;
    }
    (header, records)
}
