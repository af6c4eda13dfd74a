//! `floor`: what the kernel alone asks for when streams are relayed and clients come, measured beside the servers by
//! `tests/bench`.
//!
//! One thread does the system calls that no server can do without, and nothing else; its CPU time is the result. For
//! streams the other ends of its sockets are a second thread on another CPU, which behaves as `rtmp bench` does: it writes
//! each message with one call, at the pace and with the lengths of a stream, and lets the kernel throw away what it
//! receives every 20 ms. Nothing is RTMP but the sizes. Clients that connect are `rtmp bench connect` itself, and get
//! answers that were ready before they came.

mod connect;
mod fanout;
mod other_ends;
mod pace;
mod relay;

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, Parser};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use connect::Greeter;
use fanout::Fanout;
use other_ends::{Load, OtherEnds, pairs};
use pace::Pace;
use relay::Relay;

/// The system calls of a server without the server.
#[derive(Parser)]
enum Options {
    /// Ready-made messages to all players, one `send` for each message or for every few
    Fanout {
        #[command(flatten)]
        streams: Streams,
        /// Messages that are sent with each call
        #[arg(long, default_value_t = 1)]
        per_send: usize,
    },
    /// A wait, and one `read` for each message
    Ingest(Streams),
    /// The same, and one `send` of what was read to the stream's only player
    Relay(Streams),
    /// Ready-made answers to clients that connect and create a stream, until it is ended
    Connect {
        /// The port on 127.0.0.1
        #[arg(long)]
        port: u16,
    },
}

#[derive(Args)]
struct Streams {
    /// Players of the one stream that fanout has; streams that the others take in
    #[arg(long, default_value_t = 100)]
    connections: usize,
    /// Bits of video per second in a stream; it has 128 kbit/s of audio as well
    #[arg(long, default_value_t = 4_000_000)]
    bitrate: usize,
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

fn main() -> io::Result<()> {
    match Options::parse() {
        Options::Fanout { streams, per_send } => {
            let (sinks, outs) = pairs(streams.connections)?;
            let pace = Pace::new(1, streams.bitrate);
            let work = Work::Fanout(Fanout { pace, per_send, outs });
            streams.measure(work, Vec::new(), sinks)
        }
        Options::Ingest(streams) => {
            let (sources, ins) = pairs(streams.connections)?;
            streams.measure(Work::Relay(Relay::new(ins, Vec::new())?), sources, Vec::new())
        }
        Options::Relay(streams) => {
            let (sources, ins) = pairs(streams.connections)?;
            let (sinks, outs) = pairs(streams.connections)?;
            streams.measure(Work::Relay(Relay::new(ins, outs)?), sources, sinks)
        }
        Options::Connect { port } => Greeter::listen(port)?.run(),
    }
}

/// What is measured of streams.
enum Work {
    Fanout(Fanout),
    Relay(Relay),
}

impl Work {
    fn run(&mut self, until: Instant) -> io::Result<Count> {
        match self {
            Self::Fanout(fanout) => fanout.run(until),
            Self::Relay(relay) => relay.run(until),
        }
    }
}

/// Until the measured time begins: windows have opened, buffers have grown.
const SETTLE: Duration = Duration::from_secs(1);

impl Streams {
    fn measure(&self, mut work: Work, sources: Vec<TcpStream>, sinks: Vec<TcpStream>) -> io::Result<()> {
        let load = Load {
            pace: Pace::new(sources.len(), self.bitrate),
            sources,
            sinks,
        };
        let other_ends = Arc::new(OtherEnds::default());
        let thread = thread::spawn({
            let (other_ends, cpu) = (Arc::clone(&other_ends), self.load_cpu);
            move || pin(cpu).and_then(|()| load.run(&other_ends))
        });

        pin(self.cpu)?;
        work.run(Instant::now() + SETTLE)?;
        let (cpu, written) = (thread_cpu(), other_ends.written.load(Ordering::Relaxed));
        let begin = Instant::now();
        let mut count = work.run(begin + Duration::from_secs_f64(self.seconds))?;
        let (cpu, window) = (thread_cpu() - cpu, begin.elapsed());
        if let Work::Relay(_) = work {
            count.messages = other_ends.written.load(Ordering::Relaxed) - written;
        }
        other_ends.is_over.store(true, Ordering::Relaxed);
        thread
            .join()
            .map_err(|_| io::Error::other("the other ends' thread panicked"))??;
        println!("{}", count.report(cpu, window));
        Ok(())
    }
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

impl Count {
    fn report(&self, cpu: Duration, window: Duration) -> serde_json::Value {
        let (cpu_ms, seconds) = (cpu.as_secs_f64() * 1e3, window.as_secs_f64());
        serde_json::json!({
            "mode": "floor",
            "window_s": seconds,
            "messages": self.messages,
            "bytes": self.bytes,
            "mb_per_s": self.bytes as f64 / 1e6 / seconds,
            "calls": self.calls,
            "refused_bytes": self.refused,
            "server_cpu_pct": cpu_ms / seconds / 10.0,
            "cpu_ms_per_gb": cpu_ms / (self.bytes as f64 / 1e9),
            "cpu_ms_per_1000_msgs": cpu_ms / (self.messages as f64 / 1e3),
        })
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
