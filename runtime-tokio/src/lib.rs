//! RTMP on tokio: servers and clients.
//!
//! The protocol is [`rtmp_core`]'s, and what is the same on every async runtime is [`rtmp_tasks`]'; this crate has what those
//! leave to the runtime: its sockets, its tasks and its clock. It has no configuration files and no log: what happens in a
//! server is told to an [`Observer`], and in a client it is what [`Client::next`] returns.
//!
//! # A server
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
//! With the feature `tls`, [`Builder::listen_tls`](rtmp_tasks::Builder) listens for RTMPS next to it, with the certificates of a
//! `ServerTls` of [`rtmp_core`].
//!
//! One connection is one task, which owns its session and nothing else to speak of; [`rtmp_tasks`] says more. Connections that
//! the program has accepted by itself, behind a proxy's header or through a pipe, are served with [`Handle::connect`]: any
//! [`AsyncRead`](tokio::io::AsyncRead) and [`AsyncWrite`](tokio::io::AsyncWrite) will do.
//!
//! Where many publish, a thread spends much of its time on waking up, for one message at a time. A runtime of one thread that is
//! built in this way reads what has come within two milliseconds together ([`ServerSettings::read_latency`]), and takes a quarter
//! less time for fifty publishers. All its tasks wait as long: it should be the server's own. tokio has room for one such
//! function: a program that has one calls [`coalesce_reads`] at the end of it.
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! let runtime = tokio::runtime::Builder::new_current_thread()
//!     .enable_all()
//!     .on_thread_park(rtmp_tokio::coalesce_reads)
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! # A client
//!
//! ```no_run
//! use rtmp_tokio::{Client, ClientSettings, MediaMessage, PublishMode, Role, RtmpUrl};
//!
//! # async fn run(messages: impl Iterator<Item = MediaMessage>) -> Result<(), Box<dyn std::error::Error>> {
//! let url: RtmpUrl = "rtmps://user:password@a.example/live/key".parse()?;
//! let mut client = Client::connect(&url, Role::Publisher, ClientSettings::default()).await?;
//! let stream = client.publish(url.name(), PublishMode::Live).await?;
//! for message in messages {
//!     client.send(stream, message).await?;
//! }
//! client.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! `play` in the place of `publish` brings media as events. `rtmps` is part of the feature `tls`, without which it is an error at
//! run time. What a client is told and tells is named here; the rest of the protocol is in [`rtmp_core`], which is part of this
//! crate: a program need not depend on it by itself. Whatever a server asks for on the way, another address, a password, another
//! connection, is done by the client: see [`Client`](rtmp_tasks::Client).

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod runtime;

pub use rtmp_core;
pub use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role};
pub use rtmp_core::host::{
    CallError, ClientSettings, DEFAULT_PORT, End, EndReason, Full, ListenAddr, ListenAddrError, Observer,
    Peer, PeerAddr, ServerSettings, Trouble,
};
pub use rtmp_core::media::MediaMessage;
pub use rtmp_core::url::RtmpUrl;
pub use rtmp_sockets::BindError;
pub use rtmp_tasks::{Authorize, PendingDecision, Player, PlayerEvent, Publisher, SendError, coalesce_reads};
pub use runtime::Tokio;

/// A server on tokio.
pub type Server = rtmp_tasks::Server<Tokio>;

/// A [`Server`] to be.
pub type Builder = rtmp_tasks::Builder<Tokio>;

/// A server on tokio as its host program sees it.
pub type Handle = rtmp_tasks::Handle<Tokio>;

/// A client on tokio.
pub type Client = rtmp_tasks::Client<Tokio>;

/// A stream that a [`Client`] publishes, as a sink of messages.
pub type MediaSink<'a> = rtmp_tasks::MediaSink<'a, Tokio>;

/// Its samples compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
