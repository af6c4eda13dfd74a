//! The log of what connections do: a line for each thing that happens.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rtmp_core::connection::Error;
use rtmp_core::handshake::HandshakeError;
use rtmp_core::host::{End, EndReason, Herald, Observer, Peer, Trouble};
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Role, SessionEvent, Summary};
#[cfg(feature = "tls")]
use rtmp_core::tls::TlsError;
use tracing::{debug, error, info, warn};

use crate::codec::{audio_name, video_name};
use crate::key::{ShownKey, shown_app};

/// Writes what it observes to the log.
#[derive(Debug)]
pub struct Journal {
    show_keys: AtomicBool,
    /// What each peer published, played or waited for last, by its id.
    keys: Mutex<HashMap<u64, StreamKey>>,
    /// Peers that speak something else.
    strangers: Mutex<Herald>,
}

impl Journal {
    /// `show_keys`: in full. Who knows a key can publish with it.
    pub fn new(show_keys: bool) -> Self {
        Self {
            show_keys: AtomicBool::new(show_keys),
            keys: Mutex::default(),
            strangers: Mutex::default(),
        }
    }

    /// As if it had been made with this, from now on.
    pub fn show_keys(&self, show_keys: bool) {
        self.show_keys.store(show_keys, Ordering::Relaxed);
    }

    fn shows_keys(&self) -> bool {
        self.show_keys.load(Ordering::Relaxed)
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<u64, StreamKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream's name as the log has it: in full, or so far as it may be seen by anybody.
    // Strings of peers are recorded as string values: these are quoted and escaped, so no peer writes our lines.
    pub fn shown(&self, key: &StreamKey) -> String {
        ShownKey::new(key.as_str(), self.shows_keys()).to_string()
    }

    fn app(&self, peer: &Peer) -> Option<String> {
        let app = shown_app(peer.connect.app_path(), self.shows_keys());
        Some(shorten(&app).to_owned()).filter(|app| !app.is_empty())
    }

    /// A player waits for a stream that is not there yet. Called by who has it wait, where that is not its session.
    pub fn waiting(&self, peer: &Peer, key: &StreamKey) {
        self.keys().insert(peer.id, key.clone());
        let (id, address, program) = (peer.id, &peer.address, program(peer));
        info!(id, peer = %address, key = self.shown(key), program, "waiting for a publisher");
    }

    fn refused(&self, peer: &Peer, key: Option<&StreamKey>, reason: &str) {
        let (id, address, app, program) = (peer.id, &peer.address, self.app(peer), program(peer));
        let key = key.map(|key| self.shown(key));
        warn!(id, peer = %address, app, key, program, reason, "refused");
    }

    fn stopped(&self, peer: &Peer, key: &StreamKey, role: Role, summary: &Summary) {
        let (id, address, program) = (peer.id, &peer.address, program(peer));
        let seconds = seconds(summary.duration);
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
                let tls = peer.is_tls.then_some(true);
                info!(id, peer = %address, tls, app = self.app(peer), program, "connected");
            }
            SessionEvent::Publishing { key, .. } => {
                self.keys().insert(peer.id, key.clone());
                info!(id, peer = %address, key = self.shown(key), program, "publishing");
            }
            SessionEvent::Playing { key, .. } => {
                self.keys().insert(peer.id, key.clone());
                info!(id, peer = %address, key = self.shown(key), program, "playing");
            }
            SessionEvent::Waiting { key } => self.waiting(peer, key),
            SessionEvent::Skipped { key, messages } => {
                warn!(id, peer = %address, key = self.shown(key), messages, "too slow, skipped");
            }
            SessionEvent::Stopped { key, role, summary } => self.stopped(peer, key, *role, summary),
            SessionEvent::Refused { key, reason } => self.refused(peer, key.as_ref(), reason),
            // Asked: an answer follows. Message: for somebody else.
            _ => {}
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        let (id, address, seconds) = (peer.id, &peer.address, seconds(end.duration));
        let (app, program) = (
            self.app(peer),
            Some(program(peer)).filter(|name| !name.is_empty()),
        );
        let key = self.keys().remove(&peer.id).map(|key| self.shown(&key));
        let (bytes_in, bytes_out) = (end.stats.bytes_in, end.stats.bytes_out);
        let reason = end.reason.to_string();
        let mut times = None;
        // A level is a constant of its line.
        macro_rules! ended {
            ($log:ident) => {
                $log!(id, peer = %address, app, key, program, seconds, bytes_in, bytes_out, reason, times, "ended")
            };
        }
        match end.reason {
            EndReason::Panicked(_) => ended!(error),
            // The line before has said so.
            EndReason::Fault(Error::Refused(_)) => ended!(info),
            ref end if is_stranger(end) => {
                let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
                times = strangers.announce(Instant::now());
                drop(strangers);
                if times.is_some() {
                    ended!(warn);
                } else {
                    ended!(debug);
                }
            }
            EndReason::Fault(_) => ended!(warn),
            // Who connects and says nothing looks whether we are alive.
            ref end if bytes_in == 0 && !peer.is_tls && is_left(end) => {
                debug!(id, peer = %address, seconds, "looked in");
            }
            #[cfg(feature = "tls")]
            EndReason::Tls(TlsError::Silence) => debug!(id, peer = %address, seconds, "looked in"),
            // So leave FFmpeg and mpv on GnuTLS, which look at a certificate after the handshake.
            ref end if bytes_in == 0 && is_left(end) => {
                info!(id, peer = %address, seconds, "left at the TLS handshake: does it trust our certificate?");
            }
            _ => ended!(info),
        }
    }

    fn on_trouble(&self, trouble: &Trouble) {
        match trouble {
            Trouble::Accept { error } => error!(
                error = error.to_string(),
                "cannot accept connections, trying again; is the limit on open files (ulimit -n) too low?"
            ),
            Trouble::Full {
                address,
                limit,
                times,
            } => {
                warn!(peer = %address, reason = limit.to_string(), times, "turned away; see --max-connections, --max-connections-per-ip, --max-idle-per-ip");
            }
            other => error!(trouble = format!("{other:?}"), "trouble"),
        }
    }
}

/// Whether the peer closed the connection, with a reset perhaps: so it is closed by who has not read all, or checks ports.
fn is_left(end: &EndReason) -> bool {
    match end {
        EndReason::PeerClosed => true,
        EndReason::Socket(error) => error.kind() == io::ErrorKind::ConnectionReset,
        _ => false,
    }
}

/// Who speaks something else than is spoken here, of whom a port that all the world can reach sees many: search engines,
/// scanners, browsers that were given the wrong port. They are told of as rarely as those who are turned away.
const fn is_stranger(end: &EndReason) -> bool {
    match end {
        EndReason::Fault(Error::Handshake(HandshakeError::UnsupportedVersion(_))) => true,
        #[cfg(feature = "tls")]
        EndReason::Tls(TlsError::NotTls(_)) => true,
        _ => false,
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
