//! Letting a connection in.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtmp_core::host::{Full, Peer, PeerAddr, Transport};

use crate::connection::Connection;
use crate::runtime::Io;
use crate::shared::Shared;

/// A connection's whole life, unless there are too many. `acknowledge_now` is called after reads that open it
/// and are not answered at once.
pub(crate) fn admit<R, S>(
    shared: &Arc<Shared>,
    socket: S,
    acknowledge_now: fn(&S),
    address: PeerAddr,
    transport: Transport,
) -> Result<impl Future<Output = ()> + use<R, S>, Full>
where
    R: Io<S>,
    S: Unpin,
{
    let place = shared.census.enter(address)?;
    let id = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
    let peer = Peer::new(id, address);
    let mut connection = Connection::<R, S>::new(
        Arc::clone(shared),
        socket,
        acknowledge_now,
        peer,
        transport,
        place,
    );
    // A block, not a function: a function's future would have room for its argument twice.
    Ok(async move {
        connection.run().await;
        drop(connection);
    })
}
