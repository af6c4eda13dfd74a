//! The application around [`rtmp_core`]: what the binary `rtmp` does, as a library.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod bench;
mod client;
pub mod config;
pub mod extract;
pub mod inspect;
mod metadata;
pub mod probe;
mod progress;
pub mod pull;
pub mod push;
mod recorder;
pub mod relay;
pub mod relays;
#[cfg(test)]
mod samples;
pub mod serve;
mod timeline;
pub mod trust;
