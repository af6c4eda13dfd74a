//! A client against a server of a few lines, and against one that misbehaves.

use rtmp_core::amf0::Object;
use rtmp_core::handshake::ServerHandshake;
use rtmp_core::message::LimitType;

use super::*;

fn target() -> Rc<Target> {
    Rc::new(Target {
        app: "live".to_owned(),
        tc_url: "rtmp://h/live".to_owned(),
        name: "cam0".to_owned(),
    })
}

/// A client and the server's side of its connection.
struct Pair {
    client: Client,
    decoder: ChunkDecoder,
    events: Vec<Event>,
}

impl Pair {
    /// A client whose handshake is done.
    fn new(goal: Goal) -> Self {
        let (mut out, mut answer) = (Vec::new(), Vec::new());
        let mut client = Client::new(target(), goal, [1; 32].into(), &mut out);
        let mut server = ServerHandshake::new([2; 32].into(), true);
        assert!(!server.handle_input(&mut &out[..], &mut answer).unwrap());
        out.clear();
        let mut events = Vec::new();
        client
            .handle_input(&answer, &mut out, &mut |event| events.push(event))
            .unwrap();
        assert_eq!(events, [Event::Handshaken]);
        let mut rest = &out[..];
        assert!(server.handle_input(&mut rest, &mut answer).unwrap());
        let mut pair = Self {
            client,
            decoder: ChunkDecoder::new(&Limits::default()),
            events: Vec::new(),
        };
        let said = pair.said(rest);
        assert_eq!(names(&said), ["connect"]);
        pair
    }

    fn said(&mut self, mut bytes: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(message) = self.decoder.decode(&mut bytes).unwrap() {
            messages.push(message);
        }
        messages
    }

    /// What the client says to these messages, which come byte for byte.
    fn try_answer(&mut self, messages: &[Message]) -> Result<Vec<Message>, ClientError> {
        let mut bytes = Vec::new();
        for message in messages {
            chunk::encode(message, ChunkSize::INITIAL, &mut bytes);
        }
        let mut out = Vec::new();
        for byte in bytes {
            let events = &mut self.events;
            self.client
                .handle_input(&[byte], &mut out, &mut |event| events.push(event))?;
        }
        Ok(self.said(&out))
    }

    fn answer(&mut self, messages: &[Message]) -> Vec<Message> {
        self.try_answer(messages).unwrap()
    }

    /// A client that has been granted its message stream, and what it then asked for.
    fn created(goal: Goal) -> (Self, Vec<Message>) {
        let mut pair = Self::new(goal);
        pair.answer(&[result(1.0, Object::new().into())]);
        let said = pair.answer(&[result(4.0, 1.0.into())]);
        (pair, said)
    }
}

fn message(command: &Command<'_>) -> Message {
    command.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION)
}

fn result(transaction_id: f64, value: rtmp_core::amf0::Value<'_>) -> Message {
    message(&Command::new("_result", transaction_id).with(value))
}

fn status(level: &str, code: &str) -> Message {
    let object = Object::new()
        .with("level", level)
        .with("code", code)
        .with("description", "words\x1b[31m");
    message(&Command::new("onStatus", 0.0).with(object))
}

/// The commands among messages.
fn names(messages: &[Message]) -> Vec<String> {
    let commands = messages
        .iter()
        .filter(|message| message.kind == MessageType::CommandAmf0);
    commands
        .map(|message| {
            let command = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
            command.name.into_owned()
        })
        .collect()
}

fn controls(messages: &[Message]) -> Vec<Control> {
    messages
        .iter()
        .filter_map(|message| Control::parse(message.kind, &message.payload))
        .collect()
}

#[test]
fn a_publisher_says_what_encoders_say() {
    let size = ChunkSize::new(4096).unwrap();
    let mut pair = Pair::new(Goal::Publish(size));
    let said = pair.answer(&[result(1.0, Object::new().into())]);
    assert_eq!(controls(&said), [Control::SetChunkSize(size)]);
    assert_eq!(names(&said), ["releaseStream", "FCPublish", "createStream"]);
    // Some servers do not know the first two.
    pair.answer(&[
        message(&Command::new("_error", 2.0)),
        message(&Command::new("_error", 3.0)),
    ]);
    let said = pair.answer(&[result(4.0, 7.0.into())]);
    assert_eq!(names(&said), ["publish"]);
    assert_eq!(said[0].stream, MessageStreamId::new(7));
    assert_eq!(pair.events, []);
    pair.answer(&[status("status", "NetStream.Publish.Start")]);
    assert_eq!(pair.events, [Event::Started]);

    let mut out = Vec::new();
    let payload = Bytes::from(vec![0x17; 5000]);
    pair.client.publish(
        MessageType::Video,
        Timestamp::from_millis(40),
        payload.clone(),
        &mut out,
    );
    let said = pair.said(&out);
    assert_eq!((&said[0].payload, said[0].stream.get()), (&payload, 7));
}

