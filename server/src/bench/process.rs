//! What a server on this machine costs, as Linux tells it in `/proc`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::numbers::thousandths;

/// The processes that are watched.
#[derive(Clone, Debug)]
pub(super) struct Processes {
    named: Vec<u32>,
}

/// A process that can't be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There is none of that number.
    #[error("--pid {0}: no such process on this machine, as far as /proc shows")]
    NoProcess(u32),
    /// It is another user's.
    #[error("--pid {0}: its memory can't be read (/proc/{0}/smaps_rollup); be its user, or root")]
    NotPermitted(u32),
}

/// What processes have cost, and cost now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) at: Instant,
    /// Of all threads, in user mode and in the kernel.
    pub(super) cpu: Duration,
    user: Duration,
    system: Duration,
    memory: Memory,
}

/// In kB.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    pub(super) rss: u64,
    pub(super) pss: u64,
    /// The kernel's buffers of all TCP sockets of this machine or network namespace.
    pub(super) tcp: u64,
}

impl Processes {
    /// Processes by number, each with its children.
    pub(super) fn new(named: &[u32]) -> Result<Self, WatchError> {
        for &pid in named {
            if !Path::new(&format!("/proc/{pid}/stat")).exists() {
                return Err(WatchError::NoProcess(pid));
            }
            if fs::read(format!("/proc/{pid}/smaps_rollup")).is_err() {
                return Err(WatchError::NotPermitted(pid));
            }
        }
        Ok(Self {
            named: named.to_vec(),
        })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// What they have cost until now. A process that has ended counts no more.
    pub(super) fn sample(&self) -> Sample {
        let mut sample = Sample {
            at: Instant::now(),
            cpu: Duration::ZERO,
            user: Duration::ZERO,
            system: Duration::ZERO,
            memory: Memory::default(),
        };
        if self.is_empty() {
            return sample;
        }
        let family = self.family();
        // Times first, and the clock with them: to add up memory takes the kernel milliseconds.
        for &pid in &family {
            let (user, system) = ticks(pid).unwrap_or_default();
            sample.user += user;
            sample.system += system;
            // Threads that have ended are in the ticks alone, which are coarse: to 10 ms each.
            let coarse = (user + system).saturating_sub(2 * TICK);
            sample.cpu += threads(pid).max(coarse);
        }
        sample.at = Instant::now();
        for &pid in &family {
            let text = text(&format!("/proc/{pid}/smaps_rollup"));
            sample.memory.rss += field(&text, "Rss:").unwrap_or_default();
            sample.memory.pss += field(&text, "Pss:").unwrap_or_default();
        }
        let sockets = text("/proc/net/sockstat");
        let pages = sockets
            .lines()
            .find_map(|line| line.strip_prefix("TCP:"))
            .and_then(|line| line.split_once(" mem "))
            .and_then(|(_, number)| number.trim().parse::<u64>().ok());
        sample.memory.tcp = pages.unwrap_or_default() * PAGE_KB;
        sample
    }

    /// The named ones and all that descend from them.
    fn family(&self) -> BTreeSet<u32> {
        let mut family = BTreeSet::new();
        let mut left = self.named.clone();
        while let Some(pid) = left.pop() {
            if family.insert(pid) {
                left.extend(tasks(pid).flat_map(|task| {
                    text(&format!("{task}/children"))
                        .split_whitespace()
                        .filter_map(|child| child.parse().ok())
                        .collect::<Vec<u32>>()
                }));
            }
        }
        family
    }
}

impl Sample {
    pub(super) const fn memory(&self) -> Memory {
        self.memory
    }
}

/// The unit of times in `/proc/PID/stat`: 100 a second on every Linux that programs see (proc(5), `USER_HZ`).
const TICK: Duration = Duration::from_millis(10);
/// The unit of `mem` in `/proc/net/sockstat`, where pages have 4 KiB, as nearly everywhere.
const PAGE_KB: u64 = 4;

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn tasks(pid: u32) -> impl Iterator<Item = String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    tasks
        .flatten()
        .map(|task| task.path().to_string_lossy().into_owned())
}

