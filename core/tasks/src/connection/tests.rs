//! A connection on a script in the place of a socket.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU8, AtomicU64};
use std::task::Waker;
use std::time::Duration;

use rtmp_core::host::{ConnectionLimits, PeerAddr, ServerSettings, Ticks};
use rtmp_core::hub::HubConfig;
use rtmp_core::session::AllowAll;
use rtmp_sockets::Shards;

use super::*;
use crate::coalescing::ReadLatency;
use crate::place::SharedCensus;
use crate::still::Still;
use crate::timekeeper::Timekeeper;
use crate::wake::Crier;

/// What comes, read by read, and how often that was acknowledged at once.
#[derive(Default)]
struct Script {
    reads: VecDeque<Vec<u8>>,
    acknowledged: Cell<u8>,
}

impl Io<Script> for Still {
    fn poll_read(
        mut stream: Pin<&mut Script>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Some(bytes) = stream.reads.pop_front() else {
            return Poll::Pending;
        };
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write(_: Pin<&mut Script>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        _: Pin<&mut Script>,
        _: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buffers.iter().map(|buffer| buffer.len()).sum()))
    }

    fn poll_flush(_: Pin<&mut Script>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_half_close(_: Pin<&mut Script>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn connection() -> Connection<Still, Script> {
    let shared = Shared {
        terms: RwLock::new(Arc::new(ServerSettings::default().into())),
        policy: Arc::new(AllowAll),
        authorize: None,
        observer: Box::new(()),
        hubs: Shards::new(HubConfig::default(), 1),
        read_latency: ReadLatency::new(Duration::ZERO),
        now: Still::now,
        timekeeper: Timekeeper::default(),
        ticks: Ticks::new(Still::now()),
        wakes: Arc::default(),
        census: Arc::new(SharedCensus::new(ConnectionLimits::default())),
        phase: AtomicU8::new(Phase::Serving as u8),
        connections: AtomicU64::new(0),
    };
    let address = PeerAddr::from(SocketAddr::from(([192, 0, 2, 1], 1)));
    let place = shared.census.enter(address).unwrap();
    let acknowledge_now = |socket: &Script| socket.acknowledged.set(socket.acknowledged.get() + 1);
    let peer = Peer::new(1, address);
    Connection::new(
        Arc::new(shared),
        Script::default(),
        acknowledge_now,
        peer,
        Transport::default(),
        place,
    )
}

#[test]
fn what_opens_a_connection_is_acknowledged_at_once_unless_it_is_answered() {
    let mut connection = connection();
    let mut come = |reads: &[&[u8]]| {
        let reads = reads.iter().map(|bytes| bytes.to_vec());
        connection.wire.socket.reads.extend(reads);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(connection.poll(&mut cx).is_pending());
        connection.wire.socket.acknowledged.get()
    };
    // C0 and C1, which S0, S1 and S2 answer; C2, which nothing does.
    assert_eq!(come(&[&[3], &[0; 1536]]), 0);
    assert_eq!(come(&[&[0; 1536]]), 1);
    // A command of 100 bytes on chunk stream 3, of which some come, one by one.
    assert_eq!(come(&[b"\x03\0\0\0\0\0\x64\x14\0\0\0\0"]), 2);
    for read in 5..OPENING_READS {
        assert_eq!(come(&[&[0]]), read - 2);
    }
    let all = OPENING_READS - 2;
    assert_eq!(come(&[&[0], &[0]]), all, "the first of the two is one of them");
    assert_eq!(come(&[&[0]]), all);
}

#[test]
fn who_sends_more_than_its_turns_take_is_read_again_behind_those_in_line() {
    let mut connection = connection();
    let mut cx = Context::from_waker(Waker::noop());
    let mut left = |connection: &mut Connection<Still, Script>| {
        assert!(connection.poll(&mut cx).is_pending());
        connection.wire.socket.reads.len()
    };
    // C0 and C1, C2, and 36 times an acknowledgement of nothing.
    let hello = [vec![3], vec![0; 1536], vec![0; 1536]];
    connection.wire.socket.reads.extend(hello);
    assert_eq!(left(&mut connection), 0);
    let acknowledgement = b"\x02\0\0\0\0\0\x04\x03\0\0\0\0\0\0\0\0";
    let reads = (0..36).map(|_| acknowledgement.to_vec());
    connection.wire.socket.reads.extend(reads);

    let wakes = Arc::clone(&connection.shared.wakes);
    let mut crier = Crier::new(Arc::clone(&wakes), 1);
    let mut cry = || {
        assert!(
            crier
                .cry::<Still>(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        )
    };
    let others = [wakes.register(), wakes.register()];
    wakes.wake(&mut others.iter().map(Seat::token).collect());
    Still::take_turns_given();
    assert_eq!(left(&mut connection), 20, "four turns of four reads");
    assert_eq!(left(&mut connection), 20, "two are before it");
    assert_eq!(Still::take_turns_given(), 0);
    cry();
    cry();
    assert_eq!(left(&mut connection), 20, "they have been woken");
    cry();
    Still::take_turns_given();
    assert_eq!(left(&mut connection), 4);
    assert_eq!(Still::take_turns_given(), 1, "there is no line");
    assert_eq!(left(&mut connection), 0);
}
