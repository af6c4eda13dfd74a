//! Addresses to listen on.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// RTMP's own port (RTMP 1.0 §1).
pub const DEFAULT_PORT: u16 = 1935;

/// Somewhere to listen.
///
/// As text: `127.0.0.1:1935`, `[::]:1935`, an address without its port, a port without its address (`:1935` or
/// `1935`: all addresses, IPv4 and IPv6), or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListenAddr {
    /// A TCP port. The unspecified IPv6 address, `[::]`, takes IPv4 connections too.
    Tcp(SocketAddr),
    /// A Unix socket at a path in the file system.
    Unix(PathBuf),
}

impl ListenAddr {
    /// All addresses of the machine, IPv6 and IPv4, at `port`.
    pub const fn any(port: u16) -> Self {
        Self::Tcp(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port))
    }
}

impl Default for ListenAddr {
    fn default() -> Self {
        Self::any(DEFAULT_PORT)
    }
}

impl From<SocketAddr> for ListenAddr {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A text that is no [`ListenAddr`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address to listen on: write IP:PORT (127.0.0.1:1935, [::1]:1935), :PORT or unix:PATH")]
pub struct ListenAddrError(String);

impl FromStr for ListenAddr {
    type Err = ListenAddrError;

    fn from_str(text: &str) -> Result<Self, ListenAddrError> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        let tcp = (text.parse().ok())
            .or_else(|| bare.parse().ok().map(|ip| SocketAddr::new(ip, DEFAULT_PORT)))
            .map(Self::Tcp);
        let port = || text.strip_prefix(':').unwrap_or(text).parse().ok().map(Self::any);
        tcp.or_else(port).ok_or_else(|| ListenAddrError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        text.parse::<ListenAddr>().ok().map(|address| address.to_string())
    }

    #[test]
    fn an_address_may_lack_its_port_and_a_port_its_address() {
        assert_eq!(parse("127.0.0.1:80").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(parse("127.0.0.1").as_deref(), Some("127.0.0.1:1935"));
        assert_eq!(parse("[::1]:80").as_deref(), Some("[::1]:80"));
        assert_eq!(parse("[::1]").as_deref(), Some("[::1]:1935"));
        assert_eq!(parse("::1").as_deref(), Some("[::1]:1935"));
        assert_eq!(parse(":80").as_deref(), Some("[::]:80"));
        assert_eq!(parse("80").as_deref(), Some("[::]:80"));
        assert_eq!(parse("unix:/run/rtmp").as_deref(), Some("unix:/run/rtmp"));
    }

    #[test]
    fn what_is_no_address_is_told_the_forms_that_are() {
        for text in [
            "",
            ":",
            "unix:",
            "localhost:1935",
            "1.2.3:1",
            "127.0.0.1:99999",
            "rtmp://h/live",
        ] {
            let error = text.parse::<ListenAddr>().unwrap_err().to_string();
            assert!(error.contains("unix:PATH"), "{error}");
        }
    }

    #[test]
    fn the_default_is_the_port_of_rtmp_on_all_addresses() {
        assert_eq!(ListenAddr::default().to_string(), "[::]:1935");
    }
}
