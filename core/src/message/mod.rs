//! What messages mean: the payloads of [`chunk::Message`](crate::chunk::Message) read and written.
//!
//! Reading is lenient where senders differ and nothing can be misunderstood: a body that is too long has its
//! surplus ignored, one that is too short is no message at all and to be passed over. Writing is strict.
//! Audio and video are in [`media`](crate::media).
//!
//! Source: RTMP 1.0 §5.4 (control), §6.2 and §7.1.7 (user control), §7.1 (the rest).

mod aggregate;
mod capabilities;
mod command;
mod control;
mod data;
mod reconnect;
mod user_control;
mod values;

pub use self::aggregate::{Aggregate, TooManyParts};
pub use self::capabilities::{
    Capabilities, CapsEx, FourCcInfo, FourCcInfoMap, FourCcKey, MAX_FOURCCS, VideoFunction,
};
pub use self::command::{Command, CommandError};
pub use self::control::{Control, LimitType};
pub use self::data::DataMessage;
pub use self::reconnect::ReconnectRequest;
pub use self::user_control::UserControl;

use bytes::Bytes;

use crate::chunk::{Message, MessageType};
use crate::units::{ChunkStreamId, MessageStreamId, Timestamp};

/// A message of the connection itself, on the chunk stream that is reserved for them (RTMP 1.0 §5.4).
fn control_message(kind: MessageType, payload: Vec<u8>) -> Message {
    Message {
        chunk_stream: ChunkStreamId::CONTROL,
        stream: MessageStreamId::CONNECTION,
        timestamp: Timestamp::ZERO,
        kind,
        payload: Bytes::from(payload),
    }
}
