use super::*;

fn faults(payload: impl AsRef<[u8]>) -> (Vec<MediaFault>, bool) {
    let mut faults = all(DemuxOptions::default(), &[video(payload)]);
    let Some(Ok(Media::Sample(sample))) = faults.pop() else {
        panic!("a sample is the last");
    };
    (
        faults.into_iter().filter_map(Result::err).collect(),
        sample.keyframe,
    )
}

#[test]
fn a_frame_is_what_its_units_are() {
    assert_eq!(faults([0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]), (vec![], true));
    assert_eq!(
        faults([0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x41]),
        (vec![MediaFault::MarkedAsKey], false)
    );
    assert_eq!(
        faults([0x27, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]),
        (vec![MediaFault::NotMarkedAsKey], true)
    );
}

#[test]
fn a_frame_type_that_says_nothing_is_no_fault() {
    assert_eq!(faults(b"\x81hvc1\0\0\0\0\0\0\x02\x26\x01"), (vec![], true));
    assert_eq!(faults(b"\x81hvc1\0\0\0\0\0\0\x02\x02\x01"), (vec![], false));
}

#[test]
fn where_pictures_recover_little_by_little_the_sender_is_believed() {
    // SEI: recovery point of 1 byte, behind another message; then a slice that is no IDR.
    let frame = [0, 0, 0, 7, 6, 5, 1, 0xAA, 6, 1, 0x84, 0, 0, 0, 1, 0x41];
    assert_eq!(faults([&[0x17, 1, 0, 0, 0][..], &frame].concat()), (vec![], true));
    assert_eq!(
        faults([&[0x27, 1, 0, 0, 0][..], &frame].concat()),
        (vec![], false)
    );
    // Gradual decoding refresh of VVC.
    assert_eq!(faults(b"\x93vvc1\0\0\0\x02\x00\x51"), (vec![], true));
}

#[test]
fn of_codecs_that_are_not_looked_into_the_sender_is_believed() {
    assert_eq!(faults([0x12, 0, 0, 0x84]), (vec![], true));
    assert_eq!(faults([0x32, 0, 0, 0x84]), (vec![], false));
}
