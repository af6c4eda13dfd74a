//! Queues that are empty nearly all the time.

use std::collections::VecDeque;

/// First in, first out. It has no room on the heap while it is empty: of the queues of a server's connections, nearly all
/// are, and what they have once held would stay for as long as they last.
#[derive(Debug)]
pub(crate) struct Queue<T>(VecDeque<T>);

impl<T> Queue<T> {
    pub(crate) fn push(&mut self, item: impl Into<T>) {
        self.0.push_back(item.into());
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.0.front()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let first = self.0.pop_front()?;
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
        Some(first)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_goes_first_and_the_last_gives_the_room_back() {
        let mut queue = Queue::<char>::default();
        queue.push('a');
        queue.push('b');
        assert_eq!(queue.front(), Some(&'a'));
        assert_eq!(queue.pop(), Some('a'));
        assert!(queue.0.capacity() > 0);
        assert_eq!((queue.pop(), queue.pop()), (Some('b'), None));
        assert_eq!(queue.0.capacity(), 0);
    }
}
