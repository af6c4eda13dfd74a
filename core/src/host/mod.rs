//! A server, or a client, and the program that it is part of: what every runtime tells its host, and counts for it.
//!
//! Runtimes differ in how they move bytes. Whom they let in, what they tell of a connection, and how they bring one to
//! its end are the same, and stand here: what a server is told to do ([`ServerSettings`]), the addresses that it listens at
//! ([`ListenAddr`]), who may come in ([`Census`]), one connection from its acceptance to its end ([`Guest`]), what lies
//! between it and its socket ([`Transport`], by the listener's [`Protection`]), when it is looked after ([`Ticks`]) and read
//! with others ([`Coalescing`]), and who hears of it ([`Observer`]). A client's way to its server, which may take more than
//! one connection, is a [`Call`], and the addresses of a server's name are tried by [`Candidates`].

mod address;
mod call;
mod candidates;
mod census;
mod closing;
mod coalescing;
mod guest;
mod herald;
mod observer;
mod panic;
mod peer;
mod protection;
mod settings;
mod ticks;
mod transport;

pub use crate::prefetch::{Prefetch, prefetch};
pub use address::{DEFAULT_PORT, ListenAddr, ListenAddrError};
pub use call::{Call, CallError, CallTimes, ClientSettings, Dial};
pub use candidates::{Candidate, Candidates};
pub use census::{Census, ConnectionLimits, Place};
pub use coalescing::Coalescing;
pub use guest::{Guest, Step};
pub use herald::Herald;
pub use observer::{End, EndReason, Full, Observer, Trouble};
pub use panic::guarded;
pub use peer::{Peer, PeerAddr};
pub use protection::Protection;
pub use settings::ServerSettings;
pub use ticks::{Alarm, Ticks};
pub use transport::Transport;
