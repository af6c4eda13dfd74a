//! File descriptors: each connection is one.

use rtmp_core::host::ConnectionLimits;

/// Descriptors left for files, for listeners and for the host, when connections are limited by their number.
const DESCRIPTORS_FOR_OTHERS: usize = 64;

/// The fewest connections that the limit is set to by itself.
const FEWEST_CONNECTIONS: usize = 64;

/// As many connections as the process may have descriptors, but for 64 of them, and at least 64.
pub fn default_max_connections() -> usize {
    #[cfg(unix)]
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let descriptors: Option<u64> = None;
    descriptors.map_or(usize::MAX, |descriptors| {
        let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
        descriptors
            .saturating_sub(DESCRIPTORS_FOR_OTHERS)
            .max(FEWEST_CONNECTIONS)
    })
}

/// The limits, with one on all connections: [as many](default_max_connections) as there are descriptors for, unless it is
/// said already.
pub fn with_max_connections(limits: ConnectionLimits) -> ConnectionLimits {
    let mut limits = limits;
    limits.all.get_or_insert_with(default_max_connections);
    limits
}

/// Raises the process's limit on descriptors as far as it is allowed to: the usual one is from times when 1024 of them
/// were many. What can't be raised stays as it is, and [`default_max_connections`] follows it.
pub fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let maximum = getrlimit(Resource::Nofile).maximum;
        let current = maximum;
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }
}
