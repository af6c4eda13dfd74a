//! The handshake: three packets each way before the first chunk (RTMP 1.0 §5.2).
//!
//! ```text
//! client                            server
//!    | ── C0 (version) C1 (1536) ─────> |
//!    | <─ S0 (version) S1 S2 (1536) ─── |
//!    | ── C2 (1536), first chunks ────> |
//! ```
//!
//! In the **simple** form C2 and S2 echo the peer's first packet. In the **digest** form, which Adobe's
//! document leaves out and Flash Player demands before it plays H.264, C1 and S1 carry a version and an
//! HMAC-SHA256 over themselves, and C2 and S2 end in an HMAC of what precedes, keyed with the peer's digest.
//! The keys are public: a digest shows kinship, not identity, and nothing here is a protection.
//!
//! [`ServerHandshake`] takes whatever the client offers. [`ClientHandshake`] offers what it is told to and
//! makes do with less. A digest that is missing or wrong leads to the simple form, not to an error; only a
//! server that was told to verify C2 is that strict.
//!
//! ```
//! use rtmp_core::handshake::{ClientHandshake, Kind, Scheme, ServerHandshake};
//!
//! let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
//! let mut client = ClientHandshake::new(Kind::Digest(Scheme::Zero), [1; 32].into(), &mut to_server);
//! let mut server = ServerHandshake::new([2; 32].into(), false);
//!
//! assert!(!server.handle_input(&mut &to_server[..], &mut to_client)?);
//! to_server.clear();
//! assert!(client.handle_input(&mut &to_client[..], &mut to_server)?);
//! to_client.clear();
//! assert!(server.handle_input(&mut &to_server[..], &mut to_client)?);
//! # Ok::<(), rtmp_core::handshake::HandshakeError>(())
//! ```

mod client;
pub mod describe;
mod digest;
mod error;
mod packet;
mod server;
#[cfg(test)]
mod tests;

pub use client::ClientHandshake;
pub use error::HandshakeError;
pub use packet::PACKET_LEN;
pub use server::ServerHandshake;

/// C0 and S0 of plain RTMP (RTMP 1.0 §5.2.2). The only version that is spoken here.
const VERSION: u8 = 3;

/// The form of a handshake, or of one side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// As RTMP 1.0 §5.2 has it: random bytes and their echo.
    Simple,
    /// With digests; C1 and S1 carry theirs in the block that the scheme names.
    Digest(Scheme),
}

/// Which half of a C1 or S1 holds the digest. Projects number the two either way round; here block at byte 8
/// is zero, as in librtmp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the first block, bytes 8 to 771. What FFmpeg and librtmp send.
    Zero,
    /// In the second block, bytes 772 to 1535. What newer Flash Players send.
    One,
}
