//! From a name and a port to a connected socket.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use rtmp_core::host::{Candidate, Candidates, Dial};

use crate::runtime::{Connect, Runtime};

/// Looks up the host, and connects to the first of its addresses that answers.
pub(super) async fn dial<R: Connect>(to: Dial, until: Option<Instant>) -> io::Result<<R as Connect>::Stream> {
    let found = R::look_up(to.host, to.port).await?;
    let mut candidates = Candidates::new(found, until);
    loop {
        let Candidate { address, until } = candidates.next(R::now())?;
        match before::<R, _>(until, R::connect(address)).await {
            Some(Ok(socket)) => return Ok(socket),
            Some(Err(error)) => candidates.failed(error),
            None => candidates.unanswered(R::now()),
        }
    }
}

/// What comes of a future, if it comes in time.
async fn before<R: Runtime, T>(until: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut timer = until.map(R::timer);
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        let rings = (timer.as_mut()).is_some_and(|timer| Pin::new(timer).poll(cx).is_ready());
        // Whoever is polled for another reason may be here before the timer.
        if rings || until.is_some_and(|until| until <= R::now()) {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}
