//! The loop that accepts connections. Nothing ends it but the server's own end.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use rtmp_core::host::{Full, Herald, PeerAddr, Trouble};
use rtmp_sockets::{Pause, Spare, TURN_AWAY_MAX, is_of_one_connection};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::admission::admit;
use crate::connection::now;
use crate::listen::{Accepted, Listener};
use crate::shared::Shared;

pub(crate) async fn accept(listener: Listener, shared: Arc<Shared>) {
    let mut spare = Spare::take();
    let mut pause = Pause::default();
    let mut trouble = Herald::default();
    let mut full = Herald::default();
    loop {
        match poll_fn(|cx| listener.poll_accept(cx)).await {
            Ok((socket, address)) => {
                pause.reset();
                if let Err(limit) = start(socket, address, &shared)
                    && let Some(times) = full.announce(now())
                {
                    shared.observer.on_trouble(&Trouble::Full {
                        address,
                        limit,
                        times,
                    });
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                turn_away(&mut spare, &listener).await;
                if trouble.announce(now()).is_some() {
                    shared.observer.on_trouble(&Trouble::Accept { error });
                }
                sleep(pause.lengthen()).await;
            }
        }
    }
}

fn start(socket: Accepted, address: PeerAddr, shared: &Arc<Shared>) -> Result<(), Full> {
    match socket {
        Accepted::Tcp(socket) => {
            tokio::spawn(admit(
                shared,
                socket,
                rtmp_sockets::acknowledge_now::<TcpStream>,
                address,
            )?);
        }
        #[cfg(unix)]
        Accepted::Unix(socket) => {
            tokio::spawn(admit(shared, socket, |_| (), address)?);
        }
    }
    Ok(())
}

/// Accepts and closes those who wait, with the descriptor that was kept for this.
async fn turn_away(spare: &mut Spare, listener: &Listener) {
    poll_fn(|cx| {
        spare.give_up_for(|| {
            for _ in 0..TURN_AWAY_MAX {
                if !matches!(listener.poll_accept(cx), Poll::Ready(Ok(_))) {
                    break;
                }
            }
        });
        Poll::Ready(())
    })
    .await;
}
