//! Publishes an FLV file in real time.
//!
//!     cargo run -p rtmp-tokio --features tls --example tokio_publish -- clip.flv rtmp://127.0.0.1/live/key
//!
//! Of `rtmps://`, the CAs that Mozilla trusts are trusted, or those in a file that is named behind the URL.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rtmp_tokio::rtmp_core::flv::{FlvItem, FlvReader, ReadOptions};
use rtmp_tokio::rtmp_core::limits::Limits;
use rtmp_tokio::rtmp_core::tls::{ClientTls, ClientTlsSettings, Trust, Trusted};
use rtmp_tokio::{Client, ClientSettings, MediaMessage, PublishMode, Role, RtmpUrl};
use tokio::time::timeout_at;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [file, url, trusted @ ..] = arguments.as_slice() else {
        return Err("which FLV file, to which rtmp:// or rtmps:// URL?".into());
    };
    let url: RtmpUrl = url.parse()?;
    let messages = read(&fs::read(file)?)?;

    let mut client = Client::connect(&url, Role::Publisher, settings(trusted.first())?).await?;
    let stream = client.publish(url.name(), PublishMode::Live).await?;
    let start = Instant::now();
    for message in messages {
        let due = start + Duration::from_millis(message.timestamp.as_millis().into());
        // Until then the server is heard. Nothing is lost when that is cut short.
        while let Ok(event) = timeout_at(due.into(), client.next()).await {
            println!("{:?}", event.transpose()?.ok_or("the server has hung up")?);
        }
        client.send(stream, message).await?;
    }
    client.close().await?;
    Ok(())
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
