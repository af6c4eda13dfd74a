use std::time::Duration;

use super::{contents, wrong};
use crate::relays::{PullSettings, RelaySettings, Resume};
use crate::trust::TrustSettings;

fn relays(text: &str) -> RelaySettings {
    contents(text).relays
}

#[test]
fn a_relay_needs_a_stream_and_a_url_and_the_rest_has_defaults() {
    let text = "[[pull]]\nstream = \"live/a\"\nurl = \"rtmp://h/live/b\"\n\
                [[push]]\nstream = \"live/*\"\nurl = \"rtmp://h/app/{name}\"\n";
    let RelaySettings { pulls, pushes, .. } = relays(text);
    let [pull] = &pulls[..] else { panic!("{pulls:?}") };
    assert_eq!(
        (pull.stream.to_string(), pull.on_demand),
        ("live/a".to_owned(), false)
    );
    assert_eq!(
        (pull.linger, &pull.trust),
        (PullSettings::LINGER, &TrustSettings::default())
    );
    assert_eq!(pull.url.url().to_string(), "rtmp://h/live/b");
    assert_eq!(pushes.len(), 1);
}

#[test]
fn many_streams_are_pulled_on_demand_and_one_may_be() {
    let pulls = relays(
        "[[pull]]\nstream = \"live/*\"\nurl = \"rtmps://h/live/{name}\"\nlinger = 1.5\ninsecure = true\n\
         [[pull]]\nstream = \"live/a\"\nurl = \"rtmps://h/live/a\"\non-demand = true\nca = \"ca.pem\"\n",
    )
    .pulls;
    assert!(pulls.iter().all(|pull| pull.on_demand));
    assert_eq!(pulls[0].linger, Duration::from_millis(1500));
    assert!(pulls[0].trust.insecure && !pulls[1].trust.insecure);
    assert_eq!(pulls[1].trust.ca, Some("ca.pem".into()));
}

#[test]
fn a_push_may_have_many_targets() {
    let text = "[[push]]\nstream = \"live/a\"\nurls = [\"rtmp://h/live/a\", \"rtmp://i/live/{name}\"]\n";
    assert_eq!(relays(text).pushes.len(), 2);
}

#[test]
fn a_pull_may_have_many_sources_in_their_order() {
    let text = "[[pull]]\nstream = \"live/a\"\nurls = [\"rtmp://h/live/a\", \"rtmp://i/live/a\"]\n\
                [[pull]]\nstream = \"live/a\"\nurl = \"rtmp://j/live/a\"\n";
    let pulls = relays(text).pulls;
    let hosts: Vec<_> = pulls.iter().map(|pull| pull.url.url().host()).collect();
    assert_eq!(hosts, ["h", "i", "j"]);
}

#[test]
fn a_push_goes_on_with_the_next_key_frame_or_the_last() {
    for (line, resume) in [
        ("", Resume::NextKeyFrame),
        ("resume = \"next-key-frame\"\n", Resume::NextKeyFrame),
        ("resume = \"last-key-frame\"\n", Resume::LastKeyFrame),
    ] {
        let text = format!("[[push]]\nstream = \"live/a\"\nurl = \"rtmp://h/live/a\"\n{line}");
        assert_eq!(relays(&text).pushes[0].resume, resume);
    }
}

