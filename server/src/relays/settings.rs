//! What an operator wants of relays: the sections `[[pull]]` and `[[push]]` of the configuration.

use std::str::FromStr;
use std::time::Duration;

use rtmp_core::host::{ClientSettings, ListenAddr};
use rtmp_core::hub::StreamKey;
use rtmp_core::tls::{ClientTls, TlsError};
use rtmp_sockets::LoadError;

use super::health::server_of;
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

/// Streams that are fetched from another server, and published here. Where there are several of them for one stream, the next
/// one's turn comes where one fails.
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
    /// What a target that was lost is sent when it is back.
    pub resume: Resume,
    /// Whom the other server has to be.
    pub trust: TrustSettings,
}

/// With what a push goes on at a target that was lost and is back.
///
/// The two differ only where the newest key frame has been sent before: where the target was away for less than what was left
/// of a group of pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// Sound with the first that was not sent, and pictures with the first key frame behind those that were: timestamps go on
    /// rising, for targets that go on with a stream where it was (their players, recordings and segments), and nobody is shown
    /// anything twice. Pictures up to that key frame are lost to it, two seconds of them with most encoders.
    #[default]
    NextKeyFrame,
    /// With the newest key frame, sent or not: the target lacks nothing that this server still has, and has a picture at once, but
    /// timestamps step back by up to a group of pictures. Servers that pull from the target and leave out what they have had,
    /// as ours do, go on without a gap.
    LastKeyFrame,
}

impl FromStr for Resume {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "next-key-frame" => Ok(Self::NextKeyFrame),
            "last-key-frame" => Ok(Self::LastKeyFrame),
            _ => Err("it has to be \"next-key-frame\" or \"last-key-frame\""),
        }
    }
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
    /// Streams that would be sent to where they are sent on again, for ever.
    #[error(
        "the relay {url} leads from this server back to itself, and what comes back would be sent once more, since it is called \
         \"{stream}\" as well: let it lead to another server, or to names that are not"
    )]
    Round {
        /// Where they go.
        url: String,
        /// What they are called.
        stream: Pattern,
    },
}

impl RelaySettings {
    /// Whether a server that listens at these addresses could start them.
    ///
    /// # Errors
    ///
    /// [`RelayError::Itself`], [`RelayError::Round`].
    pub fn check(&self, listening: &[ListenAddr]) -> Result<(), RelayError> {
        let pulls = self.pulls.iter().map(|pull| (&pull.stream, &pull.url));
        let pushes = self.pushes.iter().map(|push| (&push.stream, &push.url));
        for (stream, template) in pulls.chain(pushes.clone()) {
            let sample = stream.sample();
            if loops::leads_back(&template.fill(&sample), |key| *key == sample, listening) {
                return Err(RelayError::Itself(shown(template)));
            }
        }
        for (stream, template) in pushes {
            let url = template.fill(&stream.sample());
            if loops::leads_back(&url, |key| stream.matches(key), listening) {
                let (url, stream) = (shown(template), stream.clone());
                return Err(RelayError::Round { url, stream });
            }
        }
        Ok(())
    }
}

/// Without user, password and query.
fn shown(template: &Template) -> String {
    let url = template.url();
    let path = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    format!("{}/{}/{}", server_of(url), path(url.app()), path(&url.name()))
}

impl PullSettings {
    /// Whether this stream is to be fetched so: when somebody wants to play it, or for good.
    pub(super) fn is_for(&self, key: &StreamKey, on_demand: bool) -> bool {
        self.on_demand == on_demand && self.stream.matches(key)
    }
}

/// How the server of a relay is reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pub(super) client: ClientSettings,
    pub(super) trust: TrustSettings,
}

/// What pulls and pushes have in common.
pub(super) trait Section: Clone + PartialEq {
    /// What the log calls it.
    const KIND: &'static str;

    fn stream(&self) -> &Pattern;

    fn url(&self) -> &Template;

    fn trust(&self) -> &TrustSettings;

    /// Whether the same stream goes the same way. The rest can be changed while it does.
    fn is_same(&self, other: &Self) -> bool;

    /// Whether it goes between the same places at least, whatever is said there: user, password and query.
    fn leads_alike(&self, other: &Self) -> bool {
        self.stream() == other.stream() && shown(self.url()) == shown(other.url())
    }
}

impl Section for PullSettings {
    const KIND: &'static str = "pull";

    fn stream(&self) -> &Pattern {
        &self.stream
    }

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

    fn stream(&self) -> &Pattern {
        &self.stream
    }

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
    pub(super) fn way(&self, timeout: Option<Duration>) -> Result<Way, RelayError> {
        let mut settings = ClientSettings::default();
        settings.tls = Some(ClientTls::new(self.tls()?)?);
        if let Some(timeout) = timeout {
            wait_at_most(timeout, &mut settings);
        }
        Ok(Way {
            client: settings,
            trust: self.clone(),
        })
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
            resume: Resume::default(),
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
    fn nor_is_a_push_whose_streams_come_back_to_be_pushed_again() {
        let error = said("*", "rtmp://127.0.0.1/copy/{app}-{name}");
        assert!(error.contains("called \"*\" as well"), "{error}");
        let error = said("live/*", "rtmp://localhost/live/copy-of-{name}?token=secret");
        assert!(
            error.contains("once more") && !error.contains("secret"),
            "{error}"
        );
        assert!(said("*", "rtmp://127.0.0.1/{app}/{name}").contains("same stream"));
        assert_eq!(said("*", "rtmp://127.0.0.2/copy/{app}-{name}"), "");
        assert_eq!(said("live/a*", "rtmp://127.0.0.1/live/copy-of-{name}"), "");
    }

    #[test]
    fn certificates_that_are_not_there_are_named() {
        let trust = TrustSettings {
            ca: Some("/no/such.pem".into()),
            insecure: false,
        };
        let error = trust.way(None).unwrap_err().to_string();
        assert!(error.contains("/no/such.pem"), "{error}");
        assert!(TrustSettings::default().way(None).is_ok());
    }
}
