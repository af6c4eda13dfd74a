//! The codecs of Flash: what the tag header says of sound, and the heads of frames of video (Adobe FLV 10.1 §E.4.2,
//! §E.4.3).

#![deny(clippy::arithmetic_side_effects)]

mod sound;
#[cfg(test)]
mod tests;
mod video;

pub use self::sound::sound_info;
pub use self::video::{h263_size, screen_size, sorenson_size, vp6_alpha_size, vp6_size};
