//! The clock that publishers and players on one machine share, and who shares it.

use std::sync::OnceLock;
use std::time::Duration;

/// Nanoseconds on the clock of this machine: `CLOCK_MONOTONIC`, the same for all its processes.
pub(super) fn now_ns() -> u64 {
    #[cfg(unix)]
    {
        nanoseconds(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
    }
    #[cfg(not(unix))]
    {
        static START: OnceLock<std::time::Instant> = OnceLock::new();
        u64::try_from(START.get_or_init(std::time::Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Names the clock: processes that see the same number can compare times. On Linux it stands for this start of the
/// kernel; elsewhere every process has its own, so that none are compared.
pub(super) fn id() -> u32 {
    static ID: OnceLock<u32> = OnceLock::new();
    *ID.get_or_init(|| {
        std::fs::read("/proc/sys/kernel/random/boot_id").map_or_else(
            |_| crc32c::crc32c(&(now_ns() ^ u64::from(std::process::id())).to_le_bytes()),
            |boot| crc32c::crc32c(&boot),
        )
    })
}

/// The CPU time that this process has taken; zero where the system does not say.
pub(super) fn own_cpu() -> Duration {
    #[cfg(unix)]
    {
        Duration::from_nanos(nanoseconds(rustix::time::clock_gettime(
            rustix::time::ClockId::ProcessCPUTime,
        )))
    }
    #[cfg(not(unix))]
    {
        Duration::ZERO
    }
}

#[cfg(unix)]
fn nanoseconds(time: rustix::time::Timespec) -> u64 {
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(time.tv_sec)
        .saturating_mul(1_000_000_000)
        .saturating_add(part(time.tv_nsec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_and_keeps_its_name() {
        let (before, id_before) = (now_ns(), id());
        std::thread::sleep(Duration::from_millis(2));
        assert!(now_ns() - before >= 2_000_000);
        assert_eq!(id(), id_before);
    }
}
