//! `rtmp serve`: a server for publishers and players.

mod advice;
mod codec;
pub(crate) mod duration;
mod journal;
mod key;
mod listen;
mod logging;
mod options;
mod signals;
mod welcome;

use std::io;

use rtmp_core::message::ReconnectRequest;
use rtmp_tokio::{BindError, ListenAddr, Server};

pub use listen::{Listen, ResolveError};
pub use logging::{LogFormat, LogLevel};
pub(crate) use options::chunk_size;
pub use options::{Options, Switch};

use journal::Journal;
use signals::Signals;

/// Why the server could not run. Its text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address can't be listened on.
    #[error("{}", advice::on(.0))]
    Bind(#[from] BindError),
    /// A name to listen at has no address.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// Threads or signals are not to be had.
    #[error("the system refuses what every server needs: {0}")]
    System(#[from] io::Error),
}

/// Serves until a signal ends it.
///
/// # Errors
///
/// [`Error`], before the first connection.
pub fn run(options: &Options) -> Result<(), Error> {
    logging::start(options.log_level, options.log_format);
    rtmp_sockets::raise_descriptor_limit();
    let mut addresses = Vec::new();
    for listen in &options.listen {
        addresses.extend(listen.resolve()?);
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = options.workers {
        runtime.worker_threads(workers);
    }
    let runtime = runtime.enable_all().build()?;
    runtime.block_on(serve(options, &addresses))
}

async fn serve(options: &Options, asked: &[ListenAddr]) -> Result<(), Error> {
    // From here on no signal ends the process halfway.
    let mut signals = Signals::new()?;
    let mut builder = Server::builder()
        .session(options.session_config())
        .hub(options.hub_config())
        .max_idle_per_ip(options.max_idle_per_ip)
        .observer(Journal::new(options.show_keys));
    for address in asked {
        builder = builder.listen(address.clone());
    }
    if let Some(max) = options.max_connections {
        builder = builder.max_connections(max);
    }
    if let Some(url) = &options.reconnect_to {
        builder = builder.reconnect(ReconnectRequest {
            tc_url: Some(url.clone()),
            description: Some("The server is shutting down.".to_owned()),
        });
    }
    if let Some(max) = options.max_connections_per_ip {
        builder = builder.max_connections_per_ip(max);
    }
    let server = builder.bind().await?;
    announce(options, asked, &server.local_addrs());
    let handle = server.handle();
    let shutdown = async {
        let signal = signals.next().await;
        tracing::info!(
            signal = signal.name(),
            connections = handle.connections(),
            "stopping; once more ends at once"
        );
        tokio::spawn(async move { signals.next().await.exit() });
    };
    server.serve(shutdown).await;
    tracing::info!("stopped");
    Ok(())
}

fn announce(options: &Options, asked: &[ListenAddr], addresses: &[ListenAddr]) {
    let asked_for_all = asked.iter().any(|address| match address {
        ListenAddr::Tcp(address) => address.is_ipv6() && address.ip().is_unspecified(),
        ListenAddr::Unix(_) => false,
    });
    for address in addresses {
        tracing::info!(%address, "listening");
        if asked_for_all
            && let ListenAddr::Tcp(address) = address
            && address.is_ipv4()
            && !asked.contains(&ListenAddr::Tcp(*address))
        {
            tracing::warn!("this machine has no IPv6: [::] is 0.0.0.0 here");
        }
    }
    if options.log_format == LogFormat::Text && options.log_level >= LogLevel::Info {
        welcome::show(addresses);
    }
}
