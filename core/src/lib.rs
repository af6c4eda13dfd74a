//! The RTMP protocol as pure state machines.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![warn(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

pub mod amf0;
pub mod chunk;
pub mod connection;
pub mod handshake;
pub mod hub;
pub mod limits;
pub mod media;
pub mod message;
pub mod session;
pub mod units;
mod wire;
