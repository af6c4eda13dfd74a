//! What a server costs and survives as a process: descriptors, memory, a signal.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::chunk::MessageType;
use rtmp_core::units::ChunkSize;
use rtmp_tests::scratch;
use rtmp_tests::server::{Binary, Server};

use crate::PATIENCE;
use crate::client::{self, Client, reset};
use crate::talk::{AVC_HEADER, inter_frame, keyframe};

/// A server as it is started by hand.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) binary: Binary,
    pub(crate) options: &'static [&'static str],
}

pub(crate) const RTMP: Program = Program {
    name: "rtmp",
    binary: Binary::Rtmp,
    options: &[],
};
pub(crate) const RTMP_MIO: Program = Program {
    name: "rtmp_mio",
    binary: Binary::RtmpMio,
    options: &[],
};
pub(crate) const RTMP_MIO_2_WORKERS: Program = Program {
    name: "rtmp_mio_2_workers",
    binary: Binary::RtmpMio,
    options: &["--workers", "2"],
};

impl Program {
    fn start(&self, scenario: &str) -> Server {
        let directory = scratch::directory(&format!("{}_{scenario}", self.name));
        Server::start(self.binary, &directory, self.options)
    }
}

/// Five thousand connections come to each of the stages that a connection has, and are reset.
pub(crate) fn connections_that_are_reset_leave_nothing_behind(program: &Program) {
    const AT_A_TIME: usize = 100;
    const TIMES: usize = 50;
    /// What an allocator keeps for the next ones. Four hundred bytes of each would be as much.
    const KEPT: u64 = 2 << 20;
    let server = program.start("resets");
    let mut bystander = client_of(&server);
    bystander.publish("bystander");
    let come_and_go = |times: usize| {
        let before = server.descriptors();
        for time in 0..times {
            // A name is free once the server has heard of the reset: the next ones take others.
            let first = time * AT_A_TIME;
            let numbers = first..first + AT_A_TIME;
            let sockets: Vec<_> = numbers.map(|n| connection(&server, n)).collect();
            sockets.into_iter().for_each(reset);
        }
        until(|| server.descriptors() <= before);
    };
    // The first ones make it grow to what a hundred at a time need.
    come_and_go(2);
    let memory = server.memory();
    come_and_go(TIMES);
    let kept = server.memory().saturating_sub(memory);
    assert!(kept < KEPT, "{kept} bytes more than before");

    let mut player = client_of(&server);
    player.play("bystander");
    bystander.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));
}

/// A connection at one of the stages.
fn connection(server: &Server, number: usize) -> TcpStream {
    match number % 5 {
        0 => socket_of(server),
        1 => {
            let mut socket = socket_of(server);
            socket.write_all(&[3; 1000]).unwrap();
            socket
        }
        2 => Client::open(socket_of(server), usize::MAX).into_socket(),
        3 => client_of(server).into_socket(),
        _ => {
            let mut publisher = client_of(server);
            publisher.publish(&format!("room{number}"));
            publisher.send_video(0, keyframe(1));
            publisher.into_socket()
        }
    }
}

/// More connections come than there are descriptors for.
pub(crate) fn running_out_of_descriptors_is_survived(program: &Program) {
    const DESCRIPTORS: usize = 48;
    const TOO_MANY: usize = 80;
    let directory = scratch::directory(&format!("{}_descriptors", program.name));
    let options = [program.options, &["--max-connections", "1000"]].concat();
    let server = Server::start_with_descriptors(DESCRIPTORS, program.binary, &directory, &options);
    let mut publisher = client_of(&server);
    publisher.publish("room");
    let mut player = client_of(&server);
    player.play("room");

    let mut crowd: Vec<_> = (0..TOO_MANY).map(|_| socket_of(&server)).collect();
    // Who is one too many is told so, instead of waiting for an answer that does not come.
    let last = crowd.last_mut().unwrap();
    assert_eq!(last.read(&mut [0; 16]).unwrap_or(0), 0);
    until(|| server.output().contains("cannot accept connections"));

    // Those who are here notice nothing, and the server does not run in circles for a descriptor.
    let (started, ticks) = (Instant::now(), server.ticks());
    let mut n = 0;
    while started.elapsed() < Duration::from_secs(1) {
        publisher.send_video(u32::from(n) * 20, keyframe(n));
        assert_eq!(player.next_video().payload, keyframe(n));
        thread::sleep(Duration::from_millis(20));
        n += 1;
    }
    let ticks = server.ticks() - ticks;
    assert!(
        ticks < 50,
        "it was busy for {ticks} of 100 hundredths of a second"
    );

    // Once there is room, the next ones are let in.
    drop(crowd);
    until(|| server.descriptors() < DESCRIPTORS / 2);
    let mut next = client_of(&server);
    next.play("room");
    publisher.send_video(10_000, keyframe(200));
    while next.next_video().payload != keyframe(200) {}
}

