//! Real programs publish and play through `rtmp serve`, and what was sent must come through bit for bit.
//!
//! `tests/run` installs the programs; a test whose program is missing fails and says so. Each test has a server of its own and
//! its files in `target/test-scratch/real_clients/<test>`, logs of all programs included. `mio.rs` is the same for `rtmp-mio`.

mod authentication;
mod chain;
mod clients;
mod codecs;
mod decoding;
mod desktop;
mod embedding;
mod examples;
mod failures;
mod joining;
mod listening;
mod programs;
mod relay;
mod secure;
mod spelling;
mod trying_out;

use rtmp_tests::server::Binary;

const SERVER: Binary = Binary::Rtmp;
