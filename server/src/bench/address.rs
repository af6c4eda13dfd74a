//! The URL of a load, and the address that it leads to.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use super::client::Target;

/// `rtmp://HOST[:PORT]/APP/STREAM`. `%d` in the stream's name is the number of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// As a resolver takes it: an IPv6 address without its brackets.
    host: String,
    port: u16,
    app: String,
    tc_url: String,
    name: String,
}

/// The port of RTMP (IANA: macromedia-fcs).
const PORT: u16 = 1935;

/// What becomes the stream's number.
const NUMBER: &str = "%d";

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("rtmp://") else {
            let scheme = text.split_once("://").map_or("none", |(scheme, _)| scheme);
            return Err(format!("a URL begins with rtmp://; its scheme is {scheme}"));
        };
        let form = || "a URL is rtmp://HOST[:PORT]/APP/STREAM".to_owned();
        let (authority, path) = rest.split_once('/').ok_or_else(form)?;
        // The stream is the last segment, and its query may have slashes; an application may be of several segments.
        let (place, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        let (app, stream) = place.rsplit_once('/').ok_or_else(form)?;
        if authority.is_empty() || app.is_empty() {
            return Err(form());
        }
        let (host, port) = host_and_port(authority).ok_or_else(form)?;
        Ok(Self {
            host: host.to_owned(),
            port,
            app: app.to_owned(),
            tc_url: format!("rtmp://{authority}/{app}"),
            name: format!("{stream}{query}"),
        })
    }
}

fn host_and_port(authority: &str) -> Option<(&str, u16)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None if port.is_empty() => PORT,
            None => return None,
        };
        return Some((host, port));
    }
    match authority.split_once(':') {
        Some((host, port)) if !host.is_empty() => Some((host, port.parse().ok()?)),
        Some(_) => None,
        None => Some((authority, PORT)),
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
    /// The first of the host's addresses that a server listens at.
    pub(super) fn connectable(&self) -> Result<SocketAddr, AddressError> {
        let resolve = |source| AddressError::Resolve {
            host: self.host.clone(),
            source,
        };
        let addresses = (self.host.as_str(), self.port)
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
        if self.name.is_empty() {
            return Err(AddressError::NoStream);
        }
        if streams > 1 && !self.name.contains(NUMBER) {
            return Err(AddressError::OneName(streams));
        }
        Ok((0..streams).map(|number| self.target(number)).collect())
    }

    /// The target of one stream. Its name may be empty, for who does not play or publish.
    pub(super) fn target(&self, number: usize) -> Rc<Target> {
        Rc::new(Target {
            app: self.app.clone(),
            tc_url: self.tc_url.clone(),
            name: self.name.replace(NUMBER, &number.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, u16, String, String) {
        let url: Url = text.parse().unwrap();
        (url.host, url.port, url.app, url.name)
    }

    fn expected(host: &str, port: u16, app: &str, name: &str) -> (String, u16, String, String) {
        (host.into(), port, app.into(), name.into())
    }

    #[test]
    fn a_url_has_host_port_application_and_stream() {
        assert_eq!(parsed("rtmp://h/live/room"), expected("h", 1935, "live", "room"));
        assert_eq!(
            parsed("rtmp://1.2.3.4:80/a/b/c"),
            expected("1.2.3.4", 80, "a/b", "c")
        );
        assert_eq!(parsed("rtmp://[::1]:80/a/b"), expected("::1", 80, "a", "b"));
        assert_eq!(parsed("rtmp://[::1]/a/b"), expected("::1", 1935, "a", "b"));
        assert_eq!(
            parsed("rtmp://h/live/room?token=a/b"),
            expected("h", 1935, "live", "room?token=a/b")
        );
        assert_eq!(
            "rtmp://h:1/a/b/c".parse::<Url>().unwrap().tc_url,
            "rtmp://h:1/a/b"
        );
    }

    #[test]
    fn what_is_no_url_says_what_one_is() {
        for text in [
            "rtmp://h",
            "rtmp://h/live",
            "rtmp:///live/a",
            "rtmp://h:x/l/a",
            "rtmp://[::1/l/a",
            "rtmp://:1/l/a",
        ] {
            let error = text.parse::<Url>().unwrap_err();
            assert!(error.contains("rtmp://HOST"), "{text}: {error}");
        }
        assert!("rtmps://h/live/a".parse::<Url>().unwrap_err().contains("rtmps"));
        assert!("live/a".parse::<Url>().unwrap_err().contains("rtmp://"));
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
        assert!(matches!(names("rtmp://h/live/", 1), Err(AddressError::NoStream)));
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
