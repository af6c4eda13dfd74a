//! `floor`: what the kernel alone asks for when streams are relayed, measured beside the servers by `tests/bench`.
//!
//! One thread does the system calls that no server can do without, and nothing else; its CPU time is the result. The other
//! ends of its sockets are a second thread on another CPU, which behaves as `rtmp bench` does: it writes each message with
//! one call, at the pace and with the lengths of a stream, and lets the kernel throw away what it receives every 20 ms.
//! Nothing is RTMP but the sizes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use mio::{Events, Interest, Poll, Token};
use rustix::net::{RecvFlags, recv};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// The system calls of a relay without the relay.
#[derive(Parser)]
struct Options {
    work: Work,
    /// Players of the one stream that fanout has; streams that the others take in
    #[arg(long, default_value_t = 100)]
    connections: usize,
    /// Bits of video per second in a stream; it has 128 kbit/s of audio as well
    #[arg(long, default_value_t = 4_000_000)]
    bitrate: usize,
    /// Messages that fanout sends with each call
    #[arg(long, default_value_t = 1)]
    per_send: usize,
    /// The measured time
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The CPU of the measured thread
    #[arg(long, default_value_t = 0)]
    cpu: usize,
    /// The CPU of the other ends
    #[arg(long, default_value_t = 1)]
    load_cpu: usize,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Work {
    /// Ready-made messages to all players, one `send` for each message or for every few
    Fanout,
    /// A wait, and one `read` for each message
    Ingest,
    /// The same, and one `send` of what was read to the stream's only player
    Relay,
}

/// Until the measured time begins: windows have opened, buffers have grown.
const SETTLE: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    let options = Options::parse();
    let (sources, ins) = match options.work {
        Work::Fanout => Default::default(),
        Work::Ingest | Work::Relay => pairs(options.connections)?,
    };
    let (sinks, outs) = match options.work {
        Work::Ingest => Default::default(),
        Work::Fanout | Work::Relay => pairs(options.connections)?,
    };
    let load = Load {
        pace: Pace::new(sources.len(), options.bitrate),
        sources,
        sinks,
    };
    let other_ends = Arc::new(OtherEnds::default());
    let thread = thread::spawn({
        let (other_ends, cpu) = (Arc::clone(&other_ends), options.load_cpu);
        move || pin(cpu).and_then(|()| load.run(&other_ends))
    });

    pin(options.cpu)?;
    let mut work = match options.work {
        Work::Fanout => Measured::Fanout(Fanout {
            pace: Pace::new(1, options.bitrate),
            per_send: options.per_send,
            outs,
        }),
        Work::Ingest | Work::Relay => Measured::Relay(Relay::new(ins, outs)?),
    };
    work.run(Instant::now() + SETTLE)?;
    let (cpu, written) = (thread_cpu(), other_ends.written.load(Ordering::Relaxed));
    let begin = Instant::now();
    let mut count = work.run(begin + Duration::from_secs_f64(options.seconds))?;
    let (cpu, window) = (thread_cpu() - cpu, begin.elapsed());
    if options.work != Work::Fanout {
        count.messages = other_ends.written.load(Ordering::Relaxed) - written;
    }
    other_ends.is_over.store(true, Ordering::Relaxed);
    thread
        .join()
        .map_err(|_| io::Error::other("the other ends' thread panicked"))??;

    let (cpu_ms, seconds) = (cpu.as_secs_f64() * 1e3, window.as_secs_f64());
    let report = serde_json::json!({
        "mode": "floor",
        "window_s": seconds,
        "messages": count.messages,
        "bytes": count.bytes,
        "mb_per_s": count.bytes as f64 / 1e6 / seconds,
        "calls": count.calls,
        "refused_bytes": count.refused,
        "server_cpu_pct": cpu_ms / seconds / 10.0,
        "cpu_ms_per_gb": cpu_ms / (count.bytes as f64 / 1e9),
        "cpu_ms_per_1000_msgs": cpu_ms / (count.messages as f64 / 1e3),
    });
    println!("{report}");
    Ok(())
}

/// What was done in a time.
#[derive(Default)]
struct Count {
    messages: u64,
    bytes: u64,
    /// Reads and writes.
    calls: u64,
    /// What a socket had no room for. More than zero means that the other ends were too slow.
    refused: u64,
}

enum Measured {
    Fanout(Fanout),
    Relay(Relay),
}

impl Measured {
    fn run(&mut self, until: Instant) -> io::Result<Count> {
        match self {
            Self::Fanout(fanout) => fanout.run(until),
            Self::Relay(relay) => relay.run(until),
        }
    }
}

/// Sends each message, or every few, to all players when it is due.
struct Fanout {
    pace: Pace,
    per_send: usize,
    outs: Vec<TcpStream>,
}

impl Fanout {
    fn run(&mut self, until: Instant) -> io::Result<Count> {
        let filler = vec![0x55; MAX_LEN * self.per_send];
        let mut count = Count::default();
        loop {
            let messages = self.pace.by_ref().take(self.per_send);
            let (due, len) = messages.fold((until, 0), |(_, sum), message| (message.due, sum + message.len));
            if due >= until {
                return Ok(count);
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            for out in &mut self.outs {
                send(out, &filler[..len], &mut count)?;
            }
            count.messages += (self.per_send * self.outs.len()) as u64;
        }
    }
}

/// Takes streams in, and hands each on if it has a player.
struct Relay {
    poll: Poll,
    events: Events,
    ins: Vec<mio::net::TcpStream>,
    outs: Vec<TcpStream>,
    buffer: Vec<u8>,
}

impl Relay {
    fn new(ins: Vec<TcpStream>, outs: Vec<TcpStream>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut ins: Vec<_> = ins.into_iter().map(mio::net::TcpStream::from_std).collect();
        for (number, socket) in ins.iter_mut().enumerate() {
            poll.registry()
                .register(socket, Token(number), Interest::READABLE)?;
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            ins,
            outs,
            buffer: vec![0; MAX_LEN],
        })
    }

