//! `rtmp-tokio`, on a tokio of the test's own.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use super::tasks::Threads;

pub(crate) struct Tokio {
    /// Threads that connections are served on.
    pub(crate) workers: usize,
}

impl Threads for Tokio {
    type Runtime = rtmp_tokio::Tokio;
    type Started = Runtime;

    fn start(&self) -> Runtime {
        let mut threads = match self.workers {
            1 => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        let tokio = threads.worker_threads(self.workers).enable_all().build();
        tokio.unwrap_or_else(|error| panic!("threads can't be started: {error}"))
    }

    fn wait<T>(started: &Runtime, future: impl Future<Output = T>) -> T {
        started.block_on(future)
    }
}
