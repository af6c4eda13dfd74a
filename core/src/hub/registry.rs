//! The streams by key and by handle.

use std::collections::BTreeMap;

use super::key::{StreamId, StreamKey};
use super::stream::Stream;

/// A slab of streams. Keys come from strangers: the tree has no worst case to be steered into, and needs no random
/// seed for that.
#[derive(Debug, Default)]
pub(super) struct Registry {
    slots: Vec<Option<(u64, Box<Stream>)>>,
    free: Vec<usize>,
    by_key: BTreeMap<StreamKey, StreamId>,
    generations: u64,
}

impl Registry {
    pub(super) fn find(&self, key: &StreamKey) -> Option<StreamId> {
        self.by_key.get(key).copied()
    }

    /// The stream of this key, made if need be.
    pub(super) fn find_or_add(&mut self, key: &StreamKey) -> (StreamId, &mut Stream) {
        let id = self.find(key).unwrap_or_else(|| {
            self.generations += 1;
            let index = self.free.pop().unwrap_or(self.slots.len());
            let id = StreamId {
                index,
                generation: self.generations,
            };
            self.by_key.insert(key.clone(), id);
            id
        });
        if id.index >= self.slots.len() {
            self.slots.resize_with(id.index + 1, || None);
        }
        // Filled by the line above or by an earlier call: the index is inside.
        #[expect(clippy::indexing_slicing)]
        let slot = &mut self.slots[id.index];
        let (_, stream) = slot.get_or_insert_with(|| (id.generation, Box::new(Stream::new(key.clone()))));
        (id, stream)
    }

    pub(super) fn get_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        let (generation, stream) = self.slots.get_mut(id.index)?.as_mut()?;
        (*generation == id.generation).then_some(stream)
    }

    pub(super) fn get(&self, id: StreamId) -> Option<&Stream> {
        let (generation, stream) = self.slots.get(id.index)?.as_ref()?;
        (*generation == id.generation).then_some(stream)
    }

    /// Removes the stream if nobody is left on it.
    pub(super) fn remove_if_deserted(&mut self, id: StreamId) {
        let Some(key) = self
            .get(id)
            .filter(|stream| stream.is_deserted())
            .map(|stream| stream.key().clone())
        else {
            return;
        };
        self.by_key.remove(&key);
        if let Some(slot) = self.slots.get_mut(id.index) {
            *slot = None;
            self.free.push(id.index);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.by_key.values().filter_map(|&id| self.get(id))
    }
}
