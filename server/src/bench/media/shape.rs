//! How long each message is, and when it is due.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Frame, Picture, Track, sound};

/// Bits per second, as people write it: `4M`, `128k`, `800000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct BitRate(u64);

impl BitRate {
    /// The most: no message is to be longer than servers take.
    const MAX: f64 = 1e10;

    /// Bits per second.
    pub(in crate::bench) const fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for BitRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = match text.trim() {
            text if text.ends_with(['k', 'K']) => (text.trim_end_matches(['k', 'K']), 1e3),
            text if text.ends_with('M') => (text.trim_end_matches('M'), 1e6),
            text if text.ends_with('G') => (text.trim_end_matches('G'), 1e9),
            text => (text, 1.0),
        };
        let bits = number.parse::<f64>().map_or(f64::NAN, |number| number * unit);
        if (0.0..=Self::MAX).contains(&bits) {
            Ok(Self(bits.round() as u64))
        } else {
            Err("a bit rate is a number of bits per second, or has a unit: 800000, 128k, 4M, 1.5M".to_owned())
        }
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bits if bits >= 1_000_000 => write!(f, "{}M", bits as f64 / 1e6),
            bits => write!(f, "{}k", bits as f64 / 1e3),
        }
    }
}

/// Why there is no such stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::bench) enum ShapeError {
    #[error("{rate}bit/s of {what} is too little: what is in each message takes {least} bit/s or more")]
    TooThin {
        what: &'static str,
        rate: BitRate,
        least: u64,
    },
    #[error("a key frame would have {len} bytes; most servers take no message of more than {MAX_LEN}")]
    TooThick { len: u64 },
    #[error("a group of pictures would have {0} frames; {MAX_GOP} is the most")]
    GopTooLong(u64),
}

/// What servers take: [`rtmp_core::limits::Limits::max_media_message`].
const MAX_LEN: u64 = 8 << 20;
/// Ten minutes at 60 frames per second.
const MAX_GOP: u64 = 36_000;
/// AAC's samples per frame and second (ISO/IEC 14496-3 §4.5.1.1).
const AUDIO_SAMPLES: u64 = 1024;
const AUDIO_RATE: u64 = 44_100;
/// A key frame weighs five inter frames, which weigh 80 to 120.
const KEY_WEIGHT: u64 = 500;

/// The lengths and times of a stream's messages. Streams share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Shape {
    fps: u32,
    audio_bits: u64,
    /// The length of each frame of a group of pictures, which begins with the key frame. They are all alike.
    frames: Vec<usize>,
}

impl Shape {
    /// A stream of these bit rates, which count the payloads of messages. No audio: 0.
    pub(in crate::bench) fn new(
        video: BitRate,
        audio: BitRate,
        fps: u32,
        gop: Duration,
    ) -> Result<Self, ShapeError> {
        let fps = fps.max(1);
        let count = ((gop.as_secs_f64() * f64::from(fps)).round() as u64).max(1);
        if count > MAX_GOP {
            return Err(ShapeError::GopTooLong(count));
        }
        // Lengths are differences of rounded sums, so that nothing is lost in rounding.
        let bytes = video.0 * count / (u64::from(fps) * 8);
        let weights = || (0..count).map(weight);
        let whole: u64 = weights().sum();
        let share = |sum: u64| (u128::from(bytes) * u128::from(sum) / u128::from(whole)) as u64;
        let mut sum = 0;
        let frames: Vec<u64> = weights()
            .map(|weight| {
                sum += weight;
                share(sum) - share(sum - weight)
            })
            .collect();
        let shortest = |frame: u64| Picture::min_len(frame == 0) as u64;
        if (0..).zip(&frames).any(|(frame, &len)| len < shortest(frame)) {
            // What the frame needs that is worst off, and two bytes for the rounding.
            let needed = (0..count).map(|frame| (shortest(frame) + 2) * whole / weight(frame));
            let least = needed.max().unwrap_or_default() * 8 * u64::from(fps) / count;
            return Err(ShapeError::TooThin {
                what: "video",
                rate: video,
                least,
            });
        }
        if let Some(&len) = frames.iter().find(|&&len| len > MAX_LEN) {
            return Err(ShapeError::TooThick { len });
        }
        let shape = Self {
            fps,
            audio_bits: audio.0,
            frames: frames.into_iter().map(|len| len as usize).collect(),
        };
        if audio.0 > 0 && shape.audio_len(0) < sound::MIN_LEN {
            return Err(ShapeError::TooThin {
                what: "audio",
                rate: audio,
                least: (sound::MIN_LEN as u64 + 1) * 8 * AUDIO_RATE / AUDIO_SAMPLES,
            });
        }
        Ok(shape)
    }

    pub(in crate::bench) const fn has_audio(&self) -> bool {
        self.audio_bits > 0
    }

    /// What a message is to hold.
    pub(in crate::bench) fn frame(&self, track: Track, number: u32) -> Frame {
        // A group has MAX_GOP frames at most, and one at least.
        let group = self.frames.len() as u32;
        match track {
            Track::Audio => Frame::Audio,
            Track::Video => Frame::Video(Picture {
                group: number / group,
                place: number % group,
            }),
        }
    }

    /// The length of a message.
    pub(in crate::bench) fn len(&self, track: Track, number: u32) -> usize {
        match track {
            Track::Audio => self.audio_len(u64::from(number)),
            Track::Video => {
                let place = number as usize % self.frames.len();
                self.frames.get(place).copied().unwrap_or_default()
            }
        }
    }

