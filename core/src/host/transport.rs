//! What lies between a socket and who speaks RTMP.

use super::EndReason;
use crate::connection::TransmitQueue;
#[cfg(feature = "tls")]
use crate::tls::TlsPipe;

/// What lies between a socket and who speaks RTMP: nothing, or TLS.
///
/// Who moves bytes need not know which. Plain bytes pass as they are: nothing is copied, and nothing kept.
#[derive(Default)]
pub struct Transport {
    #[cfg(feature = "tls")]
    tls: Option<Box<TlsPipe>>,
}

impl Transport {
    /// Takes bytes from the socket, and hands to `take` what is RTMP of them: none, or some, one or more times. What `input`
    /// holds afterwards is of no use.
    pub fn handle_input(&mut self, input: &mut [u8], mut take: impl FnMut(&[u8])) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &mut self.tls {
            return tls.handle_input(input, take);
        }
        take(input);
    }

    /// The socket has nothing more to read.
    pub fn handle_eof(&mut self) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &mut self.tls {
            tls.handle_eof();
        }
    }

    /// What is to be written to the socket, made of what waits in `queue` as far as the transport takes it. `is_last`: nothing
    /// will follow, and once all has been taken the peer is told so.
    pub fn transmit<'a>(&'a mut self, queue: &'a mut TransmitQueue, is_last: bool) -> &'a mut TransmitQueue {
        #[cfg(feature = "tls")]
        if let Some(tls) = &mut self.tls {
            tls.encrypt(queue);
            if is_last && queue.is_empty() {
                tls.close();
            }
            return tls.transmit();
        }
        let _ = is_last;
        queue
    }

    /// Whether [`transmit`](Self::transmit) would have something to write, with `queue`.
    pub fn has_unsent(&self, queue: &TransmitQueue) -> bool {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.unsent() > 0 || (!queue.is_empty() && !tls.is_handshaking() && tls.error().is_none());
        }
        !queue.is_empty()
    }

    /// What is handed to it goes to the peer: a handshake of its own, if there is one, is done.
    pub fn is_established(&self) -> bool {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return !tls.is_handshaking();
        }
        true
    }

    /// Nothing more will come, whatever the socket has still to read.
    pub fn is_over(&self) -> bool {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.is_peer_closed() || tls.error().is_some();
        }
        false
    }

    /// What has ended it, other than the peer as it should.
    pub fn end_reason(&self) -> Option<EndReason> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.error().cloned().map(EndReason::Tls);
        }
        None
    }

    /// It is TLS.
    pub const fn is_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    /// The TLS, if it is that.
    #[cfg(feature = "tls")]
    pub fn tls(&self) -> Option<&TlsPipe> {
        self.tls.as_deref()
    }
}

#[cfg(feature = "tls")]
impl From<TlsPipe> for Transport {
    fn from(tls: TlsPipe) -> Self {
        Self {
            tls: Some(Box::new(tls)),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Buf, Bytes};

    use super::*;

    #[test]
    fn plain_bytes_pass_as_they_are() {
        assert!(size_of::<Transport>() <= size_of::<usize>(), "a pointer at most");
        let mut transport = Transport::default();
        let mut input = *b"abc";
        let start = input.as_ptr();
        transport.handle_input(&mut input, |plain| {
            assert_eq!((plain, plain.as_ptr()), (&b"abc"[..], start));
        });
        let mut queue = TransmitQueue::default();
        let media = Bytes::from_static(b"media");
        queue.push_media(media.clone());
        assert!(!transport.has_unsent(&TransmitQueue::default()) && transport.has_unsent(&queue));
        let out = transport.transmit(&mut queue, true);
        assert_eq!(out.chunk().as_ptr(), media.as_ptr());
        transport.handle_eof();
        assert!(transport.is_established());
        assert!(!transport.is_over() && transport.end_reason().is_none());
    }
}
