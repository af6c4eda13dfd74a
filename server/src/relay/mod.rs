//! `rtmp relay`: plays a stream from one server, and publishes it to another.
//!
//! Between the two stands a hub, as in a server: the target is given headers and a key frame wherever it comes in, skips what
//! it is too slow for, and either end may come and go without the other's being disturbed.

mod source;
mod target;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use clap::Args;
use rtmp_console::{Format, Level, Settings};
use rtmp_core::host::ClientSettings;
use rtmp_core::hub::StreamKey;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Server;

use crate::client::{Access, UrlArgument, block_on, seconds};
use crate::relays::BackOff;
use crate::serve::Signals;

pub use crate::client::Error;

use source::Source;
use target::Target;

/// The options of `rtmp relay`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXIT_STATUS)]
pub struct Options {
    /// Where to play: rtmp://[USER:PASSWORD@]HOST[:PORT]/APP/STREAM, or rtmps
    from: UrlArgument,

    /// Where to publish, likewise
    to: UrlArgument,

    /// How much to log: off, error, warn, info, debug
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: Level,

    /// What lines of the log look like: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: Format,

    #[command(flatten)]
    access: Access,
}

const EXIT_STATUS: &str = "\
Examples:
  rtmp relay rtmp://127.0.0.1/live/room rtmps://HOST/live/KEY

It goes on until Ctrl-C: what cannot be reached, refuses or breaks off is tried \
again, after a second at first and half a minute at most, and the log says so. \
Timestamps go on rising, whichever end comes back.

The exit status is 0 when it is interrupted, and 1 if what the command line \
says makes no sense.";

/// Relays a stream until a signal ends it.
///
/// # Errors
///
/// [`Error`], before the first connection.
pub fn run(options: &Options) -> Result<(), Error> {
    let (from, to) = (options.from.parse()?, options.to.parse()?);
    if place(&from) == place(&to) {
        return Err(Error::SameStream(from.redacted()));
    }
    let settings = options.access.settings(&[&from, &to])?;
    let log = Settings {
        log_level: options.log_level,
        log_format: options.log_format,
        ..Settings::default()
    };
    log.start_log();
    block_on(|| relay(options, &from, &to, settings))?
}

/// The server, and what the stream is called there.
fn place(url: &RtmpUrl) -> (String, u16, String) {
    let host = url.host().to_ascii_lowercase();
    (host, url.port(), format!("{}/{}", url.app(), url.name()))
}

async fn relay(
    options: &Options,
    from: &RtmpUrl,
    to: &RtmpUrl,
    settings: ClientSettings,
) -> Result<(), Error> {
    let mut signals = Signals::new()?;
    let hub = Server::builder().bind().await.map_err(std::io::Error::from)?;
    let (handle, key) = (hub.handle(), StreamKey::new("relay"));
    let publisher = handle.publish(&key).map_err(std::io::Error::other)?;
    let mut source = Source::new(from, publisher);
    let mut target = Target::new(to, handle, key);
    let access = &options.access;
    tokio::select! {
        never = source.run(access, &settings) => match never {},
        never = target.run(access, &settings) => match never {},
        _ = signals.next() => {}
    }
    tokio::select! {
        () = async { tokio::join!(source.close(), target.close()); } => {}
        _ = signals.next() => {}
    }
    tracing::info!(messages = source.messages(), "stopped");
    Ok(())
}

/// The tries of one end.
struct Tries {
    back_off: BackOff,
    /// Since when it has been missing.
    lost: Option<Instant>,
}

impl Tries {
    fn new() -> Self {
        Self {
            back_off: BackOff::new(RandomState::new().build_hasher().finish()),
            lost: None,
        }
    }

    /// It is there again: how long it was not.
    fn found(&mut self) -> Option<f64> {
        let lost = self.lost.take()?;
        Some(seconds(lost.elapsed()))
    }

    /// It has gone, and had been there for so long: how long to wait.
    fn lost(&mut self, lasted: Duration) -> Duration {
        self.lost.get_or_insert_with(Instant::now);
        self.back_off.after(lasted)
    }
}

/// A server as a log may show it: without user, password, stream and query.
fn shown(url: &RtmpUrl) -> String {
    let place = url.tc_url();
    place.split('?').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> RtmpUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_log_shows_servers_and_no_secrets() {
        assert_eq!(
            shown(&url("rtmp://me:secret@host:1936/live/key?token=1")),
            "rtmp://host:1936/live"
        );
        assert_eq!(shown(&url("rtmp://host/live?token=1/key")), "rtmp://host/live");
    }

    #[test]
    fn a_stream_is_the_same_however_its_url_is_written() {
        let here = place(&url("rtmp://Host/live/key"));
        assert_eq!(place(&url("rtmp://host:1935/live/key")), here);
        assert_ne!(place(&url("rtmp://host/live/other")), here);
        assert_ne!(place(&url("rtmp://host:1936/live/key")), here);
    }

    #[test]
    fn the_time_that_an_end_was_missing_counts_from_its_loss() {
        let mut tries = Tries::new();
        assert_eq!(tries.found(), None);
        tries.lost(Duration::ZERO);
        let first = tries.lost;
        tries.lost(Duration::ZERO);
        assert_eq!(tries.lost, first);
        assert!(tries.found().is_some_and(|seconds| seconds >= 0.0));
        assert_eq!(tries.found(), None);
    }
}
