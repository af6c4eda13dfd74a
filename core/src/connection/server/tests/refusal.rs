//! Each cause of refusal has its own code, which is sent before the end.

use super::*;

#[test]
fn each_cause_of_refusal_has_its_code() {
    let denied = || Refusal::Denied("wrong key".into());
    let unauthenticated = || Refusal::Unauthenticated("who?".into());
    let full = || Refusal::Full("no room".into());
    let cases = [
        (
            connect("live"),
            denied(),
            "0: _error 1 NetConnection.Connect.Rejected",
        ),
        (
            connect("live"),
            Refusal::NotFound,
            "0: _error 1 NetConnection.Connect.InvalidApp",
        ),
        (
            connect("live"),
            full(),
            "0: _error 1 NetConnection.Connect.Closed",
        ),
        (
            connect("live"),
            Refusal::Malformed("no".into()),
            "0: _error 1 NetConnection.Connect.Failed",
        ),
        (
            publish("key"),
            Refusal::NameInUse,
            "1: onStatus 0 NetStream.Publish.BadName",
        ),
        (publish("key"), denied(), "1: onStatus 0 NetStream.Publish.Denied"),
        (
            connect("live"),
            unauthenticated(),
            "0: _error 1 NetConnection.Connect.Rejected",
        ),
        (
            publish("key"),
            unauthenticated(),
            "1: onStatus 0 NetStream.Publish.Denied",
        ),
        (
            play("key"),
            unauthenticated(),
            "1: onStatus 0 NetStream.Play.Failed",
        ),
        (publish("key"), full(), "1: onStatus 0 NetStream.Publish.Rejected"),
        (
            publish("key"),
            Refusal::Malformed("no".into()),
            "1: onStatus 0 NetStream.Publish.Failed",
        ),
        (
            play("key"),
            Refusal::NotFound,
            "1: onStatus 0 NetStream.Play.StreamNotFound",
        ),
        (play("key"), denied(), "1: onStatus 0 NetStream.Play.Failed"),
        (play("key"), full(), "1: onStatus 0 NetStream.Play.InsufficientBW"),
        (
            play("key"),
            Refusal::Malformed("no".into()),
            "1: onStatus 0 NetStream.Failed",
        ),
    ];
    for (request, refusal, reply) in cases {
        let mut client = if request.name == "connect" {
            Client::new(|_| ())
        } else {
            Client::connected(|_| ())
        };
        client.call(1, &request).unwrap();
        client.refuse(&refusal);
        assert_eq!(client.heard().last().unwrap(), reply);
        assert!(client.server.is_over(), "a DJI encoder takes silence for success");
        assert!(matches!(client.server.error(), Some(Error::Refused(_))));
    }
}

#[test]
fn the_description_says_what_was_refused_and_why() {
    let mut client = Client::connected(|_| ());
    client.call(1, &publish("key")).unwrap();
    client.refuse(&Refusal::Denied("the token has expired".into()));
    assert_eq!(
        client.description(),
        "live/key: not allowed: the token has expired"
    );
}

/// GStreamer takes what is before it for something else.
#[test]
fn what_asks_for_authentication_is_said_word_for_word() {
    let text = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    client.refuse(&Refusal::Unauthenticated(text.into()));
    assert_eq!(client.description(), text);
}

/// Errors are logged, and the key of a name in use is the key of somebody else.
#[test]
fn the_error_says_why_and_does_not_name_the_key() {
    let mut client = Client::connected(|_| ());
    client.call(1, &publish("secret")).unwrap();
    client.refuse(&Refusal::NameInUse);
    let error = client.server.error().unwrap().to_string();
    assert_eq!(error, "refused: somebody else publishes under this name");

    let mut client = Client::new(|_| ());
    client.call(0, &connect("live/secret")).unwrap();
    client.refuse(&Refusal::NotFound);
    assert_eq!(client.server.error().unwrap().to_string(), "refused: not found");
}

