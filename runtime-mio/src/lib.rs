//! An RTMP server of minimal footprint, and clients: one event loop, written by hand on [mio].
//!
//! The protocol is [`rtmp_core`]'s. This crate has sockets, a clock, randomness, and a loop; it has no async runtime, no
//! configuration files, no log: what happens is told to an [`Observer`]. One thread serves thousands of connections, with
//! no lock, and what a connection costs while it is silent is its session and a place in a list.
//!
//! # The loop
//!
//! ```no_run
//! use rtmp_mio::{ListenAddr, Server, Turn};
//!
//! # fn main() -> std::io::Result<()> {
//! let mut server = Server::builder().listen(ListenAddr::default()).bind()?;
//! while server.turn(None, |_| ())? == Turn::Serving {}
//! # Ok(())
//! # }
//! ```
//!
//! That is [`Server::run`]. A turn has an order, and the order is what makes it fast:
//!
//! 1. Wait: one `epoll_wait`. Under load a moment later than it could, so that several sockets have something.
//! 2. Read whatever can be read, each socket into the same buffer. What is published goes to its stream's log, and all players
//!    who had caught up are put into a queue; nothing is sent yet.
//! 3. Accept, at most 64 connections, once for each round of the queue.
//! 4. Let 64 connections of the queue, or as many as have been read, take from their streams what has come, and send it: one
//!    `send` for one message, or for several that others are sent as well, one `writev` otherwise; all replies to one read in
//!    one write. The next turn goes on with the rest of the queue.
//!
//! While there is time, a message leaves at once. When there is none, a player finds more messages when its place in the queue
//! comes, and is sent more at a time: a server at its limit gets cheaper per message. And as the loop looks for what has come
//! after every 64 connections, a message waits for one round of the queue and not for two. A write that is to wait
//! for company on purpose is [`SessionConfig::write_latency`](rtmp_core::session::SessionConfig::write_latency): its time is
//! kept by the loop that the publisher is in, with several workers for players of the others as well.
//!
//! To wake up is a good part of what a message costs that comes alone. So a loop that reads twice and more within the
//! [`read_latency`](ServerSettings::read_latency) stays away from its sockets for as long as that, and reads all that has come
//! in one turn; not right after a request, so that a client nearby waits once, and not for each of its answers.
//!
//! No connection holds up the others: one round reads a bounded number of bytes and writes a bounded number of times for each,
//! who has more goes on in the next round, and whose socket is full is left alone until the system says that there is room.
//! Sockets are registered once, for edges. Each connection has one entry in one list of deadlines, which is put right when it
//! falls due; nothing is done for connections to which nothing happens. When descriptors run out, those who wait are accepted
//! and closed, and after a pause the server tries again.
//!
//! # In a program with a loop of its own
//!
//! A program may have its own sources in the same poll, as long as their tokens are below [`FIRST_OWN_TOKEN`]: their events come
//! out of [`Server::turn`], under load a read latency later. A program that has a pace of its own, and gives turns a timeout of
//! zero, takes more turns while the server [has more](Server::has_more), as many as it has time for: under load there is always
//! more.
//!
//! ```no_run
//! use rtmp_mio::mio::{Interest, Token, net::UdpSocket};
//! use rtmp_mio::{ListenAddr, Server, Turn};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut server = Server::builder().listen(ListenAddr::default()).bind()?;
//! let mut socket = UdpSocket::bind("127.0.0.1:4000".parse()?)?;
//! server.registry().register(&mut socket, Token(1), Interest::READABLE)?;
//! loop {
//!     let mut is_readable = false;
//!     if server.turn(None, |event| is_readable |= event.token() == Token(1))? == Turn::Over {
//!         return Ok(());
//!     }
//!     let mut packet = [0; 1500];
//!     while is_readable && let Ok(len) = socket.recv(&mut packet) {
//!         println!("{len} bytes while {} connections are served", server.connections());
//!     }
//! }
//! # }
//! ```
//!
//! [`Server::with_hub`] lends the streams, to publish and to play without a connection. Other threads have a [`Handle`].
//!
//! # A client
//!
//! A [`Client`] publishes or plays from any such loop: one of its own, or a server's, where its token is one of the program's. It
//! shows the whole of it. `rtmps` is part of the feature `tls`, without which it is an error at run time. What a client is told and
//! tells is named here; the rest of the protocol is in [`rtmp_core`], which is part of this crate: a program need not depend on
//! it by itself.
//!
//! # Which of them
//!
//! `rtmp-tokio` serves a connection in a task of its own, on as many threads as the runtime has: take it in a program that is
//! on tokio, or when answers come from futures. (`rtmp-async-std` is the same on async-std,
//! for programs that are on that one still.) This crate serves them all in one loop: take it for the least memory and the
//! least time per message. All are the same [`rtmp_core::session`], tell the same [`Observer`], and have the same
//! [`ServerSettings`]. With [`Builder::workers`] there are several loops, which share streams behind locks.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
mod builder;
mod client;
mod connection;
mod deadlines;
mod dialling;
mod event_loop;
mod handle;
mod hubs;
mod inbox;
mod server;
mod socket;
mod token;
mod wire;
mod worker;

pub use builder::Builder;
pub use client::{Client, ClientError};
pub use handle::Handle;
pub use mio;
pub use rtmp_core;
pub use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role};
pub use rtmp_core::host::{
    CallError, ClientSettings, DEFAULT_PORT, Dial, End, EndReason, Full, ListenAddr, ListenAddrError,
    Observer, Peer, PeerAddr, ServerSettings, Trouble,
};
pub use rtmp_core::media::MediaMessage;
pub use rtmp_core::url::RtmpUrl;
pub use rtmp_sockets::BindError;
pub use server::{Server, Turn};
pub use token::FIRST_OWN_TOKEN;

/// Its samples compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
