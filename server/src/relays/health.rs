//! How a relay fares: when it tries again, and what the log says of it.

use std::sync::Arc;
use std::time::Duration;

use rtmp_console::Journal;
use rtmp_core::connection::Error;
use rtmp_core::connection::client::NotFollowed;
use rtmp_core::host::CallError;
use rtmp_core::hub::StreamKey;
use rtmp_core::url::RtmpUrl;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::back_off::BackOff;
use super::loops::{self, LOOP};
use super::outages::{Concerned, Outage, Outages, is_due};
use crate::trust::is_unvouched_for;

/// What is said where nobody is verified.
pub(super) const UNVERIFIED: &str = "insecure: any certificate is taken, also that of who stands in between";

/// What to do about a certificate that nobody vouches for: the words are those of the configuration and of the command line.
const REMEDY: &str = "; ca names certificates to trust, insecure trusts anybody";

/// One relay, from its start on.
#[derive(Debug)]
pub(super) struct Health {
    label: Label,
    back_off: BackOff,
    /// When it began to fare well.
    well_since: Option<Instant>,
    /// When it ceased to.
    ill_since: Option<Instant>,
    /// What it can't reach, as long as it can't, and all who can't.
    outage: Option<Concerned>,
    outages: Arc<Outages>,
    told: Option<(String, Instant)>,
    told_of_silence: Option<Instant>,
    /// Since when a stream stands still that had come, if that has been told.
    still_since: Option<Instant>,
    skipped: Skipped,
}

/// What the other server was too slow for.
#[derive(Debug, Default)]
struct Skipped {
    all: u64,
    /// Since that was told last.
    untold: u64,
    told: Option<Instant>,
}

/// Why a relay does not run.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the other server sends nothing: is the stream published there, and under this name?")]
    Silence,
    #[error("the stream stands still there: nothing of it has come for {} seconds", .0.as_secs())]
    Still(Duration),
    #[error("the other server has ended the stream")]
    Closed,
    /// Told only where there is another server to ask.
    #[error("the stream has ended there")]
    Ended,
}

/// A relay in the log.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// "pull" or "push".
    pub(super) relay: &'static str,
    /// The stream here.
    pub(super) key: String,
    /// The other server, and what the stream is called there.
    pub(super) url: String,
    server: String,
    /// What the other server may repeat of that, and how it is shown.
    names: [(String, String); 2],
}

impl Label {
    pub(super) fn new(relay: &'static str, key: &StreamKey, url: &RtmpUrl, journal: &Journal) -> Self {
        let name = url.name();
        let path = |text: &str| {
            text.split('?')
                .next()
                .unwrap_or_default()
                .trim_matches('/')
                .to_owned()
        };
        let there = StreamKey::new(format!("{}/{}", path(url.app()), path(&name)));
        let server = server_of(url);
        Self {
            relay,
            key: journal.shown(key),
            url: format!("{server}/{}", journal.shown(&there)),
            server,
            names: [name.into_owned(), path(&url.name())].map(|name| {
                let shown = journal.shown(&StreamKey::new(format!("/{}", path(&name))));
                (name, shown.trim_start_matches('/').to_owned())
            }),
        }
    }

    /// What is said of an error. Servers like to repeat what a stream is called.
    fn reason(&self, error: &Trouble) -> String {
        let reason = error.to_string();
        let rejection = match error {
            Trouble::Call(CallError::Connection(Error::Rejected(rejection))) => rejection,
            Trouble::Call(CallError::Tls(error)) if is_unvouched_for(error) => return reason + REMEDY,
            Trouble::Call(CallError::Tls(error)) if error.is_untrusted() => {
                return reason + "; insecure trusts anybody";
            }
            _ => return reason,
        };
        let said = &rejection.status.description;
        if said.is_empty() {
            return reason;
        }
        reason.replace(said.as_str(), &self.hide_names(said))
    }

    fn hide_names(&self, said: &str) -> String {
        let names = self.names.iter();
        names.fold(said.to_owned(), |said, (name, shown)| {
            replace_word(&said, name, shown)
        })
    }
}

