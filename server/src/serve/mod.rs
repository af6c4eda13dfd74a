//! `rtmp serve`: a server for publishers and players.

mod options;
mod reload;
mod signals;
mod tls;

use std::io;
use std::sync::Arc;
use std::thread;

use rtmp_console::{Clash, Journal, StartError, Stray, announce, stopped, stopping};
use rtmp_core::host::ListenAddr;
use rtmp_tokio::Server;
use tracing::warn;

pub use options::{Options, advice};

use crate::config;
use crate::relays::{RelayError, Relays};
pub(crate) use signals::Signals;
#[cfg(unix)]
pub(crate) use signals::ends_with_its_terminal;

use options::Configuration;
use reload::{Running, announce_overruled};
use signals::Reloads;
use tls::Tls;

/// Why a server could not start. Its text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is something wrong with its configuration file.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The system keeps it from starting.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A variable of the environment has nearly the name of one that it knows.
    #[error(transparent)]
    Stray(#[from] Stray),
    /// There is something wrong with its relays.
    #[error(transparent)]
    Relay(#[from] RelayError),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        StartError::from(error).into()
    }
}

/// Serves until a signal ends it.
///
/// # Errors
///
/// [`Error`], before the first connection.
pub fn run(options: &Options) -> Result<(), Error> {
    if let Some(stray) = Stray::find(std::env::vars_os().map(|(name, _)| name)) {
        return Err(stray.into());
    }
    let configuration = options.configuration()?;
    start(options, configuration)
}

fn start(options: &Options, configuration: Configuration) -> Result<(), Error> {
    let settings = configuration.given.settings();
    settings.start_log();
    rtmp_sockets::raise_descriptor_limit();
    let (addresses, tls_addresses) = (
        settings.addresses().map_err(StartError::from)?,
        settings.tls_addresses().map_err(StartError::from)?,
    );
    Clash::check(&addresses, &tls_addresses).map_err(StartError::from)?;
    let tls = Tls::of(&settings, &tls_addresses)?;
    let workers = settings
        .workers
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    if workers > 1
        && configuration
            .given
            .options()
            .any(|option| option.name == "read-latency")
    {
        warn!(
            "--read-latency is for one worker (--workers 1), and there are {workers}: what is sent is read at once"
        );
    }
    let mut runtime = if workers == 1 {
        // Alone, a thread has nobody to hand tasks over to or to take them from, and holds up no other while it pauses.
        let mut alone = tokio::runtime::Builder::new_current_thread();
        alone.on_thread_park(rtmp_tokio::coalesce_reads);
        alone
    } else {
        let mut several = tokio::runtime::Builder::new_multi_thread();
        several.worker_threads(workers);
        several
    };
    let runtime = runtime.enable_all().build()?;
    runtime.block_on(serve(
        options,
        configuration,
        &addresses,
        tls.as_ref().map(|tls| (tls, &*tls_addresses)),
    ))
}

async fn serve(
    options: &Options,
    configuration: Configuration,
    asked: &[ListenAddr],
    tls: Option<(&Tls, &[ListenAddr])>,
) -> Result<(), Error> {
    // From here on no signal ends the process halfway.
    let mut signals = Signals::new()?;
    let mut reloads = Reloads::new(options.file().is_some() || tls.is_some())?;
    let settings = configuration.given.settings();
    let journal = Arc::new(Journal::new(settings.show_keys));
    let relays = Relays::new(Arc::clone(&journal));
    relays.wait(settings.wait);
    let mut builder = Server::builder()
        .settings(settings.server_settings())
        .observer(relays.clone())
        .policy(relays.clone())
        .authorize(relays.clone());
    for address in asked {
        builder = builder.listen(address.clone());
    }
    if let Some((tls, asked)) = tls {
        for address in asked {
            builder = builder.listen_tls(address.clone(), tls.server());
        }
    }
    let tls_asked = tls.map_or(&[][..], |(_, asked)| asked);
    let server = (builder.bind().await).map_err(|error| StartError::from(error).with_tls_at(tls_asked))?;
    relays.start(server.handle(), server.local_addrs(), &configuration.relays)?;
    announce(&settings, asked, &server.local_addrs());
    if let Some((tls, _)) = tls {
        tls.announce();
    }
    announce_overruled(&configuration.overruled);
    let handle = server.handle();
    let mut running = Running::new(
        options,
        configuration,
        journal,
        handle.clone(),
        tls.map(|(tls, _)| tls),
        relays.clone(),
    );
    let shutdown = async {
        let signal = loop {
            tokio::select! {
                signal = signals.next() => break signal,
                () = reloads.next() => running.reload(),
            }
        };
        stopping(signal, handle.connections());
        tokio::spawn(async move { std::process::exit(signals.next().await.status().into()) });
    };
    server.serve(shutdown).await;
    relays.stop().await;
    stopped();
    Ok(())
}
