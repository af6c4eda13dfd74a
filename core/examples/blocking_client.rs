//! An RTMP client over `std::net`: publishes an FLV file in real time, or records a stream to one.
//!
//! ```text
//! cargo run --release -p rtmp-core --example blocking_client -- publish rtmp://127.0.0.1/live/key clip.flv
//! cargo run --release -p rtmp-core --example blocking_client -- record rtmp://127.0.0.1/live/key copy.flv
//! ```
//!
//! The recording ends with its publisher.

// A driver is where sockets, files, clock, randomness and output belong.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros
)]

use std::error::Error;
use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Buf;
use rtmp_core::connection::client::{
    ClientConnection, ClientEvent, PlayOptions, PublishMode, StreamHandle, Target,
};
use rtmp_core::flv::{EncodedTag, FlvHeader, FlvItem, FlvReader, ReadOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::MediaMessage;
use rtmp_core::units::Seed;
use rtmp_core::url::{RtmpUrl, Scheme};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How long the socket is waited for before files and deadlines are looked at.
const PATIENCE: Duration = Duration::from_millis(5);

/// What is done with the stream.
enum Task {
    Publish { source: Source, start: Option<Instant> },
    Record(File),
}

fn main() -> ExitCode {
    match publish_or_record() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn publish_or_record() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [verb, url, file] = arguments.as_slice() else {
        return Err("publish or record, rtmp://HOST/APP/NAME, FILE".into());
    };
    let mut server: RtmpUrl = url.parse()?;
    let target = Target::from(&server);
    let (seed, now) = (Seed::from(rand::random::<[u8; 32]>()), Instant::now());
    let (mut client, stream, mut task);
    if verb == "publish" {
        client = ClientConnection::new(Arc::default(), target, seed, now);
        stream = client.publish(server.name(), PublishMode::Live, now);
        let (source, start) = (Source::open(file)?, None);
        task = Task::Publish { source, start };
    } else {
        client = ClientConnection::new(Arc::default(), target.to_play(), seed, now);
        stream = client.play(PlayOptions::from(&server), now);
        let mut file = File::create(file)?;
        file.write_all(&FlvHeader::new(true, true).to_bytes())?;
        task = Task::Record(file);
    }
    loop {
        let outcome = run(&mut client, stream, &mut task, &server);
        // Where to go next is the connection's to know.
        let Some(attempt) = client.next_attempt() else {
            return outcome;
        };
        server = attempt.server().unwrap_or(&server).clone();
        println!("{:?}: {}", attempt.cause(), server.redacted());
        let seed = Seed::from(rand::random::<[u8; 32]>());
        client = ClientConnection::follow(Arc::default(), attempt, seed, Instant::now());
    }
}

/// One connection, from its first byte to its last.
fn run(client: &mut ClientConnection, stream: StreamHandle, task: &mut Task, server: &RtmpUrl) -> Result<()> {
    if server.scheme() != Scheme::Rtmp {
        return Err("only rtmp:// is spoken here".into());
    }
    let mut socket = TcpStream::connect((server.host().as_ref(), server.port()))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        while client.unsent().has_remaining() {
            let mut slices = [IoSlice::new(&[]); 64];
            let filled = client.unsent().chunks_vectored(&mut slices);
            let sent = socket.write_vectored(&slices[..filled])?;
            client.transmit().advance(sent);
        }
        if client.is_over() {
            return client.error().map_or(Ok(()), |error| Err(error.clone().into()));
        }
        // The connection keeps its errors, and says so above.
        let _ = match socket.read(&mut buffer) {
            Ok(0) => client.handle_eof(Instant::now()),
            Ok(count) => client.handle_input(&buffer[..count], Instant::now()),
            Err(error) if is_timeout(&error) => client.handle_timeout(Instant::now()),
            Err(error) => return Err(error.into()),
        };
        while let Some(event) = client.poll_event() {
            match (event, &mut *task) {
                (ClientEvent::Media { message, .. }, Task::Record(file)) => {
                    io::copy(&mut EncodedTag::new(&message)?.into_buf().reader(), file)?;
                }
                (ClientEvent::Ended { .. }, Task::Record(_)) => client.disconnect(Instant::now()),
                (ClientEvent::StreamRefused { rejection, .. }, _) => {
                    println!("{rejection}");
                    client.disconnect(Instant::now());
                }
                (ClientEvent::Publishing { .. }, Task::Publish { start, .. }) => {
                    start.get_or_insert_with(Instant::now);
                }
                (event, _) => println!("{event:?}"),
            }
        }
        if let Task::Publish {
            source,
            start: Some(start),
        } = task
        {
            publish(client, stream, source, *start)?;
        }
    }
}

/// Sends what is due.
fn publish(
    client: &mut ClientConnection,
    stream: StreamHandle,
    source: &mut Source,
    start: Instant,
) -> Result<()> {
    while client.wants_media(stream) {
        let now = Instant::now();
        match source.peek()? {
            Some(message) => {
                let at = Duration::from_millis(message.timestamp.as_millis().into());
                if now.duration_since(start) < at {
                    break;
                }
                client.send_media(stream, message.clone(), now)?;
                source.next = None;
            }
            None => {
                println!("{:?}", client.stats());
                client.disconnect(now);
            }
        }
    }
    Ok(())
}

/// The messages of a file, in its order.
struct Source {
    file: Vec<u8>,
    position: usize,
    reader: FlvReader,
    next: Option<MediaMessage>,
}

impl Source {
    fn open(path: &str) -> io::Result<Self> {
        Ok(Self {
            file: std::fs::read(path)?,
            position: 0,
            reader: FlvReader::new(ReadOptions::default()),
            next: None,
        })
    }

    fn peek(&mut self) -> Result<Option<&MediaMessage>> {
        while self.next.is_none() {
            let mut rest = &self.file[self.position..];
            let item = self.reader.read(&mut rest)?;
            self.position = self.file.len() - rest.len();
            match item {
                Some(FlvItem::Tag(tag)) => self.next = tag.message(&Limits::default()).ok(),
                Some(_) => {}
                None => return Ok(None),
            }
        }
        Ok(self.next.as_ref())
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
