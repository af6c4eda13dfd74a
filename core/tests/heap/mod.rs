//! An allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What this thread has on the heap, and how often it has asked for some.
#[derive(Clone, Copy)]
struct Heap {
    bytes: usize,
    blocks: usize,
    requests: usize,
    is_counting: bool,
}

/// The difference of two moments.
pub(crate) struct Cost {
    pub(crate) bytes: usize,
    pub(crate) blocks: usize,
    pub(crate) requests: usize,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            bytes,
            blocks,
            requests,
        } = self;
        write!(f, "{bytes} bytes in {blocks} blocks, after {requests} requests")
    }
}

thread_local! {
    static HEAP: Cell<Heap> = const {
        Cell::new(Heap { bytes: 0, blocks: 0, requests: 0, is_counting: true })
    };
}

/// What `make` costs as long as what it made is there.
pub(crate) fn cost<T>(make: impl FnOnce() -> T) -> Cost {
    let before = HEAP.get();
    let made = make();
    let after = HEAP.get();
    drop(made);
    Cost {
        bytes: after.bytes.wrapping_sub(before.bytes),
        blocks: after.blocks.wrapping_sub(before.blocks),
        requests: after.requests - before.requests,
    }
}

/// What the client does is not the server's cost.
pub(crate) fn uncounted<T>(act: impl FnOnce() -> T) -> T {
    let count = |is_counting| {
        HEAP.set(Heap {
            is_counting,
            ..HEAP.get()
        });
    };
    count(false);
    let result = act();
    count(true);
    result
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

impl Counting {
    fn count(change: impl FnOnce(&mut Heap)) {
        let mut heap = HEAP.get();
        if heap.is_counting {
            change(&mut heap);
            HEAP.set(heap);
        }
    }

    /// What malloc sets aside for a block: 8 bytes more than asked for, in steps of 16.
    fn cost(layout: Layout) -> usize {
        (layout.size() + 8).next_multiple_of(16).max(32)
    }
}

// SAFETY: the system's allocator does the work; the counter has no destructor, and no need of the heap.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(|heap| {
            heap.bytes = heap.bytes.wrapping_add(Self::cost(layout));
            heap.blocks = heap.blocks.wrapping_add(1);
            heap.requests += 1;
        });
        // SAFETY: the caller keeps the promises that are asked for here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        Self::count(|heap| {
            heap.bytes = heap.bytes.wrapping_sub(Self::cost(layout));
            heap.blocks = heap.blocks.wrapping_sub(1);
        });
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}
