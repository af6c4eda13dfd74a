//! `rtmp inspect`.

mod capture;
mod connection;
mod segment;
mod stream;

pub use capture::{CaptureError, End, LinkType};
pub use connection::{Closing, Connection, Direction, Leftovers};
pub use stream::{Gap, Stream};
