//! `rtmp relay`: plays a stream from one server, and publishes it to another.
//!
//! It is a server that nobody else can reach, with a [pull and a push](crate::relays).

use std::sync::Arc;

use clap::Args;
use rtmp_console::{Format, Journal, Level, Settings};
use rtmp_core::hub::StreamKey;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Server;

use crate::client::{Access, UrlArgument, block_on};
use crate::relays::{Pattern, PullSettings, PushSettings, RelaySettings, Relays, Resume, Template};
use crate::serve::Signals;

pub use crate::client::Error;

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
A source may be away, or its stream stand still, for ten seconds before the \
stream ends at the target. Timestamps go on rising when it comes back. A target that comes back is given \
the stream from the next key frame on, and sound at once: there, too, they go \
on rising.

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
    let relays = options.relays(from, to);
    let log = Settings {
        log_level: options.log_level,
        log_format: options.log_format,
        ..Settings::default()
    };
    log.start_log();
    block_on(|| relay(relays))?
}

/// The server, and what the stream is called there.
fn place(url: &RtmpUrl) -> (String, u16, String) {
    let host = url.host().to_ascii_lowercase();
    (host, url.port(), format!("{}/{}", url.app(), url.name()))
}

async fn relay(settings: RelaySettings) -> Result<(), Error> {
    let mut signals = Signals::of_client()?;
    let relays = Relays::new(Arc::new(Journal::new(false)));
    let server = Server::builder().bind().await.map_err(std::io::Error::from)?;
    relays.start(server.handle(), Vec::new(), &settings)?;
    signals.next().await;
    tokio::select! {
        () = relays.stop() => {}
        _ = signals.next() => {}
    }
    tracing::info!("stopped");
    Ok(())
}

/// What the stream is called on its way.
const STREAM: &str = "relay";

impl Options {
    /// A pull from one server, and a push to the other.
    fn relays(&self, from: RtmpUrl, to: RtmpUrl) -> RelaySettings {
        let stream = Pattern::literal(&StreamKey::from(STREAM));
        let trust = self.access.trust.clone();
        let pull = PullSettings {
            stream: stream.clone(),
            url: Template::literal(from),
            on_demand: false,
            linger: PullSettings::LINGER,
            trust: trust.clone(),
        };
        let push = PushSettings {
            stream,
            url: Template::literal(to),
            resume: Resume::default(),
            trust,
        };
        RelaySettings {
            pulls: vec![pull],
            pushes: vec![push],
            timeout: Some(self.access.timeout()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> RtmpUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_stream_is_the_same_however_its_url_is_written() {
        let here = place(&url("rtmp://Host/live/key"));
        assert_eq!(place(&url("rtmp://host:1935/live/key")), here);
        assert_ne!(place(&url("rtmp://host/live/other")), here);
        assert_ne!(place(&url("rtmp://host:1936/live/key")), here);
    }
}
