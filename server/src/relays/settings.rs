//! What an operator wants of relays: the sections `[[pull]]` and `[[push]]` of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use rtmp_core::host::{ClientSettings, ListenAddr};
use rtmp_core::hub::StreamKey;
use rtmp_core::tls::{ClientTls, ClientTlsSettings, TlsError, Trust};
use rtmp_core::url::RtmpUrl;
use rtmp_sockets::{LoadError, load_trusted};

use super::loops;
use super::pattern::{Pattern, Template};

/// All relays of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelaySettings {
    /// What is fetched from elsewhere.
    pub pulls: Vec<PullSettings>,
    /// What is sent elsewhere.
    pub pushes: Vec<PushSettings>,
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

/// Streams that are sent to other servers whenever somebody publishes them here.
#[derive(Clone, Debug, PartialEq)]
pub struct PushSettings {
    /// What they are called here.
    pub stream: Pattern,
    /// Where they go, to each of these.
    pub urls: Vec<Template>,
    /// Whom the other servers have to be.
    pub trust: TrustSettings,
}

/// What is asked of a server's certificate (RTMPS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustSettings {
    /// Only these certificates are trusted, or who has one that they have signed; `None`: Mozilla's CAs are.
    pub ca: Option<PathBuf>,
    /// Nothing is asked.
    pub insecure: bool,
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
        let pushes = self.pushes.iter();
        let pushes = pushes.flat_map(|push| push.urls.iter().map(|url| (&push.stream, url)));
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

impl TrustSettings {
    /// What a connection to such a server is set up from. Reads the file of certificates.
    pub(super) fn client(&self) -> Result<ClientSettings, RelayError> {
        let mut tls = ClientTlsSettings::default();
        tls.trust = match &self.ca {
            Some(file) => Trust::Only(load_trusted(file)?),
            None if self.insecure => Trust::Anybody,
            None => Trust::default(),
        };
        let mut settings = ClientSettings::default();
        settings.tls = Some(ClientTls::new(tls)?);
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
            urls: vec![url.parse().unwrap()],
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
        let error = trust.client().unwrap_err().to_string();
        assert!(error.contains("/no/such.pem"), "{error}");
        assert!(TrustSettings::default().client().is_ok());
    }
}
