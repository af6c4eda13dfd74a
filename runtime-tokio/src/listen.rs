//! Addresses to listen on, and the sockets bound to them.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::peer::PeerAddr;

/// RTMP's own port (RTMP 1.0 §1).
pub const DEFAULT_PORT: u16 = 1935;

/// Connections that the system keeps for us between two rounds of accepting.
const BACKLOG: i32 = 1024;

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

/// An address could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    /// Which one.
    pub address: ListenAddr,
    /// What the system said.
    pub source: io::Error,
}

impl From<BindError> for io::Error {
    fn from(error: BindError) -> Self {
        Self::new(error.source.kind(), error)
    }
}

/// A socket that connections come from.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(unix::Listener),
}

/// What a listener has accepted.
pub(crate) enum Accepted {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Listener {
    pub(crate) fn bind(address: &ListenAddr) -> Result<Self, BindError> {
        let bound = match address {
            ListenAddr::Tcp(address) => bind_tcp(*address).map(Self::Tcp),
            #[cfg(unix)]
            ListenAddr::Unix(path) => unix::Listener::bind(path).map(Self::Unix),
            #[cfg(not(unix))]
            ListenAddr::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        };
        bound.map_err(|source| BindError {
            address: address.clone(),
            source,
        })
    }

    pub(crate) fn local_addr(&self) -> io::Result<ListenAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(ListenAddr::Tcp),
            #[cfg(unix)]
            Self::Unix(listener) => Ok(ListenAddr::Unix(listener.path().to_owned())),
        }
    }

    pub(crate) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Accepted, PeerAddr)>> {
        match self {
            Self::Tcp(listener) => listener
                .poll_accept(cx)
                .map_ok(|(s, a)| (Accepted::Tcp(s), a.into())),
            #[cfg(unix)]
            Self::Unix(listener) => listener
                .poll_accept(cx)
                .map_ok(|stream| (Accepted::Unix(stream), PeerAddr::Unix)),
        }
    }
}

/// Binds a TCP port. `[::]` means every address of the machine; where there is no IPv6 at all that is `0.0.0.0`.
fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    match listen(address) {
        Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && is_lack_of_ipv6(&error) => {
            listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
        }
        result => result,
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    // A port that connections of an earlier run still linger on is free. On Windows the option means more.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(unix)]
fn is_lack_of_ipv6(error: &io::Error) -> bool {
    use rustix::io::Errno;
    // Not compiled into the kernel; compiled in and switched off.
    [Errno::AFNOSUPPORT, Errno::ADDRNOTAVAIL]
        .iter()
        .any(|no| error.raw_os_error() == Some(no.raw_os_error()))
}

#[cfg(not(unix))]
fn is_lack_of_ipv6(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::AddrNotAvailable
    )
}

#[cfg(unix)]
mod unix {
    //! Unix sockets: a file that outlives its listener is in the way of the next one.

    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    use std::os::unix::net::UnixStream as StdUnixStream;
    use std::path::{Path, PathBuf};
    use std::task::{Context, Poll};
    use std::{fs, io};

    use tokio::net::{UnixListener, UnixStream};

    #[derive(Debug)]
    pub(crate) struct Listener {
        listener: UnixListener,
        path: PathBuf,
        /// Which file is ours: another server may have replaced it.
        identity: Option<(u64, u64)>,
    }

    impl Listener {
        pub(super) fn bind(path: &Path) -> io::Result<Self> {
            let listener = match UnixListener::bind(path) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
                    fs::remove_file(path)?;
                    UnixListener::bind(path)?
                }
                result => result?,
            };
            Ok(Self {
                listener,
                path: path.to_owned(),
                identity: identity(path),
            })
        }

        pub(super) fn path(&self) -> &Path {
            &self.path
        }

        pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
            self.listener.poll_accept(cx).map_ok(|(stream, _)| stream)
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            if self.identity.is_some() && self.identity == identity(&self.path) {
                // It has been ours; if it can't be removed, the next start finds it abandoned.
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    /// A socket that nobody listens on: its server was killed.
    fn is_abandoned(path: &Path) -> bool {
        let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
        is_socket
            && StdUnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    }

    fn identity(path: &Path) -> Option<(u64, u64)> {
        fs::symlink_metadata(path)
            .ok()
            .map(|file| (file.dev(), file.ino()))
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

    #[cfg(unix)]
    #[test]
    fn only_a_lack_of_ipv6_falls_back_to_ipv4() {
        use rustix::io::Errno;
        let error = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        assert!(is_lack_of_ipv6(&error(Errno::AFNOSUPPORT)));
        assert!(!is_lack_of_ipv6(&error(Errno::ADDRINUSE)));
        assert!(!is_lack_of_ipv6(&error(Errno::ACCESS)));
    }
}
