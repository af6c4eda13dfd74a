//! The URL of a load, and the address that it leads to.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use rtmp_core::url::{LibrtmpOptions, RtmpUrl, UrlError};

use super::client::Target;

/// `rtmp[s]://HOST[:PORT]/APP/STREAM`, as a load has it. `%d` in the stream's name is the number of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Url(RtmpUrl);

/// What becomes the stream's number.
const NUMBER: &str = "%d";

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: RtmpUrl = text.parse().map_err(|error: UrlError| error.to_string())?;
        if url.user().is_some() {
            return Err("a load does not prove who it is: leave out USER:PASSWORD@".to_owned());
        }
        if url.app().is_empty() {
            return Err(
                "the URL names no application and stream: write rtmp://HOST[:PORT]/APP/STREAM".to_owned(),
            );
        }
        let mut unheeded = url.options().clone();
        (unheeded.app, unheeded.playpath, unheeded.tc_url) = (None, None, None);
        if unheeded != LibrtmpOptions::default() {
            return Err(
                "of the options behind a URL a load heeds app, playpath and tcUrl: leave out the rest"
                    .to_owned(),
            );
        }
        Ok(Self(url))
    }
}

/// Why a URL leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The name is not known.
    #[error("cannot find {host}: {source}\n`getent hosts {host}` shows what the name leads to")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// It has no name for a stream.
    #[error("the URL names no stream: rtmp://HOST[:PORT]/APP/STREAM")]
    NoStream,
    /// Several streams would have one name.
    #[error(
        "with --streams {0} the stream's name needs a %d, which becomes the number: rtmp://HOST/APP/cam%d"
    )]
    OneName(usize),
    /// Nobody listens.
    #[error(
        "cannot connect to {address}: {source}\n\
         Is a server running there? `rtmp serve` is one; `ss -ltn` shows what listens on this machine"
    )]
    Connect {
        /// The last of the host's addresses.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// How long the first connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Url {
    /// As it was written.
    pub(super) const fn url(&self) -> &RtmpUrl {
        &self.0
    }

    /// The first of the host's addresses that a server listens at.
    pub(super) fn connectable(&self) -> Result<SocketAddr, AddressError> {
        let resolve = |source| AddressError::Resolve {
            host: self.0.host().into_owned(),
            source,
        };
        let addresses = (&*self.0.host(), self.0.port())
            .to_socket_addrs()
            .map_err(resolve)?;
        let mut last = None;
        for address in addresses {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(_) => return Ok(address),
                Err(source) => last = Some(AddressError::Connect { address, source }),
            }
        }
        Err(last.unwrap_or_else(|| resolve(io::ErrorKind::NotFound.into())))
    }

    /// The targets of so many streams.
    pub(super) fn targets(&self, streams: usize) -> Result<Vec<Rc<Target>>, AddressError> {
        let name = self.0.name();
        if name.is_empty() {
            return Err(AddressError::NoStream);
        }
        if streams > 1 && !name.contains(NUMBER) {
            return Err(AddressError::OneName(streams));
        }
        Ok((0..streams).map(|number| self.target(number)).collect())
    }

    /// The target of one stream. Its name may be empty, for who does not play or publish.
    pub(super) fn target(&self, number: usize) -> Rc<Target> {
        Rc::new(Target {
            app: self.0.app().to_owned(),
            tc_url: self.0.tc_url(),
            name: self.0.name().replace(NUMBER, &number.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_host_port_application_and_stream() {
        let url: Url = "rtmp://h:1/a/b/c?token=a/b".parse().unwrap();
        let target = url.target(0);
        assert_eq!((&*target.app, &*target.name), ("a/b", "c?token=a/b"));
        assert_eq!(target.tc_url, "rtmp://h:1/a/b");
        let url: Url = "rtmp://h/a/b/c app=a playpath=b/cam%d".parse().unwrap();
        let target = url.target(7);
        assert_eq!((&*target.app, &*target.name), ("a", "b/cam7"));
    }

    #[test]
    fn what_no_load_can_use_says_what_to_write() {
        for (text, remedy) in [
            ("live/a", "rtmp://HOST"),
            ("rtmp://h", "rtmp://HOST"),
            ("rtmp:///live/a", "rtmp://HOST"),
            ("rtmp://h:x/l/a", "HOST:PORT"),
            ("rtmp://me:pw@h/live/a", "USER:PASSWORD"),
            ("rtmp://h/live/a buffer=1", "leave out"),
        ] {
            let error = text.parse::<Url>().unwrap_err();
            assert!(error.contains(remedy), "{text}: {error}");
        }
    }

    #[test]
    fn several_streams_have_several_names() {
        let names = |url: &str, streams| {
            let url: Url = url.parse().unwrap();
            let targets = url.targets(streams)?;
            Ok::<_, AddressError>(
                targets
                    .iter()
                    .map(|target| target.name.clone())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(names("rtmp://h/live/cam%d", 2).unwrap(), ["cam0", "cam1"]);
        assert_eq!(names("rtmp://h/live/cam", 1).unwrap(), ["cam"]);
        assert!(matches!(
            names("rtmp://h/live/cam", 2),
            Err(AddressError::OneName(2))
        ));
        for text in ["rtmp://h/live", "rtmp://h/live/"] {
            assert!(matches!(names(text, 1), Err(AddressError::NoStream)));
        }
    }

    #[test]
    fn a_name_that_leads_nowhere_says_so() {
        // A name that there will never be (RFC 6761 §6.4).
        let url: Url = "rtmp://nobody.invalid/live/a".parse().unwrap();
        assert!(matches!(url.connectable(), Err(AddressError::Resolve { .. })));
    }

    #[test]
    fn a_port_that_nobody_listens_at_says_so() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url: Url = format!("rtmp://{address}/live/a").parse().unwrap();
        assert_eq!(url.connectable().unwrap(), address);
        drop(listener);
        let error = url.connectable().unwrap_err().to_string();
        assert!(
            error.contains("rtmp serve") && error.contains("refused"),
            "{error}"
        );
    }
}
