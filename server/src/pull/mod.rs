//! `rtmp pull`: records a stream.

mod output;
mod report;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use rtmp_console::duration;
use rtmp_core::connection::client::{ClientEvent, PlayOptions, Role};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::media::MediaMessage;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Client;
use tokio::time::sleep_until;

use crate::client::{
    Access, BitRate, Bytes, Clock, Millis, PING_INTERVAL, Rate, UrlArgument, block_on, not_followed, pings,
};
use crate::progress::Progress;
use crate::serve::Signals;
use crate::timeline::{Timeline, is_frame};
use crate::trust::{Doubt, UNVERIFIED};

pub use crate::client::Error;
pub use report::Report;

use output::{Output, Place};
use report::{End, Received};

/// The options of `rtmp pull`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// rtmp://[USER:PASSWORD@]HOST[:PORT]/APP/STREAM, or rtmps
    url: UrlArgument,

    /// The FLV file to write; - for the standard output. A named pipe gets the stream as the standard output does
    file: PathBuf,

    /// End when so much has been recorded; without it, when the stream ends
    #[arg(long, value_name = "TIME", value_parser = duration::parse_some)]
    duration: Option<Duration>,

    /// Replace a file that is there
    #[arg(long)]
    overwrite: bool,

    /// Write what was recorded as JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    access: Access,
}

const EXAMPLES: &str = "\
Examples:
  rtmp pull rtmp://127.0.0.1/live/room room.flv --duration 1h
  rtmp pull rtmps://HOST/live/KEY - | ffmpeg -i - -c copy room.mp4

Ctrl-C, kill and, on Linux, the end of the terminal (unless nohup has it go \
on) end a recording as its stream's end does: the file is whole, with its \
duration and an index of its key frames. Timestamps begin at zero.

A stream that stands still, of which nothing comes for as long as --timeout \
says, is taken for lost: let it be longer for one that pauses.

The exit status is 0 if the stream was recorded to its end, for its duration \
or until it was interrupted, 3 if the server, the connection or a full disk \
broke it off, or it stood still (the file is whole up to there), and 1 if \
nothing was recorded.";

/// Records a stream.
///
/// # Errors
///
/// [`Error`], if nothing was recorded.
pub fn run(options: &Options) -> Result<Report, Error> {
    let url = options.url.parse()?;
    let settings = options.access.settings(&[&url])?;
    let place = Place::new(&options.file, options.overwrite);
    place
        .check()
        .map_err(|source| Error::of_file(&options.file, source))?;
    block_on(|| pull(options, &url, settings, place))?
}

async fn pull(
    options: &Options,
    url: &RtmpUrl,
    settings: ClientSettings,
    place: Place,
) -> Result<Report, Error> {
    let mut signals = Signals::of_client()?;
    let access = &options.access;
    let played = async {
        let mut client = access.connect(url, Role::Player, settings).await?;
        match access.wait_for(client.play(PlayOptions::new(url.name()))).await {
            Ok(_) => Ok(client),
            // There are servers that do not answer before the stream is published.
            Err(Error::Unanswered(time)) => Err(Error::Silence(time)),
            Err(error) => Err(error),
        }
    };
    let client = tokio::select! {
        played = played => played?,
        _ = signals.next() => return Err(Error::Interrupted),
    };
    let began = Instant::now();
    let mut pull = Pull {
        client,
        doubt: access.trust.doubt(url),
        output: Output::open(place)?,
        timeline: Timeline::from_zero(),
        duration: options.duration,
        until: began + FAR,
        timeout: access.timeout(),
        still_at: began + access.timeout(),
        has_frames: false,
        rate: Rate::new(began),
        round_trip: None,
        progress: Progress::new(),
    };
    let end = pull.run(&mut signals).await;
    pull.progress.clear();
    let received = Received {
        time: began.elapsed(),
        media: pull.recorded(),
        bytes: pull.rate.bytes(),
        round_trip: pull.round_trip,
    };
    let Pull {
        mut client,
        output,
        has_frames,
        ..
    } = pull;
    let written = tokio::select! {
        written = output.finish() => written,
        _ = signals.next() => return Err(Error::Interrupted),
    };
    let written = written.map_err(|source| Error::of_file(&options.file, source))?;
    tokio::select! {
        // The file is what counts.
        _ = client.close() => {}
        _ = signals.next() => {}
    }
    match end {
        None => Err(Error::Silence(access.timeout())),
        Some(End::Interrupted) if !has_frames => Err(Error::Interrupted),
        Some(End::Lost(reason)) if !has_frames => Err(Error::Lost(reason)),
        Some(_) if !has_frames => Err(Error::Nothing),
        Some(end) => {
            let names = (url.redacted(), options.file.display().to_string());
            Ok(Report::new(names, end, written, received))
        }
    }
}

