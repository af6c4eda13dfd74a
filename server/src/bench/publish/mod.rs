//! `rtmp bench publish`: streams at the pace of real ones.

mod report;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use rtmp_core::chunk::MessageType;
use rtmp_core::units::{ChunkSize, Timestamp};

use super::client::{Event, Goal, Target};
use super::connection::{Connection, Failure, Ramp};
use super::media::{self, BitRate, Composer, Mark, Shape, Track};
use super::numbers::thousandths;
use super::reactor::Ready;
use super::{Bench, Common, Error, clock, never, rate};
use rtmp_console::duration;

pub(super) use report::Report;

/// What the command line says.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) common: Common,

    /// How many streams
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = super::count)]
    streams: usize,

    /// Bits of video per second in each: 4M, 1.5M, 800k
    #[arg(long, value_name = "RATE", default_value = "4M")]
    bitrate: BitRate,

    /// Bits of audio per second; 0: no audio
    #[arg(long, value_name = "RATE", default_value = "128k")]
    audio_bitrate: BitRate,

    /// Frames per second
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=240))]
    fps: u32,

    /// From one key frame to the next
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration::parse_some)]
    gop: Duration,

    /// Bytes of payload per chunk sent
    #[arg(long, value_name = "BYTES", default_value = "4096", value_parser = rtmp_console::chunk_size)]
    chunk_size: ChunkSize,

    /// How many streams begin in a second
    #[arg(long, value_name = "N/s", default_value = "50", value_parser = rate::parse_some)]
    ramp: f64,

    /// From the last stream's begin to the measured time
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration::parse)]
    settle: Duration,

    /// The measured time; 0: until a signal comes (Ctrl-C)
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse)]
    duration: Duration,
}

/// One stream.
#[derive(Debug)]
struct Stream {
    /// `None` once it has failed.
    connection: Option<Connection>,
    /// When its timeline reads zero, once it is published.
    start: Option<Instant>,
    video: u32,
    audio: u32,
}

/// All streams.
#[derive(Debug)]
struct Publishers<'a> {
    options: &'a Options,
    shape: Shape,
    targets: Vec<Rc<Target>>,
    composer: Composer,
    streams: Vec<Stream>,
    /// When each live stream has its next message.
    due: BinaryHeap<Reverse<(Instant, usize)>>,
    /// The times of frames are spread from here.
    epoch: Instant,
    run: u32,
    counts: Counts,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    begun: usize,
    messages: u64,
    bytes: u64,
    errors: u64,
    disconnects: u64,
    last_error: Option<String>,
    late: Duration,
    queue: usize,
}

pub(super) fn run(options: &Options) -> Result<Report, Error> {
    let shape = Shape::new(options.bitrate, options.audio_bitrate, options.fps, options.gop)
        .map_err(|error| Error::Options(error.to_string()))?;
    let targets = options.common.url.targets(options.streams)?;
    let mut bench = Bench::new(&options.common, options.streams)?;
    let mut publishers = Publishers {
        composer: Composer::new(shape.max_len()),
        options,
        shape,
        targets,
        streams: Vec::with_capacity(options.streams),
        due: BinaryHeap::new(),
        epoch: Instant::now(),
        run: (clock::now_ns() >> 10) as u32,
        counts: Counts::default(),
    };
    publishers.begin_all(&mut bench)?;
    let settled = Instant::now() + options.settle;
    publishers.turn(&mut bench, |_| Some(settled))?;
    bench.go_on()?;
    if publishers.live() == 0 {
        return Err(Error::Nobody(
            publishers
                .counts
                .last_error
                .unwrap_or_else(|| "no answer".to_owned()),
        ));
    }

    let before = publishers.counts.clone();
    (publishers.counts.late, publishers.counts.queue) = (Duration::ZERO, 0);
    let begin = bench.begin();
    let end = if options.duration.is_zero() {
        never(begin.server.at)
    } else {
        begin.server.at + options.duration
    };
    publishers.turn(&mut bench, |this| if this.live() > 0 { Some(end) } else { None })?;
    let measured = bench.end(&begin);

    let counts = &publishers.counts;
    let (messages, bytes) = (counts.messages - before.messages, counts.bytes - before.bytes);
    let seconds = measured.wall.as_secs_f64();
    Ok(Report {
        mode: "publish",
        streams: options.streams,
        live: publishers.live(),
        window_s: thousandths(seconds),
        messages,
        bytes,
        mb_per_s: thousandths(bytes as f64 / 1e6 / seconds),
        errors: counts.errors,
        disconnects: counts.disconnects,
        last_error: counts.last_error.clone(),
        late_max_ms: thousandths(counts.late.as_secs_f64() * 1e3),
        queue_max_bytes: counts.queue,
        own: measured.own,
        server: measured.server,
        cpu_ms_per_gb: measured.server.and_then(|cost| cost.ms_per(bytes as f64, 1e9)),
        cpu_ms_per_1000_msgs: measured.server.and_then(|cost| cost.ms_per(messages as f64, 1e3)),
    })
}

