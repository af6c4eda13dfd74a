//! The runtimes under test.

mod async_std;
mod mio;
mod secure;
mod tokio;

use std::num::NonZeroUsize;

use self::async_std::AsyncStd;
use self::mio::Mio;
use self::secure::ThroughTls;
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

pub(crate) const TOKIO_TLS: ThroughTls<Tokio> = ThroughTls(TOKIO);
pub(crate) const ASYNC_STD_TLS: ThroughTls<AsyncStd> = ThroughTls(ASYNC_STD);
pub(crate) const MIO_TLS: ThroughTls<Mio> = ThroughTls(MIO);
pub(crate) const MIO_2_WORKERS_TLS: ThroughTls<Mio> = ThroughTls(MIO_2_WORKERS);

/// All of them, with their names.
pub(crate) const ALL: [(&str, &dyn Runtime); 9] = [
    ("tokio", &TOKIO),
    ("tokio, 2 workers", &TOKIO_2_WORKERS),
    ("async-std", &ASYNC_STD),
    ("mio", &MIO),
    ("mio, 2 workers", &MIO_2_WORKERS),
    ("tokio, TLS", &TOKIO_TLS),
    ("async-std, TLS", &ASYNC_STD_TLS),
    ("mio, TLS", &MIO_TLS),
    ("mio, 2 workers, TLS", &MIO_2_WORKERS_TLS),
];
