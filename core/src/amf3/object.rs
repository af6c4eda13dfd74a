//! What holds other values, by name or by number.

use std::borrow::Cow;

use super::value::Value;

/// Values by name, in the order of the wire: those that its class has declared come first (AMF 3 §3.12).
///
/// On the wire the class and the names of its declared members are its *traits*. Objects of one class share them there,
/// but not here.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<'a> {
    class: Cow<'a, str>,
    properties: Vec<(Cow<'a, str>, Value<'a>)>,
    /// How many of the properties the class declares.
    sealed: usize,
    dynamic: bool,
}

impl<'a> Object<'a> {
    /// An object of no class, without properties.
    pub const fn new() -> Self {
        Self {
            class: Cow::Borrowed(""),
            properties: Vec::new(),
            sealed: 0,
            dynamic: true,
        }
    }

    /// An object of a class that declares these members, and allows no other as long as there is none.
    pub fn sealed(class: impl Into<Cow<'a, str>>, members: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        Self {
            class: class.into(),
            sealed: members.len(),
            properties: members,
            dynamic: false,
        }
    }

    pub(super) fn from_wire(
        class: Cow<'a, str>,
        properties: Vec<(Cow<'a, str>, Value<'a>)>,
        sealed: usize,
        dynamic: bool,
    ) -> Self {
        Self {
            class,
            properties,
            sealed,
            dynamic,
        }
    }

    /// The object with one property more, at its end.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        self.push(key, value);
        self
    }

    /// Appends a property that the class has not declared, also if there is one of that key.
    ///
    /// One with an empty key cannot be written: that is how their end is told.
    pub fn push(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.dynamic = true;
        self.properties.push((key.into(), value.into()));
    }

    /// The name of its class; empty if it has none.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Whether it may have properties that its class has not declared.
    pub const fn is_dynamic(&self) -> bool {
        self.dynamic
    }

    /// How many properties, from the first, its class declares.
    pub const fn declared(&self) -> usize {
        self.sealed
    }

    /// The value of the last property with this key. Case matters. Each call looks at every property.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.properties
            .iter()
            .rfind(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The properties in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> + DoubleEndedIterator + Clone {
        self.properties.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// How many properties there are, keys that occur twice counted twice.
    pub const fn len(&self) -> usize {
        self.properties.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }

    /// The same object, which borrows nothing.
    pub fn into_owned(self) -> Object<'static> {
        Object {
            class: Cow::Owned(self.class.into_owned()),
            properties: owned_pairs(self.properties),
            sealed: self.sealed,
            dynamic: self.dynamic,
        }
    }

    /// Its class and its properties.
    pub(crate) fn into_parts(self) -> (Cow<'a, str>, Vec<(Cow<'a, str>, Value<'a>)>) {
        (self.class, self.properties)
    }
}

impl Default for Object<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Values by name, and values by number from 0 (AMF 3 §3.11).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array<'a> {
    /// Those with a name, in the order of the wire. One with an empty name cannot be written: that is how their end is
    /// told.
    pub named: Vec<(Cow<'a, str>, Value<'a>)>,
    /// Those without.
    pub items: Vec<Value<'a>>,
}

impl Array<'_> {
    /// The same array, which borrows nothing.
    pub fn into_owned(self) -> Array<'static> {
        Array {
            named: owned_pairs(self.named),
            items: self.items.into_iter().map(Value::into_owned).collect(),
        }
    }
}

/// Values of one class (AMF 3 §3.15).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VectorObject<'a> {
    /// Whether its length is not to change.
    pub fixed: bool,
    /// The name of the class; empty for one that has not been registered, or for no class in particular.
    pub class: Cow<'a, str>,
    /// Its members.
    pub items: Vec<Value<'a>>,
}

impl VectorObject<'_> {
    /// The same vector, which borrows nothing.
    pub fn into_owned(self) -> VectorObject<'static> {
        VectorObject {
            fixed: self.fixed,
            class: Cow::Owned(self.class.into_owned()),
            items: self.items.into_iter().map(Value::into_owned).collect(),
        }
    }
}

/// An object of a class that writes itself in a way of its own, as the reader of that class found it: see
/// [`Externals`](super::Externals).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct External<'a> {
    /// The name of the class.
    pub class: Cow<'a, str>,
    /// What it has written, in its order.
    pub parts: Vec<ExternalPart<'a>>,
}

impl External<'_> {
    /// The same object, which borrows nothing.
    pub fn into_owned(self) -> External<'static> {
        let owned = |part| match part {
            ExternalPart::Bytes(bytes) => ExternalPart::Bytes(Cow::Owned(bytes.into_owned())),
            ExternalPart::Value(value) => ExternalPart::Value(value.into_owned()),
        };
        External {
            class: Cow::Owned(self.class.into_owned()),
            parts: self.parts.into_iter().map(owned).collect(),
        }
    }
}

/// A piece of what an externalizable class has written.
#[derive(Clone, Debug, PartialEq)]
pub enum ExternalPart<'a> {
    /// Bytes that mean something to the class.
    Bytes(Cow<'a, [u8]>),
    /// An AMF 3 value.
    Value(Value<'a>),
}

fn owned_pairs(pairs: Vec<(Cow<'_, str>, Value<'_>)>) -> Vec<(Cow<'static, str>, Value<'static>)> {
    pairs
        .into_iter()
        .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_that_occurs_twice_the_last_counts() {
        let object = Object::new().with("a", 1).with("b", true).with("a", 2);
        assert_eq!(object.get("a"), Some(&2.into()));
        assert_eq!(object.get("A"), None);
        assert_eq!(object.len(), 3);
    }

    #[test]
    fn a_property_that_was_not_declared_makes_an_object_dynamic() {
        let object = Object::sealed("Point", vec![("x".into(), 1.into())]);
        assert_eq!(
            (object.class(), object.declared(), object.is_dynamic()),
            ("Point", 1, false)
        );
        let object = object.with("y", 2);
        assert_eq!(
            (object.declared(), object.len(), object.is_dynamic()),
            (1, 2, true)
        );
    }
}
