//! Servers that send their clients elsewhere.

use rtmp_core::amf0::Object;
use rtmp_core::connection::Error;
use rtmp_core::connection::client::{RejectionCause, Role};
use rtmp_core::host::ClientSettings;
use rtmp_core::message::Command;
use rtmp_core::units::MessageStreamId;

use super::scripted::{Door, Scripted, status};
use super::{Dialling, frame, of_connection};
use crate::talk::keyframe;

/// Answers `connect` as FMS and SRS do: somebody else is to be asked.
fn send_on(door: &Door, to: &str) {
    let mut guest = door.guest();
    let connect = guest.wait_for_command("connect");
    let ex = Object::new().with("code", 302.0).with("redirect", to.to_owned());
    let information = status("error", "NetConnection.Connect.Rejected").with("ex", ex);
    let answer = Command::new("_error", connect.transaction_id).with(information);
    guest.command(MessageStreamId::CONNECTION, &answer);
    guest.read_to_the_end();
}

pub(crate) fn a_redirection_is_followed(runtime: &dyn Dialling) {
    let there = Scripted::start(runtime, |door| {
        let mut guest = door.publisher();
        assert_eq!(guest.next_video().payload, keyframe(1));
        guest.read_to_the_end();
    });
    let to = there.url.tc_url();
    let here = Scripted::start(runtime, move |door| send_on(door, &to));
    let mut publisher = runtime
        .call(&here.url, Role::Publisher, ClientSettings::default())
        .expect("it is let in there");
    let room = publisher.publish("room").unwrap();
    publisher.send(room, frame(0, keyframe(1))).unwrap();
    publisher.close().unwrap();
    here.end();
    there.end();
}

pub(crate) fn redirections_without_end_have_one(runtime: &dyn Dialling) {
    const FOLLOWED: u32 = 3;
    let mut settings = ClientSettings::default();
    settings.connection.max_redirects = FOLLOWED;
    // A relative one, to where the client is.
    let server = Scripted::start(runtime, |door| {
        (0..=FOLLOWED).for_each(|_| send_on(door, "/live"));
    });
    let error = of_connection(runtime.call(&server.url, Role::Player, settings));
    match error {
        Error::Rejected(rejection) => {
            assert_eq!(rejection.cause, RejectionCause::Redirected("/live".to_owned()));
        }
        error => panic!("{error}"),
    }
    server.end();
}
