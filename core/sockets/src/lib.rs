//! Sockets as an RTMP server wants them.
//!
//! [`rtmp_core`] opens no socket, and a runtime has its own types for them; what both leave is the same on every runtime,
//! and is here, over the standard library's sockets: addresses [bound](Listener::bind), connections [tuned](prepare) for live
//! media, what to do [when there are no descriptors left](Spare), the [randomness](seed) of each connection, and the
//! [locks](Shards) of a server that has several threads. With the feature `tls` also the files that RTMPS needs.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
#[cfg(feature = "tls")]
mod certificates;
mod descriptors;
#[cfg(feature = "tls")]
mod identity_files;
mod listener;
mod random;
mod shards;
mod tune;

pub use accept::{Pause, Spare, TURN_AWAY_MAX, is_of_one_connection};
#[cfg(feature = "tls")]
pub use certificates::{LoadError, load_identity, load_trusted};
pub use descriptors::{default_max_connections, raise_descriptor_limit, with_max_connections};
#[cfg(feature = "tls")]
pub use identity_files::{IdentityFiles, IdentityWatch};
#[cfg(unix)]
pub use listener::UnixFile;
pub use listener::{BindError, Listener, Socket};
pub use random::seed;
pub use shards::{Lent, Shards};
pub use tune::{AsHandle, OPENING_READS, acknowledge_now, prepare};