/// A server as a log may show it: without user, password, stream and query.
pub(super) fn server_of(url: &RtmpUrl) -> String {
    // The host as it is written, for IPv6 in brackets.
    let tc_url = url.tc_url();
    tc_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

impl Health {
    pub(super) fn new(label: Label, outages: Arc<Outages>) -> Self {
        Self {
            label,
            outage: None,
            outages,
            back_off: BackOff::new(loops::random()),
            well_since: None,
            ill_since: None,
            told: None,
            told_of_silence: None,
            still_since: None,
            skipped: Skipped::default(),
        }
    }

    /// The other server does its part.
    pub(super) fn well(&mut self) {
        let Label { relay, key, url, .. } = &self.label;
        if let Some(since) = self.still_since.take() {
            info!(relay, key, url, after = seconds(since.elapsed()), "relay goes on");
        }
        if self.well_since.is_some() {
            return;
        }
        self.well_since = Some(Instant::now());
        self.told = None;
        self.outage = None;
        match self.ill_since.take() {
            Some(since) => info!(relay, key, url, after = seconds(since.elapsed()), "relay healed"),
            None => info!(relay, key, url, "relay runs"),
        }
    }

    /// For how long it has done so until now.
    pub(super) fn went_well(&self) -> Duration {
        self.well_since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Somebody waits for an answer: the next try is not long in coming.
    pub(super) const fn is_waited_for(&mut self) {
        self.back_off.begin_again();
    }

    /// It does not. Returns how long to wait before it is asked again, unless another one is asked first (`moves_on`).
    pub(super) fn failed(&mut self, error: &Trouble, moves_on: bool) -> Duration {
        let mut wait = self.back_off.after(self.went_well());
        let went_well = self.well_since.take();
        self.still_since = None;
        self.ill_since.get_or_insert_with(Instant::now);
        let what = match error {
            error if is_loop(error) => {
                wait = loops::LONG_WAIT;
                "relay refused: it leads in a loop, and one of the relays in it has to go"
            }
            _ if went_well.is_some() => "relay lost",
            Trouble::Call(CallError::Connection(Error::Rejected(_))) => "relay refused",
            _ => "relay does not come about",
        };
        let reason = self.label.reason(error);
        let told = self.tell(error, &reason);
        let Label { relay, key, url, .. } = &self.label;
        let next_try = (!moves_on).then(|| seconds(wait));
        let then = moves_on.then_some("the next source");
        match told {
            Some(streams) => {
                let streams = Some(streams).filter(|&streams| streams > 1);
                warn!(relay, key, url, streams, reason, next_try, then, "{what}");
            }
            None => debug!(relay, key, url, reason, next_try, then, "{what}"),
        }
        wait
    }

    /// How many streams this concerns, if it is to be told. What a server says of a stream, or fails to send, is told of each.
    fn tell(&mut self, error: &Trouble, reason: &str) -> Option<usize> {
        let is_of_server = match error {
            Trouble::Call(CallError::Connection(Error::Rejected(_)))
            | Trouble::Silence
            | Trouble::Still(_)
            | Trouble::Closed
            | Trouble::Ended => false,
            Trouble::Call(_) => true,
        };
        if !is_of_server {
            self.outage = None;
            let is_told = matches!(&self.told, Some((told, at)) if told == reason && !is_due(Some(*at)));
            self.told.take_if(|_| !is_told);
            self.told
                .get_or_insert_with(|| (reason.to_owned(), Instant::now()));
            return (!is_told).then_some(1);
        }
        let outage = Outage {
            relay: self.label.relay,
            server: self.label.server.clone(),
            reason: reason.to_owned(),
        };
        if !self
            .outage
            .as_ref()
            .is_some_and(|concerned| concerned.is_by(&outage))
        {
            self.outage = Some(self.outages.concern(outage));
        }
        self.outage.as_ref().and_then(Concerned::tell)
    }

    /// The other server takes less than is published. It may do so for hours.
    pub(super) fn too_slow(&mut self, messages: u64) {
        let Label { relay, key, url, .. } = &self.label;
        let Skipped { all, untold, told } = &mut self.skipped;
        *all = all.saturating_add(messages);
        *untold = untold.saturating_add(messages);
        if is_due(*told) {
            *told = Some(Instant::now());
            let messages = std::mem::take(untold);
            warn!(relay, key, url, messages, "relay too slow, skipped");
        }
    }

    /// The other server sends nothing, for which it has time.
    pub(super) fn silent(&mut self) {
        if is_due(self.told_of_silence) {
            self.told_of_silence = Some(Instant::now());
            let Label { relay, key, url, .. } = &self.label;
            let reason = Trouble::Silence.to_string();
            warn!(relay, key, url, reason, "relay waits");
        }
    }

    /// Nothing of a stream has come for so long that had come. It is waited for.
    pub(super) fn stands_still(&mut self, time: Duration) {
        self.still_since = Instant::now().checked_sub(time);
        let Label { relay, key, url, .. } = &self.label;
        let reason = Trouble::Still(time).to_string();
        warn!(relay, key, url, reason, "relay waits");
    }

    /// The other server asks to connect elsewhere, which is not done. It will hang up, perhaps.
    pub(super) fn stays(&self, reason: NotFollowed) {
        let Label { relay, key, url, .. } = &self.label;
        let reason = reason.to_string();
        warn!(
            relay,
            key, url, reason, "relay stays, though its server asks it to connect elsewhere"
        );
    }

    /// The other server has led from RTMP to RTMPS, and any certificate is taken there.
    pub(super) fn unverified(&self) {
        let Label { relay, key, url, .. } = &self.label;
        warn!(relay, key, url, "{UNVERIFIED}");
    }

    /// Somebody here publishes the stream.
    pub(super) fn gives_way(&self) {
        let Label { relay, key, url, .. } = &self.label;
        info!(
            relay,
            key, url, "relay waits: somebody else publishes the stream here"
        );
    }

    /// It is not wanted any more.
    pub(super) fn ended(&self) {
        let Label { relay, key, url, .. } = &self.label;
        let skipped = Some(self.skipped.all).filter(|&skipped| skipped > 0);
        info!(relay, key, url, skipped, "relay ended");
    }
}

/// Where the word stands for itself.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word).filter(|_| !word.is_empty()) {
        let is_part = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        replaced += before;
        replaced += if is_part { word } else { with };
        rest = after;
    }
    replaced + rest
}

