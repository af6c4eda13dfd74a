//! From a name and a port to a connected socket.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use rtmp_core::host::{Attempt, Attempts, Dial};

use crate::runtime::{Connect, Runtime};

/// Looks up the host, and connects to the first of its addresses that answers.
pub(super) async fn dial<R: Connect>(to: Dial, until: Option<Instant>) -> io::Result<<R as Connect>::Stream> {
    let found = R::look_up(to.host, to.port).await?;
    let mut attempts = Attempts::new(found, until);
    loop {
        let Attempt { address, until } = attempts.next(R::now())?;
        match before::<R, _>(until, R::connect(address)).await {
            Ok(socket) => return Ok(socket),
            Err(error) => attempts.failed(error),
        }
    }
}

/// What comes in time.
async fn before<R: Runtime, T>(
    until: Option<Instant>,
    connected: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let mut connected = pin!(connected);
    let mut timer = until.map(R::timer);
    poll_fn(|cx| {
        if let Poll::Ready(connected) = connected.as_mut().poll(cx) {
            return Poll::Ready(connected);
        }
        let rings = timer.as_mut().map(|timer| Pin::new(timer).poll(cx).is_ready());
        // Whoever is polled for another reason may be here before the timer.
        if rings == Some(true) || until.is_some_and(|until| until <= R::now()) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    })
    .await
}
