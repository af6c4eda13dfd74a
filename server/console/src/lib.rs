//! What the operator of an RTMP server types and reads.
//!
//! Programs that serve differ in how they move bytes, and in how they take their command line apart. What an option
//! means, what is said about one that is wrong, and what the log says of a connection is the same in all of them, and is
//! here once:
//!
//! - [`OPTIONS`] is the table of all options, and [`Settings`] is what they stand for: the configurations of
//!   [`rtmp_core`] among them.
//! - [`Settings::start_log`] starts the log, and [`Journal`] writes of connections into it.
//! - [`announce`] says at the start where to point OBS, ffmpeg and a player, and [`StartError`] what to do if there is no
//!   start; [`Signal`] is how it ends. With the feature `tls`, `Certificates` keeps up with the files of a certificate.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod advice;
#[cfg(feature = "tls")]
mod certificates;
mod clash;
mod codec;
pub mod duration;
mod journal;
mod key;
mod listen;
mod log;
mod options;
mod output;
mod settings;
mod signal;
mod start;
mod tls;
mod welcome;
mod wrap;

#[cfg(feature = "tls")]
pub use certificates::Certificates;
pub use clash::Clash;
pub use journal::Journal;
pub use listen::{Listen, ResolveError};
pub use log::{Format, Level, stopped, stopping};
pub use options::{
    Change, DURATIONS, Default, EXAMPLES, Example, Group, Kind, OPTIONS, Opt, Stray, chunk_size, nearest,
};
pub use settings::Settings;
pub use signal::Signal;
pub use start::{StartError, announce};
pub use tls::{Certificate, TlsOptionsError};
pub use wrap::wrapped;
