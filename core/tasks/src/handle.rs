//! The server as its host program sees it, next to those who come through sockets.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use rtmp_core::host::{Full, PeerAddr, ServerSettings, Transport};
use rtmp_core::hub::{AlreadyPublishing, StreamKey, StreamStats};

use crate::admission::admit;
use crate::player::Player;
use crate::publisher::Publisher;
use crate::runtime::{Io, Runtime};
use crate::shared::{Phase, Shared};

/// A server's handle: cheap to clone, and good for as long as it is kept.
pub struct Handle<R> {
    shared: Arc<Shared>,
    runtime: PhantomData<fn() -> R>,
}

impl<R: Runtime> Handle<R> {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            runtime: PhantomData,
        }
    }

    /// Publishes a stream from within the program, until the publisher is dropped.
    ///
    /// # Errors
    ///
    /// [`AlreadyPublishing`] if the stream has a publisher, unless
    /// [`HubConfig::takeover`](rtmp_core::hub::HubConfig::takeover) allows to replace it.
    pub fn publish(&self, key: &StreamKey) -> Result<Publisher, AlreadyPublishing> {
        Publisher::new(Arc::clone(&self.shared), key.clone())
    }

    /// Plays a stream within the program, now or when it is published, until the player is dropped.
    pub fn play(&self, key: &StreamKey) -> Player {
        Player::new(Arc::clone(&self.shared), key.clone())
    }

    /// Serves a connection that was accepted elsewhere: behind a proxy's header, through a pipe in a test. The future
    /// is its whole life; [`Observer`](rtmp_core::host::Observer) and limits are the server's.
    ///
    /// # Errors
    ///
    /// [`Full`], with the socket closed, when a limit on connections is reached.
    pub fn connect<S>(
        &self,
        socket: S,
        address: PeerAddr,
    ) -> Result<impl Future<Output = ()> + use<R, S>, Full>
    where
        R: Io<S>,
        S: Unpin,
    {
        self.connect_through(socket, address, Transport::default())
    }

    /// The same, of one whose bytes are not RTMP as they are: RTMPS, made of the `TlsPipe` of `ServerTls::accept` (of
    /// [`rtmp_core`], with its feature `tls`).
    ///
    /// # Errors
    ///
    /// [`Full`], with the socket closed, when a limit on connections is reached.
    pub fn connect_through<S>(
        &self,
        socket: S,
        address: PeerAddr,
        transport: Transport,
    ) -> Result<impl Future<Output = ()> + use<R, S>, Full>
    where
        R: Io<S>,
        S: Unpin,
    {
        admit::<R, S>(&self.shared, socket, |_| (), address, transport)
    }

    /// All streams at this moment, in the order of their keys.
    pub fn streams(&self) -> Vec<StreamStats> {
        self.shared.hubs.streams()
    }

    /// Connections at this moment.
    pub fn connections(&self) -> usize {
        self.shared.census.total()
    }

    /// Goes on with other settings, and drops nobody for it. Limits on connections and those of the hub hold at once, but for
    /// [`HubConfig::chunk_size`](rtmp_core::hub::HubConfig::chunk_size), which stays; a session goes on with what it has begun
    /// with; and how the server stops is what is said last.
    pub fn reconfigure(&self, settings: ServerSettings) {
        self.shared.reconfigure(settings);
    }

    /// Stops the server: [`Server::serve`](crate::Server::serve) goes on as if its `shutdown` were ready.
    pub fn shutdown(&self) {
        self.shared.enter(Phase::Stopping);
    }
}

impl<R> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            runtime: PhantomData,
        }
    }
}

impl<R: Runtime> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}