/// Whether a server has found itself in the stream's way.
fn is_loop(error: &Trouble) -> bool {
    match error {
        Trouble::Call(CallError::Connection(Error::Rejected(rejection))) => {
            rejection.status.description.contains(LOOP)
        }
        _ => false,
    }
}

/// Seconds to the tenth.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::super::outages::TELL_EVERY;
    use super::*;

    fn label(url: &str) -> String {
        let journal = Journal::new(false);
        Label::new("push", &"live/0123456789".into(), &url.parse().unwrap(), &journal).url
    }

    #[test]
    fn the_log_has_no_password_and_no_key() {
        assert_eq!(
            label("rtmp://me:secret@a.example:1936/live/0123456789?token=secret"),
            "rtmp://a.example:1936/live/0123…"
        );
        assert_eq!(label("rtmps://[::1]/live/0123456789"), "rtmps://[::1]/live/0123…");
        assert_eq!(label("rtmp://h/app?x=secret/0123456789"), "rtmp://h/app/0123…");
    }

    #[test]
    fn nor_has_it_what_a_server_repeats() {
        let label = |show_keys| {
            let url = "rtmp://a.example/live/0123456789?token=secret".parse().unwrap();
            Label::new("push", &"live/x".into(), &url, &Journal::new(show_keys))
        };
        for said in [
            "live/0123456789: somebody else publishes",
            "0123456789?token=secret is taken",
        ] {
            let shown = label(false).hide_names(said);
            assert!(shown.contains("0123…") && !shown.contains("456"), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
        let shown = label(true).hide_names("live/0123456789: taken");
        assert_eq!(shown, "live/0123456789: taken");
        assert_eq!(replace_word("a at a, data", "a", "…"), "… at …, data");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_until_it_has_gone_well_for_a_minute() {
        let url = "rtmp://a.example/live/x".parse().unwrap();
        let journal = Journal::new(false);
        let mut health = Health::new(
            Label::new("pull", &"live/x".into(), &url, &journal),
            Arc::default(),
        );
        for _ in 0..8 {
            health.failed(&CallError::Closed.into(), false);
        }
        health.well();
        tokio::time::advance(BackOff::HEALTHY).await;
        assert!(health.failed(&CallError::Closed.into(), false) <= BackOff::FIRST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_is_dead_is_told_of_once_for_all_streams_that_go_there() {
        let outages = Arc::default();
        let health = |stream: &str| {
            let url = format!("rtmp://a.example/live/{stream}").parse().unwrap();
            let label = Label::new("push", &stream.into(), &url, &Journal::new(false));
            Health::new(label, Arc::clone(&outages))
        };
        let (mut one, mut two, mut three) = (health("live/1"), health("live/2"), health("live/3"));
        let closed: Trouble = CallError::Closed.into();
        let tell = |health: &mut Health| health.tell(&closed, "closed");
        assert_eq!([&mut one, &mut two, &mut three].map(tell), [Some(1), None, None]);
        two.well();
        tokio::time::advance(TELL_EVERY).await;
        assert_eq!([&mut three, &mut one].map(tell), [Some(2), None]);
        // What it says of a stream, or does not send, is that one's own.
        assert_eq!(
            [&mut one, &mut three].map(|health| health.tell(&Trouble::Silence, "silence")),
            [Some(1), Some(1)]
        );
        assert_eq!(one.tell(&Trouble::Silence, "silence"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_is_slow_for_hours_is_told_of_once_a_minute() {
        let url = "rtmp://a.example/live/x".parse().unwrap();
        let journal = Journal::new(false);
        let mut health = Health::new(
            Label::new("push", &"live/x".into(), &url, &journal),
            Arc::default(),
        );
        let mut untold = Vec::new();
        for _ in 0..61 {
            health.too_slow(5);
            untold.push(health.skipped.untold);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!((untold[0], untold[59], untold[60]), (0, 59 * 5, 0));
        assert_eq!(health.skipped.all, 61 * 5);
    }
}
