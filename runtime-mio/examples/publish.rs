//! Publishes an FLV file in real time.
//!
//!     cargo run -p rtmp-mio --features tls --example publish -- clip.flv rtmp://127.0.0.1/live/key
//!
//! Of `rtmps://`, the CAs that Mozilla trusts are trusted, or those in a file that is named behind the URL.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rtmp_mio::mio::{Events, Poll, Token};
use rtmp_mio::rtmp_core::flv::{FlvItem, FlvReader, ReadOptions};
use rtmp_mio::rtmp_core::limits::Limits;
use rtmp_mio::rtmp_core::tls::{ClientTls, ClientTlsSettings, Trust, Trusted};
use rtmp_mio::{Client, ClientEvent, ClientSettings, MediaMessage, PublishMode, Role, RtmpUrl};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [file, url, trusted @ ..] = arguments.as_slice() else {
        return Err("which FLV file, to which rtmp:// or rtmps:// URL?".into());
    };
    let url: RtmpUrl = url.parse()?;
    let messages = read(&fs::read(file)?)?;
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(16));

    let settings = settings(trusted.first())?;
    let mut client = Client::new(&url, Role::Publisher, settings, poll.registry(), Token(0))?;
    let stream = client
        .connection()
        .publish(url.name(), PublishMode::Live, Instant::now());
    let mut started = None;
    let mut messages = messages.iter().peekable();
    loop {
        client.turn();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Publishing { .. } => {
                    started.get_or_insert_with(Instant::now);
                }
                ClientEvent::StreamRefused { rejection, .. } => return Err(rejection.to_string().into()),
                event => println!("{event:?}"),
            }
        }
        let mut due = None;
        if let Some(start) = started {
            let now = Instant::now();
            due = messages.peek().map(|message| start + at(message));
            while due.is_some_and(|due| due <= now)
                && let Some(message) = messages.next_if(|message| client.wants(stream, message))
            {
                client.connection().send_media(stream, message.clone(), now)?;
                due = messages.peek().map(|message| start + at(message));
            }
            if due.is_none() {
                client.connection().disconnect(now);
            }
            client.turn();
        }
        if client.is_over() {
            break;
        }
        // What there is no room for waits for the socket, and not for a time that has passed.
        let is_wanted = messages
            .peek()
            .is_some_and(|message| client.wants(stream, message));
        let due = due.filter(|due| is_wanted || *due > Instant::now());
        let next = client.poll_timeout().into_iter().chain(due).min();
        poll.poll(
            &mut events,
            next.map(|at| at.saturating_duration_since(Instant::now())),
        )?;
        for event in &events {
            client.notice(event);
        }
    }
    match client.error() {
        Some(error) => Err(error.clone().into()),
        None => Ok(()),
    }
}

fn at(message: &MediaMessage) -> Duration {
    Duration::from_millis(message.timestamp.as_millis().into())
}

fn read(mut file: &[u8]) -> Result<Vec<MediaMessage>, Box<dyn Error>> {
    let mut reader = FlvReader::new(ReadOptions::default());
    let mut messages = Vec::new();
    while let Some(item) = reader.read(&mut file)? {
        if let FlvItem::Tag(tag) = item {
            messages.push(tag.message(&Limits::default())?);
        }
    }
    Ok(messages)
}

fn settings(trusted: Option<&String>) -> Result<ClientSettings, Box<dyn Error>> {
    let mut settings = ClientSettings::default();
    if let Some(file) = trusted {
        let mut tls = ClientTlsSettings::default();
        tls.trust = Trust::Only(Trusted::from_pem(&fs::read(file)?)?);
        settings.tls = Some(ClientTls::new(tls)?);
    }
    Ok(settings)
}
