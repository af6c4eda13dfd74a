//! Sockets to listen on, and what comes from them.

use std::io;
use std::task::{Context, Poll};

use rtmp_core::host::{ListenAddr, PeerAddr};
use rtmp_sockets::{BindError, Socket};
use tokio::net::{TcpListener, TcpStream};

/// A socket that connections come from.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Listening,
    pub(crate) address: ListenAddr,
}

#[derive(Debug)]
enum Listening {
    Tcp {
        listener: TcpListener,
        must_prepare: bool,
    },
    #[cfg(unix)]
    Unix {
        listener: tokio::net::UnixListener,
        _file: rtmp_sockets::UnixFile,
    },
}

/// What a listener has accepted.
pub(crate) enum Accepted {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Listener {
    /// The runtime watches the socket from here on.
    pub(crate) fn new(bound: rtmp_sockets::Listener) -> Result<Self, BindError> {
        let address = bound.address;
        let socket = match bound.socket {
            Socket::Tcp(listener) => TcpListener::from_std(listener).map(|listener| Listening::Tcp {
                listener,
                must_prepare: bound.must_prepare,
            }),
            #[cfg(unix)]
            Socket::Unix(listener, file) => {
                tokio::net::UnixListener::from_std(listener).map(|listener| Listening::Unix {
                    listener,
                    _file: file,
                })
            }
        };
        match socket {
            Ok(socket) => Ok(Self { socket, address }),
            Err(source) => Err(BindError { address, source }),
        }
    }

    pub(crate) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Accepted, PeerAddr)>> {
        match &self.socket {
            Listening::Tcp {
                listener,
                must_prepare,
            } => listener.poll_accept(cx).map_ok(|(stream, address)| {
                if *must_prepare {
                    rtmp_sockets::prepare(&stream);
                }
                (Accepted::Tcp(stream), address.into())
            }),
            #[cfg(unix)]
            Listening::Unix { listener, .. } => listener
                .poll_accept(cx)
                .map_ok(|(stream, _)| (Accepted::Unix(stream), PeerAddr::Unix)),
        }
    }
}
