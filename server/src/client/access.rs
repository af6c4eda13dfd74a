//! How a server is reached: what all clients are told on the command line.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use rtmp_console::duration;
use rtmp_core::connection::client::Role;
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::tls::ClientTls;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Client;
use tokio::time::timeout;

use super::{Error, wait_at_most};
use crate::trust::TrustSettings;

/// The options of a client's connection.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Access {
    #[command(flatten)]
    pub(crate) trust: TrustSettings,

    /// How long to wait for the server: to be reached, to answer, to send something, to take something, at any time
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration::parse_some)]
    timeout: Duration,
}

impl Access {
    /// What a connection to one of these URLs is set up from. Says aloud that nobody is verified, if that is so.
    ///
    /// # Errors
    ///
    /// The file of certificates cannot be used.
    pub(crate) fn settings(&self, urls: &[&RtmpUrl]) -> Result<ClientSettings, Error> {
        let mut settings = ClientSettings::default();
        wait_at_most(self.timeout, &mut settings);
        // The file is looked at also if a server is to lead us from rtmp to rtmps.
        settings.tls = Some(ClientTls::new(self.trust.tls()?)?);
        self.trust.warn(urls);
        Ok(settings)
    }

    /// Connects to the server of a URL, and waits until it lets us in.
    ///
    /// # Errors
    ///
    /// [`Error::Call`]; [`Error::Unanswered`] if it takes as long to reach the server as it may, and then as long again.
    pub(crate) async fn connect(
        &self,
        url: &RtmpUrl,
        role: Role,
        settings: ClientSettings,
    ) -> Result<Client, Error> {
        let connected = Client::connect(url, role, settings);
        if url.options().timeout.is_some() {
            // The URL says it more closely, and the client keeps to it.
            return Ok(connected.await?);
        }
        self.wait(2, connected).await
    }

    /// Waits for an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswered`], or the future's own.
    pub(crate) async fn wait_for<T>(
        &self,
        answer: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, Error> {
        self.wait(1, answer).await
    }

    async fn wait<T>(
        &self,
        times: u32,
        answer: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, Error> {
        match timeout(self.timeout.saturating_mul(times), answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Error::Unanswered(self.timeout)),
        }
    }

    /// How long the server may keep us waiting.
    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// A URL on the command line. It is read where the command begins, since `clap` would show all of one that is wrong, and
/// there may be a password in it.
#[derive(Clone)]
pub(crate) struct UrlArgument(String);

impl UrlArgument {
    /// The URL of a stream.
    ///
    /// # Errors
    ///
    /// It is none, or that of a server only.
    pub(crate) fn parse(&self) -> Result<RtmpUrl, Error> {
        let url: RtmpUrl = self.0.parse()?;
        if url.name().is_empty() {
            return Err(Error::NoName(url.redacted()));
        }
        Ok(url)
    }
}

impl FromStr for UrlArgument {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for UrlArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UrlArgument(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RtmpUrl, Error> {
        UrlArgument(text.to_owned()).parse()
    }

    #[test]
    fn a_stream_has_a_name() {
        assert!(parse("rtmp://localhost/live/room").is_ok());
        let error = parse("rtmp://me:secret@localhost/live/").unwrap_err().to_string();
        assert!(
            error.contains("names no stream") && error.contains("localhost/live"),
            "{error}"
        );
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_the_password() {
        for text in [
            "rtmp://me:secret@",
            "rtmp://me:secret@host:99999/live/a",
            "http://me:secret@host/live/a",
            "me:secret@host",
            "rtmp://me:secret@host/live/",
            "rtmp://me:secret@host/live/a nonsense",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        let argument = UrlArgument("rtmp://me:secret@host/live/a".to_owned());
        assert!(!format!("{argument:?}").contains("secret"));
    }
}
