//! `rtmp serve`: a server for publishers and players.

mod options;
mod signals;

use std::thread;

use rtmp_console::{Journal, Settings, announce, stopped, stopping};
use rtmp_core::host::ListenAddr;
use rtmp_tokio::Server;

pub use options::Options;
pub use rtmp_console::StartError as Error;

use signals::Signals;

/// Serves until a signal ends it.
///
/// # Errors
///
/// [`Error`], before the first connection.
pub fn run(options: &Options) -> Result<(), Error> {
    let settings = options.settings();
    settings.start_log();
    rtmp_sockets::raise_descriptor_limit();
    let addresses = settings.addresses()?;
    let workers = settings
        .workers
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    // Alone, a thread has nobody to hand tasks over to or to take them from.
    let mut runtime = match workers {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(workers).enable_all().build()?;
    runtime.block_on(serve(settings, &addresses))
}

async fn serve(settings: &Settings, asked: &[ListenAddr]) -> Result<(), Error> {
    // From here on no signal ends the process halfway.
    let mut signals = Signals::new()?;
    let mut builder = Server::builder()
        .settings(settings.server_settings())
        .observer(Journal::new(settings.show_keys));
    for address in asked {
        builder = builder.listen(address.clone());
    }
    let server = builder.bind().await?;
    announce(settings, asked, &server.local_addrs());
    let handle = server.handle();
    let shutdown = async {
        stopping(signals.next().await, handle.connections());
        tokio::spawn(async move { std::process::exit(signals.next().await.status().into()) });
    };
    server.serve(shutdown).await;
    stopped();
    Ok(())
}
