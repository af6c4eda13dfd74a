//! A server: its sockets, its life.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rtmp_core::host::ListenAddr;

use crate::accept::Listener;
use crate::builder::Builder;
use crate::handle::Handle;
use crate::runtime::{Runtime, Serve};
use crate::shared::{Phase, Shared};
use crate::timekeeper::Timekeeper;

/// How long connections that end as they are have for it. They only need a turn of the runtime.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);

/// An RTMP server, bound to its addresses.
///
/// It accepts connections from the call of [`serve`](Self::serve) on, and lives until that returns.
pub struct Server<R: Serve> {
    pub(crate) listeners: Vec<Listener<R>>,
    pub(crate) shared: Arc<Shared>,
}

impl<R: Serve> Server<R> {
    /// A server with the default settings, to be changed and bound.
    pub fn builder() -> Builder<R> {
        Builder::default()
    }

    /// The addresses that connections are accepted at, in the order in which they were asked for; port 0 is the
    /// port that it became. On a machine without IPv6, `[::]` is `0.0.0.0`.
    pub fn local_addrs(&self) -> Vec<ListenAddr> {
        self.listeners
            .iter()
            .map(|listener| listener.address.clone())
            .collect()
    }

    /// What the host program does with the server from elsewhere.
    pub fn handle(&self) -> Handle<R> {
        Handle::new(Arc::clone(&self.shared))
    }

    /// Serves until `shutdown` is ready, or [`Handle::shutdown`] is called. Then listeners close, peers are told (or asked to
    /// [reconnect](rtmp_core::host::ServerSettings::reconnect)), what is on its way to them is sent, and what takes longer than
    /// [`ServerSettings::shutdown_timeout`](rtmp_core::host::ServerSettings::shutdown_timeout) is dropped.
    ///
    /// Dropping the future closes the listeners and ends the connections as they are.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let _stop = StopOnDrop(Arc::clone(&self.shared));
        let shared = &self.shared;
        let listeners = self.listeners.into_iter();
        let mut doors: Vec<_> = listeners
            .map(|listener| Box::pin(listener.accept(Arc::clone(shared))))
            .collect();
        shared.wakes.employ_crier::<R>();
        Timekeeper::employ::<R>(shared);
        let seat = shared.wakes.register();
        let mut shutdown = pin!(shutdown);
        poll_fn(|cx| {
            seat.take_wake(cx);
            if shared.phase() != Phase::Serving || shutdown.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            for door in &mut doors {
                // It is never ready.
                let _ = door.as_mut().poll(cx);
            }
            Poll::Pending
        })
        .await;
        drop(doors);
        shared.enter(Phase::Stopping);
        let emptied = |cx: &mut Context<'_>| shared.census.poll_emptied(cx);
        if !is_in_time::<R>(shared.terms().time_to_stop, emptied).await {
            shared.enter(Phase::Stopped);
            // A connection whose host blocks it in an observer can't be waited for.
            is_in_time::<R>(KILL_TIMEOUT, emptied).await;
        }
    }
}

/// Waits until `done` is ready, and no longer than `time`; whether it was.
async fn is_in_time<R: Runtime>(time: Duration, done: impl Fn(&mut Context<'_>) -> Poll<()>) -> bool {
    // A time that no clock can show is for ever.
    let mut timer = R::now().checked_add(time).map(R::timer);
    poll_fn(|cx| {
        if done(cx).is_ready() {
            return Poll::Ready(true);
        }
        match &mut timer {
            Some(timer) => Pin::new(timer).poll(cx).map(|_| false),
            None => Poll::Pending,
        }
    })
    .await
}

impl<R: Serve> fmt::Debug for Server<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.local_addrs())
            .finish_non_exhaustive()
    }
}

struct StopOnDrop(Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.enter(Phase::Stopped);
        self.0.wakes.dismiss_crier();
        self.0.timekeeper.dismiss();
    }
}
