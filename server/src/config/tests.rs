use rtmp_console::{OPTIONS, Opt, Settings};

use super::file::parse;
use super::*;
use crate::relays::RelaySettings;

mod relays;

fn contents(text: &str) -> Contents {
    parse(text).unwrap_or_else(|mistakes| panic!("{}", shown(text, mistakes)))
}

fn given(text: &str) -> Given {
    contents(text).given
}

fn shown(text: &str, mistakes: Vec<Mistake>) -> String {
    let report = Report::new("rtmp.toml".to_owned(), text.to_owned(), mistakes);
    anstream::adapter::strip_str(&report.to_string()).to_string()
}

/// What is said of a configuration that is wrong.
fn wrong(text: &str) -> String {
    shown(text, parse(text).unwrap_err())
}

#[test]
fn the_example_is_as_good_as_no_configuration() {
    let given = given(&example());
    assert_eq!(given.settings(), Settings::default());
    assert_eq!(given.differences(&Given::default()).count(), 0);
    let live: Vec<_> = given.options().map(|option| option.name).collect();
    let defaults = OPTIONS.iter().filter(|option| option.default_text().is_some());
    assert_eq!(live, defaults.map(|option| option.name).collect::<Vec<_>>());
}

/// What has no default is there as a comment, which says what it would look like.
#[test]
fn the_example_has_every_key_below_its_section() {
    let uncommented = example().replace("\n#", "\n").replace("\n ", "\n# ");
    let given = given(&uncommented);
    assert_eq!(given.len(), OPTIONS.len());
    for option in given.differences(&Given::default()) {
        assert_eq!(option.default_text(), None, "{}", option.name);
        let mut expected = Settings::default();
        option.set(&mut expected, option.sample).unwrap();
        let mut alone = Given::default();
        alone.take_over(option, &given);
        assert_eq!(alone.settings(), expected);
    }
    assert!(example().lines().all(|line| line.chars().count() <= 102));
    let relays = contents(&uncommented).relays;
    assert_eq!((relays.pulls.len(), relays.pushes.len()), (3, 2));
    assert_eq!(contents(&example()).relays, RelaySettings::default());
}

#[test]
fn every_key_sets_what_its_row_of_the_table_says() {
    for option in OPTIONS {
        let mut expected = Settings::default();
        option.set(&mut expected, option.sample).unwrap();
        let (section, name, sample) = (option.group.section(), option.name, option.sample);
        let text = format!("[{section}]\n{name} = \"{sample}\"\n");
        assert_eq!(given(&text).settings(), expected, "{text}");
        let dotted = format!("{section}.{name} = '{sample}'");
        assert_eq!(given(&dotted).settings(), expected, "{dotted}");
    }
}

#[test]
fn numbers_and_truths_need_no_quotes() {
    let given = given(
        "[server]\nworkers = 2\n\
         [streams]\nwait = 1.5\ntakeover = true\ngop-cache = false\n\
         [connections]\nkeepalive = 60\nchunk-size = 0x1000\nmax-connections = 10_000\n",
    );
    let mut expected = Settings::default();
    for (name, text) in [
        ("workers", "2"),
        ("wait", "1500ms"),
        ("takeover", "on"),
        ("gop-cache", "off"),
        ("keepalive", "1m"),
        ("chunk-size", "4096"),
        ("max-connections", "10000"),
    ] {
        Opt::find(name).unwrap().set(&mut expected, text).unwrap();
    }
    assert_eq!(given.settings(), expected);
}

#[test]
fn several_addresses_are_an_array_and_one_may_stand_alone() {
    let mut expected = Settings::default();
    let listen = Opt::find("listen").unwrap();
    listen.set(&mut expected, ":1936,unix:/run/rtmp").unwrap();
    let array = "[server]\nlisten = [\n  \":1936\",  # for encoders\n  \"unix:/run/rtmp\",\n]\n";
    assert_eq!(given(array).settings(), expected);
    listen.set(&mut expected, ":1936").unwrap();
    assert_eq!(given("server.listen = ':1936'").settings(), expected);
}

#[test]
fn a_file_may_be_empty_and_have_what_editors_put_there() {
    for text in ["", "\n\n# nothing\n", "[log]\r\n", "\u{FEFF}[log]\n"] {
        assert_eq!(given(text), Given::default(), "{text:?}");
    }
}

#[test]
fn a_mistake_is_shown_where_it_is_with_what_to_do() {
    let text = "# comments\n[streams]\nmax_lag = \"2s\"\n";
    assert_eq!(
        wrong(text),
        "the configuration has a mistake\n\n\
         error: unknown key `max_lag`\n \
         --> rtmp.toml:3:1\n  \
           |\n\
         3 | max_lag = \"2s\"\n  \
           | ^^^^^^^ did you mean `max-lag`?"
    );
}

#[test]
fn all_mistakes_are_said_at_once_in_the_order_of_their_lines() {
    let text = "wait = 1\n[streams]\ntakover = true\nmax-lag = \"soon\"\n[logs]\nlog-level = \"info\"\n";
    let said = wrong(text);
    assert!(said.starts_with("the configuration has 4 mistakes\n"), "{said}");
    let places: Vec<_> = said.lines().filter(|line| line.contains("--> ")).collect();
    let expected = ["1:1", "3:1", "4:11", "5:2"].map(|place| format!(" --> rtmp.toml:{place}"));
    assert_eq!(places, expected);
}

