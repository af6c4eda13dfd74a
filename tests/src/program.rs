//! Other people's programs: found, started, waited for within a limit, and gone when the test is over.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::Once,
    thread,
    time::{Duration, Instant},
};

use crate::scratch;

/// How long a program may take for what it does in a test, unless the test says otherwise: media of a few seconds in real
/// time, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The path of an installed program: what `tests/run` installed itself comes first, then `PATH`.
///
/// # Panics
/// If it is not there, with the remedy.
#[must_use]
pub fn find(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    [scratch::target().join("tools/bin")]
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed: run tests/run, it installs the programs that the real-client tests start"))
}

/// What the tests start of this workspace, in one build: `tests/run` does the same before.
const BUILD: &[&str] = &[
    "build",
    "--quiet",
    "--package=rtmp-server",
    "--package=rtmp-core",
    "--package=rtmp-tokio",
    "--package=rtmp-async-std",
    "--package=rtmp-mio",
    "--features=rtmp-tokio/tls,rtmp-async-std/tls,rtmp-mio/tls",
    "--bin=rtmp",
    "--bin=rtmp-mio",
    "--example=blocking_server",
    "--example=flv_repair",
    "--example=tokio_publish",
    "--example=tokio_record",
    "--example=async_std_publish",
    "--example=async_std_record",
    "--example=publish",
    "--example=record",
];

/// The path of a program of this workspace, by its name, or of an example, by `examples/` and its name. They are built on
/// first use: no test runs yesterday's.
///
/// # Panics
/// If they do not build.
#[must_use]
pub fn ours(name: &str) -> PathBuf {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(BUILD).current_dir(scratch::workspace());
        // What cargo tells this test of its package: build scripts that look at such variables would have half of the
        // workspace compiled anew.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                build.env_remove(name);
            }
        }
        let status = build.status().expect("cargo starts");
        assert!(status.success(), "the programs of this workspace do not build");
    });
    scratch::target().join("debug").join(name)
}

/// A started program; dropping it kills it.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command`; what it says on both its outputs goes to `directory/name.log`.
    #[must_use]
    pub fn start(name: &str, command: &mut Command, directory: &Path) -> Self {
        let (log, file) = Self::log_file(name, directory);
        command.stdout(file.try_clone().expect("a file handle can be duplicated"));
        Self::spawn(name, command, log, file)
    }

    /// Starts `command`, with its standard output for the caller to read.
    #[must_use]
    pub fn start_piped(name: &str, command: &mut Command, directory: &Path) -> (Self, ChildStdout) {
        let (log, file) = Self::log_file(name, directory);
        command.stdout(Stdio::piped());
        let mut program = Self::spawn(name, command, log, file);
        let output = program.child.stdout.take().expect("standard output is piped");
        (program, output)
    }

    /// Starts `command`, with its standard output written to the file `output`.
    #[must_use]
    pub fn start_writing(name: &str, command: &mut Command, directory: &Path, output: &Path) -> Self {
        command.stdout(File::create(output).expect("the scratch directory is writable"));
        let (log, file) = Self::log_file(name, directory);
        Self::spawn(name, command, log, file)
    }

    fn log_file(name: &str, directory: &Path) -> (PathBuf, File) {
        let log = directory.join(format!("{name}.log"));
        let file = File::create(&log).expect("the scratch directory is writable");
        (log, file)
    }

    fn spawn(name: &str, command: &mut Command, log: PathBuf, stderr: File) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}; {command:?}"));
        Self {
            name: name.to_owned(),
            child,
            log,
        }
    }

    /// Waits for the program to end by itself.
    ///
    /// # Panics
    /// If it takes longer than `limit`.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(
                started.elapsed() < limit,
                "{} still runs after {limit:?}; it said:\n{}",
                self.name,
                self.output()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the program to end by itself, and well.
    ///
    /// # Panics
    /// If it takes longer than [`PATIENCE`] or fails; the message has what it said.
    pub fn succeed(mut self) {
        let status = self.wait(PATIENCE);
        assert!(
            status.success(),
            "{} failed ({status}); it said:\n{}",
            self.name,
            self.output()
        );
    }

    /// Waits for the program to end by itself, and badly; returns what it said.
    ///
    /// # Panics
    /// If it takes longer than `limit` or succeeds.
    #[must_use]
    pub fn fail(mut self, limit: Duration) -> String {
        let status = self.wait(limit);
        assert!(
            !status.success(),
            "{} succeeded, but should not have; it said:\n{}",
            self.name,
            self.output()
        );
        self.output()
    }

    /// Waits until the program has said something; then it is ended, if it has not by itself.
    ///
    /// # Panics
    /// If it takes longer than `limit`, or ends without a word of it.
    pub fn wait_to_say(mut self, what: &str, limit: Duration) {
        self.hear(what, limit);
    }

    /// The same of a program that is to go on.
    ///
    /// # Panics
    /// If it takes longer than `limit`, or ends without a word of it.
    pub fn hear(&mut self, what: &str, limit: Duration) {
        let started = Instant::now();
        loop {
            // Asked before: what a program says last is there once it has ended.
            let is_running = self.is_running();
            if self.output().contains(what) {
                return;
            }
            assert!(
                is_running && started.elapsed() < limit,
                "{} has not said {what:?} but:\n{}",
                self.name,
                self.output()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child can be waited for")
            .is_none()
    }

    /// Ends it at once (SIGKILL): no goodbye on its connections.
    pub fn kill(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The processor time that it has used, in hundredths of a second.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("it runs");
        // proc(5): behind the name in parentheses, the 12th and 13th field are its time in user and in kernel mode.
        let (_, fields) = stat.rsplit_once(')').expect("the name is in parentheses");
        let times = fields.split_whitespace().skip(11).take(2);
        times.map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
    }

    /// Asks it to end (SIGTERM).
    ///
    /// # Panics
    /// If there is no `kill`.
    pub fn terminate(&self) {
        let kill = Command::new("kill")
            .args(["-TERM", &self.id().to_string()])
            .status();
        assert!(kill.expect("kill starts").success(), "{} has gone", self.name);
    }

    /// What it has said so far.
    #[must_use]
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
