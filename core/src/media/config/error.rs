use crate::wire::Truncated;

/// Why a configuration or a frame's head cannot be read. It concerns one track: its stream can still be relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It ends inside a field.
    #[error("it ends inside a field")]
    Truncated,
    /// Its first bytes are not those of this kind of record or frame.
    #[error("it does not begin like {0}")]
    NotA(&'static str),
    /// A field has a value that its specification forbids or reserves, or that no real stream has.
    #[error("{field} is {value}")]
    Value {
        /// The field, by its name in the specification.
        field: &'static str,
        /// What it says.
        value: u64,
    },
    /// A count is higher than any real stream's.
    #[error("{field} is {count}, and at most {limit} are read")]
    TooMany {
        /// What is counted, by its name in the specification.
        field: &'static str,
        /// How many there are said to be.
        count: u64,
        /// The most that are read.
        limit: u64,
    },
    /// A parameter set, or a configuration in the stream itself, that cannot be done without is not there.
    #[error("there is no {0}")]
    Missing(&'static str),
}

impl From<Truncated> for ConfigError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}
