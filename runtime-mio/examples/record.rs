//! Records a stream to an FLV file, until it ends.
//!
//!     cargo run -p rtmp-mio --features tls --example record -- rtmp://127.0.0.1/live/key copy.flv
//!
//! Of `rtmps://`, the CAs that Mozilla trusts are trusted, or those in a file that is named behind the other one.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::time::Instant;

use bytes::Buf;
use rtmp_mio::mio::{Events, Poll, Token};
use rtmp_mio::rtmp_core::flv::{EncodedTag, FlvHeader};
use rtmp_mio::rtmp_core::tls::{ClientTls, ClientTlsSettings, Trust, Trusted};
use rtmp_mio::{Client, ClientEvent, ClientSettings, PlayOptions, Role, RtmpUrl};

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
    let [url, file, trusted @ ..] = arguments.as_slice() else {
        return Err("from which rtmp:// or rtmps:// URL, to which FLV file?".into());
    };
    let url: RtmpUrl = url.parse()?;
    let (path, mut file) = (file, None);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(16));

    let settings = settings(trusted.first())?;
    let mut client = Client::new(&url, Role::Player, settings, poll.registry(), Token(0))?;
    client.connection().play(PlayOptions::from(&url), Instant::now());
    loop {
        client.turn();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Media { message, .. } => {
                    // Nothing is lost of a file that is there, unless there is something to take its place.
                    let file = match &mut file {
                        Some(file) => file,
                        None => file.insert(create(path)?),
                    };
                    io::copy(&mut EncodedTag::new(&message)?.into_buf().reader(), file)?;
                }
                ClientEvent::Ended { .. } => {
                    client.connection().disconnect(Instant::now());
                    // Nothing may happen any more that would have it said.
                    client.turn();
                }
                ClientEvent::StreamRefused { rejection, .. } => return Err(rejection.to_string().into()),
                event => println!("{event:?}"),
            }
        }
        if client.is_over() {
            break;
        }
        let timeout = client
            .poll_timeout()
            .map(|at| at.saturating_duration_since(Instant::now()));
        poll.poll(&mut events, timeout)?;
        for event in &events {
            client.notice(event);
        }
    }
    if let Some(mut file) = file {
        file.flush()?;
    }
    match client.error() {
        Some(error) => Err(error.clone().into()),
        None => Ok(()),
    }
}

fn create(path: &str) -> io::Result<BufWriter<File>> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&FlvHeader::new(true, true).to_bytes())?;
    Ok(file)
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
