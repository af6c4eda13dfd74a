//! Randomness.

use rtmp_core::units::Seed;

/// A connection's seed, from the system's randomness.
pub fn seed() -> Seed {
    let mut bytes = [0; 32];
    // It fails on systems that have no such source at all. The handshake's randomness guards no secret: a seed
    // that is merely different each time serves as well.
    if getrandom::fill(&mut bytes).is_err() {
        use std::hash::BuildHasher;
        let random = std::collections::hash_map::RandomState::new();
        for (n, part) in bytes.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&random.hash_one(n).to_ne_bytes());
        }
    }
    bytes.into()
}
