//! The server under test.

mod nginx;

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    certificate::{Certificate, HOST},
    port,
    program::{self, PATIENCE, Program},
};

/// Where servers listen, but for the port: the system chooses one, and they tell it.
const LOOPBACK: &str = "127.0.0.1:";

/// A server of this workspace. Their options have the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `rtmp serve`, on tokio.
    Rtmp,
    /// `rtmp-mio`, on a loop of its own.
    RtmpMio,
}

impl Binary {
    /// Its path.
    ///
    /// # Panics
    /// If it does not build.
    #[must_use]
    pub fn path(self) -> PathBuf {
        program::ours(match self {
            Self::Rtmp => "rtmp",
            Self::RtmpMio => "rtmp-mio",
        })
    }

    /// What comes before the options.
    fn subcommand(self) -> Option<&'static str> {
        match self {
            Self::Rtmp => Some("serve"),
            Self::RtmpMio => None,
        }
    }
}

/// A running server; dropping it ends it.
///
/// With `RTMP_TEST_SERVER_URL=rtmp://host:port/app` in the environment it is the server there, whatever it is: that is how the
/// tests are checked against other servers. Options are then that server's own business.
#[derive(Debug)]
pub struct Server {
    base: String,
    process: Option<Program>,
}

impl Server {
    /// Starts it with these options on a free port, and returns when it accepts connections.
    ///
    /// # Panics
    /// If it cannot be built, or does not listen within ten seconds.
    #[must_use]
    pub fn start(binary: Binary, directory: &Path, options: &[&str]) -> Self {
        if let Ok(base) = env::var("RTMP_TEST_SERVER_URL") {
            return Self {
                base: base.trim_end_matches('/').to_owned(),
                process: None,
            };
        }
        Self::start_at(0, "server", binary, directory, options)
    }

