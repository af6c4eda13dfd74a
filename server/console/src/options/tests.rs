use std::collections::HashSet;

use rtmp_core::host::ListenAddr;

use super::*;
use crate::listen::Listen;

fn set(name: &str, text: &str) -> Result<Settings, String> {
    let mut settings = Settings::default();
    Opt::find(name).unwrap().set(&mut settings, text)?;
    Ok(settings)
}

#[test]
fn the_defaults_that_are_told_are_those_that_hold() {
    for option in OPTIONS {
        if let Some(told) = option.default_text() {
            assert_eq!(
                set(option.name, told),
                Ok(Settings::default()),
                "--{}",
                option.name
            );
        }
    }
}

/// An option that sets nothing, or what another one sets, would be found here.
#[test]
fn each_option_sets_something_of_its_own() {
    let mut seen: Vec<Settings> = Vec::new();
    for option in OPTIONS {
        let settings = set(option.name, option.sample).unwrap();
        assert_ne!(settings, Settings::default(), "--{}", option.name);
        assert!(!seen.contains(&settings), "--{}", option.name);
        seen.push(settings);
    }
}

#[test]
fn names_are_unique_and_variables_follow_them() {
    let names: HashSet<_> = OPTIONS.iter().map(|option| option.name).collect();
    assert_eq!(names.len(), OPTIONS.len());
    let shorts: Vec<_> = OPTIONS.iter().filter_map(|option| option.short).collect();
    assert_eq!(shorts, ['l']);
    for option in OPTIONS {
        let variable = option.name.to_uppercase().replace('-', "_");
        assert_eq!(option.variable, format!("RTMP_{variable}"));
    }
    assert!(OPTIONS.iter().all(|option| Group::ALL.contains(&option.group)));
}

#[test]
fn addresses_have_commas_between_and_replace_the_default() {
    assert_eq!(
        set("listen", ":1936,unix:/run/rtmp,localhost:1937")
            .unwrap()
            .listen,
        [
            Listen::At(ListenAddr::any(1936)),
            Listen::At(ListenAddr::Unix("/run/rtmp".into())),
            Listen::Host("localhost:1937".to_owned()),
        ]
    );
}

#[test]
fn on_and_off_may_be_any_usual_word() {
    for on in ["1", "true", "TRUE", "yes", "on", "t", "y"] {
        assert!(set("takeover", on).unwrap().takeover, "{on}");
        assert!(set("gop-cache", on).unwrap().gop_cache, "{on}");
    }
    for off in ["0", "false", "False", "no", "off", "f", "n"] {
        assert!(!set("takeover", off).unwrap().takeover, "{off}");
        assert!(!set("gop-cache", off).unwrap().gop_cache, "{off}");
    }
}

#[test]
fn a_url_to_reconnect_to_may_be_relative() {
    for url in [
        "rtmp://b.example/live",
        "rtmps://b.example:1936",
        "//b.example/live",
        "/live",
    ] {
        assert_eq!(
            set("reconnect-to", url).unwrap().reconnect_to.as_deref(),
            Some(url)
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    for (name, text, help) in [
        ("listen", "here", "unix:PATH"),
        ("listen", "", "unix:PATH"),
        ("listen", ":1935,", "unix:PATH"),
        ("tls-listen", "here", "unix:PATH"),
        ("tls-cert", "", "path of a file"),
        ("wait", "soon", "500ms"),
        ("max-lag", "-1", "500ms"),
        ("read-latency", "1", "such as 1ms"),
        ("write-latency", "2years", "500ms"),
        ("keepalive", "0", "more than zero"),
        ("takeover", "perhaps", "on or off"),
        ("takeover", "", "on or off"),
        ("chunk-size", "0", "128 to 16777215"),
        ("chunk-size", "127", "128 to 16777215"),
        ("chunk-size", "16777216", "128 to 16777215"),
        ("chunk-size", "2147483648", "128 to 16777215"),
        ("gop-cache", "maybe", "on or off"),
        ("stream-memory", "15", "16 or more"),
        ("reconnect-to", "b.example/live", "rtmp://HOST"),
        ("reconnect-to", "http://b.example/live", "rtmp://HOST"),
        ("reconnect-to", "rtmp://", "rtmp://HOST"),
        ("reconnect-to", "", "rtmp://HOST"),
        ("workers", "0", "1 to 256"),
        ("max-connections", "0", "nobody could connect"),
        ("max-connections-per-ip", "0", "nobody could connect"),
        ("max-idle-per-ip", "0", "nobody could connect"),
        ("log-level", "loud", "off, error, warn, info or debug"),
        ("log-format", "xml", "text or json"),
    ] {
        let error = set(name, text).unwrap_err();
        assert!(error.contains(help), "--{name} {text}: {error}");
    }
}

#[test]
fn an_example_names_the_program_between_what_is_set_and_what_is_given() {
    let commands: Vec<_> = EXAMPLES
        .iter()
        .map(|example| example.command("rtmp serve"))
        .collect();
    assert_eq!(commands[0], "rtmp serve");
    assert_eq!(commands[4], "rtmp serve --write-latency 100ms");
    assert_eq!(
        commands[5],
        "RTMP_LISTEN=:1935,:1936 RTMP_LOG_FORMAT=json rtmp serve"
    );
}
