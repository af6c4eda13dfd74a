//! The start of a server, and what keeps it from starting.

use std::io;

use rtmp_core::host::ListenAddr;
#[cfg(feature = "tls")]
use rtmp_core::tls::TlsError;
use rtmp_sockets::BindError;
#[cfg(feature = "tls")]
use rtmp_sockets::LoadError;

use crate::log::{Format, Level};
use crate::{Clash, ResolveError, Settings, TlsOptionsError, advice, welcome};

/// Why a server could not start. Its text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address can't be listened on.
    #[error("{}", advice::on(.0, "--listen"))]
    Bind(BindError),
    /// The same, for RTMPS.
    #[error("{}", advice::on(.0, "--tls-listen"))]
    BindTls(BindError),
    /// It could listen at one of two addresses, and not at both.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// A name to listen at has no address.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// What is said about RTMPS does not go together.
    #[error(transparent)]
    TlsOptions(#[from] TlsOptionsError),
    /// A certificate can't be used.
    #[cfg(feature = "tls")]
    #[error("cannot serve RTMPS: {}{}", .0, advice::on_key(.0))]
    Certificate(#[from] LoadError),
    /// TLS is not to be had.
    #[cfg(feature = "tls")]
    #[error("cannot serve RTMPS: {0}")]
    Tls(#[from] TlsError),
    /// Threads or signals are not to be had.
    #[error("the system refuses what every server needs: {0}")]
    System(io::Error),
}

impl From<BindError> for StartError {
    fn from(error: BindError) -> Self {
        Self::Bind(error)
    }
}

impl From<io::Error> for StartError {
    /// Also a [`BindError`] that has become one.
    fn from(error: io::Error) -> Self {
        error.downcast().map_or_else(Self::System, Self::Bind)
    }
}

impl StartError {
    /// The same where these addresses were asked for for RTMPS.
    #[must_use]
    pub fn with_tls_at(self, tls: &[ListenAddr]) -> Self {
        match self {
            Self::Bind(error) if tls.contains(&error.address) => Self::BindTls(error),
            other => other,
        }
    }
}

/// Says where a server listens, what of its settings is doubtful, and to a person how to publish and play. `asked` is what
/// was asked for, but for RTMPS, and `bound` what it became, with RTMPS behind it.
pub fn announce(settings: &Settings, asked: &[ListenAddr], bound: &[ListenAddr]) {
    let (bound, tls) = bound.split_at_checked(asked.len()).unwrap_or((bound, &[]));
    let asked_for_all = asked.iter().any(|address| match address {
        ListenAddr::Tcp(address) => address.is_ipv6() && address.ip().is_unspecified(),
        ListenAddr::Unix(_) => false,
    });
    for address in bound {
        tracing::info!(%address, "listening");
        if asked_for_all
            && let ListenAddr::Tcp(address) = address
            && address.is_ipv4()
            && !asked.contains(&ListenAddr::Tcp(*address))
        {
            tracing::warn!("this machine has no IPv6: [::] is 0.0.0.0 here");
        }
    }
    for address in tls {
        tracing::info!(%address, "listening for RTMPS");
    }
    if let Some(doubt) = settings.doubt() {
        tracing::warn!("{doubt}");
    }
    if settings.log_format == Format::Text && settings.log_level >= Level::Info {
        welcome::show(bound, tls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_the_option_that_asked_for_it() {
        let address = ListenAddr::any(443);
        let error = StartError::from(BindError {
            address: address.clone(),
            source: io::ErrorKind::AddrInUse.into(),
        });
        let said = error.with_tls_at(&[address]).to_string();
        assert!(said.contains("--tls-listen :8443"), "{said}");
    }

    #[test]
    fn what_to_do_about_an_address_is_said_also_if_its_error_was_wrapped() {
        let error = BindError {
            address: ListenAddr::any(1935),
            source: io::ErrorKind::AddrInUse.into(),
        };
        let direct = StartError::from(error).to_string();
        assert!(direct.contains("--listen :1936"), "{direct}");
        let error = BindError {
            address: ListenAddr::any(1935),
            source: io::ErrorKind::AddrInUse.into(),
        };
        assert_eq!(StartError::from(io::Error::from(error)).to_string(), direct);
        let system = StartError::from(io::Error::from(io::ErrorKind::OutOfMemory)).to_string();
        assert!(system.starts_with("the system refuses"), "{system}");
    }
}
