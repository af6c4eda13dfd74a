//! `rtmp push`: publishes an FLV file at the pace of its timestamps.

mod report;
mod source;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use rtmp_console::duration;
use rtmp_core::connection::client::{ClientEvent, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::media::{Class, Headers, MediaKind, MediaMessage};
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Client;
use tokio::time::sleep_until;

use crate::client::{
    Access, BitRate, Clock, Millis, PING_INTERVAL, Pace, Rate, UrlArgument, block_on, not_followed,
    parse_speed, pings,
};
use crate::progress::Progress;
use crate::serve::Signals;
use crate::timeline::{Splice, is_frame, timestamp};
use crate::trust::{Doubt, UNVERIFIED};

pub use crate::client::Error;
pub use report::Report;

use report::{End, Sent};
use source::{Part, Plan, Source};

/// The options of `rtmp push`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// An FLV file; - for the standard input
    file: PathBuf,

    /// rtmp://[USER:PASSWORD@]HOST[:PORT]/APP/STREAM, or rtmps
    url: UrlArgument,

    /// Begin anew at the end of the file, until interrupted; not of a pipe
    #[arg(long = "loop")]
    is_endless: bool,

    /// How fast: 2 is twice as fast as the file's timestamps say
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = parse_speed)]
    speed: f64,

    /// Begin so far behind the file's beginning, at the next key frame
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration::parse)]
    start: Duration,

    /// Write what was sent as JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    access: Access,
}

const EXAMPLES: &str = "\
Examples:
  rtmp push clip.flv rtmp://127.0.0.1/live/room --loop
  ffmpeg -i clip.mp4 -c copy -f flv - | rtmp push - rtmps://HOST/live/KEY

The exit status is 0 if the file was sent to its end (or until Ctrl-C), 3 if \
the server or the connection ended it before, or parts of the file could not \
be read, and 1 if nothing was sent.";

/// Publishes a file.
///
/// # Errors
///
/// [`Error`], if nothing was sent.
pub fn run(options: &Options) -> Result<Report, Error> {
    let url = options.url.parse()?;
    let settings = options.access.settings(&[&url])?;
    block_on(|| push(options, &url, settings))?
}

async fn push(options: &Options, url: &RtmpUrl, settings: ClientSettings) -> Result<Report, Error> {
    let mut signals = Signals::of_client()?;
    let plan = Plan {
        is_endless: options.is_endless,
        start: options.start,
    };
    let file = &options.file;
    let mut source = Source::open(file, plan).map_err(|source| Error::of_file(file, source))?;
    // Nothing is published of what is no file.
    let first = tokio::select! {
        first = source.next() => first,
        _ = signals.next() => return Err(Error::Interrupted),
    };
    let first = match first {
        Some(Part::Message { message, offset }) => (message, offset),
        Some(Part::Skipped) => {
            let (file, start) = (file.clone(), options.start);
            return Err(Error::TooShort { file, start });
        }
        other => {
            let damage = match other {
                Some(Part::Warning(damage)) => Some(damage),
                _ => None,
            };
            let file = file.clone();
            return Err(Error::NoFlv { file, damage });
        }
    };
    let (client, stream) = tokio::select! {
        published = publish(&options.access, url, settings) => published?,
        _ = signals.next() => return Err(Error::Interrupted),
    };
    let doubt = options.access.trust.doubt(url);
    let mut push = Push::new(client, stream, doubt, options, &source);
    push.schedule(first.0, first.1);
    let began = Instant::now();
    let end = push.run(&mut source, &mut signals).await;
    let time = began.elapsed();
    let sent = push.end(&mut signals).await;
    if let (End::Lost(reason), 0) = (&end, sent.bytes) {
        return Err(Error::Lost(reason.clone()));
    }
    Ok(Report::new(url.redacted(), sent, time, end))
}

/// Connects, and waits until the server takes the stream.
async fn publish(
    access: &Access,
    url: &RtmpUrl,
    settings: ClientSettings,
) -> Result<(Client, StreamHandle), Error> {
    let mut client = access.connect(url, Role::Publisher, settings).await?;
    let published = client.publish(url.name(), PublishMode::Live);
    let stream = access.wait_for(published).await?;
    Ok((client, stream))
}

struct Push {
    client: Client,
    stream: StreamHandle,
    doubt: Doubt,
    /// What has been sent of them, and is in force.
    headers: Headers,
    pace: Pace,
    splice: Splice,
    next: Option<Scheduled>,
    file: String,
    is_endless: bool,
    /// Bytes of it, unless it is a pipe.
    len: Option<u64>,
    rate: Rate,
    /// The place of the first frame.
    origin: Option<i64>,
    /// From there to the last one.
    position: Duration,
    /// How late that was sent.
    late: Duration,
    sent: Sent,
    /// Since when the server owes the answer to a ping.
    asked: Option<Instant>,
    timeout: Duration,
    progress: Progress,
}

/// A message that waits for its time.
struct Scheduled {
    message: MediaMessage,
    offset: u64,
    due: Instant,
}

impl Push {
    fn new(client: Client, stream: StreamHandle, doubt: Doubt, options: &Options, source: &Source) -> Self {
        Self {
            client,
            stream,
            doubt,
            headers: Headers::default(),
            pace: Pace::new(options.speed),
            splice: Splice::default(),
            next: None,
            file: options.file.display().to_string(),
            is_endless: options.is_endless,
            len: source.len(),
            rate: Rate::new(Instant::now()),
            origin: None,
            position: Duration::ZERO,
            late: Duration::ZERO,
            sent: Sent {
                rounds: 1,
                ..Sent::default()
            },
            asked: None,
            timeout: options.access.timeout(),
            progress: source.len().map_or_else(Progress::new, Progress::to),
        }
    }

