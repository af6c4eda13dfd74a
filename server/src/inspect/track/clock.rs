//! Timestamps as they come, as one line of time.

use rtmp_core::units::Timestamp;

/// Counts on where timestamps wrap: at 2^32 ms by the specification, and at 2^31 where a writer keeps 31 bits of
/// negative or late times, as FFmpeg's FLV muxer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock(Option<Last>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    timestamp: Timestamp,
    millis: i64,
}

/// How a timestamp goes on from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// Milliseconds on the line of time.
    pub millis: i64,
    /// It was counted on modulo 2^31.
    pub wraps_early: bool,
}

/// No writer wraps and jumps at once: what is farther away than this modulo 2^31 is a jump.
const MAX_STEP_AT_WRAP: i32 = 60_000;

impl Clock {
    pub(super) const fn has_started(self) -> bool {
        self.0.is_some()
    }

    pub(super) fn tick(&mut self, timestamp: Timestamp) -> Tick {
        let tick = match self.0 {
            None => Tick {
                millis: timestamp.as_millis().into(),
                wraps_early: false,
            },
            Some(last) => {
                let step = timestamp.since(last.timestamp);
                // The lower 31 bits with their sign.
                let step_31 = step << 1 >> 1;
                let wraps_early = step != step_31 && step_31.abs() <= MAX_STEP_AT_WRAP;
                let step = if wraps_early { step_31 } else { step };
                Tick {
                    millis: last.millis + i64::from(step),
                    wraps_early,
                }
            }
        };
        let millis = tick.millis;
        self.0 = Some(Last { timestamp, millis });
        tick
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(raw: &[u32]) -> Vec<(i64, bool)> {
        let mut clock = Clock::default();
        raw.iter()
            .map(|&raw| clock.tick(Timestamp::from_millis(raw)))
            .map(|tick| (tick.millis, tick.wraps_early))
            .collect()
    }

    #[test]
    fn time_goes_on_where_timestamps_wrap() {
        assert_eq!(
            ticks(&[0xFFFF_FFF0, 0x10, 0x30]),
            [
                (0xFFFF_FFF0, false),
                (0x1_0000_0010, false),
                (0x1_0000_0030, false)
            ]
        );
    }

    #[test]
    fn thirty_one_bits_wrap_too_and_say_so() {
        // -80, -40 and 0 ms by FFmpeg's muxer.
        assert_eq!(
            ticks(&[0x7FFF_FFB0, 0x7FFF_FFD8, 0, 40]),
            [
                (0x7FFF_FFB0, false),
                (0x7FFF_FFD8, false),
                (0x8000_0000, true),
                (0x8000_0028, false)
            ]
        );
    }

    #[test]
    fn time_goes_back_where_timestamps_do() {
        assert_eq!(
            ticks(&[500, 100, 100]),
            [(500, false), (100, false), (100, false)]
        );
        // Hours ahead is a jump.
        assert_eq!(ticks(&[0, 16_776_000]), [(0, false), (16_776_000, false)]);
    }
}