    fn run(&mut self, until: Instant) -> io::Result<Count> {
        let mut count = Count::default();
        while Instant::now() < until {
            let timeout = until.saturating_duration_since(Instant::now());
            self.poll.poll(&mut self.events, Some(timeout))?;
            for event in &self.events {
                let number = event.token().0;
                // No read fills the buffer, which is longer than any message: the next bytes are the next event.
                let len = match self.ins[number].read(&mut self.buffer) {
                    Ok(len) => len,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                };
                count.calls += 1;
                match self.outs.get_mut(number) {
                    Some(out) => send(out, &self.buffer[..len], &mut count)?,
                    None => count.bytes += len as u64,
                }
            }
        }
        Ok(count)
    }
}

fn send(mut socket: &TcpStream, bytes: &[u8], count: &mut Count) -> io::Result<()> {
    let sent = match socket.write(bytes) {
        Ok(sent) => sent,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error),
    };
    count.calls += 1;
    count.bytes += sent as u64;
    count.refused += (bytes.len() - sent) as u64;
    Ok(())
}

/// The other ends: publishers and players.
struct Load {
    pace: Pace,
    sources: Vec<TcpStream>,
    sinks: Vec<TcpStream>,
}

/// What the two threads tell each other.
#[derive(Default)]
struct OtherEnds {
    written: AtomicU64,
    is_over: AtomicBool,
}

/// How often players throw away what came.
const DISCARD_EVERY: Duration = Duration::from_millis(20);

impl Load {
    fn run(mut self, shared: &OtherEnds) -> io::Result<()> {
        let filler = vec![0x55; MAX_LEN];
        let mut waste = vec![0; 4 << 20];
        let mut discard_at = Instant::now();
        let mut next = self.pace.next();
        while !shared.is_over.load(Ordering::Relaxed) {
            while let Some(message) = next.take_if(|message| message.due <= Instant::now()) {
                (&self.sources[message.stream]).write_all(&filler[..message.len])?;
                shared.written.fetch_add(1, Ordering::Relaxed);
                next = self.pace.next();
            }
            if discard_at <= Instant::now() {
                for sink in &self.sinks {
                    match recv(sink, &mut waste, RecvFlags::TRUNC | RecvFlags::DONTWAIT) {
                        Ok(_) | Err(rustix::io::Errno::AGAIN) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                discard_at += DISCARD_EVERY;
            }
            let wake_at = next
                .as_ref()
                .map_or(discard_at, |message| message.due.min(discard_at));
            thread::sleep(wake_at.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }
}

/// A message of one of the streams.
#[derive(Clone, Copy)]
struct Message {
    due: Instant,
    stream: usize,
    len: usize,
}

/// The messages of all streams, in order and without end. Streams are evenly out of step.
///
/// A stream is as `rtmp bench publish` makes it: 30 frames and 43 AAC frames per second, a key frame every two seconds
/// that weighs five others, which differ by a fifth.
struct Pace {
    /// Those of a group of pictures.
    messages: Vec<Message>,
    next: usize,
}

const GOP: usize = 60;
const GOP_TIME: Duration = Duration::from_secs(2);
const AUDIO_FRAMES: usize = 86;
const AUDIO_LEN: usize = 371;
/// A chunk's basic header and message header (RTMP 1.0 §5.3.1).
const HEADER: usize = 12;
/// More than a key frame has.
const MAX_LEN: usize = 1 << 20;

impl Pace {
    fn new(streams: usize, bitrate: usize) -> Self {
        let begin = Instant::now();
        let inter = bitrate / 8 * 2 / (GOP + 4);
        let frame_interval = GOP_TIME / GOP as u32;
        let mut messages = Vec::new();
        for stream in 0..streams {
            let first = begin + frame_interval * stream as u32 / streams as u32;
            messages.extend((0..GOP).map(|frame| Message {
                due: first + frame_interval * frame as u32,
                stream,
                len: HEADER
                    + if frame == 0 {
                        inter * 5
                    } else {
                        inter * (80 + frame * 18 % 41) / 100
                    },
            }));
            messages.extend((0..AUDIO_FRAMES).map(|frame| Message {
                due: first + GOP_TIME * frame as u32 / AUDIO_FRAMES as u32,
                stream,
                len: HEADER + AUDIO_LEN,
            }));
        }
        messages.sort_by_key(|message| message.due);
        Self { messages, next: 0 }
    }
}

impl Iterator for Pace {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let message = self.messages.get_mut(self.next)?;
        let this = *message;
        message.due += GOP_TIME;
        self.next = (self.next + 1) % self.messages.len();
        Some(this)
    }
}

/// Connections over loopback: the other ends, which block, and the measured ones, which do not.
fn pairs(count: usize) -> io::Result<(Vec<TcpStream>, Vec<TcpStream>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut pairs = (Vec::new(), Vec::new());
    for _ in 0..count {
        let other = TcpStream::connect(address)?;
        let (measured, _) = listener.accept()?;
        measured.set_nonblocking(true)?;
        measured.set_nodelay(true)?;
        other.set_nodelay(true)?;
        pairs.0.push(other);
        pairs.1.push(measured);
    }
    Ok(pairs)
}

fn pin(cpu: usize) -> io::Result<()> {
    let mut cpus = CpuSet::new();
    cpus.set(cpu);
    Ok(sched_setaffinity(None, &cpus)?)
}

fn thread_cpu() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .unwrap_or_default()
}
