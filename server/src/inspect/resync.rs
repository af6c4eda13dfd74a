//! Where reading can go on behind bytes that were not recorded.

use rtmp_core::units::ChunkSize;

use super::chain::{Chain, Kinds};

/// Chunk sizes that programs set, to be tried where the *Set Chunk Size* may not be recorded.
const USUAL_CHUNK_SIZES: [u32; 6] = [128, 4096, 1024, 60_000, 65_536, 5000];

/// Bytes among others that are chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resumption {
    /// Where they begin.
    pub(super) start: usize,
    /// Where they end: behind a message, or where all ends.
    pub(super) end: usize,
    /// The chunk size with which they can be read.
    pub(super) chunk_size: ChunkSize,
}

impl Resumption {
    /// The first place in `bytes` from which a chain of chunks goes on. `chunk_size` was in force before, and
    /// `kinds` were seen.
    ///
    /// Where several chunk sizes make a chain, the one counts that makes the longest, then the one for which
    /// more headers speak, and among equals the one that was in force.
    pub(super) fn find(bytes: &[u8], chunk_size: ChunkSize, kinds: &Kinds) -> Option<Self> {
        let usual = USUAL_CHUNK_SIZES.into_iter().filter_map(ChunkSize::new);
        let sizes = || std::iter::once(chunk_size).chain(usual.clone().filter(|size| *size != chunk_size));
        (0..bytes.len()).find_map(|start| {
            let mut longest: Option<(Chain, ChunkSize)> = None;
            for size in sizes() {
                let Some(chain) = Chain::read(bytes, start, size, kinds) else {
                    continue;
                };
                let key = |chain: Chain| (chain.len, chain.evidence);
                if longest.is_none_or(|(longest, _)| key(chain) > key(longest)) {
                    longest = Some((chain, size));
                }
            }
            let (chain, chunk_size) = longest?;
            let end = if chain.reaches_end {
                bytes.len()
            } else {
                start + chain.len
            };
            Some(Self {
                start,
                end,
                chunk_size,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type 0 on chunk stream 6, `len` bytes of video cut into chunks of this size.
    fn video(len: u16, chunk_size: usize) -> Vec<u8> {
        let [high, low] = len.to_be_bytes();
        let mut bytes = vec![0x06, 0, 0, 40, 0, high, low, 9, 1, 0, 0, 0];
        let payload = vec![0x27; usize::from(len)];
        bytes.extend(payload.chunks(chunk_size).collect::<Vec<_>>().join(&0xC6));
        bytes
    }

    #[test]
    fn reading_goes_on_with_the_first_chunk_behind_the_rest_of_another() {
        let bytes = [vec![0xAB; 700], video(20, 128), video(300, 128), video(20, 128)].concat();
        assert_eq!(
            Resumption::find(&bytes, ChunkSize::INITIAL, &Kinds::new()),
            Some(Resumption {
                start: 700,
                end: bytes.len(),
                chunk_size: ChunkSize::INITIAL
            })
        );
    }

    #[test]
    fn the_chunk_size_that_makes_the_longest_chain_counts() {
        for size in USUAL_CHUNK_SIZES.into_iter().chain([777]) {
            let size = ChunkSize::new(size).unwrap();
            let len = 3 * size.get().min(20_000);
            let video = |len| video(len as u16, size.as_len());
            let bytes = [video(20), video(len), video(20)].concat();
            // 777 is one that nobody can know.
            let known = if size.get() == 777 {
                size
            } else {
                ChunkSize::INITIAL
            };
            let found = Resumption::find(&bytes, known, &Kinds::new()).unwrap();
            assert_eq!((found.start, found.end), (0, bytes.len()));
            if len > 60_000 - 1 {
                // One chunk each: any size that is large enough will do.
                assert!(found.chunk_size.get() >= 60_000);
            } else {
                assert_eq!(found.chunk_size, size);
            }
        }
    }

    #[test]
    fn the_chunk_size_in_force_counts_where_it_makes_no_difference() {
        let size = ChunkSize::new(777).unwrap();
        let bytes = [video(20, 777), video(20, 777)].concat();
        let found = Resumption::find(&bytes, size, &Kinds::new()).unwrap();
        assert_eq!(found.chunk_size, size);
    }

    #[test]
    fn bytes_without_chunks_have_no_place_to_go_on() {
        // The same noise every time (Knuth's linear congruential generator).
        let noise = std::iter::successors(Some(1u64), |state| {
            Some(
                state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        });
        let noise: Vec<u8> = noise.map(|state| state.to_be_bytes()[0]).take(100_000).collect();
        assert_eq!(Resumption::find(&noise, ChunkSize::INITIAL, &Kinds::new()), None);
        assert_eq!(Resumption::find(&[], ChunkSize::INITIAL, &Kinds::new()), None);
    }
}
