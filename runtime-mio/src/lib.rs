//! An RTMP server of minimal footprint: one event loop, written by hand on [mio].

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
mod builder;
mod connection;
mod deadlines;
mod event_loop;
mod handle;
mod hubs;
mod inbox;
mod server;
mod socket;
mod token;
mod worker;

pub use builder::Builder;
pub use handle::Handle;
pub use mio;
pub use rtmp_core::host::{
    DEFAULT_PORT, End, EndReason, Full, ListenAddr, ListenAddrError, Observer, Peer, PeerAddr, Trouble,
};
pub use rtmp_sockets::BindError;
pub use server::{Server, Turn};
pub use token::FIRST_OWN_TOKEN;
