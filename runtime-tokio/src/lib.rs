//! An RTMP server on tokio.
//!
//! The protocol is [`rtmp_core`]'s; this crate has what that one leaves to others: sockets, tasks, clocks,
//! randomness, and one lock per shard of the hub. It has no protocol of its own, no configuration files, no log:
//! what happens is told to an [`Observer`].
//!
//! ```no_run
//! use rtmp_core::hub::StreamKey;
//! use rtmp_core::session::SessionEvent;
//! use rtmp_tokio::{ListenAddr, Observer, Peer, PlayerEvent, Server};
//!
//! struct Log;
//!
//! impl Observer for Log {
//!     fn on_event(&self, peer: &Peer, event: &SessionEvent) {
//!         println!("{} ({}): {event:?}", peer.address, peer.connect.flash_ver);
//!     }
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let server = Server::builder().listen(ListenAddr::default()).observer(Log).bind().await?;
//!
//! // The host program plays and publishes next to those who come through sockets.
//! let handle = server.handle();
//! tokio::spawn(async move {
//!     let mut player = handle.play(&StreamKey::from("live/room"));
//!     while let Some(event) = player.next().await {
//!         if let PlayerEvent::Message(message) = event {
//!             println!("{:?} at {}: {} bytes", message.kind, message.timestamp, message.payload.len());
//!         }
//!     }
//! });
//!
//! // Any future ends it: a signal, a channel, or `handle.shutdown()` with this one.
//! server.serve(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! One connection is one task. It owns its session and nothing else to speak of: the buffer that it reads into is
//! its thread's, and what it writes is shared with all other players of the stream, in one vectored write. Tasks meet
//! only in the hub, which is split into shards by stream; no lock is held across an await. When a task panics, its
//! streams end and the others go on.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
mod admission;
mod authorize;
mod connection;
mod handle;
mod hubs;
mod listen;
mod place;
mod player;
mod publisher;
mod server;
mod shared;
mod wake;

pub use authorize::{Authorize, PendingDecision};
pub use handle::Handle;
pub use player::{Player, PlayerEvent};
pub use publisher::{Publisher, SendError};
pub use rtmp_core::host::{
    DEFAULT_PORT, End, EndReason, Full, ListenAddr, ListenAddrError, Observer, Peer, PeerAddr,
    ServerSettings, Trouble,
};
pub use rtmp_sockets::BindError;
pub use server::{Builder, Server};
