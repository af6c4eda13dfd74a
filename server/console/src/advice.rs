//! What to do about an address that can't be listened on.

use std::io::ErrorKind;
use std::net::{Ipv6Addr, SocketAddr};

use rtmp_core::host::ListenAddr;
use rtmp_sockets::BindError;
#[cfg(feature = "tls")]
use rtmp_sockets::LoadError;

/// The error, and what to do next. `option` has asked for the address.
pub(super) fn on(error: &BindError, option: &str) -> String {
    let (usual, next) = match option {
        "--tls-listen" => (8443, 8444),
        _ => (1935, 1936),
    };
    let advice = match (&error.address, error.source.kind()) {
        (ListenAddr::Tcp(address), ErrorKind::AddrInUse) => format!(
            "Another program listens there. `ss -ltnp 'sport = :{}'` shows which; stop it, or choose another port: \
             {option} {}",
            address.port(),
            at_port(*address, if address.port() == usual { next } else { usual }),
        ),
        (ListenAddr::Tcp(address), ErrorKind::PermissionDenied) if address.port() < 1024 => format!(
            "Ports below 1024 are the system's. Choose another one ({option} {}), or allow it: \
             sudo setcap cap_net_bind_service=+ep {}",
            at_port(*address, usual),
            std::env::current_exe().map_or_else(|_| "rtmp".into(), |path| path.display().to_string()),
        ),
        (ListenAddr::Tcp(_), ErrorKind::AddrNotAvailable) => {
            format!(
                "This machine has no such address; `ip address` shows those it has. :{usual} listens on all of them"
            )
        }
        (ListenAddr::Unix(_), ErrorKind::AddrInUse) => {
            "Another program listens there, or the file is no socket. Stop it, or choose another path"
                .to_owned()
        }
        (ListenAddr::Unix(_), ErrorKind::NotFound) => {
            "Its directory does not exist: make it first".to_owned()
        }
        (ListenAddr::Unix(_), ErrorKind::PermissionDenied) => {
            "Its directory is not writable for this user: choose another one".to_owned()
        }
        _ => return error.to_string(),
    };
    format!("{error}\n{advice}")
}

/// Which option says where the key is that a file lacks.
#[cfg(feature = "tls")]
pub(super) const fn on_key(error: &LoadError) -> &'static str {
    match error {
        LoadError::KeyMissing { .. } => ": --tls-key FILE says where it is",
        _ => "",
    }
}

/// The same address at another port, in its shortest form: who listens on one address does not want all of them.
fn at_port(address: SocketAddr, port: u16) -> String {
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        format!(":{port}")
    } else {
        SocketAddr::new(address.ip(), port).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_error(address: &str, kind: ErrorKind) -> String {
        on(
            &BindError {
                address: address.parse().unwrap(),
                source: kind.into(),
            },
            "--listen",
        )
    }

    #[test]
    fn an_error_says_what_to_do_next() {
        assert!(on_error(":1935", ErrorKind::AddrInUse).contains("--listen :1936"));
        assert!(on_error("127.0.0.1:1935", ErrorKind::AddrInUse).contains("--listen 127.0.0.1:1936"));
        assert!(on_error(":80", ErrorKind::PermissionDenied).contains("--listen :1935"));
        assert!(on_error("192.0.2.1:1935", ErrorKind::AddrNotAvailable).contains("ip address"));
        assert!(on_error("unix:/no/such/socket", ErrorKind::NotFound).contains("directory"));
    }

    #[test]
    fn an_error_that_is_not_known_is_said_as_it_is() {
        let text = on_error(":1935", ErrorKind::OutOfMemory);
        assert!(
            text.starts_with("cannot listen on [::]:1935: ") && !text.contains('\n'),
            "{text}"
        );
    }
}
