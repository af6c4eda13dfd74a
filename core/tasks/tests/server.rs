//! A server on a runtime that the test is: it owns the clock, it polls the tasks, and it decides what comes from the sockets.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fs::File;
use std::future::{Future, pending};
use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::{Pin, pin};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use rtmp_core::host::{End, Observer, Peer, PeerAddr, Trouble};
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_tasks::{Accept, Builder, Handle, Io, Player, Publisher, Runtime, Server};

thread_local! {
    static NOW: Cell<Instant> = Cell::new(Instant::now());
    static TASKS: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>> = RefCell::default();
    static AT_THE_DOOR: RefCell<VecDeque<io::Result<()>>> = RefCell::default();
    static TURNS_GIVEN: Cell<u32> = const { Cell::new(0) };
}

enum Scripted {}

/// Ready when the test's clock says so.
struct Timer(Instant);

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 <= NOW.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Runtime for Scripted {
    type Timer = Timer;

    fn threads() -> usize {
        2
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        TASKS.with_borrow_mut(|tasks| tasks.push(Box::pin(task)));
    }

    fn come_again(_: &mut Context<'_>) {
        TURNS_GIVEN.set(TURNS_GIVEN.get() + 1);
    }

    fn now() -> Instant {
        NOW.get()
    }

    fn timer(at: Instant) -> Timer {
        Timer(at)
    }

    fn reset(timer: &mut Timer, at: Instant) {
        timer.0 = at;
    }
}

/// A peer that says nothing, reads nothing, and never goes.
struct Mute(File);

