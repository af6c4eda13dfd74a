//! Servers that ask who publishes: each answer is a connection of its own.

use super::*;
use crate::authmod::{AuthError, Credentials};

fn credentials() -> Target {
    let mut target = target();
    target.credentials = Some(Credentials::new("user1", "pass1"));
    target
}

/// Refuses `connect` with these words.
fn asked(client: ClientConnection, now: Instant, description: &'static str) -> (Server, Error) {
    let mut server = Server::of(client, now).shake();
    let refusal = information("error", "NetConnection.Connect.Rejected").with("description", description);
    let error = server.call(0, &command("_error", 1).with(refusal)).unwrap_err();
    (server, error)
}

fn begin(target: Target) -> (ClientConnection, Instant) {
    let server = Server::fresh(target, |_| ());
    (server.client, server.now)
}

fn follow(server: Server) -> (ClientConnection, Instant) {
    let attempt = server.client.next_attempt().unwrap();
    assert_eq!(attempt.cause(), AttemptCause::Authentication);
    assert_eq!(attempt.server(), None, "the same");
    let config = Arc::clone(&server.client.config);
    let client = ClientConnection::follow(config, attempt, [3; 32].into(), server.now);
    (client, server.now)
}

/// What stands behind `app` and `tcUrl` of `connect`.
fn answer(client: &ClientConnection) -> String {
    let command = client.target.connect(&client.config);
    let object = command.object.as_object().unwrap();
    let text = |key| object.get(key).and_then(Value::as_str).unwrap().to_owned();
    let answer = text("app").strip_prefix("live").unwrap().to_owned();
    assert_eq!(text("tcUrl"), format!("rtmp://host/live{answer}"));
    answer
}

const NEED_AUTH: &str = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
const CHALLENGE: &str = "[ AccessManager.Reject ] : [ authmod=adobe ] : \
    ?reason=needauth&user=user1&salt=aBcD&challenge=qRsT&opaque=qRsT";

#[test]
fn the_password_is_proved_on_the_third_connection() {
    let (mut client, now) = begin(credentials());
    client.publish("key", PublishMode::Live, now);
    assert_eq!(answer(&client), "");
    let (server, error) = asked(client, now, NEED_AUTH);
    assert!(
        error
            .to_string()
            .ends_with("(connect again, with an answer to the server's question)"),
        "{error}"
    );
    let (client, now) = follow(server);
    assert_eq!(answer(&client), "?authmod=adobe&user=user1");
    let (server, _) = asked(client, now, CHALLENGE);
    let (client, now) = follow(server);
    let said = answer(&client);
    assert!(said.starts_with("?authmod=adobe&user=user1&challenge="), "{said}");
    assert!(said.ends_with("==&opaque=qRsT"), "{said}");
    let mut server = Server::of(client, now).shake();
    server.call(0, &success()).unwrap();
    assert!(
        server
            .heard()
            .contains(&r#"0: FCPublish 3 String("key")"#.to_owned())
    );
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let said = || {
        let (client, now) = begin(credentials());
        let (client, now) = follow(asked(client, now, NEED_AUTH).0);
        answer(&follow(asked(client, now, CHALLENGE).0).0)
    };
    assert_eq!(said(), said());
}

#[test]
fn a_wrong_password_is_the_end_and_so_is_a_server_that_asks_for_ever() {
    let failed = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=qRsT";
    for (words, cause) in [(failed, AuthError::Failed), (NEED_AUTH, AuthError::TooManyRounds)] {
        let (client, now) = begin(credentials());
        let (client, now) = follow(asked(client, now, NEED_AUTH).0);
        let (server, error) = asked(client, now, words);
        assert!(
            matches!(&error, Error::Rejected(rejection) if rejection.cause == RejectionCause::Unauthenticated(cause.clone())),
            "{error}"
        );
        assert!(error.to_string().contains(&cause.to_string()));
        assert!(server.client.next_attempt().is_none());
    }
}

/// Each server asks anew.
#[test]
fn the_password_is_proved_to_the_server_that_another_one_names_too() {
    let (client, now) = begin(credentials());
    let (client, now) = follow(asked(client, now, NEED_AUTH).0);
    let mut server = Server::of(client, now).shake();
    let ex = Object::new().with("redirect", "rtmp://host/live");
    let refusal = information("error", "NetConnection.Connect.Rejected")
        .with("description", NEED_AUTH)
        .with("ex", ex);
    server.call(0, &command("_error", 1).with(refusal)).unwrap_err();
    let attempt = server.client.next_attempt().unwrap();
    assert_eq!(attempt.cause(), AttemptCause::Redirect);
    let config = Arc::clone(&server.client.config);
    let client = ClientConnection::follow(config, attempt, [3; 32].into(), now);
    assert_eq!(answer(&client), "", "nobody is told unasked");
    let (client, _) = follow(asked(client, now, NEED_AUTH).0);
    assert_eq!(answer(&client), "?authmod=adobe&user=user1");
}

#[test]
fn who_has_no_password_is_told_how_to_give_one() {
    let (client, now) = begin(target());
    let (server, error) = asked(client, now, NEED_AUTH);
    assert!(error.to_string().contains("rtmp://USER:PASSWORD@HOST"), "{error}");
    assert!(server.client.next_attempt().is_none());
}

#[test]
fn a_server_that_asks_for_a_secure_token_is_answered_before_anything_is_asked_of_it() {
    let answered = |url: &str| {
        let mut server = Server::fresh(Target::from(&url.parse().unwrap()), |_| ()).shake();
        server.client.publish("key", PublishMode::Live, server.now);
        let answer = success().with(
            information("status", "NetConnection.Connect.Success")
                .with("secureToken", "6daf3becf90054b0c9f1c7cb84e59925"),
        );
        server.call(0, &answer).map(|()| server.heard())
    };
    let heard = answered(r"rtmp://host/live token=secret\20key").unwrap();
    assert_eq!(heard[0], r#"0: secureTokenResponse 0 String("a1b2c3d4e5f6g7h8")"#);
    assert_eq!(answered("rtmp://host/live").unwrap(), heard[1..], "no key");
    let error = answered("rtmp://host/live token=another")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the server refused connect, its SecureToken can't be read with the key that was given (check the token behind the \
         URL, and capital letters in it)"
    );
}

#[test]
fn a_password_does_not_show_itself() {
    assert!(!format!("{:?}", credentials()).contains("pass1"));
}
