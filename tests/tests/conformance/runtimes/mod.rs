//! The runtimes under test.

mod async_std;
mod mio;
mod secure;
mod tasks;
mod tokio;

use std::num::NonZeroUsize;

use self::async_std::AsyncStd;
use self::mio::Mio;
use self::secure::{CallingByTls, ThroughTls};
use self::tasks::Tasks;
use self::tokio::Tokio;
use crate::clients::Dialling;
use crate::server::Runtime;

pub(crate) const TOKIO: Tasks<Tokio> = Tasks(Tokio { workers: 1 });
pub(crate) const TOKIO_2_WORKERS: Tasks<Tokio> = Tasks(Tokio { workers: 2 });
pub(crate) const ASYNC_STD: Tasks<AsyncStd> = Tasks(AsyncStd);
pub(crate) const MIO: Mio = Mio {
    workers: NonZeroUsize::MIN,
};
pub(crate) const MIO_2_WORKERS: Mio = Mio {
    workers: NonZeroUsize::MIN.saturating_add(1),
};

pub(crate) const TOKIO_TLS: ThroughTls<Tasks<Tokio>> = ThroughTls(TOKIO);
pub(crate) const ASYNC_STD_TLS: ThroughTls<Tasks<AsyncStd>> = ThroughTls(ASYNC_STD);
pub(crate) const MIO_TLS: ThroughTls<Mio> = ThroughTls(MIO);
pub(crate) const MIO_2_WORKERS_TLS: ThroughTls<Mio> = ThroughTls(MIO_2_WORKERS);

pub(crate) const TOKIO_BY_TLS: CallingByTls<Tasks<Tokio>> = CallingByTls(TOKIO);
pub(crate) const ASYNC_STD_BY_TLS: CallingByTls<Tasks<AsyncStd>> = CallingByTls(ASYNC_STD);
pub(crate) const MIO_BY_TLS: CallingByTls<Mio> = CallingByTls(MIO);

/// All that serve, with their names.
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

/// All whose clients are plain, with their names.
pub(crate) const CALLING: [(&str, &dyn Dialling); 3] =
    [("tokio", &TOKIO), ("async-std", &ASYNC_STD), ("mio", &MIO)];

/// All whose clients come by TLS, with their names.
pub(crate) const CALLING_BY_TLS: [(&str, &dyn Dialling); 3] = [
    ("tokio", &TOKIO_BY_TLS),
    ("async-std", &ASYNC_STD_BY_TLS),
    ("mio", &MIO_BY_TLS),
];
