//! `rtmp-mio`: the server of minimal footprint. Options, settings and log lines are those of `rtmp serve`.

#![deny(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod arguments;
mod help;
mod memory;
mod serve;
mod signals;

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use arguments::Request;
use rtmp_console::Stray;

/// What the command line asks for makes no sense.
const USAGE: u8 = 2;

const PROGRAM: Style = AnsiColor::Red.on_default();

fn main() -> ExitCode {
    match arguments::parse(std::env::args_os().skip(1), |name| std::env::var_os(name)) {
        Ok(Request::Serve(settings)) => {
            if let Some(stray) = Stray::find(std::env::vars_os().map(|(name, _)| name)) {
                return complain(&stray.to_string(), ExitCode::from(USAGE));
            }
            match serve::run(&settings) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => complain(&error.to_string(), ExitCode::FAILURE),
            }
        }
        Ok(Request::Help) => print(&help::text(help::width(&io::stdout()))),
        Ok(Request::Version) => print(&format!("rtmp-mio {}\n", env!("CARGO_PKG_VERSION"))),
        Err(wrong) => complain(
            &format!("{wrong}\n`rtmp-mio --help` lists the options"),
            ExitCode::from(USAGE),
        ),
    }
}

fn print(text: &str) -> ExitCode {
    match anstream::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write: {error}"), ExitCode::FAILURE)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn complain(what: &str, status: ExitCode) -> ExitCode {
    // Without a place for it there is nobody to read it.
    let _ = writeln!(anstream::stderr(), "{PROGRAM}rtmp-mio:{PROGRAM:#} {what}");
    status
}
