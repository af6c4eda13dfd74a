//! The runtimes under test.

mod async_std;
mod mio;
mod naming;
mod secure;
mod tasks;
mod tokio;

use std::num::NonZeroUsize;
use std::thread;

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

/// What serves plain connections, by name.
pub(crate) const PLAIN: [(&str, &dyn Runtime); 5] = [
    ("tokio", &TOKIO),
    ("tokio, 2 workers", &TOKIO_2_WORKERS),
    ("async-std", &ASYNC_STD),
    ("mio", &MIO),
    ("mio, 2 workers", &MIO_2_WORKERS),
];

/// What serves, by name.
pub(crate) const ALL: [(&str, &dyn Runtime); 9] = {
    let [one, two, three, four, five] = PLAIN;
    [
        one,
        two,
        three,
        four,
        five,
        ("tokio, TLS", &TOKIO_TLS),
        ("async-std, TLS", &ASYNC_STD_TLS),
        ("mio, TLS", &MIO_TLS),
        ("mio, 2 workers, TLS", &MIO_2_WORKERS_TLS),
    ]
};

/// What has plain clients, by name.
pub(crate) const PLAIN_CALLING: [(&str, &dyn Dialling); 3] =
    [("tokio", &TOKIO), ("async-std", &ASYNC_STD), ("mio", &MIO)];

/// What has clients, by name: the plain ones, and as many by TLS.
pub(crate) const CALLING: [(&str, &dyn Dialling); 6] = {
    let [one, two, three] = PLAIN_CALLING;
    [
        one,
        two,
        three,
        ("tokio, TLS", &TOKIO_BY_TLS),
        ("async-std, TLS", &ASYNC_STD_BY_TLS),
        ("mio, TLS", &MIO_BY_TLS),
    ]
};

/// A scenario on all of them at once.
#[track_caller]
pub(crate) fn at_once<T: ?Sized + Sync>(runtimes: &[(&str, &T)], scenario: impl Fn(&T) + Copy + Send) {
    thread::scope(|scope| {
        let all: Vec<_> = runtimes
            .iter()
            .map(|&(name, runtime)| {
                let thread = thread::Builder::new().name(name.to_owned());
                let started = thread.spawn_scoped(scope, move || scenario(runtime));
                (name, started.expect("threads can be started"))
            })
            .collect();
        let failed = all
            .into_iter()
            .filter_map(|(name, thread)| thread.join().err().map(|_| name));
        assert_eq!(failed.collect::<Vec<_>>(), [""; 0], "have failed");
    });
}
