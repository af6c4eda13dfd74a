//! What a peer may cost in long messages, in unfinished ones, and in small chunks. Each takes from [`Limits`] what it
//! looks at: a copy of all of them would be half of an idle connection's chunk decoder.

#![deny(clippy::arithmetic_side_effects)]

use crate::chunk::header::Body;
use crate::chunk::{ChunkError, MessageType};
use crate::limits::Limits;

/// How long messages may be.
#[derive(Debug)]
pub(super) struct Lengths {
    media: u32,
    command: u32,
    data: u32,
    other: u32,
}

impl Lengths {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            media: limits.max_media_message,
            command: limits.max_command_message,
            data: limits.max_data_message,
            other: limits.max_other_message,
        }
    }

    /// A message of this type and length begins.
    pub(super) fn check(&self, body: Body) -> Result<(), ChunkError> {
        let kind = MessageType::from(body.kind);
        let length = body.length;
        let limit = match kind {
            MessageType::Audio | MessageType::Video | MessageType::Aggregate => self.media,
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => self.command,
            MessageType::DataAmf0 | MessageType::DataAmf3 => self.data,
            MessageType::SetChunkSize
            | MessageType::Abort
            | MessageType::Acknowledgement
            | MessageType::UserControl
            | MessageType::WindowAcknowledgementSize
            | MessageType::SetPeerBandwidth
            | MessageType::SharedObjectAmf0
            | MessageType::SharedObjectAmf3
            | MessageType::Unknown(_) => self.other,
        };
        if length > limit {
            Err(ChunkError::MessageTooLong { kind, length, limit })
        } else {
            Ok(())
        }
    }
}

/// The messages in the making, counted by their announced lengths: what is refused does not depend on how
/// much of them has come.
#[derive(Debug)]
pub(super) struct Unfinished {
    messages: usize,
    bytes: usize,
    max_messages: usize,
    max_bytes: usize,
}

impl Unfinished {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            messages: 0,
            bytes: 0,
            max_messages: limits.max_partial_messages,
            max_bytes: limits.max_partial_bytes,
        }
    }

    /// Messages that more chunks must follow for.
    pub(super) const fn messages(&self) -> usize {
        self.messages
    }

    /// A message of `length` begins. A message that has all its bytes in one chunk (not `is_partial`) is not
    /// one of the messages that are capped: nothing can come between.
    pub(super) const fn begin(&mut self, length: usize, is_partial: bool) -> Result<(), ChunkError> {
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > self.max_bytes {
            return Err(ChunkError::TooManyPartialBytes {
                bytes: self.bytes,
                limit: self.max_bytes,
            });
        }
        if is_partial {
            self.messages = self.messages.saturating_add(1);
            if self.messages > self.max_messages {
                return Err(ChunkError::TooManyPartialMessages {
                    limit: self.max_messages,
                });
            }
        }
        Ok(())
    }

    /// A message is whole, or is given up.
    pub(super) const fn end(&mut self, length: usize, is_partial: bool) {
        self.bytes = self.bytes.saturating_sub(length);
        if is_partial {
            self.messages = self.messages.saturating_sub(1);
        }
    }
}

/// Bytes of payload that chunks may lack of what they should bring on average.
#[derive(Debug)]
pub(super) struct Credit {
    left: u64,
    max: u64,
    idle_chunks: u32,
    min_payload: u32,
}

impl Credit {
    pub(super) fn new(limits: &Limits) -> Self {
        let (idle_chunks, min_payload) = (limits.max_idle_chunks, limits.min_payload_per_chunk);
        let max = u64::from(idle_chunks).saturating_mul(min_payload.into());
        Self {
            left: max,
            max,
            idle_chunks,
            min_payload,
        }
    }

    pub(super) const fn replenish(&mut self) {
        self.left = self.max;
    }

    /// A chunk with so many bytes of payload.
    #[inline]
    pub(super) fn spend(&mut self, payload_len: usize) -> Result<(), ChunkError> {
        let earned = self.left.saturating_add(payload_len as u64);
        let Some(left) = earned.checked_sub(self.min_payload.into()) else {
            return Err(ChunkError::TooLittlePayload {
                idle_chunks: self.idle_chunks,
                min_payload: self.min_payload,
            });
        };
        self.left = left.min(self.max);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_without_payload_use_up_the_credit_and_payload_earns_it_back() {
        let limits = Limits {
            max_idle_chunks: 2,
            min_payload_per_chunk: 16,
            ..Limits::default()
        };
        let mut credit = Credit::new(&limits);
        assert_eq!(credit.spend(0), Ok(()));
        assert_eq!(credit.spend(0), Ok(()));
        assert_eq!(credit.spend(16), Ok(()));
        assert_eq!(credit.spend(32), Ok(()));
        assert_eq!(credit.spend(0), Ok(()));
        let error = ChunkError::TooLittlePayload {
            idle_chunks: 2,
            min_payload: 16,
        };
        assert_eq!(credit.spend(15), Err(error));
        credit.replenish();
        assert_eq!(
            credit.spend(1 << 20),
            Ok(()),
            "a large chunk earns no more than the start's credit"
        );
        assert_eq!((credit.spend(0), credit.spend(0)), (Ok(()), Ok(())));
        assert!(credit.spend(0).is_err());
    }
}
