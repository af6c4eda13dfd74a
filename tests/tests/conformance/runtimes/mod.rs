//! The runtimes under test.

mod tokio;

pub(crate) use self::tokio::Tokio;

use crate::server::Runtime;

pub(crate) const TOKIO: Tokio = Tokio { workers: 1 };
pub(crate) const TOKIO_2_WORKERS: Tokio = Tokio { workers: 2 };

/// All of them, with their names.
pub(crate) const ALL: [(&str, &dyn Runtime); 2] = [("tokio", &TOKIO), ("tokio, 2 workers", &TOKIO_2_WORKERS)];
