//! A configuration to begin with.

use rtmp_console::{Change, DURATIONS, Default, Group, Kind, OPTIONS, Opt, wrapped};

use super::relays;

/// Columns of a comment.
const WIDTH: usize = 100;

const ABOUT: &str = "\
The configuration of `rtmp serve --config FILE`. All in it is as it would be without it: leave out what you don't change. \
Each key is an option of the command line, too (wait: --wait 10s), and a variable of the environment (RTMP_WAIT=10s). The \
command line counts more than the environment, and the environment more than this file.";

const RELOADING: &str = "\
A running server reads the file again on SIGHUP (kill -HUP PID, systemctl reload) and drops no stream for it. What it can't \
change while it runs, it names in its log; here it says \"needs a restart\".";

/// A configuration that has every key, with what it is about, and is as good as none.
pub fn example() -> String {
    let mut text = String::new();
    for about in [ABOUT, RELOADING, DURATIONS] {
        comment(&mut text, about);
        text += "#\n";
    }
    text += "# Is anything wrong? rtmp config check FILE\n";
    for group in Group::ALL {
        text += &format!("\n[{}]\n", group.section());
        for option in OPTIONS.iter().filter(|option| option.group == group) {
            text.push('\n');
            comment(&mut text, option.about);
            key(&mut text, option);
        }
    }
    for (about, section) in relays::EXAMPLES {
        text.push('\n');
        comment(&mut text, about);
        text.extend(section.lines().map(|line| format!("#{line}\n")));
    }
    text
}

fn key(text: &mut String, option: &Opt) {
    let without = match option.default {
        Default::Words(words) => Some(words),
        Default::Program => Some("one for each processor"),
        Default::Value(_) | Default::Off => None,
    };
    if let Some(words) = without {
        comment(text, &format!("Without it: {words}."));
    }
    match option.change {
        Change::AtOnce => {}
        Change::NewConnections => comment(text, "Another value is for connections that come after it."),
        Change::Restart => comment(text, "Another value needs a restart."),
    }
    let name = option.name;
    *text += &match option.default_text() {
        Some(default) => format!("{name} = {}\n", value(option, default)),
        None => format!("#{name} = {}\n", value(option, option.sample)),
    };
}

/// As TOML has it.
fn value(option: &Opt, text: &str) -> String {
    match option.kind {
        Kind::Flag | Kind::Switch => (text == "on").to_string(),
        Kind::List(_) => format!("[{}]", text.split(',').map(quoted).collect::<Vec<_>>().join(", ")),
        Kind::Value(_) if text.parse::<u32>().is_ok() => text.to_owned(),
        Kind::Value(_) => quoted(text),
    }
}

/// As it is, between quotes that leave everything as it is: values of the table have none in them.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn comment(text: &mut String, about: &str) {
    for line in wrapped(about, WIDTH) {
        *text += &format!("# {line}\n");
    }
}
