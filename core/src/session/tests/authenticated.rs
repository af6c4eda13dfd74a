//! Publishers who have to prove who they are.

use std::borrow::Cow;
use std::collections::HashMap;

use super::*;
use crate::amf0::Object;
use crate::authmod::{ClientAuthenticator, Credentials, Mode, ServerAuthenticator};
use crate::connection::server::ConnectCommand;

/// "me" may publish all but "live/other".
struct OneUser(HashMap<String, String>);

impl Users for OneUser {
    fn password(&self, user: &str) -> Option<Cow<'_, str>> {
        self.0.password(user)
    }

    fn may_publish(&self, user: &str, key: &StreamKey) -> bool {
        user == "me" && key.as_str() != "live/other"
    }
}

/// The policy within allows all but the application "closed".
struct NotClosed;

impl Policy for NotClosed {
    fn connect(&self, connect: &ConnectCommand, _: Instant) -> Decision {
        if connect.app_path() == "closed" {
            return Decision::Reject(Refusal::NotFound);
        }
        Decision::Accept
    }
}

#[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
fn world() -> World {
    let users = OneUser(HashMap::from([("me".to_owned(), "secret".to_owned())]));
    let policy = Authenticated::new(NotClosed, users, Mode::Adobe, [9; 32].into(), Instant::now());
    World::with_policy(policy, |_, _, _| ())
}

/// As FFmpeg and OBS connect to publish.
fn encoder(app: &str) -> Command<'_> {
    let object = Object::new().with("app", app).with("type", "nonprivate");
    command("connect", 1).with_object(object)
}

/// Connects until it is accepted, or not: the last client.
fn connect_as(world: &mut World, app: &str, user: &str, password: &str) -> Id {
    let mut authenticator = ClientAuthenticator::new(Some(Credentials::new(user, password)));
    // What the session says, word for word; its tests hear codes only.
    let twin = ServerAuthenticator::new(Mode::Adobe, [9; 32].into(), world.now);
    let mut whole = app.to_owned();
    loop {
        let id = world.join();
        world.call(id, 0, &encoder(&whole));
        if !world.is_over(id) {
            return id;
        }
        let secret = |user: &str| (user == "me").then_some("secret");
        let Some(description) = twin.check(&whole, secret, world.now).description() else {
            return id;
        };
        match authenticator.handle_refusal(&description, app, [1; 32].into()) {
            Ok(query) => whole = format!("{app}{}", query.unwrap()),
            Err(_) => return id,
        }
    }
}

#[test]
fn who_proves_the_password_publishes() {
    let mut world = world();
    let publisher = connect_as(&mut world, "live", "me", "secret");
    assert_eq!(publisher, 2, "the third connection");
    world.call(publisher, 0, &command("createStream", 2));
    world.call(publisher, 1, &publish("key"));
    assert_eq!(world.events(publisher), ["connected", "publishing live/key"]);
    for refused in [0, 1] {
        assert_eq!(world.events(refused), ["refused"]);
        assert_eq!(
            world.heard(refused).pop().unwrap(),
            "0: _error 1 NetConnection.Connect.Rejected"
        );
    }
    // The name is the same as without the proof behind the application.
    let player = world.player("key");
    assert_eq!(world.events(player), ["connected", "playing live/key"]);
}

#[test]
fn who_proves_nothing_is_refused() {
    for (user, password) in [("me", "wrong"), ("you", "secret")] {
        let mut world = world();
        let last = connect_as(&mut world, "live", user, password);
        assert_eq!((last, world.is_over(last)), (2, true));
        assert_eq!(
            world.heard(last).pop().unwrap(),
            "0: _error 1 NetConnection.Connect.Rejected"
        );
    }
}

#[test]
fn who_does_not_announce_it_can_not_publish_either() {
    let mut world = world();
    let publisher = world.publisher("key");
    assert_eq!(world.events(publisher), ["connected", "refused live/key"]);
    assert_eq!(world.heard(publisher), ["1: onStatus 0 NetStream.Publish.Denied"]);
    assert!(world.is_over(publisher));
}

#[test]
fn players_are_not_asked() {
    let mut world = world();
    let player = world.player("key");
    assert_eq!(world.events(player), ["connected", "waiting for live/key"]);
    assert!(!world.is_over(player));
}

#[test]
fn a_user_may_have_streams_of_its_own() {
    let mut world = world();
    let publisher = connect_as(&mut world, "live", "me", "secret");
    world.call(publisher, 0, &command("createStream", 2));
    world.heard(publisher);
    world.call(publisher, 1, &publish("other"));
    assert_eq!(world.heard(publisher), ["1: onStatus 0 NetStream.Publish.Denied"]);
}

#[test]
fn the_policy_within_is_asked_about_those_who_have_passed() {
    let mut world = world();
    let publisher = connect_as(&mut world, "closed", "me", "secret");
    assert_eq!(publisher, 2);
    assert_eq!(
        world.heard(publisher).pop().unwrap(),
        "0: _error 1 NetConnection.Connect.InvalidApp"
    );
}

#[test]
fn no_password_is_shown_with_the_policy() {
    let users = HashMap::from([("me".to_owned(), "secret".to_owned())]);
    let policy = Authenticated::new(AllowAll, users, Mode::Adobe, [9; 32].into(), world().now);
    assert_eq!(
        format!("{policy:?}"),
        "Authenticated { policy: AllowAll, authenticator: ServerAuthenticator(adobe), .. }"
    );
}
