//! Servers that are silent.

use std::io::Read;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rtmp_core::chunk::Message;
use rtmp_core::connection::client::Role;
use rtmp_core::connection::{Error, Timer};
use rtmp_core::host::CallError;
use rtmp_core::message::UserControl;

use super::scripted::Scripted;
use super::{Dialling, frame, heard, limited, next_media, of_connection};
use crate::talk::{STREAM, inter_frame, keyframe, user_control};

/// Short, but not so short that a busy machine can't answer in time.
const SHORT: Duration = Duration::from_millis(300);

/// A machine that is busy comes late, but not so late.
const LATE: Duration = Duration::from_secs(5);

pub(crate) fn a_server_without_a_handshake_is_given_up(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        // With digests, and once more without.
        [door.socket(), door.socket()].map(|mut socket| {
            let mut said = Vec::new();
            let _ = socket.read_to_end(&mut said);
            said.len()
        })
    });
    let started = Instant::now();
    let settings = limited(|limits| limits.handshake_timeout = SHORT);
    let error = of_connection(runtime.call(&server.url, Role::Player, settings));
    assert_eq!(error, Error::TimedOut(Timer::Handshake));
    assert!((2 * SHORT..LATE).contains(&started.elapsed()));
    assert_eq!(server.end(), [1537; 2], "C0 and C1, and no more");
}

pub(crate) fn a_server_that_does_not_answer_is_given_up(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut stubborn = door.guest();
        stubborn.wait_for_command("connect");
        stubborn.read_to_the_end();
        drop(stubborn);
        let mut moody = door.connected();
        moody.create_stream(STREAM);
        moody.wait_for_command("publish");
        moody.read_to_the_end();
        drop(moody);
        // Who plays may have to wait for a publisher.
        let mut patient = door.connected();
        patient.create_stream(STREAM);
        patient.wait_for_command("play");
        std::thread::sleep(2 * SHORT);
        patient.status(STREAM, "NetStream.Play.Start");
        patient.read_to_the_end();
    });
    let settings = limited(|limits| limits.answer_timeout = SHORT);
    let call = |role| runtime.call(&server.url, role, settings.clone());
    assert_eq!(
        of_connection(call(Role::Publisher)),
        Error::TimedOut(Timer::Answer)
    );
    let mut client = call(Role::Publisher).expect("it is let in");
    let refused = of_connection(client.publish("room"));
    assert_eq!(refused, Error::TimedOut(Timer::Answer));
    let mut client = call(Role::Player).expect("it is let in");
    client.play("room").unwrap();
    client.close().unwrap();
    server.end();
}

/// The server is there as long as it answers pings, however little it says; then it is as if its machine had lost its
/// network.
pub(crate) fn a_server_that_goes_silent_is_noticed(runtime: &dyn Dialling) {
    const ANSWERED: usize = 3;
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.player();
        let mut pings = 0;
        while let Some(message) = guest.next_message_unanswered() {
            if let Some(UserControl::PingRequest(time)) = user_control(&message) {
                pings += 1;
                if pings <= ANSWERED {
                    guest.send(&UserControl::PingResponse(Some(time)).to_message());
                }
            }
        }
        pings
    });
    let settings = limited(|limits| {
        limits.ping_interval = SHORT;
        limits.ping_timeout = 2 * SHORT;
    });
    let mut player = runtime.call(&server.url, Role::Player, settings).unwrap();
    player.play("room").unwrap();
    let started = Instant::now();
    let (_, error) = heard(&mut *player);
    assert!(
        matches!(
            error,
            Some(CallError::Connection(Error::TimedOut(Timer::PingResponse)))
        ),
        "{error:?}"
    );
    let least = SHORT * (ANSWERED as u32 + 1) + 2 * SHORT;
    assert!((least * 9 / 10..2 * LATE).contains(&started.elapsed()));
    assert_eq!(server.end(), ANSWERED + 1);
}

/// It does something else for longer than a server may be silent, and meanwhile no more is read than a client keeps.
pub(crate) fn a_host_that_takes_its_time_keeps_its_server(runtime: &dyn Dialling) {
    const FRAMES: u32 = 6;
    let payload = || inter_frame(300_000);
    let server = Scripted::start(runtime, move |door| {
        let mut guest = door.player();
        for number in 0..FRAMES {
            guest.send_video(number, payload());
        }
        guest.read_to_the_end();
    });
    let settings = limited(|limits| {
        limits.ping_interval = SHORT;
        limits.ping_timeout = SHORT;
    });
    let mut player = runtime.call(&server.url, Role::Player, settings).unwrap();
    let room = player.play("room").unwrap();
    for number in 0..FRAMES {
        assert_eq!(next_media(&mut *player), (room, frame(number, payload())));
        if number % 2 == 0 {
            std::thread::sleep(2 * SHORT);
        } else {
            // Nothing can be sent there, but bytes move while that is waited for.
            let other = player.send_within(3 * SHORT, room, frame(0, keyframe(1)));
            assert!(other.is_none(), "{other:?}");
        }
    }
    player.close().unwrap();
    server.end();
}

