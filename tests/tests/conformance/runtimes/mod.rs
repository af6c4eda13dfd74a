//! The runtimes under test.

mod async_std;
mod mio;
mod tokio;

use std::num::NonZeroUsize;

use self::async_std::AsyncStd;
use self::mio::Mio;
use self::tokio::Tokio;
use crate::server::Runtime;

pub(crate) const TOKIO: Tokio = Tokio { workers: 1 };
pub(crate) const TOKIO_2_WORKERS: Tokio = Tokio { workers: 2 };
pub(crate) const ASYNC_STD: AsyncStd = AsyncStd;
pub(crate) const MIO: Mio = Mio {
    workers: NonZeroUsize::MIN,
};
pub(crate) const MIO_2_WORKERS: Mio = Mio {
    workers: NonZeroUsize::MIN.saturating_add(1),
};

/// All of them, with their names.
pub(crate) const ALL: [(&str, &dyn Runtime); 5] = [
    ("tokio", &TOKIO),
    ("tokio, 2 workers", &TOKIO_2_WORKERS),
    ("async-std", &ASYNC_STD),
    ("mio", &MIO),
    ("mio, 2 workers", &MIO_2_WORKERS),
];
