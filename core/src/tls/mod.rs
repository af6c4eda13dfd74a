//! TLS, for RTMPS: bytes in, bytes out, between a socket and who speaks RTMP.
//!
//! A [`ServerTls`] or a [`ClientTls`] is set up once, and makes a [`TlsPipe`] of each connection. Protocols beyond TLS are not
//! negotiated (ALPN): RTMPS has none. TLS 1.3 and 1.2 are spoken (RFC 8446, RFC 5246), by [rustls] with [ring].
//!
//! # What it costs
//!
//! rustls is driven through its unbuffered API: records are decrypted in the driver's own read buffer, which one thread
//! lends to all of its connections, and only a record that is cut by a read's end is kept. The buffered API would copy all
//! input, and keep 4 kB for each connection that is idle. On its way in a byte is copied once (rustls hands each record over
//! in a vector of its own), on its way out twice, and gathered before that if it is of a short piece. What waits to be sent is
//! bounded by 64 kB and a record, what has come of a record or a handshake that is not whole by 64 kB.
//!
//! # Where this crate is not pure
//!
//! Keys can't come from a connection's [`Seed`](crate::units::Seed): rustls draws them from the system. It also asks what
//! time it is, unless [`ServerTlsSettings::clock`] or [`ClientTlsSettings::clock`] says so.
//!
//! [ring]: rustls::crypto::ring

mod client;
mod error;
mod identity;
mod machine;
mod pipe;
mod server;
#[cfg(test)]
mod tests;
mod trust;
mod x509;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};

pub use client::{ClientTls, ClientTlsSettings};
pub use error::{OtherProtocol, PemError, TlsError};
pub use identity::Identity;
pub use pipe::TlsPipe;
/// Its types are in what is here: certificates, times, the errors' details.
pub use rustls;
pub use server::{Clients, ServerTls, ServerTlsSettings};
pub use trust::{Trust, Trusted};
pub use x509::Outline;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn clock() -> Arc<dyn TimeProvider> {
    Arc::new(DefaultTimeProvider)
}