struct Pull {
    client: Client,
    doubt: Doubt,
    output: Output,
    timeline: Timeline,
    duration: Option<Duration>,
    /// When it is over, whatever comes.
    until: Instant,
    timeout: Duration,
    /// When it will have stood still for so long, unless a frame comes.
    still_at: Instant,
    has_frames: bool,
    rate: Rate,
    round_trip: Option<Duration>,
    progress: Progress,
}

/// A recording of so many seconds ends so much later at the latest, should the stream stand still.
const GRACE: Duration = Duration::from_secs(5);

/// Long enough to be no limit.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl Pull {
    /// Records until something ends it; `None` if nothing comes.
    async fn run(&mut self, signals: &mut Signals) -> Option<End> {
        let mut pings = pings(PING_INTERVAL);
        loop {
            let event = tokio::select! {
                biased;
                _ = signals.next() => return Some(End::Interrupted),
                // What has come while this program was stopped itself has come.
                event = self.client.next() => event,
                _ = pings.tick() => {
                    self.client.connection().ping(Instant::now());
                    self.show();
                    continue;
                }
                () = sleep_until(self.until.into()) => return Some(End::LongEnough),
                () = sleep_until(self.still_at.into()) => {
                    return self.has_frames.then(|| End::stands_still(self.timeout));
                }
            };
            let message = match event {
                Some(Ok(ClientEvent::Media { message, .. })) => message,
                event => match self.event(event) {
                    Some(end) => return Some(end),
                    None => continue,
                },
            };
            tokio::select! {
                end = self.message(message) => if end.is_some() {
                    return end;
                },
                _ = signals.next() => return Some(End::Interrupted),
            }
        }
    }

    fn event(&mut self, event: Option<Result<ClientEvent, CallError>>) -> Option<End> {
        match event {
            None => Some(End::Lost(CallError::Closed.to_string())),
            Some(Err(error)) => Some(End::Lost(error.to_string())),
            Some(Ok(ClientEvent::StreamRefused { rejection, .. })) => Some(End::Lost(rejection.to_string())),
            Some(Ok(ClientEvent::Ended { .. })) => Some(End::Complete),
            Some(Ok(ClientEvent::Connected(_))) if self.doubt.has_come(&self.client) => {
                self.progress.print(UNVERIFIED);
                None
            }
            Some(Ok(ClientEvent::Pong { round_trip })) => {
                self.round_trip = Some(round_trip);
                None
            }
            Some(Ok(ClientEvent::ReconnectDeclined { reason, .. })) => {
                self.progress.print(&not_followed(reason));
                None
            }
            // On another connection, to which the server has sent us.
            Some(Ok(ClientEvent::Playing { .. })) => {
                self.timeline.restart();
                self.still_at = Instant::now() + self.timeout;
                None
            }
            Some(Ok(_)) => None,
        }
    }

    async fn message(&mut self, message: MediaMessage) -> Option<End> {
        let now = Instant::now();
        let message = self.timeline.place(message, now)?;
        let is_frame = is_frame(message.class());
        if is_frame && !self.has_frames {
            self.has_frames = true;
            self.until = now + self.duration.map_or(FAR, |duration| duration + GRACE);
        }
        if is_frame && self.duration.is_some_and(|duration| self.recorded() >= duration) {
            return Some(End::LongEnough);
        }
        self.rate.add(message.payload.len(), now);
        let is_written = self.output.write(message).await;
        if is_frame {
            // Who reads the standard output may have kept us waiting.
            self.still_at = Instant::now() + self.timeout;
        }
        self.show();
        (!is_written).then_some(End::Closed)
    }

    /// From zero to the last frame.
    fn recorded(&self) -> Duration {
        let millis = self.timeline.last().unwrap_or_default();
        Duration::from_millis(millis.try_into().unwrap_or_default())
    }

    fn show(&mut self) {
        let now = Instant::now();
        let (recorded, bytes) = (Clock(self.recorded()), Bytes(self.rate.bytes()));
        let (rate, round_trip) = (self.rate.bits_per_second(now), Millis(self.round_trip));
        self.progress.show(now, || {
            format!("{recorded}  {bytes}  {}  round trip {round_trip}", BitRate(rate))
        });
    }
}
