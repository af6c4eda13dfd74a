//! From bytes to values.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::sync::Arc;

use super::error::{DecodeError, Table};
use super::external::{ExternalBody, Externals, FlexCollections};
use super::object::{Array, External, Object, VectorObject};
use super::value::{ComplexType, Value};
use super::{MAX_DEPTH, marker, u29};
use crate::limits::Limits;
use crate::wire::{Reader, Truncated};

/// Takes the values of one message off its front, one at a time.
///
/// The limits, and the tables that references point into, are the message's: use one decoder for one message.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    tables: Tables<'a>,
}

impl<'a> Decoder<'a> {
    /// A decoder for the values in `bytes`.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Self {
        Self {
            reader: Reader::new(bytes),
            budget: Budget::new(limits),
            tables: Tables::new(limits.max_amf_repeated, &FlexCollections),
        }
    }

    /// The decoder, with these readers for the classes that write themselves in a way of their own.
    #[must_use]
    pub const fn with_externals(mut self, externals: &'a dyn Externals) -> Self {
        self.tables.externals = externals;
        self
    }

    /// The next value; `None` at the end of the message.
    ///
    /// # Errors
    ///
    /// If what follows is not AMF 3 or exceeds a limit. The decoder then stays in front of it, so that a further call
    /// gives the same error.
    pub fn next_value(&mut self) -> Result<Option<Value<'a>>, DecodeError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let before = (self.reader, self.budget, self.tables.mark());
        let value = self.tables.read_value(&mut self.reader, &mut self.budget, 0);
        if value.is_err() {
            (self.reader, self.budget) = (before.0, before.1);
            self.tables.restore(before.2);
        }
        value.map(Some)
    }

    /// What has not been decoded yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }
}

