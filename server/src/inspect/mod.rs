//! `rtmp inspect`.

mod capture;
mod segment;
