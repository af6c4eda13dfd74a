//! The log of what connections do: a line for each thing that happens.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rtmp_core::connection::Error;
use rtmp_core::host::{End, EndReason, Observer, Peer, Trouble};
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Role, SessionEvent, Summary};

use crate::codec::{audio_name, video_name};
use crate::key::{ShownKey, shown_app};
use crate::log::{Level, Log, Value};

/// Writes what it observes to the log.
#[derive(Debug)]
pub struct Journal {
    log: Log,
    show_keys: bool,
    /// What each peer published or played last, by its id.
    keys: Mutex<HashMap<u64, StreamKey>>,
}

impl Journal {
    /// `show_keys`: in full. Who knows a key can publish with it.
    pub fn new(log: Log, show_keys: bool) -> Self {
        Self {
            log,
            show_keys,
            keys: Mutex::default(),
        }
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<u64, StreamKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self, key: &StreamKey) -> String {
        ShownKey::new(key.as_str(), self.show_keys).to_string()
    }

    fn app(&self, peer: &Peer) -> Option<String> {
        let app = shown_app(peer.connect.app_path(), self.show_keys);
        Some(shorten(&app).to_owned()).filter(|app| !app.is_empty())
    }

    fn started(&self, peer: &Peer, key: &StreamKey, message: &str) {
        self.keys().insert(peer.id, key.clone());
        let key = self.shown(key);
        let fields = [
            ("id", peer.id.into()),
            ("peer", Value::Shown(&peer.address)),
            ("key", key.as_str().into()),
            ("program", program(peer).into()),
        ];
        self.log.write(Level::Info, message, &fields);
    }

    fn stopped(&self, peer: &Peer, key: &StreamKey, role: Role, summary: &Summary) {
        let key = self.shown(key);
        let (video, audio) = (summary.video.map(video_name), summary.audio.map(audio_name));
        let is_publisher = role == Role::Publisher;
        let fields = [
            ("id", peer.id.into()),
            ("peer", Value::Shown(&peer.address)),
            ("key", key.as_str().into()),
            ("program", program(peer).into()),
            ("video", video.as_deref().filter(|_| is_publisher).into()),
            ("audio", audio.as_deref().filter(|_| is_publisher).into()),
            ("seconds", seconds(summary.duration).into()),
            ("messages", summary.messages.into()),
            ("bytes", summary.bytes.into()),
            ("skipped", Some(summary.skipped).filter(|_| !is_publisher).into()),
        ];
        let message = if is_publisher { "published" } else { "played" };
        self.log.write(Level::Info, message, &fields);
    }
}

impl Observer for Journal {
    fn on_start(&self, peer: &Peer) {
        let fields = [("id", peer.id.into()), ("peer", Value::Shown(&peer.address))];
        self.log.write(Level::Debug, "accepted", &fields);
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        let (id, address) = (("id", peer.id.into()), ("peer", Value::Shown(&peer.address)));
        let program = ("program", program(peer).into());
        match event {
            SessionEvent::Connected => {
                let app = self.app(peer);
                let fields = [id, address, ("app", app.as_deref().into()), program];
                self.log.write(Level::Info, "connected", &fields);
            }
            SessionEvent::Publishing { key, .. } => self.started(peer, key, "publishing"),
            SessionEvent::Playing { key, .. } => self.started(peer, key, "playing"),
            SessionEvent::Skipped { key, messages } => {
                let key = self.shown(key);
                let fields = [
                    id,
                    address,
                    ("key", key.as_str().into()),
                    ("messages", (*messages).into()),
                ];
                self.log.write(Level::Warn, "too slow, skipped", &fields);
            }
            SessionEvent::Stopped { key, role, summary } => self.stopped(peer, key, *role, summary),
            SessionEvent::Refused { key, reason } => {
                let (app, key) = (self.app(peer), key.as_ref().map(|key| self.shown(key)));
                let fields = [
                    id,
                    address,
                    ("app", app.as_deref().into()),
                    ("key", key.as_deref().into()),
                    program,
                    ("reason", (&**reason).into()),
                ];
                self.log.write(Level::Warn, "refused", &fields);
            }
            // Asked: an answer follows. Message: for somebody else.
            _ => {}
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        let key = self.keys().remove(&peer.id).map(|key| self.shown(&key));
        let (app, program) = (self.app(peer), program(peer));
        let reason = end.reason.to_string();
        let level = match end.reason {
            EndReason::Panicked(_) => Level::Error,
            // The line before has said so.
            EndReason::Fault(Error::Refused(_)) => Level::Info,
            EndReason::Fault(_) => Level::Warn,
            // Who connects and says nothing looks whether we are alive.
            EndReason::PeerClosed if end.stats.bytes_in == 0 => Level::Debug,
            _ => Level::Info,
        };
        let (id, address) = (("id", peer.id.into()), ("peer", Value::Shown(&peer.address)));
        let seconds = ("seconds", seconds(end.duration).into());
        if level == Level::Debug {
            self.log.write(level, "looked in", &[id, address, seconds]);
            return;
        }
        let fields = [
            id,
            address,
            ("app", app.as_deref().into()),
            ("key", key.as_deref().into()),
            ("program", Some(program).filter(|name| !name.is_empty()).into()),
            seconds,
            ("bytes_in", end.stats.bytes_in.into()),
            ("bytes_out", end.stats.bytes_out.into()),
            ("reason", reason.as_str().into()),
        ];
        self.log.write(level, "ended", &fields);
    }

    fn on_trouble(&self, trouble: &Trouble) {
        match trouble {
            Trouble::Accept { error } => self.log.write(
                Level::Error,
                "cannot accept connections, trying again; is the limit on open files (ulimit -n) too low?",
                &[("error", Value::Shown(error))],
            ),
            Trouble::Full {
                address,
                limit,
                times,
            } => self.log.write(
                Level::Warn,
                "turned away; see --max-connections, --max-connections-per-ip, --max-idle-per-ip",
                &[
                    ("peer", Value::Shown(address)),
                    ("reason", Value::Shown(limit)),
                    ("times", (*times).into()),
                ],
            ),
            other => {
                let trouble = format!("{other:?}");
                self.log
                    .write(Level::Error, "trouble", &[("trouble", Value::Shown(&trouble))]);
            }
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
