//! Why bytes cannot be decoded.

use crate::wire::Truncated;

/// Why bytes are not AMF 3, or more of it than is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The message ends inside a value.
    #[error("the message ends inside an AMF3 value")]
    Truncated,
    /// More values inside one another than are allowed.
    #[error("AMF3 values nested more than {limit} deep")]
    TooDeep {
        /// The depth that is allowed.
        limit: usize,
    },
    /// More values in the message than are allowed.
    #[error("more than {limit} AMF values in a message")]
    TooManyValues {
        /// The number that is allowed.
        limit: usize,
    },
    /// References stand for more text than is allowed.
    #[error("AMF3 references repeat more than {limit} bytes of text in a message")]
    TooMuchRepeated {
        /// The bytes that are allowed.
        limit: usize,
    },
    /// A marker that AMF 3 does not know.
    #[error("AMF3 marker {0:#04x} is unknown")]
    UnknownMarker(u8),
    /// A reference to what has not come before it.
    #[error("AMF3 reference to entry {index} of the table of {table}, which has {len}")]
    DanglingReference {
        /// Which table it points into.
        table: Table,
        /// The index on the wire, from 0.
        index: u32,
        /// How many entries the table has.
        len: usize,
    },
    /// An object whose class writes itself in a way of its own, which nothing here knows: neither its meaning nor its
    /// end can be found out. See [`Externals`](super::Externals).
    #[error("AMF3 object of the externalizable class {class:?}, which is not known")]
    Externalizable {
        /// The name of the class.
        class: Box<str>,
    },
}

/// What references point into (AMF 3 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Strings that are not empty.
    Strings,
    /// Classes, with the names of their members.
    Traits,
    /// All that is [complex](super::ComplexType).
    Objects,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Strings => "strings",
            Self::Traits => "traits",
            Self::Objects => "objects",
        })
    }
}

impl DecodeError {
    /// Whether what is wrong is that there is more of something than is allowed.
    pub const fn is_over_limit(&self) -> bool {
        matches!(
            self,
            Self::TooDeep { .. } | Self::TooManyValues { .. } | Self::TooMuchRepeated { .. }
        )
    }
}

impl From<Truncated> for DecodeError {
    fn from(Truncated: Truncated) -> Self {
        Self::Truncated
    }
}