/// User and system time; they are the 14th and 15th fields (proc(5)), and the second may hold spaces.
fn ticks(pid: u32) -> Option<(Duration, Duration)> {
    let stat = text(&format!("/proc/{pid}/stat"));
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields
        .split_whitespace()
        .skip(11)
        .map(|ticks| ticks.parse().unwrap_or(0));
    let mut next = || times.next().map(|ticks: u32| TICK * ticks);
    Some((next()?, next()?))
}

/// The time of all threads, in nanoseconds where `stat` has ticks.
fn threads(pid: u32) -> Duration {
    let time = |task: String| {
        let schedule = text(&format!("{task}/schedstat"));
        schedule
            .split(' ')
            .next()
            .and_then(|time| time.parse::<u64>().ok())
    };
    Duration::from_nanos(tasks(pid).filter_map(time).sum())
}

/// What the server cost within a window.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Cost {
    server_cpu_ms: Option<f64>,
    pub(super) server_cpu_pct: Option<f64>,
    server_utime_ms: u64,
    server_stime_ms: u64,
    rss_start_kb: u64,
    rss_before_kb: u64,
    pub(super) rss_kb: u64,
    pss_start_kb: u64,
    pss_before_kb: u64,
    pss_kb: u64,
    tcp_before_kb: u64,
    tcp_kb: u64,
    #[serde(skip)]
    pub(super) cpu: Duration,
}

impl Cost {
    /// From the load's start, and the window's begin and end.
    pub(super) fn new(start: &Sample, before: &Sample, after: &Sample) -> Self {
        let cpu = after.cpu.saturating_sub(before.cpu);
        let wall = after.at.saturating_duration_since(before.at);
        let millis = |later: Duration, earlier: Duration| {
            u64::try_from(later.saturating_sub(earlier).as_millis()).unwrap_or(u64::MAX)
        };
        Self {
            server_cpu_ms: thousandths(cpu.as_secs_f64() * 1e3),
            server_cpu_pct: thousandths(cpu.as_secs_f64() / wall.as_secs_f64() * 100.0),
            server_utime_ms: millis(after.user, before.user),
            server_stime_ms: millis(after.system, before.system),
            rss_start_kb: start.memory.rss,
            rss_before_kb: before.memory.rss,
            rss_kb: after.memory.rss,
            pss_start_kb: start.memory.pss,
            pss_before_kb: before.memory.pss,
            pss_kb: after.memory.pss,
            tcp_before_kb: before.memory.tcp,
            tcp_kb: after.memory.tcp,
            cpu,
        }
    }

    /// Milliseconds of CPU for each `unit` of `amount`.
    pub(super) fn ms_per(&self, amount: f64, unit: f64) -> Option<f64> {
        thousandths(self.cpu.as_secs_f64() * 1e3 / (amount / unit))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_time_and_memory() {
        let own = Processes::new(&[std::process::id()]).unwrap();
        let before = own.sample();
        let until = Instant::now() + Duration::from_millis(30);
        while Instant::now() < until {}
        let after = own.sample();
        let cost = Cost::new(&before, &before, &after);
        assert!(cost.cpu >= Duration::from_millis(1), "{cost:?}");
        assert!(cost.rss_kb > 100 && cost.pss_kb > 100, "{cost:?}");
    }

    #[test]
    fn children_are_counted() {
        let mut child = std::process::Command::new("sleep").arg("20").spawn().unwrap();
        let family = Processes::new(&[std::process::id()]).unwrap().family();
        let _ = child.kill();
        let _ = child.wait();
        assert!(family.contains(&child.id()) && family.contains(&std::process::id()));
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        let error = Processes::new(&[u32::MAX]).unwrap_err().to_string();
        assert!(error.contains("no such process"), "{error}");
    }
}
