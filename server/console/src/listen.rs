//! Where to listen, as an operator writes it: an address, or a host's name that becomes some.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::str::FromStr;

use rtmp_core::host::ListenAddr;

/// One value of `--listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address.
    At(ListenAddr),
    /// A host's name and a port: `localhost:1935`. The system knows the addresses.
    Host(String),
}

/// A name without an address.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {host}: {source}\n\
     The name leads to no address. `getent hosts NAME` shows what it leads to, `ip address` the addresses of this \
     machine; :1935 listens on all of them"
)]
pub struct ResolveError {
    host: String,
    source: io::Error,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        is_clear(text)?;
        match text.parse() {
            Ok(address) => Ok(Self::At(address)),
            Err(_) if is_host_and_port(text) => Ok(Self::Host(text.to_owned())),
            Err(error) => Err(format!("{error}, or HOST:PORT (localhost:1935)")),
        }
    }
}

/// An address of IPv6 whose end may be meant as its port is to say what it is.
fn is_clear(text: &str) -> Result<(), String> {
    match text.rsplit_once(':') {
        Some((ip, port)) if ip.parse::<Ipv6Addr>().is_ok() && port.parse::<u16>().is_ok() => Err(format!(
            "is the last part of `{text}` a port? Write [{ip}]:{port}, or [{text}] if it is not"
        )),
        _ => Ok(()),
    }
}

/// A name has a letter: what is all digits and dots is an IP address with a mistake in it, and resolvers would take some
/// of these.
fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    host.bytes().all(is_of_name)
        && host.bytes().any(|byte| byte.is_ascii_alphabetic())
        && port.parse::<u16>().is_ok()
}

/// The port of RTMPS, which is that of HTTPS.
pub(crate) const TLS_PORT: u16 = 443;

impl Listen {
    /// The same where the usual port is that of RTMPS.
    pub(crate) fn parse_tls(text: &str) -> Result<Self, String> {
        is_clear(text)?;
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        match bare.parse() {
            Ok(ip) => Ok(Self::At(SocketAddr::new(ip, TLS_PORT).into())),
            Err(_) => text.parse(),
        }
    }

    /// The addresses that it stands for now: at least one.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] for a name that has none.
    pub fn resolve(&self) -> Result<Vec<ListenAddr>, ResolveError> {
        let host = match self {
            Self::At(address) => return Ok(vec![address.clone()]),
            Self::Host(host) => host,
        };
        let error = |source| ResolveError {
            host: host.clone(),
            source,
        };
        let mut addresses: Vec<_> = host.to_socket_addrs().map_err(error)?.collect();
        if addresses.is_empty() {
            return Err(error(io::ErrorKind::NotFound.into()));
        }
        // A name may be in the system's table of hosts more than once.
        addresses.sort_unstable();
        addresses.dedup();
        // `localhost` is ::1, too, on machines whose IPv6 is switched off.
        if addresses.iter().any(is_here) {
            addresses.retain(is_here);
        }
        Ok(addresses.into_iter().map(ListenAddr::Tcp).collect())
    }
}

/// Whether this machine has the address.
fn is_here(address: &SocketAddr) -> bool {
    UdpSocket::bind((address.ip(), 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_name_and_a_port() {
        let parse = |text: &str| text.parse::<Listen>();
        assert_eq!(parse("localhost:80"), Ok(Listen::Host("localhost:80".into())));
        assert_eq!(
            parse("my-host.example:80"),
            Ok(Listen::Host("my-host.example:80".into()))
        );
        assert_eq!(parse(":80"), Ok(Listen::At(ListenAddr::any(80))));
        for text in [
            "localhost",
            "localhost:",
            "localhost:99999",
            "1.2.3:1",
            "a b:1",
            "rtmp://h:1",
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.contains("HOST:PORT") && error.contains("unix:PATH"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_port_behind_ipv6_without_brackets_is_asked_about() {
        for text in ["::1:1935", "2001:db8::7:80", ":::1935"] {
            for parsed in [text.parse::<Listen>(), Listen::parse_tls(text)] {
                let said = parsed.unwrap_err();
                assert!(said.contains("]:") || said.contains("[::1]:1935"), "{said}");
            }
        }
        for text in ["::1", "::", "fe80::1", "[::1:1935]", "2001:db8:1:2:3:4:5:80"] {
            assert!(text.parse::<Listen>().is_ok(), "{text}");
        }
    }

    #[test]
    fn the_usual_port_of_rtmps_is_another() {
        let at = |text: &str| Ok(Listen::At(text.parse().unwrap()));
        assert_eq!(Listen::parse_tls("127.0.0.1"), at("127.0.0.1:443"));
        assert_eq!(Listen::parse_tls("[::1]"), at("[::1]:443"));
        assert_eq!(Listen::parse_tls(":1936"), at(":1936"));
        assert_eq!(Listen::parse_tls("[::1]:1936"), at("[::1]:1936"));
    }

    #[test]
    fn localhost_is_the_addresses_of_it_that_there_are() {
        let addresses = Listen::Host("localhost:1935".into()).resolve().unwrap();
        assert!(!addresses.is_empty());
        for address in &addresses {
            let ListenAddr::Tcp(address) = address else {
                panic!("{address}")
            };
            assert!(address.ip().is_loopback() && address.port() == 1935 && is_here(address));
        }
    }

    #[test]
    fn a_name_without_an_address_says_what_to_do() {
        // A name that there will never be (RFC 6761 §6.4).
        let error = Listen::Host("nobody.invalid:1935".into())
            .resolve()
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("cannot listen on nobody.invalid:1935: ") && error.contains("getent"),
            "{error}"
        );
    }
}