    /// Sends until the file, a signal or the server ends it.
    async fn run(&mut self, source: &mut Source, signals: &mut Signals) -> End {
        let mut pings = pings(PING_INTERVAL);
        loop {
            let due = self.next.as_ref().map(|next| next.due);
            let overdue = self.asked.map(|asked| asked + self.timeout);
            // There are servers that answer none.
            let answers = self.sent.round_trip.is_some();
            tokio::select! {
                biased;
                _ = signals.next() => return End::Interrupted,
                // What has come while this program was stopped itself has come.
                event = self.client.next() => if let Err(reason) = self.hear(event) {
                    return End::Lost(reason);
                },
                () = sleep_until(overdue.unwrap_or_else(Instant::now).into()), if answers && overdue.is_some() => {
                    let timeout = self.timeout;
                    return End::Lost(format!(
                        "the server has answered nothing for {timeout:?}; --timeout waits longer"
                    ));
                }
                _ = pings.tick() => {
                    let now = Instant::now();
                    self.client.connection().ping(now);
                    self.asked.get_or_insert(now);
                }
                part = source.next(), if due.is_none() => match part {
                    Some(part) => self.part(part),
                    None => return End::Complete,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                    let sent = tokio::select! {
                        sent = self.send() => sent,
                        _ = signals.next() => return End::Interrupted,
                    };
                    if let Err(reason) = sent {
                        return End::Lost(reason);
                    }
                }
            }
        }
    }

    /// What the server says, or why it says nothing any more.
    fn hear(&mut self, event: Option<Result<ClientEvent, CallError>>) -> Result<(), String> {
        let event = event
            .unwrap_or(Err(CallError::Closed))
            .map_err(|error| error.to_string())?;
        self.asked = None;
        match event {
            ClientEvent::Connected(_) if self.doubt.has_come(&self.client) => self.progress.print(UNVERIFIED),
            ClientEvent::Pong { round_trip } => self.sent.round_trip = Some(round_trip),
            ClientEvent::ReconnectDeclined { reason, .. } => self.progress.print(&not_followed(reason)),
            ClientEvent::StreamRefused { rejection, .. } => return Err(rejection.to_string()),
            // If it ends with its connection, that will say why.
            ClientEvent::StreamClosed { .. } if !self.client.connection().is_over() => {
                return Err("the server has ended the stream".to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Message { message, offset } => self.schedule(message, offset),
            Part::Round => {
                self.splice.begin();
                self.sent.rounds += 1;
            }
            // Known before anything was published.
            Part::Skipped => {}
            Part::Warning(warning) => self.warn(warning),
        }
    }

    /// What is wrong with the file is the same in every round.
    fn warn(&mut self, warning: String) {
        if !self.sent.warnings.contains(&warning) {
            self.progress.print(&format!("rtmp: {}: {warning}", self.file));
            self.sent.warnings.push(warning);
        }
    }

    fn schedule(&mut self, message: MediaMessage, offset: u64) {
        let now = Instant::now();
        let class = message.class();
        if self.is_endless
            && (class == Class::SequenceEnd || self.sent.rounds > 1 && self.headers.has(&message))
        {
            // The stream goes on; and players take metadata in the midst of it for something else.
            return;
        }
        let place = self.splice.place(&message);
        let message = MediaMessage {
            timestamp: timestamp(place),
            ..message
        };
        // Headers go with the frame behind them.
        let due = if is_frame(class) {
            let origin = *self.origin.get_or_insert(place);
            let position = place.saturating_sub(origin);
            self.position = Duration::from_millis(position.try_into().unwrap_or_default());
            self.pace.due(place, now)
        } else {
            now
        };
        self.next = Some(Scheduled { message, offset, due });
    }

    /// Sends what is due. It is still due when the future is dropped.
    async fn send(&mut self) -> Result<(), String> {
        let Some(Scheduled { message, offset, due }) = &self.next else {
            return Ok(());
        };
        let sent = self.client.send(self.stream, message.clone()).await;
        sent.map_err(|error| error.to_string())?;
        self.headers.note(message);
        let now = Instant::now();
        self.late = now.saturating_duration_since(*due);
        if self.late >= PING_INTERVAL {
            // The server takes what it can, and a ping stands in line behind that.
            self.asked = None;
        }
        self.sent.latest = self.sent.latest.max(self.late);
        self.sent.media = self.sent.media.max(self.position);
        self.rate.add(message.payload.len(), now);
        match message.kind {
            MediaKind::Video => self.sent.video += 1,
            MediaKind::Audio => self.sent.audio += 1,
            MediaKind::Data => self.sent.data += 1,
        }
        let done = *offset;
        self.next = None;
        self.show(now, done);
        Ok(())
    }

    fn show(&mut self, now: Instant, done: u64) {
        let (position, late) = (Clock(self.sent.media), Millis(Some(self.late)));
        let (rate, round_trip) = (self.rate.bits_per_second(now), Millis(self.sent.round_trip));
        let of = self.len.map_or(0, |len| done.min(len));
        self.progress.show_at(now, of, || {
            format!(
                "{position}  {}  {late} late  round trip {round_trip}",
                BitRate(rate)
            )
        });
    }

    /// Says farewell, and what there is to report.
    async fn end(mut self, signals: &mut Signals) -> Sent {
        self.progress.clear();
        tokio::select! {
            _ = self.client.close() => {}
            _ = signals.next() => {}
        }
        self.sent.bytes = self.rate.bytes();
        self.sent
    }
}
