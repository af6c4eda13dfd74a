//! `rtmp probe`: plays a stream for some seconds, and says what it and its server are like.

mod observe;
mod report;
mod server;

use std::time::{Duration, Instant};

use clap::Args;
use rtmp_console::duration;
use rtmp_core::connection::client::{ClientEvent, PlayOptions, Role};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::url::{RtmpUrl, Scheme};
use rtmp_tokio::Client;
use tokio::time::sleep_until;

use crate::client::{Access, UrlArgument, block_on, millis, pings};
use crate::progress::Progress;
use crate::serve::Signals;
use crate::trust::{Doubt, UNVERIFIED};

pub use crate::client::Error;
pub use report::Report;

use observe::{Counts, Observer};
use report::{Received, RoundTrip, Status};
use server::{ServerFacts, TlsFacts, handshake_name};

/// The options of `rtmp probe`.
#[derive(Args, Clone, Debug)]
// A server of our own tells a player after 10 s that nobody publishes.
#[command(after_help = EXIT_STATUS, mut_arg("timeout", |timeout| timeout.default_value("15s")))]
pub struct Options {
    /// rtmp://[USER:PASSWORD@]HOST[:PORT]/APP/STREAM, or rtmps
    url: UrlArgument,

    /// How long to play, from the first message on; an hour is the most
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    duration: Duration,

    /// Write what was found out as JSON, also of a server that cannot be reached
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    access: Access,
}

const EXIT_STATUS: &str = "\
Examples:
  rtmp probe rtmp://127.0.0.1/live/room
  rtmp probe rtmps://HOST/live/KEY --json --duration 10s

The exit status is made for monitoring: 0 if the stream plays and nothing is \
wrong with it; 1 if the server cannot be reached, or refuses, also because \
nobody publishes the stream, which `rtmp serve` says after 10 s (its --wait); \
3 if the stream plays but is faulty (it stands still for 2 s, falls 2 s behind, ends, has no \
key frame, or tracks that are wrong as `rtmp inspect` finds them), or nothing \
comes within --timeout.";

/// Frames of all of it are kept in mind.
const LONGEST: Duration = Duration::from_secs(3600);

fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = duration::parse_some(text)?;
    if duration > LONGEST {
        return Err("an hour is the most; `rtmp pull` records, and `rtmp inspect` looks at that".to_owned());
    }
    Ok(duration)
}

/// From one ping to the next.
const PING_INTERVAL: Duration = Duration::from_millis(500);

/// A stream that is silent for so long stands still.
const MAX_SILENCE: Duration = Duration::from_secs(2);

/// Who plays a stream that is so far behind has run out of it.
const MAX_BEHIND: Duration = Duration::from_secs(2);

/// Probes a stream.
///
/// # Errors
///
/// [`Error`], if the command line makes no sense, or a signal came too early. A server that cannot be reached is a report.
pub fn run(options: &Options) -> Result<Report, Error> {
    let url = options.url.parse()?;
    let settings = options.access.settings(&[&url])?;
    block_on(|| probe(options, &url, settings))?
}

async fn probe(options: &Options, url: &RtmpUrl, settings: ClientSettings) -> Result<Report, Error> {
    let mut signals = Signals::of_client()?;
    let mut report = Report::new(url.redacted());
    let began = Instant::now();
    let since = |then: Instant| Some(millis(then.saturating_duration_since(began)));
    let connected = options
        .access
        .wait_for(Client::connect(url, Role::Player, settings));
    let connected = tokio::select! {
        connected = connected => connected,
        _ = signals.next() => return Err(Error::Interrupted),
    };
    let mut client = match connected {
        Ok(client) => client,
        Err(error) => {
            report.error = Some(error.to_string());
            return Ok(report);
        }
    };
    let times = client.call().times();
    report.times.dialled_ms = times.dialled.and_then(since);
    report.times.secured_ms = times
        .secured
        .filter(|_| url.scheme() == Scheme::Rtmps)
        .and_then(since);
    report.times.handshaken_ms = times.handshaken.and_then(since);
    report.times.connected_ms = times.connected.and_then(since);
    report.handshake = client.connection().handshake_kind().map(handshake_name);
    let tls = client
        .call()
        .open_transport()
        .and_then(|transport| transport.tls());
    report.tls = tls.map(|tls| TlsFacts::of(tls, !options.access.trust.insecure));
    let played = options.access.wait_for(client.play(PlayOptions::new(url.name())));
    let played = tokio::select! {
        played = played => played,
        _ = signals.next() => return Err(Error::Interrupted),
    };
    let playing = Instant::now();
    let mut probe = Probe {
        client,
        doubt: options.access.trust.doubt(url),
        observer: Observer::new(playing),
        server: None,
        pings: 0,
        trips: Vec::new(),
        ended: None,
        progress: Progress::new(),
    };
    match played {
        Ok(_) => {
            report.times.playing_ms = since(playing);
            probe.run(options, &mut signals).await;
        }
        // There are servers that do not answer before the stream is published.
        Err(Error::Unanswered(_)) => probe.drain(),
        Err(error) => {
            // What it said before it refused.
            probe.drain();
            report.server = probe.server;
            report.error = Some(error.to_string());
            return Ok(report);
        }
    }
    probe.progress.clear();
    let (counts, live) = probe.observer.finish(Instant::now());
    tokio::select! {
        // All that is of interest has been seen.
        _ = probe.client.close() => {}
        _ = signals.next() => {}
    }
    let later = |time: Option<Duration>| since(playing + time?);
    report.times.first_message_ms = later(counts.first_message);
    report.times.first_frame_ms = later(counts.first_frame);
    report.times.first_keyframe_ms = later(counts.first_keyframe);
    report.round_trip = RoundTrip::of(&probe.trips, probe.pings);
    report.received = Received::of(&counts);
    report.server = probe.server;
    report.faults = faults(&counts, probe.ended, options);
    let is_sound = report.faults.is_empty() && live.faults().next().is_none();
    report.status = if is_sound { Status::Plays } else { Status::Faulty };
    report.live = Some(live).filter(|live| !live.is_empty());
    Ok(report)
}

