//! Sockets to accept connections from.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use rtmp_core::host::ListenAddr;
use socket2::{Domain, Protocol, Type};

use crate::tune;

#[cfg(unix)]
pub use unix::UnixFile;

/// Connections that the system keeps for us between two rounds of accepting.
const BACKLOG: i32 = 1024;

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

/// A bound socket, which does not block, and where it is bound.
#[derive(Debug)]
pub struct Listener {
    /// The socket.
    pub socket: Socket,
    /// Its address: port 0 is the port that it became, and on a machine without IPv6, `[::]` is `0.0.0.0`.
    pub address: ListenAddr,
    /// Each connection that it accepts is to be [prepared](crate::prepare), and does not inherit that from it.
    pub must_prepare: bool,
}

/// A socket to accept connections from.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket, and the file that it leaves behind.
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener, UnixFile),
}

impl Listener {
    /// Binds an address. `[::]` means every address of the machine; where there is no IPv6 at all that is `0.0.0.0`. A
    /// Unix socket whose server was killed is replaced.
    ///
    /// # Errors
    ///
    /// [`BindError`] when it is taken, not allowed, or not this machine's.
    pub fn bind(address: &ListenAddr) -> Result<Self, BindError> {
        let bound = match address {
            ListenAddr::Tcp(address) => {
                bind_tcp(*address).and_then(|socket| Self::of_tcp(socket, !tune::IS_INHERITED))
            }
            #[cfg(unix)]
            ListenAddr::Unix(path) => unix::bind(path).map(|(listener, file)| Self {
                socket: Socket::Unix(listener, file),
                address: address.clone(),
                must_prepare: false,
            }),
            #[cfg(not(unix))]
            ListenAddr::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        };
        bound.map_err(|source| BindError {
            address: address.clone(),
            source,
        })
    }

    /// A TCP socket that is bound already: systemd's, or a test's.
    ///
    /// # Errors
    ///
    /// [`BindError`], when it is no socket to listen on.
    pub fn adopt(socket: TcpListener) -> Result<Self, BindError> {
        let address = socket.local_addr();
        // Those who wait in its backlog would not inherit what it is set to now.
        Self::of_tcp(socket, true).map_err(|source| BindError {
            address: address.map_or_else(|_| ListenAddr::any(0), Into::into),
            source,
        })
    }

    fn of_tcp(socket: TcpListener, must_prepare: bool) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?.into();
        Ok(Self {
            socket: Socket::Tcp(socket),
            address,
            must_prepare,
        })
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    match listen(address) {
        Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && is_lack_of_ipv6(&error) => {
            listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
        }
        result => result,
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    // A port that connections of an earlier run still linger on is free. On Windows the option means more.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    if tune::IS_INHERITED {
        // Before it listens: whoever comes from then on inherits it.
        tune::prepare(&socket);
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
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
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::{fs, io};

    pub(super) fn bind(path: &Path) -> io::Result<(UnixListener, UnixFile)> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
                fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            result => result?,
        };
        listener.set_nonblocking(true)?;
        let file = UnixFile {
            path: path.to_owned(),
            identity: identity(path),
        };
        Ok((listener, file))
    }

    /// The file of a Unix socket, which is removed when this is dropped.
    #[derive(Debug)]
    pub struct UnixFile {
        path: PathBuf,
        /// Which file is ours: another server may have replaced it.
        identity: Option<(u64, u64)>,
    }

    impl Drop for UnixFile {
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
            && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
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

    #[cfg(unix)]
    #[test]
    fn only_a_lack_of_ipv6_falls_back_to_ipv4() {
        use rustix::io::Errno;
        let error = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        assert!(is_lack_of_ipv6(&error(Errno::AFNOSUPPORT)));
        assert!(!is_lack_of_ipv6(&error(Errno::ADDRINUSE)));
        assert!(!is_lack_of_ipv6(&error(Errno::ACCESS)));
    }

    #[test]
    fn port_0_becomes_a_port_and_a_port_taken_is_named() {
        let first = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
        let ListenAddr::Tcp(address) = first.address else {
            panic!("{} is no TCP address", first.address)
        };
        assert_ne!(address.port(), 0);
        let error = Listener::bind(&first.address).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[test]
    fn an_accepted_connection_is_tuned_unless_it_is_said_that_it_must_be() {
        let bound = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
        let adopted = Listener::adopt(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        assert!(
            adopted.must_prepare,
            "some may wait in its backlog, and be as they are"
        );
        for listener in [bound, adopted] {
            let Socket::Tcp(socket) = &listener.socket else {
                panic!("{} is no TCP address", listener.address)
            };
            socket.set_nonblocking(false).unwrap();
            let _client = std::net::TcpStream::connect(socket.local_addr().unwrap()).unwrap();
            let (accepted, _) = socket.accept().unwrap();
            if listener.must_prepare {
                tune::prepare(&accepted);
            }
            assert!(accepted.nodelay().unwrap());
            #[cfg(any(target_os = "linux", target_os = "android"))]
            assert_eq!(
                socket2::SockRef::from(&accepted).tcp_notsent_lowat().unwrap(),
                tune::UNSENT_IN_KERNEL
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_of_a_killed_server_is_replaced_and_our_own_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rtmp");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "nobody has removed it");
        let address = ListenAddr::Unix(path.clone());
        let listener = Listener::bind(&address).unwrap();
        assert!(Listener::bind(&address).is_err(), "somebody listens");
        drop(listener);
        assert!(!path.exists());
    }
}
