//! `rtmp-mio --help`.

use std::fmt::Write as _;
use std::io;

use crate::arguments::is_offered;
use anstyle::{AnsiColor, Style};
use rtmp_console::{DURATIONS, Default, EXAMPLES, Group, Kind, OPTIONS, Opt, wrapped};

const HEADING: Style = Style::new().bold();
const TYPED: Style = AnsiColor::Cyan.on_default();

const ABOUT: &str = "\
The RTMP server of minimal footprint: players get what publishers send.
It listens on port 1935 of all addresses, unless told otherwise.
";

/// What stands where the options of RTMPS would.
const WITHOUT_TLS: &str = "This program is built without it; built with --features tls it has --tls-listen.";

/// The width of who says nothing about theirs.
const USUAL_WIDTH: usize = 80;

/// Longer lines are hard to read, and shorter ones have no room for words.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=100;

/// The columns of the terminal that the text goes to.
pub(crate) fn width(output: &io::Stdout) -> usize {
    #[cfg(unix)]
    let columns = rustix::termios::tcgetwinsize(output).ok().map(|size| size.ws_col);
    #[cfg(not(unix))]
    let columns: Option<u16> = {
        let _ = output;
        None
    };
    let columns = columns.filter(|&columns| columns > 0);
    columns.map_or(USUAL_WIDTH, |columns| {
        usize::from(columns).clamp(*WIDTHS.start(), *WIDTHS.end())
    })
}

/// With colours, which who prints it leaves out where they don't belong.
pub(crate) fn text(width: usize) -> String {
    let mut text = format!("{ABOUT}\n{} rtmp-mio [OPTIONS]\n", heading("Usage"));
    for group in Group::ALL {
        let mut options = offered().filter(|option| option.group == group).peekable();
        add(&mut text, format_args!("\n{}\n", heading(group.heading())));
        if options.peek().is_none() {
            for line in wrapped(WITHOUT_TLS, width.saturating_sub(2)) {
                add(&mut text, format_args!("  {line}\n"));
            }
        }
        for option in options {
            row(&mut text, &names(option), &about(option), width);
        }
    }
    add(&mut text, '\n');
    row(&mut text, "-h, --help", "Print this", width);
    row(&mut text, "-V, --version", "Print the version", width);
    add(&mut text, format_args!("\n{}\n", heading("Examples")));
    let examples = EXAMPLES
        .iter()
        .filter(|example| cfg!(feature = "tls") || !example.is_tls());
    for example in examples {
        let command = example.command("rtmp-mio");
        add(&mut text, format_args!("  {TYPED}{command}{TYPED:#}\n"));
        for line in example.about {
            add(&mut text, format_args!("      {line}\n"));
        }
    }
    add(&mut text, format_args!("\n{DURATIONS}\n"));
    text
}

fn offered() -> impl Iterator<Item = &'static Opt> {
    OPTIONS.iter().filter(|option| is_offered(option))
}

fn heading(name: &str) -> String {
    format!("{HEADING}{name}:{HEADING:#}")
}

fn add(text: &mut String, shown: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = write!(text, "{shown}");
}

/// The columns of the longest names, with what is left and right of them.
fn column() -> usize {
    let longest = offered().map(|option| names(option).len()).max();
    longest.unwrap_or_default().saturating_add(4)
}

fn row(text: &mut String, names: &str, about: &str, width: usize) {
    let column = column();
    let padding = column.saturating_sub(names.len().saturating_add(2));
    add(text, format_args!("  {TYPED}{names}{TYPED:#}{:padding$}", ""));
    let mut lines = wrapped(about, width.saturating_sub(column)).into_iter();
    add(text, format_args!("{}\n", lines.next().unwrap_or_default()));
    for line in lines {
        add(text, format_args!("{:column$}{line}\n", ""));
    }
}

fn names(option: &Opt) -> String {
    let short = option
        .short
        .map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let value = match option.kind {
        Kind::Flag => "[=on|off]".to_owned(),
        Kind::Switch | Kind::Value(_) | Kind::List(_) => {
            format!(" {}", option.kind.value_name().unwrap_or_default())
        }
    };
    format!("{short}--{}{value}", option.name)
}

fn about(option: &Opt) -> String {
    match option.default {
        Default::Value(value) => format!("{} [default: {value}]", option.about),
        Default::Words(words) => format!("{} [default: {words}]", option.about),
        Default::Program => format!("{} [default: 1]", option.about),
        Default::Off => option.about.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: usize) -> String {
        anstream::adapter::strip_str(&text(width)).to_string()
    }

    #[test]
    fn it_names_every_option_what_it_takes_and_what_holds_without() {
        let text = plain(USUAL_WIDTH);
        for option in offered() {
            assert!(text.contains(&format!("{}  ", names(option))), "{}", option.name);
        }
        for part in [
            "-l, --listen ADDR",
            "[default: [::]:1935]",
            "--gop-cache on|off",
            "[default: 1]",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn it_fits_the_terminal() {
        for width in [*WIDTHS.start(), USUAL_WIDTH, *WIDTHS.end()] {
            let text = plain(width);
            // What is to be pasted is not wrapped, and the rest of it fits the usual terminal.
            let (options, examples) = text.split_once("Examples:").unwrap();
            let options = options.trim_start_matches(ABOUT);
            for (lines, width) in [(options, width), (ABOUT, USUAL_WIDTH), (examples, USUAL_WIDTH)] {
                for line in lines.lines() {
                    assert!(line.chars().count() <= width, "{width}: {line}");
                }
            }
        }
    }
}