struct Probe {
    client: Client,
    doubt: Doubt,
    observer: Observer,
    server: Option<ServerFacts>,
    /// That were sent.
    pings: u32,
    trips: Vec<Duration>,
    /// Why the stream has ended, if it has.
    ended: Option<String>,
    progress: Progress,
}

impl Probe {
    /// Plays until it has been long enough, or the stream ends.
    async fn run(&mut self, options: &Options, signals: &mut Signals) {
        let mut pings = pings(PING_INTERVAL);
        let mut until = Instant::now() + options.access.timeout();
        let mut has_begun = false;
        while self.ended.is_none() {
            tokio::select! {
                _ = signals.next() => return,
                () = sleep_until(until.into()) => return,
                _ = pings.tick() => {
                    self.client.connection().ping(Instant::now());
                    self.pings = self.pings.saturating_add(1);
                }
                event = self.client.next() => self.event(event),
            }
            let now = Instant::now();
            if !has_begun && self.observer.first_message().is_some() {
                has_begun = true;
                until = now + options.duration;
            }
            let left = until.saturating_duration_since(now).as_secs_f64();
            self.progress.show(now, || match has_begun {
                true => format!("playing for {left:.1} s more"),
                false => format!("waiting for {left:.1} s more"),
            });
        }
    }

    fn event(&mut self, event: Option<Result<ClientEvent, CallError>>) {
        self.ended = match event {
            None => Some(CallError::Closed.to_string()),
            Some(Err(error)) => Some(error.to_string()),
            Some(Ok(ClientEvent::StreamRefused { rejection, .. })) => Some(rejection.to_string()),
            Some(Ok(ClientEvent::Ended { .. })) => Some("the stream has ended".to_owned()),
            Some(Ok(event)) => {
                self.news(event);
                None
            }
        };
    }

    fn news(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Media { message, .. } => self.observer.take(&message, Instant::now()),
            ClientEvent::Connected(properties) => {
                self.server = Some(ServerFacts::of(&properties));
                if self.doubt.has_come(&self.client) {
                    self.progress.print(UNVERIFIED);
                }
            }
            ClientEvent::Pong { round_trip } => self.trips.push(round_trip),
            _ => {}
        }
    }

    /// Takes what has happened already.
    fn drain(&mut self) {
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        while let std::task::Poll::Ready(Some(Ok(event))) = self.client.poll_next(&mut context) {
            self.news(event);
        }
    }
}

/// What is wrong with a stream, but for its tracks.
fn faults(counts: &Counts, ended: Option<String>, options: &Options) -> Vec<String> {
    let mut faults = Vec::new();
    if counts.first_message.is_none() && ended.is_none() {
        faults.push(Error::Silence(options.access.timeout()).to_string());
    } else if counts.has_video && counts.first_keyframe.is_none() {
        faults.push("no key frame came".to_owned());
    }
    if counts.silence >= MAX_SILENCE {
        faults.push(format!(
            "it stood still for {:.1} s",
            counts.silence.as_secs_f64()
        ));
    }
    if counts.behind >= MAX_BEHIND {
        faults.push(format!(
            "it came too slowly: in the end {:.1} s too late",
            counts.behind.as_secs_f64()
        ));
    }
    faults.extend(ended);
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        use clap::Parser;
        #[derive(Parser)]
        struct Cli {
            #[command(flatten)]
            options: Options,
        }
        let parse = |arguments: &[&str]| Cli::try_parse_from([&["rtmp", "rtmp://h/a/b"], arguments].concat());
        let options = parse(&[]).unwrap().options;
        let sound = Counts {
            first_message: Some(Duration::ZERO),
            first_frame: Some(Duration::ZERO),
            first_keyframe: Some(Duration::ZERO),
            has_video: true,
            ..Counts::default()
        };
        assert_eq!(faults(&sound, None, &options), [""; 0]);
        let faulty = |counts: Counts, ended| faults(&counts, ended, &options).join("; ");
        assert!(faulty(Counts::default(), None).contains("nothing came within 15s"));
        let first_keyframe = None;
        assert!(
            faulty(
                Counts {
                    first_keyframe,
                    ..sound
                },
                None
            )
            .contains("no key frame")
        );
        let silence = Duration::from_secs(3);
        assert!(faulty(Counts { silence, ..sound }, None).contains("still for 3.0 s"));
        let behind = Duration::from_millis(2500);
        assert!(faulty(Counts { behind, ..sound }, None).contains("2.5 s too late"));
        assert!(faulty(sound, Some("the stream has ended".to_owned())).contains("ended"));
        assert!(parse(&["--duration", "2h"]).is_err());
    }
}
