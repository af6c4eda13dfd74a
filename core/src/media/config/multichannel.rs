//! How channels are laid out: the body of a MultichannelConfig packet (Enhanced RTMP v2, "Enhanced Audio").

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use smallvec::SmallVec;

use super::ConfigError;
use crate::wire::Reader;

/// The body of a MultichannelConfig packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultichannelConfig {
    /// `channelCount`.
    pub channels: u8,
    /// `audioChannelOrder`, with what belongs to it.
    pub order: ChannelOrder,
}

/// In which order a frame has its channels (`AudioChannelOrder`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// 0: it is not said.
    Unspecified,
    /// 1: in the order of the bits of this mask.
    Native(ChannelMask),
    /// 2: in the order of this list, which has an entry for each channel.
    Custom(SmallVec<[ChannelId; 8]>),
    /// Any other number: reserved.
    Unknown(u8),
}

impl MultichannelConfig {
    /// Reads the body of a packet. What follows it is left unread.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Truncated`], if it is cut short.
    pub fn parse(body: &[u8]) -> Result<Self, ConfigError> {
        let mut r = Reader::new(body);
        let [order, channels] = r.array()?;
        let order = match order {
            0 => ChannelOrder::Unspecified,
            1 => ChannelOrder::Native(ChannelMask(r.u32()?)),
            2 => ChannelOrder::Custom(r.bytes(channels.into())?.iter().copied().map(ChannelId).collect()),
            other => ChannelOrder::Unknown(other),
        };
        Ok(Self { channels, order })
    }

    /// Writes the body of a packet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`], if the list of a custom order does not have an entry for each channel.
    pub fn encode(&self) -> Result<Bytes, ConfigError> {
        let mut out = BytesMut::with_capacity(6);
        match &self.order {
            ChannelOrder::Unspecified => out.put_slice(&[0, self.channels]),
            ChannelOrder::Native(mask) => {
                out.put_slice(&[1, self.channels]);
                out.put_u32(mask.0);
            }
            ChannelOrder::Custom(ids) => {
                if ids.len() != usize::from(self.channels) {
                    return Err(ConfigError::Value {
                        field: "channelCount",
                        value: self.channels.into(),
                    });
                }
                out.put_slice(&[2, self.channels]);
                out.extend(ids.iter().map(|id| id.0));
            }
            ChannelOrder::Unknown(order) => out.put_slice(&[*order, self.channels]),
        }
        Ok(out.freeze())
    }

    /// The channels in the order in which a frame has them, as far as it is said.
    pub fn channel_ids(&self) -> SmallVec<[ChannelId; 8]> {
        match &self.order {
            ChannelOrder::Native(mask) => mask.ids().collect(),
            ChannelOrder::Custom(ids) => ids.clone(),
            ChannelOrder::Unspecified | ChannelOrder::Unknown(_) => SmallVec::new(),
        }
    }
}

/// A set of channels: bit `n` stands for channel `n` (`AudioChannelMask`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChannelMask(pub u32);

impl ChannelMask {
    /// Its channels, in the order of their numbers.
    pub fn ids(self) -> impl Iterator<Item = ChannelId> {
        (0..32_u8).filter(move |id| self.0 >> id & 1 == 1).map(ChannelId)
    }
}

/// A channel, by the place of its loudspeaker (`AudioChannel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelId(pub u8);

impl ChannelId {
    /// 0xFE: the channel is not used.
    pub const UNUSED: Self = Self(0xFE);
    /// 0xFF: the channel is there; its place is not known.
    pub const UNKNOWN: Self = Self(0xFF);

    /// The usual abbreviation: `FL`, `LFE1`, `TBC`. `None` for what has no place, or is reserved.
    pub fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 24] = [
            "FL", "FR", "FC", "LFE1", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR",
            "TBL", "TBC", "TBR", "LFE2", "TSL", "TSR", "BFC", "BFL", "BFR",
        ];
        NAMES.get(usize::from(self.0)).copied()
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), *self) {
            (Some(name), _) => f.write_str(name),
            (None, Self::UNUSED) => f.write_str("unused"),
            (None, Self::UNKNOWN) => f.write_str("unknown"),
            (None, Self(id)) => write!(f, "channel {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_order_is_a_mask() {
        // order 1, 2 channels, bits 0 and 1: as FFmpeg sends for stereo
        let body = [0x01, 0x02, 0x00, 0x00, 0x00, 0x03];
        let config = MultichannelConfig::parse(&body).unwrap();
        assert_eq!(config.channels, 2);
        assert_eq!(config.order, ChannelOrder::Native(ChannelMask(3)));
        let names: Vec<_> = config.channel_ids().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["FL", "FR"]);
        assert_eq!(config.encode().unwrap(), body[..]);
    }

    #[test]
    fn one_channel_is_in_the_middle() {
        // order 1, 1 channel, bit 2: as FFmpeg sends for mono
        let config = MultichannelConfig::parse(&[0x01, 0x01, 0x00, 0x00, 0x00, 0x04]).unwrap();
        assert_eq!(config.channel_ids()[..], [ChannelId(2)]);
        assert_eq!(ChannelId(2).name(), Some("FC"));
    }

    #[test]
    fn a_custom_order_is_a_list() {
        // order 2, 4 channels: FR, FL, unused, unknown
        let body = [0x02, 0x04, 0x01, 0x00, 0xFE, 0xFF];
        let config = MultichannelConfig::parse(&body).unwrap();
        let names: Vec<_> = config.channel_ids().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["FR", "FL", "unused", "unknown"]);
        assert_eq!(config.encode().unwrap(), body[..]);
    }

    #[test]
    fn orders_without_a_body_have_none() {
        for body in [[0x00, 0x06], [0x09, 0x06]] {
            let config = MultichannelConfig::parse(&body).unwrap();
            assert!(config.channel_ids().is_empty());
            assert_eq!(config.encode().unwrap(), body[..]);
        }
    }

    #[test]
    fn a_list_that_is_cut_short_is_refused() {
        assert_eq!(
            MultichannelConfig::parse(&[2, 3, 0, 1]),
            Err(ConfigError::Truncated)
        );
        assert_eq!(MultichannelConfig::parse(&[1, 2, 0]), Err(ConfigError::Truncated));
        assert_eq!(MultichannelConfig::parse(&[1]), Err(ConfigError::Truncated));
    }

    #[test]
    fn a_list_of_another_length_is_not_written() {
        let config = MultichannelConfig {
            channels: 3,
            order: ChannelOrder::Custom(SmallVec::from_slice(&[ChannelId(0)])),
        };
        let error = ConfigError::Value {
            field: "channelCount",
            value: 3,
        };
        assert_eq!(config.encode(), Err(error));
    }
}
