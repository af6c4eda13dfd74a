//! Letting a connection in.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtmp_core::units::Seed;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::connection::Connection;
use crate::observer::Full;
use crate::peer::{Peer, PeerAddr};
use crate::shared::Shared;

/// A connection's whole life, unless there are too many. `acknowledge_now` is called after reads that open it.
pub(crate) fn admit<S>(
    shared: &Arc<Shared>,
    socket: S,
    acknowledge_now: fn(&S),
    address: PeerAddr,
) -> Result<impl Future<Output = ()> + use<S>, Full>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let place = shared.census.enter(address.ip())?;
    let id = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
    let mut connection = Connection::new(
        Arc::clone(shared),
        socket,
        acknowledge_now,
        Peer::new(id, address),
        place,
        seed(),
    );
    // A block, not a function: a function's future would have room for its argument twice.
    Ok(async move {
        connection.run().await;
        drop(connection);
    })
}

/// The system's randomness.
fn seed() -> Seed {
    let mut bytes = [0; 32];
    // It fails on systems that have no such source at all. The handshake's randomness guards no secret: a seed
    // that is merely different each time serves as well.
    if getrandom::fill(&mut bytes).is_err() {
        use std::hash::BuildHasher;
        let random = std::collections::hash_map::RandomState::new();
        for (n, part) in bytes.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&random.hash_one(n).to_ne_bytes());
        }
    }
    bytes.into()
}