#[test]
fn a_player_plays_and_hands_out_what_comes() {
    let (mut pair, said) = Pair::created(Goal::Play);
    assert_eq!(names(&said), ["play"]);
    let buffer = UserControl::parse(&said[1].payload);
    assert!(matches!(
        buffer,
        Some(UserControl::SetBufferLength { millis: 3000, .. })
    ));
    let video = Message {
        chunk_stream: ChunkStreamId::new(6).unwrap(),
        stream: MessageStreamId::new(1),
        timestamp: Timestamp::from_millis(40),
        kind: MessageType::Video,
        payload: Bytes::from_static(&[0x17, 1, 0, 0, 0]),
    };
    pair.answer(&[
        status("status", "NetStream.Play.Reset"),
        status("status", "NetStream.Play.Start"),
        video.clone(),
        status("status", "NetStream.Play.UnpublishNotify"),
    ]);
    assert_eq!(pair.events, [Event::Started, Event::Media(video), Event::Ended]);
}

#[test]
fn who_only_connects_is_there_with_its_stream() {
    let (pair, said) = Pair::created(Goal::Connect);
    assert_eq!((said.len(), pair.events), (0, vec![Event::Started]));
}

#[test]
fn pings_are_answered_and_windows_acknowledged() {
    let (mut pair, _) = Pair::created(Goal::Connect);
    let said = pair.answer(&[UserControl::PingRequest(77).to_message()]);
    assert_eq!(
        UserControl::parse(&said[0].payload),
        Some(UserControl::PingResponse(Some(77)))
    );
    let window = Control::WindowAcknowledgementSize(1000).to_message();
    assert_eq!(pair.answer(&[window]), []);
    let mut out = Vec::new();
    pair.client.handle_discarded(2000, &mut out);
    let total = pair.client.received();
    let said = pair.said(&out);
    assert_eq!(
        controls(&said),
        [Control::Acknowledgement(u32::try_from(total).unwrap())]
    );
    out.clear();
    pair.client.handle_discarded(10, &mut out);
    assert!(out.is_empty());
    pair.client.keep_alive(&mut out);
    assert_eq!(controls(&pair.said(&out)).len(), 1);
}

#[test]
fn the_servers_chunk_size_is_obeyed() {
    let (mut pair, _) = Pair::created(Goal::Play);
    let size = ChunkSize::new(1000).unwrap();
    pair.answer(&[Control::SetChunkSize(size).to_message()]);
    let data = Message {
        chunk_stream: ChunkStreamId::new(5).unwrap(),
        stream: MessageStreamId::new(1),
        timestamp: Timestamp::ZERO,
        kind: MessageType::DataAmf0,
        payload: Bytes::from(vec![2; 2500]),
    };
    let mut bytes = Vec::new();
    chunk::encode(&data, size, &mut bytes);
    let mut events = Vec::new();
    pair.client
        .handle_input(&bytes, &mut Vec::new(), &mut |event| events.push(event))
        .unwrap();
    assert_eq!(events, [Event::Media(data)]);
}

#[test]
fn what_is_not_understood_is_passed_over() {
    let (mut pair, _) = Pair::created(Goal::Play);
    let bandwidth = Control::SetPeerBandwidth {
        window: 1000,
        limit: LimitType::Dynamic,
    };
    let unknown = Message {
        kind: MessageType::Unknown(99),
        ..Control::Acknowledgement(5).to_message()
    };
    let done = message(&Command::new("onBWDone", 0.0));
    assert_eq!(pair.answer(&[bandwidth.to_message(), unknown, done]), []);
    assert_eq!(pair.events, []);
}

#[test]
fn a_refusal_says_what_the_server_said() {
    let refused = |mut pair: Pair, message: Message| pair.try_answer(&[message]).unwrap_err().to_string();
    let object = Object::new()
        .with("level", "error")
        .with("code", "NetConnection.Connect.Rejected")
        .with("description", "no such app");
    let error = message(&Command::new("_error", 1.0).with(object));
    assert_eq!(
        refused(Pair::new(Goal::Play), error),
        "connect refused: NetConnection.Connect.Rejected: no such app"
    );
    assert_eq!(
        refused(Pair::new(Goal::Play), message(&Command::new("_error", 1.0))),
        "connect refused: without a reason"
    );
    let (pair, _) = Pair::created(Goal::Publish(ChunkSize::INITIAL));
    assert_eq!(
        refused(pair, status("error", "NetStream.Publish.BadName")),
        "publish refused: NetStream.Publish.BadName: words[31m",
        "without the escape that would colour a terminal"
    );
    let (pair, _) = Pair::created(Goal::Play);
    assert!(refused(pair, status("error", "NetStream.Play.StreamNotFound")).starts_with("play refused"));
}

#[test]
fn a_stream_needs_a_number_that_is_an_id() {
    for wrong in [0.0, -1.0, 1.5, 1e12, f64::NAN] {
        let mut pair = Pair::new(Goal::Play);
        pair.answer(&[result(1.0, Object::new().into())]);
        let error = pair.try_answer(&[result(4.0, wrong.into())]).unwrap_err();
        assert_eq!(error, ClientError::NoStream, "{wrong}");
    }
}

#[test]
fn what_is_no_rtmp_is_an_error() {
    let mut client = Client::new(target(), Goal::Play, [1; 32].into(), &mut Vec::new());
    let answer = b"HTTP/1.1 400 Bad Request\r\n";
    let error = client
        .handle_input(answer, &mut Vec::new(), &mut |_| ())
        .unwrap_err();
    assert!(matches!(error, ClientError::Handshake(_)), "{error}");
}