#[test]
fn what_is_not_known_names_what_was_meant() {
    for (text, helps) in [
        // A slip; the command line's spelling of others.
        (
            "[streams]\nwiat = 1",
            &["unknown key `wiat`", "did you mean `wait`?"][..],
        ),
        ("[connections]\nMaxConnections = 1", &["`max-connections`?"]),
        // Another section's.
        (
            "[server]\nwait = 1",
            &["`wait` is in the wrong place", "below [streams]"],
        ),
        ("[server]\nwiat = 1", &["`wait`, below [streams]?"]),
        ("wait = 1", &["`wait` is in the wrong place", "below [streams]"]),
        ("wiat = 1", &["`wait`, below [streams]?"]),
        // Nobody's.
        (
            "[log]\nrotate = true",
            &["no such key", "`log-level`, `log-format` and `show-keys`"],
        ),
        ("rotate = true", &["no such key", "rtmp config example"]),
        // Sections.
        (
            "[stream]\nwait = 1",
            &["unknown section [stream]", "did you mean [streams]?"],
        ),
        (
            "[record]\nall = true",
            &[
                "no such section",
                "[server], [tls], [streams], [connections], [log], [[pull]] and [[push]]",
            ],
        ),
        (
            "[[server]]\nworkers = 1",
            &["`server` is a section", "[server] in a line of its own"],
        ),
        ("log = 'debug'", &["`log` is a section"]),
    ] {
        let said = wrong(text);
        for help in helps {
            assert!(said.contains(help), "{text}:\n{said}");
        }
    }
}

#[test]
fn a_value_that_is_wrong_says_what_would_be_right() {
    for (text, place, help) in [
        (
            "[streams]\nwait = \"soon\"",
            "2:8",
            "a duration is a number of seconds",
        ),
        ("[streams]\nwait = -1", "2:8", "a duration is a number of seconds"),
        (
            "[streams]\nwait = inf",
            "2:8",
            "a duration is a number of seconds",
        ),
        (
            "[streams]\nwait = 1979-05-27",
            "2:8",
            "a duration is a number of seconds",
        ),
        ("[streams]\nwait = [1, 2]", "2:8", "one value"),
        ("[streams]\nwait = {}", "2:8", "one value"),
        ("[streams.wait]\nseconds = 1", "1:1", "one value"),
        ("[streams]\ntakeover = \"perhaps\"", "2:12", "on or off"),
        ("[server]\nworkers = 1.0", "2:11", "1 to 256"),
        (
            "[server]\nworkers = 0x1000000000000000000000000000000000",
            "2:11",
            "1 to 256",
        ),
        ("[server]\nlisten = []", "2:10", "a value in quotes"),
        ("[server]\nlisten = true", "2:10", "unix:PATH"),
        ("[server]\nlisten = [\":1935\", \"here\"]", "2:20", "unix:PATH"),
        ("[server]\nlisten = [[\":1935\"]]", "2:11", "a value in quotes"),
        (
            "[log]\nlog-level = \"loud\"",
            "2:13",
            "off, error, warn, info or debug",
        ),
    ] {
        let said = wrong(text);
        assert!(said.contains(help), "{text}:\n{said}");
        assert!(said.contains(&format!("rtmp.toml:{place}\n")), "{text}:\n{said}");
    }
}

#[test]
fn what_is_no_toml_is_said_with_its_place() {
    for (text, place) in [
        ("[streams\nwait = 1", "1:9"),
        ("[streams]\nwait 1\n", "2:6"),
        ("[streams]\nwait = 1\nwait = 2\n", "3:1"),
        ("[streams]\nwait = \"1\n", "2:10"),
        ("[log]\nlog-level = info\n", "2:13"),
    ] {
        let said = wrong(text);
        assert!(said.contains("this is no TOML"), "{said}");
        assert!(said.contains(&format!("rtmp.toml:{place}\n")), "{text}:\n{said}");
    }
}

#[test]
fn the_log_has_a_line_for_each_mistake() {
    let text = "[streams]\nwiat = 1\ntakeover = 2\n";
    let report = Report::new("rtmp.toml".to_owned(), text.to_owned(), parse(text).unwrap_err());
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        lines.first().map(|(place, what)| (place.as_str(), what.as_str())),
        Some(("rtmp.toml:2:1", "unknown key `wiat`: did you mean `wait`?"))
    );
}

/// Files come from people, and from what they took for the right file.
#[test]
fn nothing_that_a_file_can_hold_panics() {
    use proptest::prelude::*;
    let piece = prop_oneof![
        "\\PC{0,8}",
        prop::sample::select(vec![
            "[",
            "]",
            "[[",
            "=",
            "\"",
            "'",
            "\n",
            "\r",
            "#",
            ".",
            "{",
            "}",
            ",",
            "\u{FEFF}",
            "\u{1B}[31m",
            "\0",
            "\t",
            "streams",
            "server",
            "wait",
            "listen",
            "takeover",
            "pull",
            "push",
            "stream",
            "url",
            "rtmps://a/b/{name}",
            "true",
            "0x",
            "1",
            "1e9",
            "\\u0000",
            "\"\"\"",
        ])
        .prop_map(str::to_owned),
    ];
    let text = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    proptest!(|(text in text)| {
        match parse(&text) {
            Ok(contents) => { contents.given.settings(); }
            Err(mistakes) => {
                let said = shown(&text, mistakes);
                let is_clean = !said.contains(['\u{1B}', '\0']);
                prop_assert!(is_clean && said.contains("error: "), "{:?}", said);
            }
        }
    });
}