#[test]
fn what_is_wrong_with_a_relay_is_said_with_its_place() {
    const PULL: &str = "[[pull]]\nstream = \"live/a\"\nurl = \"rtmp://h/live/a\"\n";
    const PUSH: &str = "[[push]]\nstream = \"live/a\"\n";
    for (text, place, help) in [
        ("[pull]\nstream = 1", "1:2", "[[pull]], in two brackets"),
        ("push = 1", "1:1", "[[push]], in two brackets"),
        ("pull = [1]", "1:9", "write [[pull]]"),
        ("[[pull]]\n", "1:1", "a line stream = "),
        (&format!("{PULL}lingre = 1"), "4:1", "did you mean `linger`?"),
        (
            &format!("{PULL}rotate = 1"),
            "4:1",
            "`stream`, `url`, `urls`, `on-demand`",
        ),
        (
            &format!("{PULL}linger = \"soon\""),
            "4:10",
            "a duration is a number",
        ),
        (&format!("{PULL}linger = true"), "4:10", "a duration is a number"),
        (&format!("{PULL}linger = 1"), "4:10", "or say on-demand = true"),
        (
            &format!("{PULL}on-demand = false\nlinger = 1"),
            "5:10",
            "or say on-demand = true",
        ),
        (&format!("{PULL}on-demand = \"yes\""), "4:13", "true or false"),
        (&format!("{PULL}insecure = true"), "4:12", "this is for rtmps://"),
        (&format!("{PULL}ca = \"ca.pem\""), "4:6", "this is for rtmps://"),
        (
            "[[pull]]\nstream = \"live/\"\nurl = \"rtmp://h/live/a\"",
            "2:10",
            "without a slash at the ends",
        ),
        (
            "[[pull]]\nstream = 1\nurl = \"rtmp://h/live/a\"",
            "2:10",
            "a text in quotes",
        ),
        (
            "[[pull]]\nstream = \"live/a\"\nurl = \"rtmp:/h/live/a\"",
            "3:7",
            "no scheme",
        ),
        (
            "[[pull]]\nstream = \"a/*\"\nurl = \"rtmp://h/live/{stream}\"",
            "3:7",
            "there are {app} and {name}",
        ),
        (
            "[[pull]]\nstream = \"a/*\"\nurl = \"rtmp://h/live/a\"",
            "3:7",
            "let the URL say which",
        ),
        (
            "[[pull]]\nstream = \"a/*\"\nurl = \"rtmp://h/live/{name}\"\non-demand = false",
            "2:10",
            "leave out on-demand",
        ),
        (PUSH, "1:1", "a line url = "),
        (&format!("{PUSH}urls = []"), "3:8", "1 to 64 URLs"),
        (
            &format!("{PUSH}urls = \"rtmp://h/live/a\""),
            "3:8",
            "1 to 64 URLs",
        ),
        (&format!("{PUSH}urls = [1]"), "3:9", "a text in quotes"),
        (
            &format!("{PUSH}url = \"rtmp://h/l/a\"\nurls = [\"rtmp://h/l/a\"]"),
            "4:8",
            "say one of them",
        ),
        (
            &format!("{PUSH}url = \"rtmps://h/l/a\"\nca = \"ca.pem\"\ninsecure = true"),
            "4:6",
            "leave out one of them",
        ),
        (&format!("{PUSH}linger = 1"), "3:1", "no such key"),
        (
            &format!("{PUSH}url = \"rtmp://h/l/a\"\nresume = \"at-once\""),
            "4:10",
            "\"next-key-frame\" or \"last-key-frame\"",
        ),
        (
            &format!("{PULL}urls = [\"rtmp://h/l/a\"]"),
            "4:8",
            "say one of them",
        ),
        (&format!("{PULL}{PULL}"), "6:7", "leave this one out"),
        (
            &format!("{PUSH}urls = [\"rtmp://h/l/a\", \"rtmp://i/l/a\", \"rtmp://h/l/a\"]"),
            "3:41",
            "leave this one out",
        ),
        (
            &format!("{PUSH}url = \"rtmp://h/l/a\"\n{PUSH}urls = [\"rtmp://i/l/a\", \"rtmp://h/l/a\"]"),
            "6:25",
            "leave this one out",
        ),
    ] {
        let said = wrong(text);
        assert!(said.contains(help), "{text}:\n{said}");
        assert!(said.contains(&format!("rtmp.toml:{place}\n")), "{text}:\n{said}");
    }
}

/// Where the line itself is shown, stars stand for it.
#[test]
fn no_password_is_shown() {
    let said = wrong("[[push]]\nstream = \"a/*\"\nurl = \"rtmp://me:secret@h/live/a\"\n");
    assert!(
        said.contains("rtmp://me:******@h/live/a") && !said.contains("secret"),
        "{said}"
    );
}
