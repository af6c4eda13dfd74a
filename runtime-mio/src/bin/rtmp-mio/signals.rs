//! The signals that end a server, as something that its loop waits for.

#[cfg(not(unix))]
pub(crate) use elsewhere::Signals;
#[cfg(unix)]
pub(crate) use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::io::{self, Read};
    use std::os::unix::net::UnixStream as StdUnixStream;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use mio::net::UnixStream;
    use mio::{Interest, Registry, Token};
    use rtmp_console::Signal;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::{flag, low_level::pipe};

    const SIGNALS: [(Signal, i32); 2] = [(Signal::Interrupt, SIGINT), (Signal::Terminate, SIGTERM)];

    /// A pipe that a signal writes to: nothing else may be done when one comes.
    pub(crate) struct Signals {
        pipe: UnixStream,
        /// The number of the newest one.
        number: Arc<AtomicUsize>,
        /// The next one ends the process, whatever its loop does.
        is_last: Arc<AtomicBool>,
    }

    impl Signals {
        /// From here on the first signal does not end the process.
        pub(crate) fn new() -> io::Result<Self> {
            let (read, write) = StdUnixStream::pair()?;
            read.set_nonblocking(true)?;
            let signals = Self {
                pipe: UnixStream::from_std(read),
                number: Arc::default(),
                is_last: Arc::default(),
            };
            for (signal, number) in SIGNALS {
                flag::register_conditional_shutdown(
                    number,
                    signal.status().into(),
                    Arc::clone(&signals.is_last),
                )?;
                flag::register_usize(
                    number,
                    Arc::clone(&signals.number),
                    number.unsigned_abs() as usize,
                )?;
                pipe::register(number, write.try_clone()?)?;
            }
            Ok(signals)
        }

        /// A loop finds `token` readable when a signal comes, or has come.
        pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
            registry.register(&mut self.pipe, token, Interest::READABLE)
        }

        /// The signal that has come. The next one ends the process at once.
        pub(crate) fn take(&mut self) -> Option<Signal> {
            // Of the bytes one is enough; what they are, and that there is none left, says nothing.
            let _ = self.pipe.read(&mut [0; 64]);
            let number = self.number.load(Ordering::SeqCst);
            let (signal, _) = SIGNALS
                .into_iter()
                .find(|(_, other)| other.unsigned_abs() as usize == number)?;
            self.is_last.store(true, Ordering::SeqCst);
            Some(signal)
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    use mio::{Registry, Token};
    use rtmp_console::Signal;

    /// Where there are no signals, whoever ends the process ends it at once.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn register(&mut self, _: &Registry, _: Token) -> io::Result<()> {
            Ok(())
        }

        pub(crate) fn take(&mut self) -> Option<Signal> {
            None
        }
    }
}
