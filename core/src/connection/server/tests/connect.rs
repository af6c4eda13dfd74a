//! From the first byte to the answer to `connect`.

use super::*;
use crate::media::video::VideoCodec;
use crate::message::{Capabilities, CapsEx};

#[test]
fn the_replies_to_connect_come_in_the_usual_order() {
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    assert_eq!(client.heard(), [""; 0], "nothing is granted by itself");
    assert_eq!(client.events(), ["connect live"]);
    client.grant();
    assert_eq!(client.heard(), CONNECTED);
}

/// OBS can't put together a reply of several chunks before it has been told the chunk size.
#[test]
fn the_chunk_size_is_said_before_any_reply_of_more_than_128_bytes() {
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    client.refuse(&Refusal::Denied("d".repeat(200).into()));
    assert_eq!(
        client.heard(),
        [
            "Set Chunk Size 60000",
            "0: _error 1 NetConnection.Connect.Rejected"
        ]
    );
}

#[test]
fn all_replies_to_one_read_are_one_piece_to_write() {
    let mut client = Client::connected(|_| ());
    for name in ["releaseStream", "FCPublish", "createStream"] {
        client.write_command(0, &command(name, 2).with("key"));
    }
    client.flush().unwrap();
    let mut slices = [std::io::IoSlice::new(&[]); 8];
    assert_eq!(client.server.transmit().chunks_vectored(&mut slices), 1);
    assert_eq!(client.heard().len(), 4);
}

#[test]
fn a_relay_says_where_its_stream_has_been() {
    let mut client = Client::new(|_| ());
    let object = Object::new().with("app", "live").with("via", "a,b");
    client
        .call(0, &command("connect", 1).with_object(object))
        .unwrap();
    assert_eq!(client.server.connect().via, "a,b");
}

#[test]
fn the_result_has_the_transaction_of_its_request_and_the_object_encoding() {
    let mut client = Client::new(|_| ());
    let object = Object::new().with("app", "live").with("objectEncoding", 3.0);
    client
        .call(0, &command("connect", 7).with_object(object))
        .unwrap();
    client.grant();
    let message = client.messages().pop().unwrap();
    let result = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
    assert_eq!((&*result.name, result.transaction_id), ("_result", 7.0));
    let information = result.arguments[0].as_object().unwrap();
    assert_eq!(information.get("objectEncoding"), Some(&Value::Number(3.0)));
    assert_eq!(information.get("level"), Some(&Value::from("status")));
    assert!(result.object.as_object().unwrap().get("fmsVer").is_some());
}

#[test]
fn what_the_client_says_of_itself_is_kept() {
    let mut client = Client::new(|_| ());
    let object = Object::new()
        .with("app", "live?a=1")
        .with("flashVer", "FMLE/3.0 (compatible; FMSc/1.0)")
        .with("swfUrl", "rtmp://host/live")
        .with("tcurl", "'rtmp://host/live?a=1'")
        .with("pageUrl", "http://page")
        .with("capabilities", 239.0)
        .with("fourCcList", Value::StrictArray(vec!["av01".into()]));
    // gortmplib and SRS send arguments behind the object; connect objects may be ECMA arrays.
    let command = command("connect", 1)
        .with_object(Value::EcmaArray(object))
        .with(true);
    client.call(0, &command).unwrap();
    let connect = client.server.connect();
    assert_eq!((connect.app.as_str(), connect.app_path()), ("live?a=1", "live"));
    assert_eq!(connect.tc_url, "rtmp://host/live?a=1", "lal quotes it");
    assert_eq!(connect.flash_ver, "FMLE/3.0 (compatible; FMSc/1.0)");
    assert_eq!(
        (connect.swf_url.as_str(), connect.page_url.as_str()),
        ("rtmp://host/live", "http://page")
    );
    assert!(connect.capabilities.can_decode_video(VideoCodec::Av1));
    assert_eq!(client.server.handshake_kind(), Some(Kind::Simple));
}

