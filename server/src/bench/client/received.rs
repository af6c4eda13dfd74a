//! What has come from the server, and when it wants to hear of it (RTMP 1.0 §5.4.3, §5.4.4).

/// Bytes received behind the handshake.
#[derive(Debug, Default)]
pub(super) struct Received {
    total: u64,
    acknowledged: u64,
    window: Option<u32>,
}

/// The smallest window that is honoured: an acknowledgement has 16 bytes, and is not to answer as many.
const MIN_WINDOW: u32 = 128;

impl Received {
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    pub(super) const fn add(&mut self, bytes: u64) {
        self.total = self.total.saturating_add(bytes);
    }

    /// The server's *Window Acknowledgement Size*. Zero would ask for acknowledgements without end: ignored.
    pub(super) fn set_window(&mut self, window: u32) {
        if window > 0 {
            self.window = Some(window.max(MIN_WINDOW));
        }
    }

    /// Whether a window has been filled since the last acknowledgement.
    pub(super) fn is_due(&self) -> bool {
        self.window
            .is_some_and(|window| self.total.saturating_sub(self.acknowledged) >= u64::from(window))
    }

    /// The sequence number of an acknowledgement that is sent now: the total modulo 2^32.
    pub(super) const fn acknowledge(&mut self) -> u32 {
        self.acknowledged = self.total;
        (self.total & 0xFFFF_FFFF) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_asks_for_an_acknowledgement() {
        let mut received = Received::default();
        received.add(10_000);
        assert!(!received.is_due(), "nobody has asked");
        received.set_window(0);
        assert!(!received.is_due(), "zero would be without end");
        received.set_window(10_000);
        assert!(received.is_due());
        assert_eq!(received.acknowledge(), 10_000);
        received.add(9_999);
        assert!(!received.is_due());
        received.add(1);
        assert!(received.is_due());
    }

    #[test]
    fn the_number_has_32_bits() {
        let mut received = Received::default();
        received.add(0x1_0000_0005);
        assert_eq!(received.acknowledge(), 5);
    }
}
