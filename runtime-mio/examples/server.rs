//! The smallest server: everybody may publish and play.
//!
//!     cargo run -p rtmp-mio --example server -- 127.0.0.1:1935

use std::process::ExitCode;

use rtmp_mio::{ListenAddr, Server};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let address: ListenAddr = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => ListenAddr::default(),
    };
    let server = Server::builder().listen(address).bind()?;
    println!("listening at {:?}", server.local_addrs());
    server.run()?;
    Ok(())
}
