//! An observer that keeps what it hears, in words.

use std::sync::{Arc, Mutex, PoisonError};

use rtmp_core::host::{End, Observer, Peer, Trouble};
use rtmp_core::session::SessionEvent;

#[derive(Clone, Default)]
pub(crate) struct Diary {
    lines: Arc<Mutex<Vec<String>>>,
    /// The stream at whose beginning it panics.
    panics_at: Option<&'static str>,
}

impl Diary {
    pub(crate) fn panicking_at(key: &'static str) -> Self {
        Self {
            panics_at: Some(key),
            ..Self::default()
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self, line: String) {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }
}

impl Observer for Diary {
    fn on_start(&self, peer: &Peer) {
        self.write(format!("{} starts", peer.id));
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        match event {
            SessionEvent::Connected => self.write(format!("{} uses {}", peer.id, peer.connect.app)),
            SessionEvent::Publishing { key, .. } => {
                assert_ne!(Some(key.as_str()), self.panics_at, "asked to panic");
                self.write(format!("{} publishes {key}", peer.id));
            }
            SessionEvent::Playing { key, .. } => self.write(format!("{} plays {key}", peer.id)),
            SessionEvent::Skipped { key, .. } => self.write(format!("{} skips in {key}", peer.id)),
            SessionEvent::Stopped { key, .. } => self.write(format!("{} stops {key}", peer.id)),
            SessionEvent::Refused { reason, .. } => self.write(format!("{} is refused: {reason}", peer.id)),
            _ => {}
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        self.write(format!("{} ends: {}", peer.id, end.reason));
    }

    fn on_trouble(&self, trouble: &Trouble) {
        self.write(format!("trouble: {trouble:?}"));
    }
}
