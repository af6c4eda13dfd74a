//! Listeners, and the loop that accepts from one. Nothing ends it but the server's own end.

use std::future::poll_fn;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::task::Poll;

use rtmp_core::host::{Full, Herald, ListenAddr, PeerAddr, Protection, Transport, Trouble, guarded};
use rtmp_sockets::{BindError, Pause, Socket, Spare, TURN_AWAY_MAX, is_of_one_connection};

use crate::admission::admit;
use crate::runtime::{Accept, Serve};
use crate::shared::Shared;

/// Connections accepted in a row, before the other tasks of the thread get their turn, and those who stand in line.
const ACCEPTS: u32 = 64;

/// A socket that connections come from.
pub(crate) struct Listener<R: Serve> {
    socket: Listening<R>,
    pub(crate) address: ListenAddr,
    protection: Protection,
}

enum Listening<R: Serve> {
    Tcp {
        listener: <R as Accept<TcpListener>>::Listener,
        must_prepare: bool,
    },
    #[cfg(unix)]
    Unix {
        listener: <R as Accept<UnixListener>>::Listener,
        _file: rtmp_sockets::UnixFile,
    },
}

impl<R: Serve> Listener<R> {
    /// The runtime watches the socket from here on.
    pub(crate) fn new(bound: rtmp_sockets::Listener, protection: Protection) -> Result<Self, BindError> {
        let address = bound.address;
        let socket = match bound.socket {
            Socket::Tcp(listener) => R::watch(listener).map(|listener| Listening::Tcp {
                listener,
                must_prepare: bound.must_prepare,
            }),
            #[cfg(unix)]
            Socket::Unix(listener, file) => R::watch(listener).map(|listener| Listening::Unix {
                listener,
                _file: file,
            }),
        };
        match socket {
            Ok(socket) => Ok(Self {
                socket,
                address,
                protection,
            }),
            Err(source) => Err(BindError { address, source }),
        }
    }

    /// Accepts for ever.
    pub(crate) async fn accept(self, shared: Arc<Shared>) {
        let protection = &self.protection;
        match &self.socket {
            Listening::Tcp {
                listener,
                must_prepare,
            } => {
                accept::<R, TcpListener>(listener, protection, &shared, |socket, address, transport| {
                    if *must_prepare {
                        rtmp_sockets::prepare(&socket);
                    }
                    let acknowledge_now = rtmp_sockets::acknowledge_now;
                    R::spawn(admit::<R, _>(
                        &shared,
                        socket,
                        acknowledge_now,
                        address,
                        transport,
                    )?);
                    Ok(())
                })
                .await;
            }
            #[cfg(unix)]
            Listening::Unix { listener, .. } => {
                accept::<R, UnixListener>(listener, protection, &shared, |socket, address, transport| {
                    R::spawn(admit::<R, _>(&shared, socket, |_| (), address, transport)?);
                    Ok(())
                })
                .await;
            }
        }
    }
}

async fn accept<R: Accept<L>, L>(
    listener: &R::Listener,
    protection: &Protection,
    shared: &Shared,
    admit: impl Fn(R::Stream, PeerAddr, Transport) -> Result<(), Full>,
) {
    // What the host does about it is no listener's fault.
    let tell = |trouble| drop(guarded(|| shared.observer.on_trouble(&trouble)));
    let mut spare = Spare::take();
    let mut pause = Pause::default();
    let mut trouble = Herald::default();
    let mut full = Herald::default();
    let (mut in_a_row, mut is_in_line) = (0, false);
    let seat = shared.wakes.register();
    loop {
        let accepted = poll_fn(|cx| {
            if is_in_line && !seat.take_wake(cx) {
                return Poll::Pending;
            }
            is_in_line = false;
            if in_a_row == ACCEPTS {
                in_a_row = 0;
                seat.take_wake(cx);
                is_in_line = seat.come_again::<R>(cx);
                return Poll::Pending;
            }
            let accepted = R::poll_accept(listener, cx);
            in_a_row = if accepted.is_ready() { in_a_row + 1 } else { 0 };
            accepted
        });
        let accepted = accepted.await;
        match accepted.and_then(|(socket, address)| Ok((socket, address, protection.accept()?))) {
            Ok((socket, address, transport)) => {
                pause.reset();
                if let Err(limit) = admit(socket, address, transport)
                    && let Some(times) = full.announce(R::now())
                {
                    tell(Trouble::Full {
                        address,
                        limit,
                        times,
                    });
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                turn_away::<R, L>(&mut spare, listener).await;
                if trouble.announce(R::now()).is_some() {
                    tell(Trouble::Accept { error });
                }
                R::timer(R::now() + pause.lengthen()).await;
            }
        }
    }
}

/// Accepts and closes those who wait, with the descriptor that was kept for this.
async fn turn_away<R: Accept<L>, L>(spare: &mut Spare, listener: &R::Listener) {
    poll_fn(|cx| {
        spare.give_up_for(|| {
            for _ in 0..TURN_AWAY_MAX {
                if !matches!(R::poll_accept(listener, cx), Poll::Ready(Ok(_))) {
                    break;
                }
            }
        });
        Poll::Ready(())
    })
    .await;
}