/// How long streams may take to begin after the last one was opened.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is due so soon is sent with what is due now: network cards wait as long before they tell of packets.
const SLACK: Duration = Duration::from_micros(50);

/// Messages that are sent before the sockets are looked at again.
const AT_ONCE: usize = 256;

/// The golden ratio's fractional part: its multiples are spread evenly, however many there are.
const SPREAD: f64 = 0.618_033_988_749_894_9;

impl Publishers<'_> {
    /// Opens all streams, and waits until each is published or has failed.
    fn begin_all(&mut self, bench: &mut Bench) -> Result<(), Error> {
        let ramp = Ramp::new(self.options.ramp);
        for number in 0..self.options.streams {
            let due = ramp.due(number);
            self.turn(bench, |_| Some(due))?;
            bench.go_on()?;
            self.open(number, bench);
        }
        let deadline = Instant::now() + PATIENCE;
        self.turn(bench, |this| {
            let settled = this.counts.begun + this.counts.errors as usize >= this.options.streams;
            (!settled).then_some(deadline)
        })
    }

    fn open(&mut self, number: usize, bench: &Bench) {
        let Some(target) = self.targets.get(number) else {
            return;
        };
        let goal = Goal::Publish(self.options.chunk_size);
        let connection = Connection::open(&bench.reactor, number, &bench.destination, target, goal);
        self.streams.push(Stream {
            connection: None,
            start: None,
            video: 0,
            audio: 0,
        });
        match connection {
            Ok(connection) => {
                if let Some(stream) = self.streams.last_mut() {
                    stream.connection = Some(connection);
                }
            }
            Err(failure) => self.fail(number, &failure),
        }
    }

    fn live(&self) -> usize {
        self.counts.begun.saturating_sub(self.counts.disconnects as usize)
    }

    /// Publishes until the time that `until` says, or until it says none, or until a signal comes.
    fn turn(&mut self, bench: &mut Bench, until: impl Fn(&Self) -> Option<Instant>) -> Result<(), Error> {
        let mut ready = Vec::new();
        loop {
            let now = self.send_due(bench);
            let Some(until) = until(self) else {
                return Ok(());
            };
            if now >= until || bench.interrupt.has_come() {
                return Ok(());
            }
            bench.progress.show(now, || self.progress());
            let next = self
                .due
                .peek()
                .map_or_else(|| never(now), |Reverse((due, _))| *due);
            bench.reactor.wait(until.min(next), &mut ready)?;
            for &ready in &ready {
                self.advance(ready, bench);
            }
        }
    }

    fn progress(&self) -> String {
        format!(
            "{} of {} streams live, {:.1} MB sent, {:.1} ms late at most",
            self.live(),
            self.options.streams,
            self.counts.bytes as f64 / 1e6,
            self.counts.late.as_secs_f64() * 1e3
        )
    }

    fn advance(&mut self, ready: Ready, bench: &mut Bench) {
        let Some(stream) = self.streams.get_mut(ready.number) else {
            return;
        };
        let Some(connection) = &mut stream.connection else {
            return;
        };
        let mut started = false;
        let result = connection.advance(ready, &mut bench.buffers, &mut |event| {
            started |= event == Event::Started;
        });
        let result = result.and_then(|()| {
            if started {
                self.begin(ready.number, bench)
            } else {
                Ok(())
            }
        });
        if let Err(failure) = result {
            self.fail(ready.number, &failure);
        }
    }

    /// A stream is published: its headers go out, and its first frame is due soon.
    fn begin(&mut self, number: usize, bench: &mut Bench) -> Result<(), Failure> {
        let start = self.phase(number, Instant::now());
        let Some(stream) = self.streams.get_mut(number) else {
            return Ok(());
        };
        let Some(connection) = &mut stream.connection else {
            return Ok(());
        };
        let options = self.options;
        let metadata = media::metadata(options.bitrate, options.audio_bitrate, options.fps);
        connection.say(&mut bench.buffers, |client, out| {
            client.publish(MessageType::DataAmf0, Timestamp::ZERO, metadata, out);
            for (track, header) in media::headers(self.shape.has_audio()) {
                client.publish(kind(track), Timestamp::ZERO, header, out);
            }
        })?;
        stream.start = Some(start);
        self.counts.begun += 1;
        self.due.push(Reverse((start, number)));
        Ok(())
    }

    /// The first time from `now` at which the frames of this stream fall between those of the others.
    fn phase(&self, number: usize, now: Instant) -> Instant {
        let interval = self.shape.frame_interval().as_secs_f64();
        let wanted = (number as f64 * SPREAD).fract();
        let is = (now.saturating_duration_since(self.epoch).as_secs_f64() / interval).fract();
        now + Duration::from_secs_f64((wanted - is).rem_euclid(1.0) * interval)
    }

    /// Sends what is due, and says when that was done. What is late is caught up with.
    fn send_due(&mut self, bench: &mut Bench) -> Instant {
        for _ in 0..AT_ONCE {
            let now = Instant::now();
            let Some(&Reverse((due, number))) = self.due.peek() else {
                return now;
            };
            if due > now + SLACK {
                return now;
            }
            self.due.pop();
            self.counts.late = self.counts.late.max(now.saturating_duration_since(due));
            match self.send(number, bench) {
                Ok(Some(next)) => self.due.push(Reverse((next, number))),
                Ok(None) => {}
                Err(failure) => self.fail(number, &failure),
            }
        }
        Instant::now()
    }

    /// Sends a stream's next message; says when the one after it is due.
    fn send(&mut self, number: usize, bench: &mut Bench) -> Result<Option<Instant>, Failure> {
        let Some(stream) = self.streams.get_mut(number) else {
            return Ok(None);
        };
        let (Some(connection), Some(start)) = (&mut stream.connection, stream.start) else {
            return Ok(None);
        };
        let (track, time) = next(&self.shape, stream.video, stream.audio);
        let counter = match track {
            Track::Audio => &mut stream.audio,
            Track::Video => &mut stream.video,
        };
        let mark = Mark {
            clock: clock::id(),
            run: self.run,
            stream: number as u32,
            counter: *counter,
            sent_ns: clock::now_ns(),
        };
        let frame = self.shape.frame(track, *counter);
        let len = self.shape.len(track, *counter);
        *counter = counter.wrapping_add(1);
        let timestamp = Timestamp::from_millis(time.as_millis() as u32);
        let counts = &mut self.counts;
        self.composer.compose(frame, len, &mark, |payload| {
            connection.say(&mut bench.buffers, |client, out| {
                client.publish(kind(track), timestamp, payload, out);
                counts.bytes += out.len() as u64;
            })
        })?;
        counts.messages += 1;
        counts.queue = counts.queue.max(connection.pending());
        Ok(Some(start + next(&self.shape, stream.video, stream.audio).1))
    }

    fn fail(&mut self, number: usize, failure: &Failure) {
        let Some(stream) = self.streams.get_mut(number) else {
            return;
        };
        stream.connection = None;
        if stream.start.is_some() {
            self.counts.disconnects += 1;
        } else {
            self.counts.errors += 1;
        }
        self.counts.last_error = Some(failure.to_string());
    }
}

/// The message that is due next, and when.
fn next(shape: &Shape, video: u32, audio: u32) -> (Track, Duration) {
    let due = shape.due(Track::Video, video);
    let audio_due = shape.due(Track::Audio, audio);
    if shape.has_audio() && audio_due < due {
        (Track::Audio, audio_due)
    } else {
        (Track::Video, due)
    }
}

const fn kind(track: Track) -> MessageType {
    match track {
        Track::Audio => MessageType::Audio,
        Track::Video => MessageType::Video,
    }
}
