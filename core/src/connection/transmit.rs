//! What a connection has to send, as shared slices for a vectored write.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// Bytes on their way out, in order.
///
/// The driver writes from it (`chunks_vectored` fills the slices of one `writev`) and says with
/// [`Buf::advance`] how far it got. That call is all the connection knows of the socket: what has not been
/// advanced over is unsent, and a player whose bytes stay unsent is given no more.
#[derive(Debug, Default)]
pub struct TransmitQueue {
    pieces: VecDeque<Piece>,
    remaining: usize,
    unsent_replies: usize,
    sent: u64,
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    kind: PieceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceKind {
    Media,
    Reply,
}

/// An empty queue keeps room for no more pieces than this: a player's, which will have others in a moment. One whose last
/// piece was a reply keeps none, for it may be long until the next.
const ROOM_KEPT: usize = 32;

impl TransmitQueue {
    /// Nothing waits to be sent.
    pub fn is_empty(&self) -> bool {
        self.remaining == 0
    }

    /// Bytes of replies (all that is not media) that wait.
    pub fn unsent_replies(&self) -> usize {
        self.unsent_replies
    }

    /// Bytes that the driver has taken since the connection began, the handshake's included.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Appends bytes that the connection answers with.
    pub(crate) fn push_reply(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.unsent_replies += bytes.len();
        self.push(bytes, PieceKind::Reply);
    }

    /// Appends shared media.
    pub(crate) fn push_media(&mut self, bytes: Bytes) {
        self.push(bytes, PieceKind::Media);
    }

    fn push(&mut self, bytes: Bytes, kind: PieceKind) {
        if !bytes.is_empty() {
            self.remaining += bytes.len();
            self.pieces.push_back(Piece { bytes, kind });
        }
    }
}

impl Buf for TransmitQueue {
    fn remaining(&self) -> usize {
        self.remaining
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| &piece.bytes)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(&piece.bytes);
            filled += 1;
        }
        filled
    }

    /// # Panics
    ///
    /// When `count` is more than [`remaining`](Buf::remaining), as for every `Buf`.
    fn advance(&mut self, count: usize) {
        assert!(
            count <= self.remaining,
            "advanced by {count} of {} bytes",
            self.remaining
        );
        self.remaining -= count;
        self.sent += count as u64;
        let mut left = count;
        while left > 0 {
            let Some(front) = self.pieces.front_mut() else {
                break;
            };
            let step = left.min(front.bytes.len());
            front.bytes.advance(step);
            left -= step;
            if front.kind == PieceKind::Reply {
                self.unsent_replies -= step;
            }
            if front.bytes.is_empty() {
                let is_reply = front.kind == PieceKind::Reply;
                self.pieces.pop_front();
                if self.pieces.is_empty() && (is_reply || self.pieces.capacity() > ROOM_KEPT) {
                    self.pieces = VecDeque::new();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> TransmitQueue {
        let mut queue = TransmitQueue::default();
        queue.push_reply(&b"abc"[..]);
        queue.push_media(Bytes::from_static(b"defgh"));
        queue
    }

    #[test]
    fn a_vectored_write_sees_every_piece() {
        let queue = queue();
        let mut slices = [IoSlice::new(&[]); 4];
        assert_eq!(queue.chunks_vectored(&mut slices), 2);
        assert_eq!(&*slices[0], b"abc");
        assert_eq!(&*slices[1], b"defgh");
    }

    #[test]
    fn a_short_write_goes_on_in_the_middle_of_a_piece() {
        let mut queue = queue();
        queue.advance(4);
        assert_eq!(queue.chunk(), b"efgh");
        assert_eq!(
            (queue.remaining(), queue.unsent_replies(), queue.sent()),
            (4, 0, 4)
        );
        queue.advance(4);
        assert!(queue.is_empty());
        assert_eq!(queue.chunk(), b"");
    }

    #[test]
    fn replies_are_counted_apart_from_media() {
        let mut queue = queue();
        assert_eq!(queue.unsent_replies(), 3);
        queue.advance(1);
        assert_eq!(queue.unsent_replies(), 2);
    }

    #[test]
    fn room_for_a_burst_is_given_back() {
        let mut queue = TransmitQueue::default();
        for _ in 0..1000 {
            queue.push_media(Bytes::from_static(b"x"));
        }
        queue.advance(1000);
        assert!(queue.pieces.capacity() <= ROOM_KEPT);
    }

    #[test]
    fn room_is_kept_for_media_and_not_for_replies() {
        let mut queue = TransmitQueue::default();
        queue.push_reply(&b"abc"[..]);
        queue.push_media(Bytes::from_static(b"defgh"));
        queue.advance(8);
        assert!(queue.pieces.capacity() > 0);
        queue.push_reply(&b"abc"[..]);
        queue.advance(3);
        assert_eq!(queue.pieces.capacity(), 0);
    }
}
