//! What an operator wants of relays: the sections `[[pull]]` and `[[push]]` of the configuration.

use std::time::Duration;

use rtmp_core::host::{ClientSettings, ListenAddr};
use rtmp_core::hub::StreamKey;
use rtmp_core::tls::{ClientTls, TlsError};
use rtmp_core::url::RtmpUrl;
use rtmp_sockets::LoadError;

use super::loops;
use super::pattern::{Pattern, Template};
use crate::client::wait_at_most;
use crate::trust::TrustSettings;

/// All relays of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelaySettings {
    /// What is fetched from elsewhere.
    pub pulls: Vec<PullSettings>,
    /// What is sent elsewhere.
    pub pushes: Vec<PushSettings>,
    /// How long another server may take to be reached, and to answer; `None`: as long as for every client.
    pub timeout: Option<Duration>,
}

/// Streams that are fetched from another server, and published here.
#[derive(Clone, Debug, PartialEq)]
pub struct PullSettings {
    /// What they are called here.
    pub stream: Pattern,
    /// Where they are.
    pub url: Template,
    /// Fetched only while somebody plays them here. Otherwise `stream` names a single one.
    pub on_demand: bool,
    /// How long one that is fetched on demand is kept after its last player has left.
    pub linger: Duration,
    /// Whom the other server has to be.
    pub trust: TrustSettings,
}

impl PullSettings {
    /// How long a stream is kept for the next player, unless told otherwise.
    pub const LINGER: Duration = Duration::from_secs(10);
}

/// Streams that are sent to another server whenever somebody publishes them here.
#[derive(Clone, Debug, PartialEq)]
pub struct PushSettings {
    /// What they are called here.
    pub stream: Pattern,
    /// Where they go.
    pub url: Template,
    /// Whom the other server has to be.
    pub trust: TrustSettings,
}

/// Why relays can't be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// Certificates that can't be read.
    #[error("a relay's certificates: {0}")]
    Certificates(#[from] LoadError),
    /// Certificates that can't be used.
    #[error("a relay's certificates: {0}")]
    Tls(#[from] TlsError),
    /// A stream that would be fetched from, or sent to, where it is.
    #[error(
        "the relay {0} leads from this server back to itself, to the same stream: let it lead to another server, or to a stream \
         of another name"
    )]
    Itself(String),
}

impl RelaySettings {
    /// Whether a server that listens at these addresses could start them.
    ///
    /// # Errors
    ///
    /// [`RelayError::Itself`].
    pub fn check(&self, listening: &[ListenAddr]) -> Result<(), RelayError> {
        let pulls = self.pulls.iter().map(|pull| (&pull.stream, &pull.url));
        let pushes = self.pushes.iter().map(|push| (&push.stream, &push.url));
        for (stream, template) in pulls.chain(pushes) {
            let sample = stream.sample();
            if loops::is_own(&template.fill(&sample), &sample, listening) {
                return Err(RelayError::Itself(template.url().redacted()));
            }
        }
        Ok(())
    }
}

impl PullSettings {
    /// Where this stream is to be fetched from when somebody wants to play it.
    pub(super) fn on_demand(&self, key: &StreamKey) -> Option<RtmpUrl> {
        (self.on_demand && self.stream.matches(key)).then(|| self.url.fill(key))
    }
}

/// What pulls and pushes have in common.
pub(super) trait Section: Clone + PartialEq {
    /// What the log calls it.
    const KIND: &'static str;

    fn url(&self) -> &Template;

    fn trust(&self) -> &TrustSettings;

    /// Whether the same stream goes the same way. The rest can be changed while it does.
    fn is_same(&self, other: &Self) -> bool;
}

impl Section for PullSettings {
    const KIND: &'static str = "pull";

    fn url(&self) -> &Template {
        &self.url
    }

    fn trust(&self) -> &TrustSettings {
        &self.trust
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.stream, &self.url, self.on_demand) == (&other.stream, &other.url, other.on_demand)
    }
}

impl Section for PushSettings {
    const KIND: &'static str = "push";

    fn url(&self) -> &Template {
        &self.url
    }

    fn trust(&self) -> &TrustSettings {
        &self.trust
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.stream, &self.url) == (&other.stream, &other.url)
    }
}

impl TrustSettings {
    /// What a connection to such a server is set up from, which has so much time. Reads the file of certificates.
    pub(super) fn client(&self, timeout: Option<Duration>) -> Result<ClientSettings, RelayError> {
        let mut settings = ClientSettings::default();
        settings.tls = Some(ClientTls::new(self.tls()?)?);
        if let Some(timeout) = timeout {
            wait_at_most(timeout, &mut settings);
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about it, if anything.
    fn said(stream: &str, url: &str) -> String {
        let push = PushSettings {
            stream: stream.parse().unwrap(),
            url: url.parse().unwrap(),
            trust: TrustSettings::default(),
        };
        let settings = RelaySettings {
            pushes: vec![push],
            ..RelaySettings::default()
        };
        let listening = ["127.0.0.1:1935".parse().unwrap()];
        let checked = settings.check(&listening);
        checked.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_relay_to_where_the_stream_is_is_none() {
        let error = said("live/*", "rtmp://me:secret@127.0.0.1/live/{name}");
        assert!(
            error.contains("back to itself") && !error.contains("secret"),
            "{error}"
        );
        assert!(said("live/cam", "rtmp://localhost/live/cam").contains("back to itself"));
        assert_eq!(said("live/*", "rtmp://127.0.0.1/copy/{name}"), "");
        assert_eq!(said("live/*", "rtmp://127.0.0.1:1936/live/{name}"), "");
    }

    #[test]
    fn certificates_that_are_not_there_are_named() {
        let trust = TrustSettings {
            ca: Some("/no/such.pem".into()),
            insecure: false,
        };
        let error = trust.client(None).unwrap_err().to_string();
        assert!(error.contains("/no/such.pem"), "{error}");
        assert!(TrustSettings::default().client(None).is_ok());
    }
}
