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
            let rest = bytes.get(start..)?;
            let mut longest: Option<(Chain, ChunkSize)> = None;
            for size in sizes() {
                let Some(chain) = Chain::read(rest, size, kinds) else {
                    continue;
                };
                let key = |chain: Chain| (chain.end, chain.evidence);
                if longest.is_none_or(|(longest, _)| key(chain) > key(longest)) {
                    longest = Some((chain, size));
                }
            }
            let (chain, chunk_size) = longest?;
            let end = if chain.reaches_end { bytes.len() } else { start + chain.end };
            Some(Self {
                start,
                end,
                chunk_size,
            })
        })
    }
}