/// The answer to a ping is there when its time is over, and nobody has read it.
pub(crate) fn what_has_come_while_the_host_was_busy_has_come(runtime: &dyn Dialling) {
    let (tell, told) = mpsc::channel();
    let (ask, asked) = mpsc::channel();
    let server = Scripted::start(runtime, move |door| {
        let mut guest = door.player();
        let is_ping = |message: &Message| matches!(user_control(message), Some(UserControl::PingRequest(_)));
        while !is_ping(&guest.next_message_unanswered().expect("it pings")) {}
        tell.send(()).unwrap();
        asked.recv().unwrap();
        guest.send_video(0, keyframe(1));
        tell.send(()).unwrap();
        guest.read_to_the_end();
    });
    let settings = limited(|limits| {
        limits.ping_interval = SHORT;
        limits.ping_timeout = SHORT;
    });
    let mut player = runtime.call(&server.url, Role::Player, settings).unwrap();
    let room = player.play("room").unwrap();
    // Nothing can be sent there, but bytes move while that is waited for.
    while told.try_recv().is_err() {
        assert!(
            player
                .send_within(SHORT / 10, room, frame(0, keyframe(1)))
                .is_none()
        );
    }
    ask.send(()).unwrap();
    told.recv().unwrap();
    std::thread::sleep(2 * SHORT);
    assert_eq!(next_media(&mut *player), (room, frame(0, keyframe(1))));
    player.close().unwrap();
    server.end();
}

/// Many servers answer no pings, and no other program that publishes sends any. Who takes what is published is there.
pub(crate) fn a_server_that_takes_what_is_published_is_not_pinged(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.publisher();
        let mut videos = 0;
        let mut pings = 0;
        while let Some(message) = guest.next_message_unanswered() {
            pings += usize::from(user_control(&message).is_some());
            videos += usize::from(message.payload == keyframe(1));
        }
        (pings, videos)
    });
    let settings = limited(|limits| {
        limits.ping_interval = SHORT;
        limits.ping_timeout = SHORT;
    });
    let mut publisher = runtime.call(&server.url, Role::Publisher, settings).unwrap();
    let room = publisher.publish("room").unwrap();
    let started = Instant::now();
    let mut sent = 0;
    while started.elapsed() < 3 * SHORT {
        publisher.send(room, frame(0, keyframe(1))).unwrap();
        sent += 1;
        std::thread::sleep(SHORT / 10);
    }
    publisher.close().unwrap();
    assert_eq!(server.end(), (0, sent));
}

pub(crate) fn a_server_that_pings_is_answered(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.player();
        for time in [0, 1, 0x8000_0000, u32::MAX] {
            guest.send(&UserControl::PingRequest(time).to_message());
            loop {
                let message = guest.next_message_unanswered().expect("it stays");
                if let Some(UserControl::PingResponse(answer)) = user_control(&message) {
                    assert_eq!(answer, Some(time));
                    break;
                }
            }
        }
    });
    let mut player = runtime.call(&server.url, Role::Player, limited(|_| {})).unwrap();
    player.play("room").unwrap();
    // It has nothing to do but to wait.
    let (_, error) = heard(&mut *player);
    assert!(matches!(error, Some(CallError::Closed)), "{error:?}");
    server.end();
}

/// What waits to be sent does so in vain.
pub(crate) fn a_server_that_stops_reading_is_given_up(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let guest = door.publisher();
        std::thread::sleep(3 * SHORT);
        guest
    });
    let settings = limited(|limits| limits.stall_timeout = 2 * SHORT);
    let mut publisher = runtime.call(&server.url, Role::Publisher, settings).unwrap();
    let room = publisher.publish("room").unwrap();
    let started = Instant::now();
    let error = loop {
        if let Err(error) = publisher.send(room, frame(0, vec![0x27; 100_000])) {
            break error;
        }
    };
    assert_eq!(of_connection::<()>(Err(error)), Error::TimedOut(Timer::Stall));
    assert!((2 * SHORT..2 * LATE).contains(&started.elapsed()));
    server.end();
}
