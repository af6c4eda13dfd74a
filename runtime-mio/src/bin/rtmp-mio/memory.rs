//! Memory that a crowd has left behind.

/// Gives memory back to the system when many connections have gone.
///
/// What they had is free, and among it there is always something that is not: the allocator keeps all of it for the next
/// crowd, unless it is told.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The most connections since memory was given back last.
    most: usize,
}

/// Fewer are not worth the look.
const CROWD: usize = 64;

impl Memory {
    /// To be told the number of connections, now and then.
    pub(crate) fn notice(&mut self, connections: usize) {
        self.most = self.most.max(connections);
        if has_thinned(self.most, connections) {
            self.most = connections;
            give_back();
        }
    }
}

/// Half of them are gone: the next look comes after half of the rest.
fn has_thinned(most: usize, connections: usize) -> bool {
    most >= CROWD && connections <= most / 2
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back() {
    // SAFETY: it may be called at any time, on any thread (malloc_trim(3)).
    #[allow(unsafe_code)]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators do it by themselves, or can't.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_looked_after_when_half_of_a_crowd_has_gone() {
        assert!(!has_thinned(CROWD - 1, 0));
        assert!(!has_thinned(CROWD, CROWD / 2 + 1));
        assert!(has_thinned(CROWD, CROWD / 2));
    }

    #[test]
    fn a_crowd_that_leaves_one_by_one_is_not_looked_at_each_time() {
        let mut memory = Memory::default();
        let mut looks = 0;
        for connections in (0..=10_000).rev() {
            let before = memory.most;
            memory.notice(connections);
            looks += usize::from(connections < before && memory.most == connections);
        }
        assert_eq!(looks, 8, "at 5000, 2500 and so on to 39");
    }
}
