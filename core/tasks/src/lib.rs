//! RTMP servers made of tasks, and clients, on any async runtime.
//!
//! The protocol is [`rtmp_core`]'s, sockets are bound by [`rtmp_sockets`]; this crate has what servers on async runtimes have in
//! common: a task for each connection, a hub that they meet in, locks that none of them holds while it waits, and a
//! program around them that publishes, plays, and decides; and a [`Client`], which is no task of its own. What is left to a
//! runtime is a few calls: its tasks and its clock ([`Runtime`]), its streams ([`Io`]), its listeners ([`Accept`]) and what it
//! connects ([`Connect`]). `rtmp-tokio` is that for tokio, and `rtmp-async-std` for
//! async-std: each is about a hundred lines, and so is the next.
//!
//! One connection is one task. It owns its session and nothing else to speak of: the buffer that it reads into is
//! its thread's, and what it writes is shared with all other players of the stream, in one vectored write. Tasks meet
//! in the hub, which is split into shards by stream, and in one line for all of a server, in which a crowd waits to be woken:
//! a task of no connection wakes it, a few at a time. Another one looks at the clock for players whose messages wait for
//! company. No lock is held across an await. When a task panics, its streams end and
//! the others go on.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
mod admission;
mod authorize;
mod builder;
mod client;
mod coalescing;
mod connection;
mod handle;
mod place;
mod player;
mod publisher;
mod runtime;
mod server;
mod shared;
#[cfg(test)]
mod still;
mod timekeeper;
mod wake;
mod wire;

pub use authorize::{Authorize, PendingDecision};
pub use builder::Builder;
pub use client::{Client, MediaSink};
pub use coalescing::coalesce_reads;
pub use handle::Handle;
pub use player::{Player, PlayerEvent};
pub use publisher::{Publisher, SendError};
pub use runtime::{Accept, Connect, Io, Runtime, Serve};
pub use server::Server;