    fn audio_len(&self, number: u64) -> usize {
        let until = |frames: u64| {
            u128::from(frames) * u128::from(self.audio_bits * AUDIO_SAMPLES) / u128::from(AUDIO_RATE * 8)
        };
        (until(number + 1) - until(number)) as usize
    }

    /// When a message is due, from the stream's start.
    pub(in crate::bench) fn due(&self, track: Track, number: u32) -> Duration {
        let number = u64::from(number);
        let (count, per_second) = match track {
            Track::Audio => (number * AUDIO_SAMPLES, AUDIO_RATE),
            Track::Video => (number, u64::from(self.fps)),
        };
        let part = count % per_second * 1_000_000_000 / per_second;
        Duration::from_secs(count / per_second) + Duration::from_nanos(part)
    }

    /// From one frame to the next.
    pub(in crate::bench) fn frame_interval(&self) -> Duration {
        self.due(Track::Video, 1)
    }

    /// The longest message.
    pub(in crate::bench) fn max_len(&self) -> usize {
        let video = self.frames.iter().copied().max().unwrap_or_default();
        video.max(self.audio_len(0) + 1)
    }
}

fn weight(frame: u64) -> u64 {
    // 41 is prime, so that 18 takes every step of it once before it begins again.
    if frame == 0 {
        KEY_WEIGHT
    } else {
        80 + frame * 18 % 41
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(video: &str, audio: &str, fps: u32, gop: u64) -> Result<Shape, ShapeError> {
        let rate = |text: &str| text.parse().unwrap();
        Shape::new(rate(video), rate(audio), fps, Duration::from_secs(gop))
    }

    #[test]
    fn bit_rates_have_units() {
        let bits = |text: &str| text.parse::<BitRate>().map(BitRate::get).ok();
        assert_eq!(bits("4M"), Some(4_000_000));
        assert_eq!(bits("128k"), Some(128_000));
        assert_eq!(bits("1.5M"), Some(1_500_000));
        assert_eq!(bits("800000"), Some(800_000));
        assert_eq!(bits("0"), Some(0));
        for text in ["", "M", "-1", "4MB", "NaN", "inf", "1e30", "four"] {
            assert_eq!(bits(text), None, "{text}");
        }
        assert_eq!("4M".parse::<BitRate>().unwrap().to_string(), "4M");
        assert_eq!("128k".parse::<BitRate>().unwrap().to_string(), "128k");
    }

    #[test]
    fn the_bit_rate_is_kept_to_the_byte() {
        let shape = shape("4M", "128k", 30, 2).unwrap();
        let video: usize = (0..300).map(|n| shape.len(Track::Video, n)).sum();
        assert_eq!(video, 4_000_000 / 8 * 10);
        let seconds = 44_100 * 10 / 1024;
        let audio: usize = (0..seconds).map(|n| shape.len(Track::Audio, n)).sum();
        let exact = f64::from(seconds) * 1024.0 / 44_100.0 * 16_000.0;
        assert!((audio as f64 - exact).abs() <= 1.0, "{audio} {exact}");
    }

    #[test]
    fn key_frames_are_five_inter_frames_which_differ_by_a_fifth() {
        let shape = shape("4M", "0", 30, 2).unwrap();
        let is_key = |number| match shape.frame(Track::Video, number) {
            Frame::Video(picture) => picture.is_key(),
            Frame::Audio => panic!("audio"),
        };
        assert!(is_key(0) && is_key(60) && !is_key(59));
        let key = shape.len(Track::Video, 60) as f64;
        let inter: Vec<f64> = (1..60).map(|n| shape.len(Track::Video, n) as f64).collect();
        let mean = inter.iter().sum::<f64>() / 59.0;
        assert!((4.9..5.1).contains(&(key / mean)), "{key} {mean}");
        for len in inter {
            assert!((0.78..=1.22).contains(&(len / mean)), "{len} {mean}");
        }
    }

    #[test]
    fn messages_are_due_in_real_time_and_do_not_drift() {
        let shape = shape("4M", "128k", 30, 2).unwrap();
        assert_eq!(shape.due(Track::Video, 30), Duration::from_secs(1));
        assert_eq!(shape.due(Track::Video, 1), Duration::from_nanos(33_333_333));
        assert_eq!(shape.due(Track::Audio, 44_100), Duration::from_secs(1024));
        assert_eq!(shape.due(Track::Video, u32::MAX).as_secs(), 143_165_576);
    }

    #[test]
    fn a_stream_that_cannot_be_says_why() {
        let thin = shape("8k", "0", 30, 2).unwrap_err();
        let ShapeError::TooThin { least, .. } = thin else {
            panic!("{thin}")
        };
        assert!(shape(&least.to_string(), "0", 30, 2).is_ok(), "{least}");
        assert!(matches!(
            shape("4M", "1k", 30, 2),
            Err(ShapeError::TooThin { what: "audio", .. })
        ));
        assert!(matches!(
            shape("10G", "0", 1, 60),
            Err(ShapeError::TooThick { .. })
        ));
        assert!(matches!(
            shape("4M", "0", 100, 3600),
            Err(ShapeError::GopTooLong(360_000))
        ));
    }

    #[test]
    fn a_stream_may_have_nothing_but_key_frames() {
        let shape = Shape::new(BitRate(4_000_000), BitRate(0), 25, Duration::ZERO).unwrap();
        let Frame::Video(picture) = shape.frame(Track::Video, 1) else {
            panic!("audio")
        };
        assert_eq!((picture.group, picture.is_key()), (1, true));
        assert_eq!(shape.len(Track::Video, 7), 20_000);
    }
}
