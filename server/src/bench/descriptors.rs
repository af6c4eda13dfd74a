//! Each connection is a file descriptor, and the usual soft limit is from times when 1024 of them were many.

/// Fewer file descriptors than connections.
#[derive(Debug, thiserror::Error)]
#[error(
    "{connections} connections need {needed} file descriptors, and this process may have {limit}\n\
     `ulimit -Hn` shows the limit; `ulimit -n {needed}` as root, or LimitNOFILE= of a service, raises it"
)]
pub struct TooFew {
    connections: usize,
    needed: u64,
    limit: u64,
}

/// What is needed beside connections: the event loop, the standard streams, `/proc`.
const SPARE: u64 = 32;

/// Raises the soft limit to what is allowed.
///
/// # Errors
///
/// If that is not enough.
pub(super) fn provide(connections: usize) -> Result<(), TooFew> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: limit.maximum,
                maximum: limit.maximum,
            },
        );
        let allowed = if raised.is_ok() {
            limit.maximum
        } else {
            limit.current
        };
        let needed = (connections as u64).saturating_add(SPARE);
        if let Some(limit) = allowed.filter(|&allowed| allowed < needed) {
            return Err(TooFew {
                connections,
                needed,
                limit,
            });
        }
    }
    let _ = (connections, SPARE);
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn too_many_connections_say_what_to_do() {
        provide(10).unwrap();
        if rustix::process::getrlimit(rustix::process::Resource::Nofile)
            .maximum
            .is_some()
        {
            let error = provide(usize::MAX >> 1).unwrap_err().to_string();
            assert!(error.contains("ulimit"), "{error}");
        }
    }
}
