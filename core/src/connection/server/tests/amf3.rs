//! Clients of `objectEncoding` 3, as Flash's are by default: commands in type 17 and data in type 15.

use super::*;
use crate::amf3;

/// How a client writes the values of its messages.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    /// AMF 0 throughout, behind the format byte.
    Amf0,
    /// Name and transaction id in AMF 0, each of the others switched to AMF 3: Flash.
    Switched,
    /// AMF 3 throughout, as RTMP 1.0 §7.1.1 says, behind the format byte.
    Amf3,
    /// AMF 3 throughout without it.
    Bare,
}

const SPELLINGS: [Spelling; 4] = [Spelling::Amf0, Spelling::Switched, Spelling::Amf3, Spelling::Bare];

fn in_amf3(value: &Value<'_>) -> amf3::Value<'static> {
    if let Some(object) = value.as_object() {
        let properties = object.iter();
        return properties
            .fold(amf3::Object::new(), |object, (key, value)| {
                object.with(key.to_owned(), in_amf3(value))
            })
            .into();
    }
    if let Some(number) = value.as_number() {
        // Whole numbers are integers in AMF 3.
        #[allow(clippy::cast_possible_truncation)]
        let integer = number as i32;
        return if f64::from(integer) == number {
            integer.into()
        } else {
            number.into()
        };
    }
    match value.as_str() {
        Some(text) => text.to_owned().into(),
        None => value.as_bool().map_or(amf3::Value::Null, amf3::Value::from),
    }
}

impl Spelling {
    fn payload(self, values: &[Value<'_>]) -> Vec<u8> {
        let mut out = if matches!(self, Self::Bare) {
            vec![]
        } else {
            vec![0]
        };
        for (index, value) in values.iter().enumerate() {
            match self {
                Self::Switched if index > 1 => {
                    crate::amf0::encode(&Value::AvmPlus(Box::new(in_amf3(value))), &mut out);
                }
                Self::Amf0 | Self::Switched => crate::amf0::encode(value, &mut out),
                Self::Amf3 | Self::Bare => amf3::encode(&in_amf3(value), &mut out),
            }
        }
        out
    }

    fn command(self, stream: u32, command: &Command<'_>) -> Message {
        let mut values = vec![
            command.name.as_ref().into(),
            command.transaction_id.into(),
            command.object.clone(),
        ];
        values.extend(command.arguments.iter().cloned());
        message(MessageType::CommandAmf3, stream, 0, &self.payload(&values))
    }
}

/// Connected with `objectEncoding` 3, with a message stream.
fn client(spelling: Spelling) -> Client {
    let mut client = Client::new(|_| ());
    let object = Object::new()
        .with("app", "live")
        .with("tcUrl", "rtmp://host/live")
        .with("objectEncoding", 3.0);
    let connect = command("connect", 1).with_object(object);
    // Flash sends this one in type 20, as encodings are not negotiated yet.
    match spelling {
        Spelling::Switched => client.call(0, &connect).unwrap(),
        Spelling::Amf0 | Spelling::Amf3 | Spelling::Bare => {
            client.send(&spelling.command(0, &connect)).unwrap()
        }
    }
    assert_eq!(client.events(), ["connect live"]);
    client.grant();
    assert_eq!(client.heard(), CONNECTED);
    client
        .send(&spelling.command(0, &command("createStream", 2)))
        .unwrap();
    assert_eq!(client.heard(), ["0: _result 2 1"]);
    client
}

#[test]
fn they_publish() {
    for spelling in SPELLINGS {
        let mut client = client(spelling);
        client.send(&spelling.command(1, &publish("key"))).unwrap();
        assert_eq!(client.events(), ["1: publish live/key Live"], "{spelling:?}");
        client.grant();
        assert_eq!(client.heard(), PUBLISHED);
        client.send(&video(1, 40, "frame")).unwrap();
        assert_eq!(client.events(), ["1: Video @40 \"frame\""]);
        let delete = command("deleteStream", 0).with(1.0);
        client.send(&spelling.command(0, &delete)).unwrap();
        assert_eq!(client.events(), ["1: closed"]);
    }
}

#[test]
fn they_play() {
    for spelling in SPELLINGS {
        let mut client = client(spelling);
        let play = play("key").with(-1000.0).with(-1.0).with(false);
        client.send(&spelling.command(1, &play)).unwrap();
        assert_eq!(
            client.events(),
            ["1: play live/key Live None false"],
            "{spelling:?}"
        );
        client.grant();
        client.heard();
        let pause = command("pause", 0).with(true).with(1500.0);
        client.send(&spelling.command(1, &pause)).unwrap();
        assert_eq!(client.events(), ["1: pause true @1500"]);
    }
}

#[test]
fn the_options_of_play2_are_an_object_of_a_class() {
    let options = amf3::Object::sealed(
        "flash.net.NetStreamPlayOptions",
        vec![
            ("streamName".into(), "key".into()),
            ("start".into(), (-2).into()),
            ("len".into(), (-1).into()),
        ],
    );
    let mut client = client(Spelling::Switched);
    let play2 = command("play2", 0).with(Value::AvmPlus(Box::new(options.into())));
    let mut payload = vec![0];
    play2.encode(&mut payload);
    client
        .send(&message(MessageType::CommandAmf3, 1, 0, &payload))
        .unwrap();
    assert_eq!(client.events(), ["1: play live/key Any None true"]);
}

#[test]
fn what_they_are_told_of_their_encoding_is_what_both_can_read() {
    for (asked, told) in [(0.0, 0.0), (3.0, 3.0), (1.0, 0.0), (4.0, 0.0), (f64::NAN, 0.0)] {
        let mut client = Client::new(|_| ());
        let object = Object::new().with("app", "live").with("objectEncoding", asked);
        client
            .call(0, &command("connect", 1).with_object(object))
            .unwrap();
        client.grant();
        let message = client.messages().pop().unwrap();
        let result = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
        let information = result.arguments[0].as_object().unwrap();
        assert_eq!(information.get("objectEncoding"), Some(&told.into()), "{asked}");
    }
}

/// `"onMetaData"` and `{width: 1280, live: true}` as an ECMA array, the form that FFmpeg's player reads.
const METADATA: &[u8] = b"\x02\x00\x0AonMetaData\x08\x00\x00\x00\x02\
    \x00\x05width\x00\x40\x94\x00\x00\x00\x00\x00\x00\
    \x00\x04live\x01\x01\x00\x00\x09";

#[test]
fn their_metadata_are_in_amf0_for_the_players() {
    let object = Object::new().with("width", 1280.0).with("live", true);
    let values = [
        "@setDataFrame".into(),
        "onMetaData".into(),
        Value::EcmaArray(object),
    ];
    for spelling in SPELLINGS {
        for values in [&values[..], &values[1..]] {
            let mut client = Client::publishing(|_| ());
            let mut payload = spelling.payload(values);
            if let (Spelling::Switched, [_, _]) = (spelling, values) {
                // The object is the second value; here it is the one to be switched.
                payload = vec![0];
                crate::amf0::encode(&values[0], &mut payload);
                crate::amf0::encode(&Value::AvmPlus(Box::new(in_amf3(&values[1]))), &mut payload);
            }
            client
                .send(&message(MessageType::DataAmf3, 1, 0, &payload))
                .unwrap();
            let Some(ServerEvent::Media { message, .. }) = client.server.poll_event() else {
                unreachable!("a data message");
            };
            assert_eq!(message.class(), crate::media::Class::Metadata);
            assert_eq!(message.payload, METADATA, "{spelling:?}");
        }
    }
}

#[test]
fn their_order_to_forget_metadata_is_known() {
    let values = ["@clearDataFrame".into(), "onMetaData".into()];
    for spelling in SPELLINGS {
        let mut client = Client::publishing(|_| ());
        client
            .send(&message(MessageType::DataAmf3, 1, 0, &spelling.payload(&values)))
            .unwrap();
        let Some(ServerEvent::Media { message, .. }) = client.server.poll_event() else {
            unreachable!("a data message");
        };
        assert_eq!(message.class(), crate::media::Class::ClearMetadata);
    }
}

#[test]
fn data_in_amf3_that_cannot_be_read_are_left_out_and_counted() {
    for value in [
        // Of a class whose bytes are its own affair, of an unknown type, and too deep.
        &b"\x0A\x07\x03C\x00"[..],
        b"\x12",
        &[0x09, 0x03, 0x01].repeat(17),
    ] {
        let mut client = Client::publishing(|_| ());
        let payload = [b"\x00\x02\x00\x04onFI\x11", value].concat();
        client
            .send(&message(MessageType::DataAmf3, 1, 0, &payload))
            .unwrap();
        assert_eq!(client.events(), [""; 0]);
        assert_eq!(client.server.stats().messages_unclaimed, 1);
    }
}
