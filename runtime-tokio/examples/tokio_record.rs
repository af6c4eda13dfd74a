//! Records a stream to an FLV file, until it ends.
//!
//!     cargo run -p rtmp-tokio --features tls --example tokio_record -- rtmp://127.0.0.1/live/key copy.flv
//!
//! Of `rtmps://`, the CAs that Mozilla trusts are trusted, or those in a file that is named behind the other one.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use bytes::Buf;
use rtmp_tokio::rtmp_core::flv::{EncodedTag, FlvHeader};
use rtmp_tokio::rtmp_core::tls::{ClientTls, ClientTlsSettings, Trust, Trusted};
use rtmp_tokio::{Client, ClientEvent, ClientSettings, PlayOptions, Role, RtmpUrl};

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
    let [url, file, trusted @ ..] = arguments.as_slice() else {
        return Err("from which rtmp:// or rtmps:// URL, to which FLV file?".into());
    };
    let url: RtmpUrl = url.parse()?;
    let (path, mut file) = (file, None);

    let mut client = Client::connect(&url, Role::Player, settings(trusted.first())?).await?;
    client.play(PlayOptions::from(&url)).await?;
    while let Some(event) = client.next().await {
        match event? {
            ClientEvent::Media { message, .. } => {
                // Nothing is lost of a file that is there, unless there is something to take its place.
                let file = match &mut file {
                    Some(file) => file,
                    None => file.insert(create(path)?),
                };
                io::copy(&mut EncodedTag::new(&message)?.into_buf().reader(), file)?;
            }
            ClientEvent::Ended { .. } => client.close().await?,
            event => println!("{event:?}"),
        }
    }
    if let Some(mut file) = file {
        file.flush()?;
    }
    Ok(())
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
