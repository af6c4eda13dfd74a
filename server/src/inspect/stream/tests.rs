use super::*;
use proptest::prelude::*;

/// Puts together segments of (sequence number, payload), one per millisecond, behind a SYN of number 99.
fn assemble(segments: &[(u32, &[u8])]) -> Stream {
    let mut assembler = Assembler::default();
    assembler.open(99);
    push(&mut assembler, segments);
    assembler.finish()
}

fn push(assembler: &mut Assembler, segments: &[(u32, &[u8])]) {
    for (index, (sequence, payload)) in segments.iter().enumerate() {
        assembler.push(*sequence, payload, 0, millis(index as u64));
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn segments_in_order_are_joined_and_keep_their_times() {
    let stream = assemble(&[(100, b"abc"), (103, b"de"), (105, b"f")]);
    assert_eq!(stream.bytes, b"abcdef");
    assert_eq!(stream.gaps.len(), 0);
    assert_eq!(
        (stream.time_of(2), stream.time_of(3), stream.time_of(99)),
        (millis(0), millis(1), millis(2))
    );
}

#[test]
fn a_retransmission_is_counted_and_changes_nothing() {
    let stream = assemble(&[(100, b"abc"), (103, b"de"), (100, b"abc"), (105, b"f")]);
    assert_eq!(
        (stream.bytes.as_slice(), stream.retransmissions),
        (&b"abcdef"[..], 1)
    );
    assert_eq!((stream.conflict, stream.time_of(0)), (None, millis(0)));
}

#[test]
fn overlaps_add_only_what_is_new() {
    // The third repeats the first two in one segment and goes on.
    let stream = assemble(&[(100, b"abc"), (102, b"cd"), (100, b"abcdef")]);
    assert_eq!((stream.bytes.as_slice(), stream.conflict), (&b"abcdef"[..], None));
    assert_eq!((stream.time_of(3), stream.time_of(4)), (millis(1), millis(2)));
}

#[test]
fn segments_out_of_order_wait_until_they_can_be_delivered() {
    let stream = assemble(&[(104, b"e"), (102, b"cd"), (100, b"ab"), (105, b"f")]);
    assert_eq!((stream.bytes.as_slice(), stream.reordered), (&b"abcdef"[..], 2));
    assert_eq!(
        (stream.time_of(0), stream.time_of(4), stream.time_of(5)),
        (millis(2), millis(2), millis(3))
    );
}

#[test]
fn an_early_segment_that_comes_again_longer_is_taken_whole() {
    let stream = assemble(&[(102, b"c"), (102, b"cd"), (102, b"c"), (100, b"ab")]);
    assert_eq!(
        (stream.bytes.as_slice(), stream.retransmissions),
        (&b"abcd"[..], 1)
    );
}

#[test]
fn bytes_behind_a_gap_are_kept() {
    let stream = assemble(&[(100, b"ab"), (112, b"m"), (107, b"h"), (105, b"fg"), (107, b"hi")]);
    assert_eq!(stream.bytes, b"abfghim");
    let gap = |at, missing| Gap {
        at,
        missing,
        cut: false,
    };
    assert_eq!(stream.gaps, [gap(2, 3), gap(6, 3)]);
    assert_eq!(stream.runs().collect::<Vec<_>>(), [0..2, 2..6, 6..7]);
    assert_eq!((stream.front(), stream.reordered), (&b"ab"[..], 0));
    let times = [1, 2, 4, 5, 6].map(|index| stream.time_of(index));
    assert_eq!(times, [0, 3, 3, 4, 4].map(millis));
}

#[test]
fn a_place_in_the_stream_lies_in_a_run_or_in_a_gap() {
    let stream = assemble(&[(102, b"cd"), (107, b"hi")]);
    assert_eq!(stream.bytes, b"cdhi");
    let places = [0, 1, 2, 4, 6, 7, 9].map(|offset| stream.locate(offset));
    assert_eq!(
        places,
        [
            (0, Some(0)),
            (1, None),
            (1, Some(0)),
            (1, Some(2)),
            (2, None),
            (2, Some(2)),
            (2, Some(4))
        ]
    );
}

#[test]
fn a_fin_behind_the_last_byte_is_a_gap_as_well() {
    let mut assembler = Assembler::default();
    assembler.open(99);
    push(&mut assembler, &[(100, b"ab")]);
    assembler.close(102);
    assert_eq!(assembler.finish().gaps, []);

    let mut assembler = Assembler::default();
    assembler.open(99);
    push(&mut assembler, &[(100, b"ab")]);
    assembler.close(110);
    assert_eq!(
        assembler.finish().gaps,
        [Gap {
            at: 2,
            missing: 8,
            cut: false
        }]
    );
}

#[test]
fn a_cut_by_the_snap_length_is_a_gap_unless_the_bytes_come_again() {
    let mut assembler = Assembler::default();
    assembler.open(99);
    assembler.push(100, b"ab", 2, millis(0));
    assembler.push(104, b"ef", 0, millis(1));
    assert_eq!(
        assembler.finish().gaps,
        [Gap {
            at: 2,
            missing: 2,
            cut: true
        }]
    );

    let mut assembler = Assembler::default();
    assembler.open(99);
    assembler.push(100, b"ab", 2, millis(0));
    assembler.push(102, b"cd", 0, millis(1));
    let stream = assembler.finish();
    assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abcd"[..], vec![]));
}

#[test]
fn sequence_numbers_wrap() {
    let mut assembler = Assembler::default();
    assembler.open(0xFFFF_FFFC);
    push(
        &mut assembler,
        &[(0xFFFF_FFFD, b"ab"), (2, b"f"), (0xFFFF_FFFF, b"cde"), (3, b"g")],
    );
    let stream = assembler.finish();
    assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abcdefg"[..], vec![]));
}

#[test]
fn without_a_syn_the_lowest_sequence_number_is_the_beginning() {
    let mut assembler = Assembler::default();
    push(&mut assembler, &[(1, b"cd"), (3, b"ef"), (0xFFFF_FFFF, b"ab")]);
    assert_eq!(assembler.finish().bytes, b"abcdef");
}

#[test]
fn a_syn_may_come_behind_the_bytes_that_it_precedes() {
    let mut assembler = Assembler::default();
    push(&mut assembler, &[(103, b"de"), (100, b"abc")]);
    assembler.close(106);
    assembler.open(99);
    push(&mut assembler, &[(105, b"f")]);
    let stream = assembler.finish();
    assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abcdef"[..], vec![]));
}

#[test]
fn what_overlaps_the_beginning_is_cut_to_it() {
    let stream = assemble(&[(99, b"?"), (98, b"??ab"), (102, b"c")]);
    assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abc"[..], vec![]));
}

#[test]
fn a_second_copy_that_differs_is_told_and_the_first_counts() {
    let stream = assemble(&[(100, b"abc"), (101, b"bX")]);
    assert_eq!((stream.bytes.as_slice(), stream.conflict), (&b"abc"[..], Some(2)));
    // A keep-alive probe.
    let stream = assemble(&[(100, b"abc"), (102, b"\0")]);
    assert_eq!(stream.conflict, None);
}

proptest! {
    /// Whatever pieces a stream was sent in, however often and in whatever order: if they cover it, it is
    /// put together.
    #[test]
    fn any_pieces_that_cover_a_stream_give_the_stream(
        first in any::<u32>(),
        bytes in prop::collection::vec(any::<u8>(), 2..300),
        pieces in prop::collection::vec((0..300usize, 2..60usize), 0..40),
        order in any::<u64>(),
    ) {
        let whole = bytes.chunks(7).enumerate().map(|(index, piece)| (index * 7, piece.len()));
        let extra = pieces.into_iter().map(|(at, len)| {
            let at = at % (bytes.len() - 1);
            (at, len.min(bytes.len() - at))
        });
        let mut pieces: Vec<_> = whole.chain(extra).collect();
        // A shuffle that needs no more randomness than `order`.
        pieces.sort_by_key(|(at, len)| (order ^ (*at * 61 + *len) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));

        let mut assembler = Assembler::default();
        assembler.open(first.wrapping_sub(1));
        for (at, len) in pieces {
            let sequence = first.wrapping_add(at as u32);
            assembler.push(sequence, &bytes[at..at + len], 0, Duration::ZERO);
        }
        assembler.close(first.wrapping_add(bytes.len() as u32));
        let stream = assembler.finish();
        prop_assert_eq!(&stream.bytes, &bytes);
        prop_assert_eq!((stream.gaps, stream.conflict), (vec![], None));
    }
}
