//! The grammar.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::sync::Arc;

use super::error::DecodeError;
use super::external::ExternalBody;
use super::object::{Array, External, Object, VectorObject};
use super::tables::{Budget, Tables, Traits};
use super::value::{ComplexType, Value};
use super::{marker, u29};
use crate::wire::{Reader, Truncated};

/// Reads one value, and by itself those within. It recurses, at most as deep as the budget allows.
///
/// What an error leaves behind is the caller's to restore.
#[derive(Debug)]
pub(crate) struct Parser<'p, 'a> {
    pub(crate) reader: &'p mut Reader<'a>,
    pub(crate) budget: &'p mut Budget,
    pub(crate) tables: &'p mut Tables<'a>,
}

impl<'a> Parser<'_, 'a> {
    /// A value that is inside `depth` others.
    pub(crate) fn value(&mut self, depth: usize) -> Result<Value<'a>, DecodeError> {
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
            self.tables.object(head)?;
            return Ok(Value::Reference {
                to: complex,
                index: head,
            });
        }
        self.tables.add_object();
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
            return self.tables.traits(head >> 1);
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
        Ok(self.tables.add_traits(Traits {
            class,
            externalizable,
            dynamic: head & 4 != 0,
            sealed,
        }))
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
        if !inline {
            return self.tables.string(head);
        }
        let text = text(self.reader.bytes(head as usize)?);
        self.tables.add_string(text.clone());
        Ok(text)
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

fn text(bytes: &[u8]) -> Cow<'_, str> {
    // The strict check is several times faster than the lossy one, and hardly ever fails.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
