//! One peer: the handshake, the chunk stream, protocol control and commands, as a state machine.
//!
//! A connection grants nothing by itself. It turns bytes into requests and media; the host answers requests,
//! at once or later, and gives media to be sent. [`server::ServerConnection`] is the server's side; a
//! [`client::ClientConnection`] is the other one, and asks.

mod config;
mod error;
mod link;
mod refusal;
mod request;
mod stats;
#[cfg(test)]
pub(crate) mod testing;
mod timers;
mod transmit;
mod window;

pub mod client;
pub mod server;

pub use config::{ClientConfig, ServerConfig};
pub use error::{ApiMisuse, Error, PeerMisbehaved, Unanswered};
pub use stats::ConnectionStats;
pub use timers::Timer;
pub use transmit::TransmitQueue;
