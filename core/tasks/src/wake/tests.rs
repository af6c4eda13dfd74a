use std::ops::Range;
use std::task::{Wake, Waker};

use super::*;
use crate::still::{Count, Still};

fn list(tokens: &[Token]) -> WakeList {
    tokens.iter().copied().collect()
}

#[test]
fn a_wake_before_the_task_looks_is_not_lost_and_many_count_once() {
    let registry = Arc::new(WakeRegistry::default());
    let (a, b) = (registry.register(), registry.register());
    assert_ne!(a.token(), b.token());
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let cx = Context::from_waker(&waker);

    registry.wake(&mut list(&[a.token()]));
    assert!(a.take_wake(&cx));
    assert!(!a.take_wake(&cx));
    assert!(!b.take_wake(&cx));

    registry.wake(&mut list(&[a.token(), a.token()]));
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    registry.wake_all();
    assert!(a.take_wake(&cx) && b.take_wake(&cx));
}

/// Everybody in a room, and the crier of those in line.
struct Room {
    registry: Arc<WakeRegistry>,
    seats: Vec<Seat>,
    crier: Option<Crier>,
    /// How often the crier has been woken.
    called: Arc<Count>,
}

impl Room {
    /// The crier of a portion of three has found nobody, and sleeps.
    fn of(seats: usize) -> Self {
        let registry = Arc::new(WakeRegistry::default());
        let mut room = Self {
            seats: (0..seats).map(|_| registry.register()).collect(),
            crier: Some(Crier::new(Arc::clone(&registry), 3)),
            registry,
            called: Arc::default(),
        };
        assert_eq!(room.cry(), (Poll::Pending, 0));
        room
    }

    fn wake(&self, seats: Range<usize>) {
        let mut tokens = self.seats[seats].iter().map(Seat::token).collect();
        self.registry.wake(&mut tokens);
        assert!(tokens.is_empty());
    }

    /// Who has been woken since the last call.
    fn woken(&self) -> Vec<usize> {
        let cx = Context::from_waker(Waker::noop());
        let woken = |seat: &usize| self.seats[*seat].take_wake(&cx);
        (0..self.seats.len()).filter(woken).collect()
    }

    /// The crier has a turn; whether it asks for another one.
    fn cry(&mut self) -> (Poll<()>, u32) {
        let waker = Waker::from(Arc::clone(&self.called));
        Still::take_turns_given();
        let crier = self.crier.as_mut().unwrap();
        let poll = crier.cry::<Still>(&mut Context::from_waker(&waker));
        (poll, Still::take_turns_given())
    }

    fn called(&self) -> usize {
        self.called.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_crowd_is_woken_a_portion_at_a_time() {
    let mut room = Room::of(7);
    room.wake(0..7);
    assert_eq!((room.woken(), room.called()), (vec![], 1));
    for woken in [vec![0, 1, 2], vec![3, 4, 5], vec![6]] {
        assert_eq!(room.cry(), (Poll::Pending, 1));
        assert_eq!(room.woken(), woken);
    }
    assert_eq!(room.cry(), (Poll::Pending, 0), "nobody is left");
    assert_eq!((room.woken(), room.called()), (vec![], 1));

    room.wake(0..4);
    assert_eq!((room.woken(), room.called()), (vec![], 2), "it is woken again");
}

#[test]
fn whoever_comes_while_there_is_a_line_stands_behind_it() {
    let mut room = Room::of(6);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(!room.seats[5].come_again::<Still>(&mut cx), "there is none");
    assert_eq!(Still::take_turns_given(), 1);

    room.wake(0..4);
    room.wake(4..5);
    assert!(room.seats[5].come_again::<Still>(&mut cx));
    assert_eq!(Still::take_turns_given(), 0);
    assert_eq!((room.woken(), room.called()), (vec![], 1), "one call is enough");
    assert_eq!(room.cry(), (Poll::Pending, 1));
    assert_eq!(room.woken(), [0, 1, 2]);
    assert_eq!(room.cry(), (Poll::Pending, 1));
    assert_eq!(room.woken(), [3, 4, 5]);
}

#[test]
fn many_that_are_few_at_a_time_are_a_crowd() {
    let mut room = Room::of(4);
    room.wake(0..2);
    assert_eq!(room.woken(), [0, 1]);
    room.wake(2..4);
    assert_eq!((room.woken(), room.called()), (vec![], 1), "that would be four");
    assert_eq!(room.cry(), (Poll::Pending, 1));
    assert_eq!(room.woken(), [2, 3]);

    room.wake(0..1);
    assert_eq!(room.woken(), [0], "the third");
    room.wake(1..2);
    assert_eq!((room.woken(), room.called()), (vec![], 1), "it comes already");
    assert_eq!(room.cry(), (Poll::Pending, 1));
    assert_eq!(room.woken(), [1]);

    assert_eq!(room.cry(), (Poll::Pending, 0));
    room.wake(0..3);
    assert_eq!(room.woken(), [0, 1, 2], "all have had their turn");
}

#[test]
fn without_a_crier_nobody_waits() {
    let mut room = Room::of(8);
    room.registry.dismiss_crier();
    assert_eq!(room.called(), 1, "it may go");
    assert_eq!(room.cry(), (Poll::Ready(()), 0));
    room.wake(0..8);
    assert_eq!(room.woken().len(), 8);

    let mut room = Room::of(8);
    room.wake(0..8);
    room.crier = None;
    assert_eq!(room.woken().len(), 8, "the runtime has dropped it");
    room.wake(0..8);
    assert_eq!(room.woken().len(), 8);
}

#[test]
fn a_waker_that_panics_keeps_nobody_from_being_woken() {
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a host's may");
        }
    }

    let mut room = Room::of(5);
    let waker = Waker::from(Arc::new(Panics));
    room.seats[0].take_wake(&Context::from_waker(&waker));
    room.wake(0..5);
    assert_eq!(room.cry(), (Poll::Pending, 1));
    assert_eq!(room.woken(), [0, 1, 2]);
    room.seats[3].take_wake(&Context::from_waker(&waker));
    room.registry.wake_all();
    assert_eq!(room.woken(), [0, 1, 2, 3, 4]);
}

#[test]
fn a_token_given_up_is_used_again_and_waking_a_stranger_is_harmless() {
    let registry = Arc::new(WakeRegistry::default());
    let seats = [registry.register(), registry.register()];
    let token = seats[1].token();
    drop(seats);
    registry.wake(&mut list(&[token, Token(usize::MAX)]));
    assert_eq!(registry.register().token(), token);
}
