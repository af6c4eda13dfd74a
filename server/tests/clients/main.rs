//! `rtmp push`, `rtmp pull`, `rtmp relay` and `rtmp probe` against our own server: what they do, say, and how they end.

#![cfg(unix)]

mod access;
mod probe;
mod program;
mod pull;
mod push;
mod relay;