/// All the values in `bytes`, up to the end.
///
/// # Errors
///
/// If any of them is not AMF 3, or if a limit is exceeded.
pub fn decode_all<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Value<'a>>, DecodeError> {
    let mut decoder = Decoder::new(bytes, limits);
    let mut values = Vec::new();
    while let Some(value) = decoder.next_value()? {
        values.push(value);
    }
    Ok(values)
}

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

    const fn spend_value(&mut self) -> Result<(), DecodeError> {
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
    externals: &'a dyn Externals,
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
struct Traits<'a> {
    class: Cow<'a, str>,
    externalizable: bool,
    dynamic: bool,
    sealed: Vec<Cow<'a, str>>,
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

    /// Takes the next value, which is inside `depth` others, off the front. What an error leaves behind is the caller's
    /// to restore.
    pub(crate) fn read_value(
        &mut self,
        reader: &mut Reader<'a>,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Value<'a>, DecodeError> {
        let mut parser = Parser {
            reader,
            budget,
            tables: self,
        };
        parser.value(depth)
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

/// The grammar: reads one value, and by itself those within. It recurses, at most as deep as the budget allows.
#[derive(Debug)]
pub(super) struct Parser<'p, 'a> {
    reader: &'p mut Reader<'a>,
    budget: &'p mut Budget,
    tables: &'p mut Tables<'a>,
}

impl<'a> Parser<'_, 'a> {
    /// A value that is inside `depth` others.
    pub(super) fn value(&mut self, depth: usize) -> Result<Value<'a>, DecodeError> {
        self.budget.spend_value()?;
        Ok(match self.reader.u8()? {
            marker::UNDEFINED => Value::Undefined,
            marker::NULL => Value::Null,
            marker::FALSE => Value::Boolean(false),
            marker::TRUE => Value::Boolean(true),
            marker::INTEGER => Value::Integer(u29::signed(self.u29()?)),
            marker::DOUBLE => Value::Double(self.reader.f64()?),
            marker::STRING => Value::String(self.text()?),
            marker => {
                let complex = ComplexType::from_marker(marker).ok_or(DecodeError::UnknownMarker(marker))?;
                self.complex(complex, depth)?
            }
        })
    }

    /// Bytes that are not AMF 3.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        self.budget.spend_value()?;
        Ok(self.reader.bytes(count)?)
    }

    fn complex(&mut self, complex: ComplexType, depth: usize) -> Result<Value<'a>, DecodeError> {
        let (inline, head) = self.head()?;
        if !inline {
            let len = self.tables.objects;
            return if (head as usize) < len {
                Ok(Value::Reference {
                    to: complex,
                    index: head,
                })
            } else {
                Err(dangling(Table::Objects, head, len))
            };
        }
        self.tables.objects = self.tables.objects.saturating_add(1);
        Ok(match complex {
            ComplexType::XmlDocument => Value::XmlDocument(text(self.reader.bytes(head as usize)?)),
            ComplexType::Xml => Value::Xml(text(self.reader.bytes(head as usize)?)),
            ComplexType::ByteArray => Value::ByteArray(Cow::Borrowed(self.reader.bytes(head as usize)?)),
            ComplexType::Date => Value::Date {
                millis: self.reader.f64()?,
            },
            ComplexType::VectorInt => Value::VectorInt {
                fixed: self.flag()?,
                items: self.numbers(head, i32::from_be_bytes)?,
            },
            ComplexType::VectorUint => Value::VectorUint {
                fixed: self.flag()?,
                items: self.numbers(head, u32::from_be_bytes)?,
            },
            ComplexType::VectorDouble => Value::VectorDouble {
                fixed: self.flag()?,
                items: self.numbers(head, f64::from_be_bytes)?,
            },
            ComplexType::Array => {
                let depth = self.enter(depth)?;
                let mut named = Vec::new();
                self.pairs(&mut named, depth)?;
                let items = self.items(head, depth)?;
                Array { named, items }.into()
            }
            ComplexType::VectorObject => {
                let depth = self.enter(depth)?;
                Value::VectorObject(Box::new(VectorObject {
                    fixed: self.flag()?,
                    class: self.text()?,
                    items: self.items(head, depth)?,
                }))
            }
            ComplexType::Dictionary => {
                let depth = self.enter(depth)?;
                let weak_keys = self.flag()?;
                let mut entries = Vec::new();
                for _ in 0..head {
                    entries.push((self.value(depth)?, self.value(depth)?));
                }
                Value::Dictionary { weak_keys, entries }
            }
            ComplexType::Object => {
                let depth = self.enter(depth)?;
                let traits = self.traits(head)?;
                if traits.externalizable {
                    return self.external(&traits, depth);
                }
                let mut properties = Vec::new();
                for name in &traits.sealed {
                    properties.push((name.clone(), self.value(depth)?));
                }
                if traits.dynamic {
                    self.pairs(&mut properties, depth)?;
                }
                Object::from_wire(
                    traits.class.clone(),
                    properties,
                    traits.sealed.len(),
                    traits.dynamic,
                )
                .into()
            }
        })
    }

    /// The traits of an object, from what its head has above the bit that says that it is no reference.
    fn traits(&mut self, head: u32) -> Result<Arc<Traits<'a>>, DecodeError> {
        if head & 1 == 0 {
            let (index, len) = (head >> 1, self.tables.traits.len());
            let Some(traits) = self.tables.traits.get(index as usize).cloned() else {
                return Err(dangling(Table::Traits, index, len));
            };
            let names = traits.sealed.iter().map(|name| name.len());
            self.tables
                .repeat(names.fold(traits.class.len(), usize::saturating_add))?;
            return Ok(traits);
        }
        let externalizable = head & 2 != 0;
        let count = if externalizable { 0 } else { (head >> 3) as usize };
        // Each name will have a value.
        if count > self.budget.values_left {
            return Err(DecodeError::TooManyValues {
                limit: self.budget.max_values,
            });
        }
        let class = self.text()?;
        let mut sealed = Vec::new();
        for _ in 0..count {
            sealed.push(self.text()?);
        }
        let traits = Arc::new(Traits {
            class,
            externalizable,
            dynamic: head & 4 != 0,
            sealed,
        });
        self.tables.traits.push(Arc::clone(&traits));
        Ok(traits)
    }

    fn external(&mut self, traits: &Traits<'a>, depth: usize) -> Result<Value<'a>, DecodeError> {
        let externals = self.tables.externals;
        let parser = Parser {
            reader: self.reader,
            budget: self.budget,
            tables: self.tables,
        };
        let mut body = ExternalBody::new(parser, depth);
        externals.read(&traits.class, &mut body)?;
        Ok(Value::External(Box::new(External {
            class: traits.class.clone(),
            parts: body.into_parts(),
        })))
    }

    /// Names and values, up to the empty name.
    fn pairs(&mut self, pairs: &mut Vec<(Cow<'a, str>, Value<'a>)>, depth: usize) -> Result<(), DecodeError> {
        loop {
            let name = self.text()?;
            if name.is_empty() {
                return Ok(());
            }
            pairs.push((name, self.value(depth)?));
        }
    }

    fn items(&mut self, count: u32, depth: usize) -> Result<Vec<Value<'a>>, DecodeError> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.value(depth)?);
        }
        Ok(items)
    }

    fn numbers<T, const N: usize>(
        &mut self,
        count: u32,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, DecodeError> {
        let bytes = self.reader.bytes((count as usize).saturating_mul(N))?;
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers.iter().copied().map(number).collect())
    }

    /// A string without its marker (UTF-8-vr, AMF 3 §1.3.2).
    fn text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let (inline, head) = self.head()?;
        if inline {
            let text = text(self.reader.bytes(head as usize)?);
            if !text.is_empty() {
                self.tables.strings.push(text.clone());
            }
            return Ok(text);
        }
        let len = self.tables.strings.len();
        let Some(bytes) = self.tables.strings.get(head as usize).map(|text| text.len()) else {
            return Err(dangling(Table::Strings, head, len));
        };
        self.tables.repeat(bytes)?;
        Ok(self
            .tables
            .strings
            .get(head as usize)
            .cloned()
            .unwrap_or_default())
    }

    /// What begins all but the simplest values: whether what follows is the thing itself, and its length, or else an
    /// index.
    fn head(&mut self) -> Result<(bool, u32), DecodeError> {
        let head = self.u29()?;
        Ok((head & 1 == 1, head >> 1))
    }

    /// The depth of what is inside a value that is inside `depth` others.
    const fn enter(&self, depth: usize) -> Result<usize, DecodeError> {
        let limit = self.budget.max_depth;
        if depth >= limit {
            return Err(DecodeError::TooDeep { limit });
        }
        Ok(depth.saturating_add(1))
    }

    fn u29(&mut self) -> Result<u32, Truncated> {
        u29::read(self.reader)
    }

    fn flag(&mut self) -> Result<bool, Truncated> {
        self.reader.u8().map(|byte| byte != 0)
    }
}

const fn dangling(table: Table, index: u32, len: usize) -> DecodeError {
    DecodeError::DanglingReference { table, index, len }
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    // The strict check is several times faster than the lossy one, and hardly ever fails.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