    /// The same with TLS, and a certificate that is [issued](Certificate::issue) in the directory: its URLs are `rtmps://`.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_secure(binary: Binary, directory: &Path, options: &[&str]) -> Self {
        let certificate = Certificate::issue(directory);
        let mut command = Command::new(binary.path());
        command.args(binary.subcommand());
        command.arg("--tls-cert").arg(&certificate.chain);
        command.arg("--tls-key").arg(&certificate.key);
        let own = [&["--tls-listen", "127.0.0.1:0"], options].concat();
        Self::spawn("server", 0, directory, |address| {
            command.args(["--listen", address]).args(own)
        })
        .over_tls()
    }

    /// The same with a certificate that the server makes itself, for a try-out.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_self_signed(directory: &Path, options: &[&str]) -> Self {
        let own = [&["--tls-listen", "127.0.0.1:0", "--tls-self-signed"], options].concat();
        Self::start_at(0, "server", Binary::Rtmp, directory, &own).over_tls()
    }

    /// The same server, by its URLs for RTMPS.
    fn over_tls(mut self) -> Self {
        // The line is there: it comes with the one of RTMP.
        let line = self.wait_to_say("listening for RTMPS", 1);
        let port = line.rsplit_once(':').expect("an address has a port").1;
        self.base = format!("rtmps://{HOST}:{port}/live");
        self
    }

    /// The same, of several on this port each, 0 for a free one: `name` tells their logs apart.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_at(port: u16, name: &str, binary: Binary, directory: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(binary.path());
        command.args(binary.subcommand());
        Self::spawn(name, port, directory, |address| {
            command.args(["--listen", address]).args(options)
        })
    }

    /// The same for a server that may have so many descriptors, and not one more.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with_descriptors(count: usize, binary: Binary, directory: &Path, options: &[&str]) -> Self {
        let mut command = Command::new("sh");
        // The shell becomes the server, with the limits of the shell.
        command.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &count.to_string()]);
        command.arg(binary.path()).args(binary.subcommand());
        Self::spawn("server", 0, directory, |address| {
            command.args(["--listen", address]).args(options)
        })
    }

    /// Starts the example `blocking_server` of the core on a free port, and returns when it accepts connections.
    ///
    /// # Panics
    /// If it cannot be built, or does not listen within ten seconds.
    #[must_use]
    pub fn start_blocking_example(directory: &Path) -> Self {
        let mut command = Command::new(program::ours("examples/blocking_server"));
        Self::spawn("server", 0, directory, |address| command.arg(address))
    }

    fn spawn<'a>(
        name: &str,
        port: u16,
        directory: &Path,
        command_at: impl FnOnce(&str) -> &'a mut Command,
    ) -> Self {
        let process = Program::start(name, command_at(&format!("{LOOPBACK}{port}")), directory);
        Self::of(process, |output| {
            address_in(output).map(|address| format!("rtmp://{address}/live"))
        })
    }

    /// A process that listens at `base`, once that can be told, of what it has said.
    fn of(mut process: Program, base: impl Fn(&str) -> Option<String>) -> Self {
        let started = Instant::now();
        loop {
            // Asked before: what a program says last is there once it has ended.
            let waits = process.is_running() && started.elapsed() < Duration::from_secs(10);
            if let Some(base) = base(&process.output()) {
                return Self {
                    base,
                    process: Some(process),
                };
            }
            assert!(
                waits,
                "the server does not listen; it said:\n{}",
                process.output()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The address of a stream, for publishers and players alike.
    #[must_use]
    pub fn url(&self, stream: &str) -> String {
        format!("{}/{stream}", self.base)
    }

    /// The "Server" field of programs that ask for the stream key apart.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Waits until so many connections are established, and a moment more for what is said on a new one before media flow.
    ///
    /// # Panics
    /// If they are not within [`PATIENCE`].
    pub fn wait_for_connections(&self, count: usize) {
        let started = Instant::now();
        while self.connections() < count {
            assert!(
                started.elapsed() < PATIENCE,
                "{} of {count} programs have connected",
                self.connections()
            );
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(300));
    }

    fn connections(&self) -> usize {
        port::connections(self.address().port())
    }

    /// Where it listens.
    ///
    /// # Panics
    /// If it is a server of elsewhere, whose URL has no port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let port = self.base.split([':', '/']).find_map(|part| part.parse().ok());
        SocketAddr::from((Ipv4Addr::LOCALHOST, port.expect("the URL has a port")))
    }

    /// How many descriptors it has open.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        let open = fs::read_dir(self.proc("fd")).expect("the server runs");
        open.count()
    }

    /// Bytes of memory that are its own, without the files that it has mapped.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(self.proc("status")).expect("the server runs");
        // "RssAnon:     1234 kB"
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
        1024 * kilobytes
            .and_then(|number| number.parse::<u64>().ok())
            .expect("Linux tells")
    }

    /// The processor time that it has used, in hundredths of a second.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.process.as_ref().expect("it is a server of ours").ticks()
    }

    fn proc(&self, file: &str) -> String {
        let process = self.process.as_ref().expect("it is a server of ours");
        format!("/proc/{}/{file}", process.id())
    }

    /// Asks it to end (SIGTERM), and returns without waiting for that.
    ///
    /// # Panics
    /// If it has ended by itself.
    #[must_use]
    pub fn terminate(mut self) -> Program {
        let process = self.process.take().expect("it is a server of ours");
        process.terminate();
        process
    }

    /// Ends it at once (SIGKILL): no goodbye on its connections.
    ///
    /// # Panics
    /// If it is not a server of ours.
    pub fn kill(mut self) {
        self.process.take().expect("it is a server of ours").kill();
    }

    /// Waits until it has said something, so many times; the last line of these.
    ///
    /// # Panics
    /// If it does not within [`PATIENCE`].
    #[must_use]
    pub fn wait_to_say(&self, what: &str, times: usize) -> String {
        let started = Instant::now();
        loop {
            let output = self.output();
            if let Some(line) = output.lines().filter(|line| line.contains(what)).nth(times - 1) {
                return line.to_owned();
            }
            assert!(
                started.elapsed() < PATIENCE,
                "the server has not said {what:?} {times} times, but:\n{output}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has said so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.as_ref().map(Program::output).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(process) = &mut self.process else { return };
        let crashed = !process.is_running();
        if thread::panicking() {
            eprintln!("the server said:\n{}", process.output());
        } else {
            assert!(
                !crashed,
                "the server ended by itself; it said:\n{}",
                process.output()
            );
        }
    }
}

/// The first address of this machine's own that a server tells.
fn address_in(output: &str) -> Option<SocketAddr> {
    // A line that is not whole yet may end in half a port.
    let (lines, _) = output.rsplit_once('\n')?;
    let (_, rest) = lines.split_once(LOOPBACK)?;
    let port = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    format!("{LOOPBACK}{port}").parse().ok()
}
