//! What the values of a message share: what they may cost in all, and what references point into (AMF 3 §2.2).

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::sync::Arc;

use super::MAX_DEPTH;
use super::error::{DecodeError, Table};
use super::external::Externals;
use crate::limits::Limits;

/// What a message's values may still cost, those in AMF 0 and those in AMF 3 together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) values_left: usize,
    pub(crate) max_values: usize,
    pub(crate) max_depth: usize,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            values_left: limits.max_amf_values,
            max_values: limits.max_amf_values,
            max_depth: limits.max_amf_depth.min(MAX_DEPTH),
        }
    }

    pub(super) const fn spend_value(&mut self) -> Result<(), DecodeError> {
        let Some(left) = self.values_left.checked_sub(1) else {
            return Err(DecodeError::TooManyValues {
                limit: self.max_values,
            });
        };
        self.values_left = left;
        Ok(())
    }
}

/// What a message's values in AMF 3 share: what references point into, and how much they may still repeat.
#[derive(Clone, Debug)]
pub(crate) struct Tables<'a> {
    strings: Vec<Cow<'a, str>>,
    traits: Vec<Arc<Traits<'a>>>,
    /// Complex values begun. They themselves are where they were read.
    objects: usize,
    repeated_left: usize,
    max_repeated: usize,
    pub(super) externals: &'a dyn Externals,
}

/// How far tables were filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TablesMark {
    strings: usize,
    traits: usize,
    objects: usize,
    repeated_left: usize,
}

/// What objects of one class share (AMF 3 §3.12).
#[derive(Debug)]
pub(super) struct Traits<'a> {
    pub(super) class: Cow<'a, str>,
    pub(super) externalizable: bool,
    pub(super) dynamic: bool,
    pub(super) sealed: Vec<Cow<'a, str>>,
}

impl<'a> Tables<'a> {
    pub(crate) const fn new(max_repeated: usize, externals: &'a dyn Externals) -> Self {
        Self {
            strings: Vec::new(),
            traits: Vec::new(),
            objects: 0,
            repeated_left: max_repeated,
            max_repeated,
            externals,
        }
    }

    pub(crate) const fn mark(&self) -> TablesMark {
        TablesMark {
            strings: self.strings.len(),
            traits: self.traits.len(),
            objects: self.objects,
            repeated_left: self.repeated_left,
        }
    }

    /// Forgets what has come since `mark`.
    pub(crate) fn restore(&mut self, mark: TablesMark) {
        self.strings.truncate(mark.strings);
        self.traits.truncate(mark.traits);
        self.objects = mark.objects;
        self.repeated_left = mark.repeated_left;
    }

    pub(super) fn add_string(&mut self, text: Cow<'a, str>) {
        // The empty string is never referred to.
        if !text.is_empty() {
            self.strings.push(text);
        }
    }

    pub(super) fn string(&mut self, index: u32) -> Result<Cow<'a, str>, DecodeError> {
        let len = self.strings.len();
        let Some(text) = self.strings.get(index as usize).map(|text| text.len()) else {
            return Err(dangling(Table::Strings, index, len));
        };
        self.repeat(text)?;
        Ok(self.strings.get(index as usize).cloned().unwrap_or_default())
    }

    pub(super) fn add_traits(&mut self, traits: Traits<'a>) -> Arc<Traits<'a>> {
        let traits = Arc::new(traits);
        self.traits.push(Arc::clone(&traits));
        traits
    }

    pub(super) fn traits(&mut self, index: u32) -> Result<Arc<Traits<'a>>, DecodeError> {
        let Some(traits) = self.traits.get(index as usize).cloned() else {
            return Err(dangling(Table::Traits, index, self.traits.len()));
        };
        let names = traits.sealed.iter().map(|name| name.len());
        self.repeat(names.fold(traits.class.len(), usize::saturating_add))?;
        Ok(traits)
    }

    pub(super) const fn add_object(&mut self) {
        self.objects = self.objects.saturating_add(1);
    }

    /// Whether there is an object of this index.
    pub(super) const fn object(&self, index: u32) -> Result<(), DecodeError> {
        if (index as usize) < self.objects {
            Ok(())
        } else {
            Err(dangling(Table::Objects, index, self.objects))
        }
    }

    /// Has a reference stand for as much text.
    fn repeat(&mut self, bytes: usize) -> Result<(), DecodeError> {
        let Some(left) = self.repeated_left.checked_sub(bytes) else {
            return Err(DecodeError::TooMuchRepeated {
                limit: self.max_repeated,
            });
        };
        self.repeated_left = left;
        Ok(())
    }
}

const fn dangling(table: Table, index: u32, len: usize) -> DecodeError {
    DecodeError::DanglingReference { table, index, len }
}
