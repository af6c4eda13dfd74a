//! The server's life, from its addresses to its end.

use std::num::NonZeroUsize;

use mio::Token;
use rtmp_console::{Clash, Journal, Settings, StartError, announce, stopped, stopping};
use rtmp_core::host::ListenAddr;
use rtmp_mio::{Server, Turn};

use crate::memory::Memory;
use crate::signals::Signals;

/// What the loop says when a signal has come.
const SIGNAL: Token = Token(0);

/// Serves until a signal ends it.
pub(crate) fn run(settings: &Settings) -> Result<(), StartError> {
    settings.start_log();
    rtmp_sockets::raise_descriptor_limit();
    let (asked, tls_asked) = (settings.addresses()?, settings.tls_addresses()?);
    Clash::check(&asked, &tls_asked)?;
    // From here on no signal ends the process halfway.
    let mut signals = Signals::new()?;
    let (mut server, _certificates) = bind(settings, &asked, &tls_asked)?;
    signals.register(server.registry(), SIGNAL)?;
    announce(settings, &asked, &server.local_addrs());
    let handle = server.handle();
    let mut memory = Memory::default();
    let mut is_stopping = false;
    loop {
        let mut has_come = false;
        let turn = server.turn(None, |event| has_come |= event.token() == SIGNAL)?;
        if turn == Turn::Over {
            break;
        }
        memory.notice(server.connections());
        if has_come
            && !is_stopping
            && let Some(signal) = signals.take()
        {
            is_stopping = true;
            stopping(signal, server.connections());
            handle.shutdown();
        }
    }
    stopped();
    Ok(())
}

/// What keeps up with the files of a certificate, for as long as it is kept.
#[cfg(feature = "tls")]
type Keeper = Option<rtmp_console::Certificates>;
#[cfg(not(feature = "tls"))]
type Keeper = ();

fn bind(
    settings: &Settings,
    addresses: &[ListenAddr],
    tls_addresses: &[ListenAddr],
) -> Result<(Server, Keeper), StartError> {
    let mut builder = Server::builder()
        .settings(settings.server_settings())
        .observer(Journal::new(settings.show_keys));
    for address in addresses {
        builder = builder.listen(address.clone());
    }
    #[cfg(feature = "tls")]
    let keeper = certificates(settings)?;
    #[cfg(not(feature = "tls"))]
    let keeper = ();
    #[cfg(feature = "tls")]
    if let Some(certificates) = &keeper {
        for address in tls_addresses {
            builder = builder.listen_tls(address.clone(), certificates.tls());
        }
    }
    if let Some(count) = settings.workers.and_then(NonZeroUsize::new) {
        builder = builder.workers(count);
    }
    let server = (builder.bind()).map_err(|error| StartError::from(error).with_tls_at(tls_addresses))?;
    Ok((server, keeper))
}

#[cfg(feature = "tls")]
fn certificates(settings: &Settings) -> Result<Keeper, StartError> {
    use rtmp_console::{Certificate, Certificates};
    match settings.certificate()? {
        Some(Certificate::Files { certificates, key }) => {
            Certificates::load(rtmp_sockets::IdentityFiles { certificates, key }).map(Some)
        }
        // It is no option of this program.
        Some(Certificate::SelfSigned) | None => Ok(None),
    }
}