impl AsFd for Mute {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Io<Mute> for Scripted {
    fn poll_read(_: Pin<&mut Mute>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_write(_: Pin<&mut Mute>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_write_vectored(
        _: Pin<&mut Mute>,
        _: &mut Context<'_>,
        _: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_flush(_: Pin<&mut Mute>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_half_close(_: Pin<&mut Mute>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<L> Accept<L> for Scripted {
    type Listener = ();
    type Stream = Mute;

    fn watch(_: L) -> io::Result<()> {
        Ok(())
    }

    fn poll_accept((): &(), _: &mut Context<'_>) -> Poll<io::Result<(Mute, PeerAddr)>> {
        let Some(next) = AT_THE_DOOR.with_borrow_mut(VecDeque::pop_front) else {
            return Poll::Pending;
        };
        let address: SocketAddr = "127.0.0.1:9".parse().unwrap();
        Poll::Ready(next.map(|()| (Mute(File::open("/dev/null").unwrap()), address.into())))
    }
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Heard {
    fn on_end(&self, peer: &Peer, end: &End) {
        self.add(format!("{} ends: {}", peer.id, end.reason));
    }

    fn on_trouble(&self, trouble: &Trouble) {
        let Trouble::Accept { error } = trouble else {
            panic!("{trouble:?}")
        };
        self.add(format!("trouble: {}", error.kind()));
        panic!("an observer may");
    }
}

/// A server with one listener, which the test polls.
async fn server(heard: &Heard) -> Server<Scripted> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let builder: Builder<Scripted> = Server::builder();
    builder
        .listener(listener)
        .observer(heard.clone())
        .bind()
        .await
        .unwrap()
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match poll(pin!(future)) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls what has been spawned, and forgets what is done.
fn run_tasks() {
    let mut tasks = TASKS.take();
    tasks.retain_mut(|task| poll(task.as_mut()).is_pending());
    TASKS.set(tasks);
}

fn arrive(next: impl IntoIterator<Item = io::Result<()>>) {
    AT_THE_DOOR.with_borrow_mut(|door| door.extend(next));
}

fn waiting() -> usize {
    AT_THE_DOOR.with_borrow(VecDeque::len)
}

fn pass(time: Duration) {
    NOW.set(NOW.get() + time);
}

#[test]
fn a_crowd_at_the_door_leaves_others_their_turn() {
    let server = ready(server(&Heard::default()));
    let handle = server.handle();
    arrive((0..100).map(|_| Ok(())));
    let mut serving = pin!(server.serve(pending()));
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!((handle.connections(), TURNS_GIVEN.get()), (64, 1));
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!((handle.connections(), TURNS_GIVEN.get()), (100, 1));
}

/// Players of a stream within the program, asleep, and whoever publishes it.
fn room(handle: &Handle<Scripted>, players: usize) -> (Publisher, Vec<Player>) {
    let key = StreamKey::new("live/room");
    let publisher = handle.publish(&key).unwrap();
    let mut players: Vec<_> = (0..players).map(|_| handle.play(&key)).collect();
    for player in &mut players {
        while poll(pin!(player.next())).is_ready() {}
    }
    (publisher, players)
}

/// A key frame.
fn picture() -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(0),
        payload: vec![0x17, 1, 0, 0, 0, 0x65].into(),
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_crowd_of_players_is_woken_a_portion_at_a_time() {
    let server = ready(server(&Heard::default()));
    let handle = server.handle();
    let mut serving = pin!(server.serve(pending()));
    assert!(poll(serving.as_mut()).is_pending());
    run_tasks();
    let (mut publisher, mut players) = room(&handle, 200);
    let woken = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&woken));
    for player in &mut players {
        assert!(player.poll_next(&mut Context::from_waker(&waker)).is_pending());
    }
    publisher.send(picture()).unwrap();
    // 48 for each thread.
    for so_far in [0, 96, 192, 200] {
        assert_eq!(woken.0.load(Relaxed), so_far);
        run_tasks();
    }
}

#[test]
fn a_crowd_at_the_door_stands_behind_those_in_line() {
    let server = ready(server(&Heard::default()));
    let handle = server.handle();
    let woken = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let mut serving = pin!(server.serve(pending()));
    assert!(serving.as_mut().poll(&mut cx).is_pending());
    run_tasks();
    let (mut publisher, _players) = room(&handle, 97);
    publisher.send(picture()).unwrap();
    arrive((0..100).map(|_| Ok(())));
    TURNS_GIVEN.set(0);
    assert!(serving.as_mut().poll(&mut cx).is_pending());
    assert_eq!((handle.connections(), TURNS_GIVEN.get()), (64, 0));
    run_tasks();
    assert!(serving.as_mut().poll(&mut cx).is_pending());
    assert_eq!(
        handle.connections(),
        64,
        "its task may be polled for another reason"
    );
    assert_eq!(woken.0.load(Relaxed), 0, "it is behind the players");
    run_tasks();
    assert_eq!(woken.0.load(Relaxed), 1);
    assert!(serving.as_mut().poll(&mut cx).is_pending());
    assert_eq!(handle.connections(), 100);
}

#[test]
fn what_does_not_accept_is_told_once_and_tried_again_after_a_pause() {
    let heard = Heard::default();
    let server = ready(server(&heard));
    let handle = server.handle();
    let mut serving = pin!(server.serve(pending()));
    let exhausted = || Err(io::ErrorKind::OutOfMemory.into());
    // One that waits is accepted and closed with the descriptor that was kept.
    arrive([exhausted(), Ok(()), exhausted()]);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!((handle.connections(), waiting()), (0, 0));

    arrive([exhausted(), exhausted(), Ok(())]);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(waiting(), 3, "nothing is accepted in the pause");
    pass(Duration::from_millis(10));
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(waiting(), 1);
    pass(Duration::from_millis(20));
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!((handle.connections(), waiting()), (1, 0));
    assert_eq!(heard.lines(), ["trouble: out of memory"]);
}

#[test]
fn a_connection_that_was_gone_before_it_was_accepted_is_passed_over() {
    let heard = Heard::default();
    let server = ready(server(&heard));
    let handle = server.handle();
    let mut serving = pin!(server.serve(pending()));
    arrive([Err(io::ErrorKind::ConnectionAborted.into()), Ok(())]);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(handle.connections(), 1);
    assert_eq!(heard.lines(), [""; 0]);
}

#[test]
fn a_server_that_stops_waits_no_longer_than_it_is_told_to() {
    let heard = Heard::default();
    let server = ready(server(&heard));
    let handle = server.handle();
    let mut serving = pin!(server.serve(pending()));
    arrive([Ok(())]);
    assert!(poll(serving.as_mut()).is_pending());
    run_tasks();
    handle.shutdown();
    arrive([Ok(())]);
    assert!(poll(serving.as_mut()).is_pending());
    assert_eq!(waiting(), 1, "nobody is let in any more");
    run_tasks();
    assert_eq!(handle.connections(), 1);
    pass(Duration::from_secs(5));
    assert!(poll(serving.as_mut()).is_pending());
    run_tasks();
    assert!(poll(serving.as_mut()).is_ready());
    assert_eq!(heard.lines(), ["1 ends: the server stops"]);
}

#[test]
fn a_server_that_is_empty_stops_at_once() {
    let server = ready(server(&Heard::default()));
    ready(server.serve(async {}));
}
