//! What decoders are told, and what people ask: size, rate, profile.
//!
//! A *configuration* is the payload of a sequence header: a record that the codec's file format defines (`avcC`,
//! `hvcC`, `AudioSpecificConfig` ...). Codecs without one say the same in the head of each frame. Either way the
//! answer is a [`VideoInfo`] or an [`AudioInfo`].
//!
//! Everything here reads bytes that a stranger has sent: each count meets a limit, and nothing can panic.

mod bits;
mod error;
mod info;

pub use self::error::ConfigError;
pub use self::info::{AudioInfo, ChromaFormat, Colour, FrameRate, VideoInfo};
