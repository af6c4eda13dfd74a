//! Randomness.

use std::cell::RefCell;
use std::mem;

use rtmp_core::units::Seed;

/// Seeds that the system is asked for at a time: asking for one costs nearly as much as asking for all.
const POOL_LEN: usize = 32;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::new()) };
}

/// A connection's seed, from the system's randomness. Each thread has some in store.
pub fn seed() -> Seed {
    POOL.with_borrow_mut(|pool| pool.draw(fill)).into()
}

/// Seeds that nobody has been given yet, and zeros where one was.
struct Pool {
    seeds: [[u8; 32]; POOL_LEN],
    left: usize,
}

impl Pool {
    const fn new() -> Self {
        Self {
            seeds: [[0; 32]; POOL_LEN],
            left: 0,
        }
    }

    fn draw(&mut self, fill: impl FnOnce(&mut [u8])) -> [u8; 32] {
        if self.left == 0 {
            fill(self.seeds.as_flattened_mut());
            self.left = POOL_LEN;
        }
        self.left -= 1;
        mem::take(&mut self.seeds[self.left])
    }
}

fn fill(bytes: &mut [u8]) {
    // It fails on systems that have no such source at all. The handshake's randomness guards no secret: a seed
    // that is merely different each time serves as well.
    if getrandom::fill(bytes).is_err() {
        use std::hash::BuildHasher;
        let random = std::collections::hash_map::RandomState::new();
        for (n, part) in bytes.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&random.hash_one(n).to_ne_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_gives_each_seed_once_keeps_none_of_them_and_is_filled_only_when_it_is_empty() {
        let (mut pool, mut fills, mut next) = (Pool::new(), 0, 0_u8);
        let mut draw = |pool: &mut Pool| {
            pool.draw(|bytes| {
                fills += 1;
                for seed in bytes.chunks_exact_mut(32) {
                    next += 1;
                    seed.fill(next);
                }
            })
        };
        let mut drawn: Vec<_> = (0..POOL_LEN).map(|_| draw(&mut pool)).collect();
        assert_eq!(pool.seeds, [[0; 32]; POOL_LEN], "wiped");
        drawn.push(draw(&mut pool));
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), POOL_LEN + 1);
        assert_eq!(fills, 2);
    }

    #[test]
    fn no_two_connections_have_the_same_seed_also_of_different_threads() {
        let draw = || -> Vec<_> {
            (0..2 * POOL_LEN)
                .map(|_| POOL.with_borrow_mut(|pool| pool.draw(fill)))
                .collect()
        };
        let mut seeds = draw();
        seeds.extend(std::thread::spawn(draw).join().unwrap());
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 4 * POOL_LEN);
    }
}