/// Players that read nothing cost what one log and their own queues hold, however much is published.
pub(crate) fn stuck_players_cost_bounded_memory(program: &Program) {
    const STUCK: usize = 10;
    const FRAME: usize = 100_000;
    /// The log of a stream (16 MB), and 256 kB and a frame for each player; twice that, for allocators have holes. 200 MB
    /// are published.
    const MOST: u64 = 40 << 20;
    /// What may come to that after the first 40 MB, in holes.
    const FLAT: u64 = 16 << 20;
    let server = program.start("stuck");
    let mut publisher = client_of(&server);
    publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
    publisher.publish("room");
    publisher.send_video(0, AVC_HEADER);
    let mut quick = client_of(&server);
    quick.play("room");
    let reading = thread::spawn(move || while quick.next_video().payload != keyframe(255) {});
    let mut stuck: Vec<_> = (0..STUCK).map(|_| client_of(&server)).collect();
    for player in &mut stuck {
        player.play("room");
    }
    let start = server.memory();

    // A key frame comes twice in a second of the media's time, which goes four times as fast as ours.
    let mut time = 0;
    let mut publish = |frames: u32| {
        for n in 0..frames {
            time += 10;
            if n % 50 == 0 {
                publisher.send_video(time, keyframe(0));
            }
            publisher.send_video(time, inter_frame(FRAME));
            thread::sleep(Duration::from_millis(1));
        }
        server.memory()
    };
    let soon = publish(400);
    let later = publish(1600);
    assert!(later.saturating_sub(start) < MOST, "{start} bytes became {later}");
    assert!(later.saturating_sub(soon) < FLAT, "{soon} bytes became {later}");

    publisher.send_video(time, keyframe(255));
    reading.join().expect("who reads is sent the last frame");
}

/// What is on its way when the signal comes arrives, and then the news that this is the end.
pub(crate) fn a_signal_flushes_and_ends_well(program: &Program) {
    const FRAMES: u32 = 60;
    const FRAME: usize = 50_000;
    let server = program.start("signal");
    let mut publisher = client_of(&server);
    publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
    publisher.publish("room");
    let mut quick = client_of(&server);
    quick.play("room");
    let mut late = client_of(&server);
    late.play("room");
    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(0, keyframe(1));
    for n in 0..FRAMES {
        publisher.send_video(n * 40, inter_frame(FRAME));
        // The other one has not read a byte.
        while quick.next_video().payload.len() != FRAME {}
    }
    let process = server.terminate();
    let mut frames = Vec::new();
    while let Some(message) = late.next_message() {
        if message.kind == MessageType::Video {
            frames.push(message.payload.len());
        }
    }
    assert_eq!(frames[..2], [AVC_HEADER.len(), keyframe(1).len()]);
    assert!(
        frames.len() > 2 && frames[2..].iter().all(|&len| len == FRAME),
        "{frames:?}"
    );
    let codes = publisher.statuses_to_the_end();
    assert!(
        codes.contains(&"NetConnection.Connect.AppShutdown".to_owned()),
        "{codes:?}"
    );
    drop((publisher, quick, late));
    process.succeed();
}

fn socket_of(server: &Server) -> TcpStream {
    client::connect(server.address())
}

fn client_of(server: &Server) -> Client<TcpStream> {
    Client::new(socket_of(server))
}

#[track_caller]
fn until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "it never became so");
        thread::sleep(Duration::from_millis(10));
    }
}
