//! The bit masks of Enhanced RTMP, which travel as AMF numbers.

use crate::amf0::Value;

/// A mask whose unknown bits are kept: a peer may be newer than this.
macro_rules! mask {
    ($(#[$meta:meta])* $name:ident { $($(#[$flag_meta:meta])* $flag:ident = $bit:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(u32);

        impl $name {
            /// Nothing of it.
            pub const NONE: Self = Self(0);
            $($(#[$flag_meta])* pub const $flag: Self = Self($bit);)*

            /// The mask of these bits, known or not.
            pub const fn from_bits(bits: u32) -> Self {
                Self(bits)
            }

            /// The bits, as they are sent.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether all bits of `other` are set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any bit of `other` is set.
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether no bit is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The bits of both.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                self.union(other)
            }
        }

        impl From<$name> for Value<'_> {
            fn from(mask: $name) -> Self {
                Self::Number(f64::from(mask.0))
            }
        }

        impl From<&Value<'_>> for $name {
            /// What is no number, or none that a mask can be, has no bits.
            fn from(value: &Value<'_>) -> Self {
                Self(bits(value))
            }
        }
    };
}

mask! {
    /// What a peer can do with a codec (Enhanced RTMP v2, `FourCcInfoMask`).
    FourCcInfo {
        /// It can decode it: a player.
        CAN_DECODE = 0x01,
        /// It can encode it: a publisher.
        CAN_ENCODE = 0x02,
        /// It can pass it on, or store it, as it is.
        CAN_FORWARD = 0x04,
    }
}

mask! {
    /// What a peer can do beyond codecs (Enhanced RTMP v2, `CapsExMask`).
    CapsEx {
        /// It heeds a [request to reconnect](crate::message::ReconnectRequest).
        RECONNECT = 0x01,
        /// It reads messages with several tracks, and tells tracks apart.
        MULTITRACK = 0x02,
        /// It reads `ModEx` packets, at least as far as to skip what it doesn't know.
        MOD_EX = 0x04,
        /// It makes use of the nanoseconds that `ModEx` packets add to timestamps.
        TIMESTAMP_NANO_OFFSET = 0x08,
    }
}

mask! {
    /// What a peer can do with video (RTMP 1.0 §7.2.1.1, `videoFunction`, and Enhanced RTMP v2,
    /// `VideoFunctionMask`).
    VideoFunction {
        /// It can seek to any frame: old players say so, and nobody asks.
        CLIENT_SEEK = 0x01,
        /// It can show high dynamic range, and reads the colour information that this takes.
        CLIENT_HDR = 0x02,
        /// It reads video packets of the type Metadata.
        METADATA = 0x04,
        /// It can decode AV1 in large scale tiles.
        LARGE_SCALE_TILE = 0x08,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
fn bits(value: &Value<'_>) -> u32 {
    match value.as_number() {
        Some(number) if (0.0..=f64::from(u32::MAX)).contains(&number) => number as u32,
        _ => 0,
    }
}