#[test]
fn a_refusal_leaves_the_connection_if_another_stream_is_active() {
    for first in [publish("other"), play("other")] {
        let mut client = Client::connected(|_| ());
        client.write_command(0, &command("createStream", 2));
        client.write_command(0, &command("createStream", 3));
        client.flush().unwrap();
        client.call(1, &first).unwrap();
        client.grant();
        client.call(2, &publish("key")).unwrap();
        client.heard();
        client.refuse(&Refusal::NameInUse);
        assert_eq!(client.heard(), ["2: onStatus 0 NetStream.Publish.BadName"]);
        assert!(!client.server.is_over());
        // The stream can be used for something else.
        client.call(2, &play("key")).unwrap();
        client.grant();
        assert_eq!(client.heard().len(), 3);
    }
}

#[test]
fn names_that_can_name_nothing_are_refused_at_once() {
    for name in ["", "..", "a/../b", "line\nfeed"] {
        for request in [publish(name), play(name)] {
            let mut client = Client::connected(|_| ());
            client.call(0, &command("createStream", 2)).unwrap();
            client.heard();
            assert!(matches!(client.call(1, &request), Err(Error::Refused(_))));
            let events = client.events();
            let refused = format!(
                "{} refused: None, ",
                if request.name == "publish" {
                    "Publish"
                } else {
                    "Play"
                }
            );
            assert!(
                events.len() == 1 && events[0].starts_with(&refused),
                "{name:?}: {events:?}"
            );
            let code = if request.name == "publish" {
                "1: onStatus 0 NetStream.Publish.Failed"
            } else {
                "1: onStatus 0 NetStream.Failed"
            };
            assert_eq!(client.heard().last().unwrap(), code);
        }
    }
}

#[test]
fn a_stream_too_many_is_refused_at_once_and_the_host_hears_its_name() {
    for (request, kind) in [(publish("b"), "Publish"), (play("b"), "Play")] {
        let mut client = Client::connected(|config| config.limits.max_message_streams = 2);
        client.call(0, &command("createStream", 2)).unwrap();
        client.call(1, &publish("key")).unwrap();
        client.grant();
        client.call(0, &command("createStream", 3)).unwrap();
        client.call(7, &request).unwrap();
        assert_eq!(
            client.events(),
            [format!(
                "{kind} refused: Some(\"live/b\"), no more is taken: this connection has 2 message streams already"
            )]
        );
        assert!(!client.server.is_over(), "something else is published");
    }
}

#[test]
fn an_application_that_can_not_be_is_refused_and_the_host_hears_of_it() {
    let cases = [
        ("a\nb", "the application's name holds a control character"),
        ("long", "the application's name is 4 bytes long, 3 are allowed"),
    ];
    for (app, reason) in cases {
        let mut client = Client::new(|config| config.limits.max_app_len = 3);
        let error = Error::Refused(Refusal::Malformed(reason.into()));
        assert_eq!(client.call(0, &connect(app)), Err(error));
        assert_eq!(client.events(), [format!("Connect refused: None, {reason}")]);
        assert_eq!(client.server.connect().app, app);
    }
}

#[test]
fn the_error_of_a_refusal_is_the_refusal() {
    let mut client = Client::connected(|_| ());
    client.call(1, &publish("key")).unwrap();
    let refusal = Refusal::Denied("wrong key".into());
    client.refuse(&refusal);
    assert_eq!(client.server.error(), Some(&Error::Refused(refusal)));
}

#[test]
fn a_bumped_publisher_is_told_and_its_connection_ends() {
    let mut client = Client::publishing(|_| ());
    let stream = MessageStreamId::new(1);
    client.server.bump(stream, client.now).unwrap();
    assert_eq!(client.heard(), ["1: onStatus 0 NetStream.Publish.BadName"]);
    assert_eq!(client.events(), ["1: closed"]);
    assert_eq!(client.server.error(), Some(&Error::TakenOver));
    assert_eq!(
        client.server.bump(stream, client.now),
        Err(ApiMisuse::UnknownStream)
    );
}