/// The information of the answer to a `connect` with this object.
fn answer(configure: impl FnOnce(&mut ServerConfig), object: Object<'_>) -> Object<'static> {
    let mut client = Client::new(configure);
    client
        .call(0, &command("connect", 1).with_object(object))
        .unwrap();
    client.grant();
    let message = client.messages().pop().unwrap();
    let result = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
    result.arguments[0].as_object().unwrap().clone().into_owned()
}

#[test]
fn a_client_that_announces_capabilities_is_told_the_servers() {
    let list = Value::StrictArray(vec!["hvc1".into()]);
    let object = Object::new().with("app", "live").with("fourCcList", list);
    let information = answer(|_| (), object.clone());
    assert_eq!(Capabilities::from_object(&information), Capabilities::of_relay());
    let own = Capabilities {
        caps_ex: CapsEx::MULTITRACK,
        ..Capabilities::default()
    };
    let information = answer(|config| config.capabilities = own.clone(), object);
    assert_eq!(Capabilities::from_object(&information), own);
    assert!(information.get("fourCcList").is_none());
}

#[test]
fn a_client_that_announces_none_gets_the_answer_of_old() {
    let object = Object::new().with("app", "live").with("videoFunction", 1.0);
    let information = answer(|_| (), object);
    let keys: Vec<_> = information.iter().map(|(key, _)| key.to_owned()).collect();
    assert_eq!(keys, ["level", "code", "description", "objectEncoding"]);
}

#[test]
fn a_second_connect_is_refused_and_harms_nothing() {
    let mut client = Client::publishing(|_| ());
    client.call(0, &command("connect", 9)).unwrap();
    assert_eq!(client.heard(), ["0: _error 9 NetConnection.Call.Failed"]);
    client.send(&video(1, 40, "frame")).unwrap();
    assert_eq!(client.events(), ["1: Video @40 \"frame\""]);
}

#[test]
fn a_command_before_connect_ends_the_connection() {
    for name in ["createStream", "publish", "close", "anything"] {
        let mut client = Client::new(|_| ());
        let error = Error::PeerMisbehaved(PeerMisbehaved::CommandBeforeConnect);
        assert_eq!(client.call(0, &command(name, 1)), Err(error));
    }
}

/// Haivision Makito.
#[test]
fn the_bandwidth_may_be_asked_for_before_connect() {
    let mut client = Client::new(|_| ());
    client.call(0, &command("_checkbw", 1)).unwrap();
    assert_eq!(client.heard(), ["0: _result 1 Undefined"]);
}

#[test]
fn media_before_connect_are_dropped_and_counted() {
    let mut client = Client::new(|_| ());
    client.send(&video(1, 0, "frame")).unwrap();
    assert_eq!(client.events(), [""; 0]);
    assert_eq!(client.server.stats().messages_unclaimed, 1);
}

/// Without the object the application would be lost, and the stream would go where nobody looks for it.
#[test]
fn a_connect_whose_properties_can_not_be_read_is_refused() {
    let mut client = Client::new(|_| ());
    let mut payload = Vec::new();
    command("connect", 1).encode(&mut payload);
    // In place of the null: an AMF 3 value.
    *payload.last_mut().unwrap() = 0x11;
    let result = client.send(&message(MessageType::CommandAmf0, 0, 0, &payload));
    assert!(matches!(result, Err(Error::Refused(_))));
    let heard = client.heard();
    assert_eq!(heard.last().unwrap(), "0: _error 1 NetConnection.Connect.Failed");
}

#[test]
fn all_that_follows_connect_waits_for_its_answer() {
    let mut client = Client::new(|_| ());
    client.write_command(0, &connect("live"));
    client.write_command(0, &command("createStream", 2));
    client.write_command(1, &publish("key"));
    client.write(&message(MessageType::Unknown(99), 0, 0, b"x"));
    client.write(&video(1, 40, "frame"));
    client.flush().unwrap();
    assert_eq!(client.events(), ["connect live"]);
    assert_eq!(client.heard(), [""; 0]);
    client.grant();
    assert_eq!(
        client.events(),
        ["1: publish live/key Live", "0: message Unknown(99)"]
    );
    assert_eq!(client.heard()[5..], ["0: _result 2 1"]);
    client.grant();
    assert_eq!(client.heard(), PUBLISHED);
    assert_eq!(client.events(), ["1: Video @40 \"frame\""]);
}

/// As FFmpeg and OBS prove a password: behind `app` and `tcUrl`.
#[test]
fn the_proof_of_a_password_is_gone_once_it_has_been_looked_at() {
    const PROOF: &str = "live?token=1?authmod=adobe&user=me&challenge=AA==&response=BB==&opaque=CC==";
    const BLANK: &str = "live?token=1?authmod=adobe&user=me&challenge=AA==&response=&opaque=CC==";
    let connect = || {
        let object = Object::new()
            .with("app", PROOF)
            .with("tcUrl", format!("rtmp://host/{PROOF}"));
        command("connect", 1).with_object(object)
    };
    for is_granted in [true, false] {
        let mut client = Client::new(|_| ());
        client.call(0, &connect()).unwrap();
        assert_eq!(client.server.connect().app, PROOF);
        if is_granted {
            client.grant();
        } else {
            client.refuse(&Refusal::NotFound);
        }
        assert_eq!(client.server.connect().app, BLANK);
        assert_eq!(client.server.connect().tc_url, format!("rtmp://host/{BLANK}"));
    }
    let mut client = Client::new(|_| ());
    client.call(0, &connect()).unwrap();
    client.grant();
    client.call(0, &command("createStream", 4)).unwrap();
    client.call(1, &publish("key")).unwrap();
    let events = std::iter::from_fn(|| client.server.poll_event());
    let queries: Vec<_> = events
        .filter_map(|event| {
            if let ServerEvent::Publish { name, .. } = event {
                Some(name.query)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(queries.len(), 1);
    assert!(
        queries[0].contains("user=me") && !queries[0].contains("BB"),
        "{queries:?}"
    );
}
