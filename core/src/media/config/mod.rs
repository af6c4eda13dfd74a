//! What decoders are told, and what people ask: size, rate, profile.
//!
//! A *configuration* is the payload of a sequence header: a record that the codec's file format defines (`avcC`,
//! `hvcC`, `AudioSpecificConfig` ...). Codecs without one say the same in the head of each frame. Either way the
//! answer is a [`VideoInfo`] or an [`AudioInfo`].
//!
//! Everything here reads bytes that a stranger has sent: each count meets a limit, and nothing can panic.

pub mod aac;
pub mod ac3;
mod any;
pub mod av1;
pub mod avc;
mod bit_writer;
mod bits;
#[cfg(test)]
mod digits;
mod error;
pub mod flac;
pub mod hevc;
mod identify;
mod info;
pub mod legacy;
pub mod mp3;
pub mod multichannel;
pub mod opus;
mod parameter_sets;
mod record;
pub mod vpx;
mod vui;
pub mod vvc;

pub use self::any::{AudioConfiguration, VideoConfiguration};
pub(crate) use self::bits::BitReader;
pub use self::error::ConfigError;
pub use self::identify::{identify_audio, identify_video};
pub use self::info::{AudioInfo, ChromaFormat, Colour, FrameRate, SampleAspectRatio, VideoInfo};
pub use self::parameter_sets::NalArray;
pub use self::record::Record;
