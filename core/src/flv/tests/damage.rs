//! Files that are cut short, or have bytes missing, changed or put in.

use super::*;

/// The error that ends the reading, and how many tags come before it.
fn fails(bytes: &[u8]) -> (usize, FlvError) {
    let (items, error) = read(&ReadOptions::default(), bytes);
    (only_tags(items).len(), error.unwrap())
}

/// The offsets of the tags, and what was skipped: offset, length, damage.
fn resyncs(bytes: &[u8]) -> (Vec<u64>, Vec<(u64, u64, Damage)>) {
    let (items, error) = read(&ReadOptions::resyncing(), bytes);
    assert_eq!(error, None);
    let mut skipped = Vec::new();
    for item in &items {
        if let FlvItem::Skipped { offset, len, damage } = *item {
            skipped.push((offset, len, damage));
        }
    }
    let offsets = only_tags(items).iter().map(|tag| tag.offset).collect();
    (offsets, skipped)
}

#[test]
fn what_is_no_flv_file_is_refused_at_its_start() {
    let damage = Damage::Signature;
    assert_eq!(fails(b"RIFF\0\0\0\0\0"), (0, FlvError { offset: 0, damage }));
    for data_offset in [8, 1025] {
        let bytes = [b"FLV\x01\x05", &u32::to_be_bytes(data_offset)[..]].concat();
        let damage = Damage::DataOffset(data_offset);
        assert_eq!(fails(&bytes), (0, FlvError { offset: 0, damage }));
    }
    let damage = Damage::Truncated { missing: 9 };
    assert_eq!(fails(b""), (0, FlvError { offset: 0, damage }));
}

#[test]
fn a_file_cut_short_is_read_up_to_the_tag_that_is_not_whole() {
    let bytes = file(&[AUDIO, VIDEO]);
    // The video tag begins at 31 and has 16 bytes; of fewer than 11 it is not known how many they should be.
    for (len, missing) in [(32, 10), (41, 1), (42, 9), (46, 5)] {
        let error = FlvError {
            offset: 31,
            damage: Damage::Truncated { missing },
        };
        assert_eq!(fails(&bytes[..len]), (1, error), "{len}");
        let skipped = (31, len as u64 - 31, error.damage);
        assert_eq!(resyncs(&bytes[..len]), (vec![13], vec![skipped]), "{len}");
    }
}

#[test]
fn an_error_stays() {
    let mut reader = FlvReader::new(ReadOptions::default());
    let error = reader.read(&mut &b"not an FLV file"[..]).unwrap_err();
    assert_eq!(reader.read(&mut &file(&[AUDIO])[..]), Err(error));
}

#[test]
fn bytes_put_in_between_tags_are_skipped() {
    for junk in [&b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..], HEADER, &[0xFF; 100]] {
        let bytes = file(&[AUDIO, junk, VIDEO, AUDIO]);
        let (tags, error) = fails(&bytes);
        assert_eq!((tags, error.offset), (1, 31));
        let behind = 31 + junk.len() as u64;
        let (offsets, skipped) = resyncs(&bytes);
        assert_eq!(offsets, [13, behind, behind + 20]);
        assert_eq!(skipped, [(31, junk.len() as u64, error.damage)]);
    }
}

#[test]
fn a_tag_with_bytes_missing_is_damaged_and_those_in_its_place_are_found() {
    // The first video tag has lost its last two bytes of data.
    let bytes = file(&[&VIDEO[..14], &VIDEO[16..], AUDIO, VIDEO]);
    let damage = Damage::TagSize {
        size: 16,
        stated: 0x0010_0800,
    };
    assert_eq!(fails(&bytes), (0, FlvError { offset: 13, damage }));
    assert_eq!(resyncs(&bytes), (vec![31, 49], vec![(13, 18, damage)]));
}

#[test]
fn a_tag_whose_length_is_changed_does_not_take_others_with_it() {
    let mut longer = AUDIO.to_vec();
    longer[2] = 0x10;
    let bytes = file(&[AUDIO, &longer, VIDEO, AUDIO]);
    // It would have 0x1003 bytes of data, and the file has none of them.
    let damage = Damage::Truncated { missing: 0x1012 - 56 };
    assert_eq!(fails(&bytes), (1, FlvError { offset: 31, damage }));
    assert_eq!(resyncs(&bytes), (vec![13, 49, 69], vec![(31, 18, damage)]));
}

#[test]
fn a_file_without_its_head_is_read_from_its_first_tag() {
    let bytes = [&VIDEO[3..], AUDIO, VIDEO].concat();
    assert_eq!(resyncs(&bytes), (vec![17, 35], vec![(0, 17, Damage::Signature)]));
    assert_eq!(resyncs(VIDEO).1, [(0, 0, Damage::Signature)]);
}

#[test]
fn a_tag_beyond_the_limit_is_never_waited_for() {
    let options = ReadOptions {
        max_tag_data: 4,
        ..ReadOptions::default()
    };
    let mut reader = FlvReader::new(options);
    let mut input = &file(&[AUDIO, &VIDEO[..11]])[..];
    let mut tags = 0;
    let error = loop {
        match reader.read(&mut input) {
            Ok(item) => tags += usize::from(matches!(item, Some(FlvItem::Tag(_)))),
            Err(error) => break error,
        }
    };
    let damage = Damage::TagTooLong { size: 5, limit: 4 };
    assert_eq!((tags, error), (1, FlvError { offset: 31, damage }));
}

#[test]
fn errors_name_the_place() {
    let (_, error) = fails(&file(&[AUDIO, b"\xFF\xFF\xFF"]));
    assert_eq!(
        error.to_string(),
        "at byte 31: the file ends, 8 bytes are missing"
    );
}
