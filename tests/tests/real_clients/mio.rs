//! The real programs of `main.rs` once more, through `rtmp-mio`. Files are in `target/test-scratch/real_clients_mio/<test>`.

mod codecs;
mod desktop;
mod failures;
mod joining;
mod programs;
mod relay;
mod secure;
mod spelling;

use rtmp_tests::server::Binary;

const SERVER: Binary = Binary::RtmpMio;
