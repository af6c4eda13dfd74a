//! Records a stream to an FLV file, until it ends.
//!
//!     cargo run -p rtmp-tokio --example tokio_record -- rtmp://127.0.0.1/live/key copy.flv

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use bytes::Buf;
use rtmp_core::connection::client::{ClientEvent, PlayOptions, Role};
use rtmp_core::flv::{EncodedTag, FlvHeader};
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Client, ClientSettings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [url, file] = arguments.as_slice() else {
        return Err("from which rtmp:// URL, to which FLV file?".into());
    };
    let url: RtmpUrl = url.parse()?;
    let mut file = BufWriter::new(File::create(file)?);
    file.write_all(&FlvHeader::new(true, true).to_bytes())?;

    let mut client = Client::connect(&url, Role::Player, ClientSettings::default()).await?;
    client.play(PlayOptions::from(&url)).await?;
    while let Some(event) = client.next().await {
        match event? {
            ClientEvent::Media { message, .. } => {
                io::copy(&mut EncodedTag::new(&message)?.into_buf().reader(), &mut file)?;
            }
            ClientEvent::Ended { .. } => client.close().await?,
            event => println!("{event:?}"),
        }
    }
    file.flush()?;
    Ok(())
}
