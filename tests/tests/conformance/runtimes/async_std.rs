//! `rtmp-async-std`, on the threads that async-std has for all of a process.

use std::future::Future;

use async_std::task;

use super::tasks::Threads;

pub(crate) struct AsyncStd;

impl Threads for AsyncStd {
    type Runtime = rtmp_async_std::AsyncStd;
    type Started = ();

    fn start(&self) {}

    fn wait<T>(_: &(), future: impl Future<Output = T>) -> T {
        task::block_on(future)
    }
}
