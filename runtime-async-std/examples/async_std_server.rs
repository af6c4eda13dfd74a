//! The smallest server: everybody may publish and play.
//!
//!     cargo run -p rtmp-async-std --example async_std_server -- 127.0.0.1:1935

use std::future::pending;
use std::process::ExitCode;

use async_std::task;
use rtmp_async_std::{ListenAddr, Server};

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
    task::block_on(async {
        let server = Server::builder().listen(address).bind().await?;
        println!("listening at {:?}", server.local_addrs());
        server.serve(pending()).await;
        Ok(())
    })
}
