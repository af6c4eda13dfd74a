//! The FLV files of `testdata/media`: read as another reader read them, and written anew for other programs to read.

mod files;
mod reader;
#[cfg(feature = "real-clients")]
mod writer;
