//! The log of what connections do: a line for each thing that happens.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Role, SessionEvent, Summary};
use rtmp_tokio::{End, EndReason, Observer, Peer, Trouble};
use tracing::{debug, error, info, warn};

use super::codec::{audio_name, video_name};
use super::key::{ShownKey, shown_app};

/// Writes what it observes to the log.
pub(super) struct Journal {
    show_keys: bool,
    /// When what goes on has begun.
    begun: Mutex<HashMap<(u64, StreamKey), Instant>>,
}

impl Journal {
    pub(super) fn new(show_keys: bool) -> Self {
        Self {
            show_keys,
            begun: Mutex::default(),
        }
    }

    // Strings of peers are recorded as string values: these are quoted and escaped, so no peer writes our lines.
    fn shown(&self, key: &StreamKey) -> String {
        ShownKey::new(key.as_str(), self.show_keys).to_string()
    }

    fn begin(&self, peer: &Peer, key: &StreamKey) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.insert((peer.id, key.clone()), Instant::now());
    }

    fn end(&self, peer: &Peer, key: &StreamKey) -> Duration {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun
            .remove(&(peer.id, key.clone()))
            .map(|start| start.elapsed())
            .unwrap_or_default()
    }

    fn stopped(&self, peer: &Peer, key: &StreamKey, role: Role, summary: &Summary) {
        let (id, address, program) = (peer.id, &peer.address, program(peer));
        let seconds = seconds(self.end(peer, key));
        let key = self.shown(key);
        let (messages, bytes) = (summary.messages, summary.bytes);
        match role {
            Role::Publisher => {
                let video = summary.video.map(video_name);
                let audio = summary.audio.map(audio_name);
                info!(
                    id, peer = %address, key, program, video, audio, seconds, messages, bytes,
                    "published"
                );
            }
            Role::Player => {
                let skipped = summary.skipped;
                info!(id, peer = %address, key, program, seconds, messages, bytes, skipped, "played");
            }
        }
    }
}

impl Observer for Journal {
    fn on_start(&self, peer: &Peer) {
        debug!(id = peer.id, peer = %peer.address, "accepted");
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        let (id, address, program) = (peer.id, &peer.address, program(peer));
        match event {
            SessionEvent::Connected => {
                let app = shown_app(peer.connect.app_path(), self.show_keys);
                info!(id, peer = %address, app, program, "connected");
            }
            SessionEvent::Publishing { key, .. } => {
                self.begin(peer, key);
                info!(id, peer = %address, key = self.shown(key), program, "publishing");
            }
            SessionEvent::Playing { key, .. } => {
                self.begin(peer, key);
                info!(id, peer = %address, key = self.shown(key), program, "playing");
            }
            SessionEvent::Skipped { key, messages } => {
                warn!(id, peer = %address, key = self.shown(key), messages, "too slow, skipped");
            }
            SessionEvent::Stopped { key, role, summary } => self.stopped(peer, key, *role, summary),
            SessionEvent::Refused { key, reason } => {
                let app = shown_app(peer.connect.app_path(), self.show_keys);
                let key = key.as_ref().map(|key| self.shown(key));
                warn!(id, peer = %address, app, key, program, reason = reason.as_str(), "refused");
            }
            // Asked: an answer follows. Message: for somebody else.
            _ => {}
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        let (id, address, seconds) = (peer.id, &peer.address, seconds(end.duration));
        let (bytes_in, bytes_out) = (end.stats.bytes_in, end.stats.bytes_out);
        let reason = end.reason.to_string();
        match end.reason {
            EndReason::Panicked(_) => {
                error!(id, peer = %address, seconds, bytes_in, bytes_out, reason, "ended")
            }
            EndReason::Fault(_) => warn!(id, peer = %address, seconds, bytes_in, bytes_out, reason, "ended"),
            // Who connects and says nothing looks whether we are alive.
            EndReason::PeerClosed if bytes_in == 0 => debug!(id, peer = %address, seconds, "looked in"),
            _ => info!(id, peer = %address, seconds, bytes_in, bytes_out, reason, "ended"),
        }
    }

    fn on_trouble(&self, trouble: &Trouble) {
        match trouble {
            Trouble::Accept { error } => error!(
                %error,
                "cannot accept connections, trying again; is the limit on open files (ulimit -n) too low?"
            ),
            Trouble::Full {
                address,
                limit,
                times,
            } => {
                warn!(peer = %address, reason = %limit, times, "turned away; see --max-connections, --max-connections-per-ip, --max-idle-per-ip");
            }
            other => error!(trouble = ?other, "trouble"),
        }
    }
}

/// What the peer calls its program, up to a length: it is in nearly every line, and a peer may make it 64 KiB long and
/// have thousands of lines written.
fn program(peer: &Peer) -> &str {
    shorten(&peer.connect.flash_ver)
}

fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(LONGEST_PROGRAM).map(|(end, _)| end);
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}

/// Characters. Real ones have less than 50.
const LONGEST_PROGRAM: usize = 100;

/// Seconds to the millisecond.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_length_of_a_name() {
        assert_eq!(
            shorten("FMLE/3.0 (compatible; FMSc/1.0)"),
            "FMLE/3.0 (compatible; FMSc/1.0)"
        );
        assert_eq!(shorten(&"ü".repeat(60_000)), "ü".repeat(LONGEST_PROGRAM));
    }
}
