//! Connections that follow from others.

use super::*;
use crate::message::ReconnectRequest;

/// Refuses `connect`, and names another server.
fn redirected(target: Target, redirect: &'static str) -> Server {
    let mut server = Server::fresh(target, |_| ()).shake();
    server.client.publish("key", PublishMode::Live, server.now);
    let ex = Object::new().with("code", 302.0).with("redirect", redirect);
    let error =
        command("_error", 1).with(information("error", "NetConnection.Connect.Rejected").with("ex", ex));
    let error = server.call(0, &error).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("(connect to the server that it names)"),
        "{error}"
    );
    server
}

fn next(server: &Server) -> Option<(AttemptCause, String, String)> {
    let attempt = server.client.next_attempt()?;
    let target = attempt.target();
    Some((attempt.cause(), target.app.clone(), target.tc_url.clone()))
}

#[test]
fn a_redirection_is_followed_with_the_streams() {
    let server = redirected(target(), "rtmp://other:1936/app/instance?x=1");
    let attempt = server.client.next_attempt().unwrap();
    assert_eq!(attempt.cause(), AttemptCause::Redirect);
    assert!(
        !format!("{attempt:?}").contains("key"),
        "the name lets people publish"
    );
    let named = attempt.server().unwrap();
    assert_eq!((named.host().as_ref(), named.port()), ("other", 1936));
    let config = Arc::clone(&server.client.config);
    let client = ClientConnection::follow(config, attempt, [3; 32].into(), server.now);
    let mut server = Server::of(client, server.now).shake();
    assert_eq!(server.client.target().app, "app/instance?x=1");
    assert_eq!(
        server.client.target().tc_url,
        "rtmp://other:1936/app/instance?x=1"
    );
    server.call(0, &success()).unwrap();
    assert!(
        server
            .heard()
            .contains(&r#"0: FCPublish 3 String("key")"#.to_owned())
    );
    let second = server.client.publish("two", PublishMode::Live, server.now);
    assert_eq!(second, StreamHandle(1), "handles go on");
}

#[test]
fn a_redirection_may_be_relative() {
    let moved = |to| next(&redirected(target(), to)).map(|(_, app, tc_url)| (app, tc_url));
    let to = |app: &str, tc_url: &str| Some((app.to_owned(), tc_url.to_owned()));
    assert_eq!(moved("/two"), to("two", "rtmp://host/two"));
    assert_eq!(moved("//other/two"), to("two", "rtmp://other/two"));
    assert_eq!(moved("rtmps://other"), to("", "rtmps://other/"));
}

#[test]
fn nobody_is_sent_from_encrypted_to_plain_or_to_another_protocol_or_to_nowhere() {
    let encrypted = || Target::new("live", "RTMPS://host/live");
    assert_eq!(next(&redirected(encrypted(), "rtmp://other/live")), None);
    assert!(next(&redirected(encrypted(), "RTMPS://other/live")).is_some());
    for to in [
        "http://other/live",
        "rtmp:///live",
        "rtmp://",
        "rtmpe://other/live",
        "rtmp://other/live pageUrl=http://other",
        "rtmp://::1/live",
    ] {
        assert_eq!(next(&redirected(target(), to)), None, "{to}");
    }
}

#[test]
fn redirections_come_to_an_end() {
    let mut target = target();
    for _ in 0..5 {
        let server = redirected(target, "rtmp://host/live");
        target = server.client.next_attempt().unwrap().target().clone();
    }
    assert_eq!(next(&redirected(target, "rtmp://host/live")), None);
}

#[test]
fn requests_to_reconnect_do_not_count_together_if_time_has_passed_between_them() {
    for (seconds_between, is_followed) in [(59, false), (60, true)] {
        let mut target = target();
        target.tries.redirects = 5;
        let mut server = Server::connected(target, |_| ());
        server.now += seconds(seconds_between);
        server.call(0, &ReconnectRequest::default().to_command()).unwrap();
        assert_eq!(next(&server).is_some(), is_followed);
        let told = server.events();
        assert_eq!(told[0].starts_with("reconnect"), is_followed, "{told:?}");
    }
}

#[test]
fn a_redirection_may_come_when_a_stream_is_asked_for() {
    let mut server = Server::connected(target().to_play(), |_| ());
    server.client.play(PlayOptions::new("key"), server.now);
    let ex = Object::new().with("redirect", "rtmp://other/live");
    let status = information("error", "NetConnection.Connect.Rejected").with("ex", ex);
    server.call(0, &command("onStatus", 0).with(status)).unwrap_err();
    assert_eq!(next(&server).unwrap().2, "rtmp://other/live");
}

#[test]
fn a_request_to_reconnect_is_heeded_while_the_connection_goes_on_and_after() {
    let (mut server, stream) = Server::publishing(|_| ());
    assert_eq!(next(&server), None);
    server
        .call(0, &ReconnectRequest::to("//b/live").to_command())
        .unwrap();
    assert_eq!(server.events(), [r#"reconnect to Some("//b/live")"#]);
    assert!(server.client.wants_media(stream));
    let there = Some((
        AttemptCause::Reconnect,
        "live".to_owned(),
        "rtmp://b/live".to_owned(),
    ));
    assert_eq!(next(&server), there);
    assert_eq!(server.client.handle_eof(server.now), Ok(()));
    assert_eq!(next(&server), there);
    let attempt = server.client.next_attempt().unwrap();
    let config = Arc::clone(&server.client.config);
    let client = ClientConnection::follow(config, attempt, [3; 32].into(), server.now);
    let mut server = Server::of(client, server.now).shake();
    server.call(0, &success()).unwrap();
    assert!(
        server
            .heard()
            .contains(&r#"0: FCPublish 3 String("key")"#.to_owned())
    );
}

#[test]
fn a_request_to_reconnect_may_leave_out_where_to() {
    let (mut server, _) = Server::publishing(|_| ());
    server.call(0, &ReconnectRequest::default().to_command()).unwrap();
    assert_eq!(next(&server).unwrap().2, "rtmp://host/live");
    assert_eq!(server.client.next_attempt().unwrap().server(), None, "the same");
}

#[test]
fn a_request_to_reconnect_where_nobody_must_be_sent_is_told_with_its_reason() {
    for (from, to, told) in [
        (
            "rtmp",
            "http://b/live",
            r#"no reconnect to Some("http://b/live"): the server names no URL"#,
        ),
        (
            "rtmp",
            "rtmp://b/\x1B[2J",
            r#"no reconnect to Some("rtmp://b/[2J"): the server names no URL"#,
        ),
        (
            "rtmps",
            "rtmp://b/live",
            r#"no reconnect to Some("rtmp://b/live"): it leads from rtmps to rtmp"#,
        ),
    ] {
        let target = Target::new("live", format!("{from}://host/live"));
        let mut server = Server::connected(target, |_| ());
        server.call(0, &ReconnectRequest::to(to).to_command()).unwrap();
        let events = server.events();
        assert!(events[0].starts_with(told), "{events:?}");
        assert_eq!(next(&server), None);
        assert_eq!(server.client.handle_eof(server.now), Ok(()));
    }
}

#[test]
fn a_server_that_hangs_up_on_digests_gets_the_simple_handshake_once() {
    let mut server = Server::fresh(target(), |_| ());
    server.client.handle_eof(server.now).unwrap_err();
    assert_eq!(next(&server).unwrap().0, AttemptCause::SimpleHandshake);
    let attempt = server.client.next_attempt().unwrap();
    assert_eq!(attempt.server(), None, "the same");
    let config = Arc::clone(&server.client.config);
    let client = ClientConnection::follow(config, attempt, [3; 32].into(), server.now);
    let mut server = Server::of(client, server.now);
    assert_eq!(
        server.client.unsent().chunk()[1..9],
        [0; 8],
        "no time and no version"
    );
    server.client.handle_eof(server.now).unwrap_err();
    assert_eq!(next(&server), None);

    let mut silent = Server::fresh(target(), |_| ());
    silent.wait(seconds(10)).unwrap_err();
    assert_eq!(next(&silent).unwrap().0, AttemptCause::SimpleHandshake);
    let mut simple = Server::fresh(target(), |config| config.handshake = Kind::Simple);
    simple.client.handle_eof(simple.now).unwrap_err();
    assert_eq!(next(&simple), None);
}

#[test]
fn other_ends_lead_nowhere() {
    let mut server = Server::fresh(target(), |_| ());
    server.input(b"HTTP").unwrap_err();
    assert_eq!(next(&server), None);
    let mut server = Server::connected(target(), |_| ());
    server.client.disconnect(server.now);
    assert_eq!(next(&server), None);
}
