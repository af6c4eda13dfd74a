//! The handshake, `connect` and its answers.

use super::*;
use crate::authmod::Credentials;
use crate::message::Capabilities;
use crate::url;

/// The properties of `connect`, one per line as name and value.
fn properties(target: &Target, config: &ClientConfig) -> Vec<String> {
    let command = target.connect(config);
    assert_eq!((&*command.name, command.transaction_id), ("connect", 1.0));
    let object = command.object.as_object().unwrap();
    object
        .iter()
        .map(|(key, value)| format!("{key} {value}"))
        .collect()
}

#[test]
fn a_publisher_says_what_ffmpeg_says_and_that_it_can_reconnect() {
    let mut config = ClientConfig::default();
    let said = properties(&target(), &config);
    assert_eq!(
        said,
        [
            r#"app "live""#,
            r#"type "nonprivate""#,
            r#"flashVer "FMLE/3.0 (compatible; FMSc/1.0)""#,
            r#"tcUrl "rtmp://host/live""#,
            "capsEx 15",
        ]
    );
    config.capabilities = Capabilities::default();
    assert_eq!(properties(&target(), &config), said[..4]);
    config.flash_version = Some("mine".to_owned());
    assert_eq!(properties(&target(), &config)[2], r#"flashVer "mine""#);
    let mut target = target();
    target.flash_version = Some("its".to_owned());
    assert_eq!(properties(&target, &config)[2], r#"flashVer "its""#);
}

#[test]
fn a_relay_says_where_its_stream_has_been() {
    let config = ClientConfig {
        via: Some("a,b".to_owned()),
        ..ClientConfig::default()
    };
    for target in [target(), target().to_play()] {
        assert!(properties(&target, &config).contains(&r#"via "a,b""#.to_owned()));
    }
}

#[test]
fn a_player_says_what_ffmpeg_says_and_what_it_can_receive() {
    let mut config = ClientConfig::default();
    let mut target = target().to_play();
    target.swf_url = Some("http://host/player.swf".to_owned());
    target.page_url = Some("http://host/".to_owned());
    let names = |config: &ClientConfig| -> Vec<String> {
        let lines = properties(&target, config);
        lines
            .iter()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    let enhanced = [
        "app",
        "flashVer",
        "swfUrl",
        "tcUrl",
        "fpad",
        "capabilities",
        "audioCodecs",
        "videoCodecs",
        "fourCcList",
        "videoFourCcInfoMap",
        "audioFourCcInfoMap",
        "capsEx",
        "videoFunction",
        "pageUrl",
    ];
    assert_eq!(names(&config), enhanced);
    config.capabilities = Capabilities::default();
    let lines = properties(&target, &config);
    assert_eq!(
        lines[4..9],
        [
            "fpad false",
            "capabilities 15",
            "audioCodecs 4071",
            "videoCodecs 252",
            "videoFunction 1",
        ]
    );
}

#[test]
fn a_url_says_where_to_go_and_its_options_what_to_say_there() {
    let text = "rtmps://user1:pass1@host/live/key?token=1 swfUrl=http://host/a.swf pageUrl=http://host flashver=WIN conn=S:x";
    let target = Target::from(&text.parse().unwrap());
    assert_eq!(target.credentials, Some(Credentials::new("user1", "pass1")));
    assert_eq!(target.arguments, ["x".into()]);
    assert_eq!(target.scheme, url::Scheme::Rtmps);
    let config = ClientConfig {
        capabilities: Capabilities::default(),
        ..ClientConfig::default()
    };
    assert_eq!(
        properties(&target, &config),
        [
            r#"app "live""#,
            r#"type "nonprivate""#,
            r#"flashVer "WIN""#,
            r#"swfUrl "http://host/a.swf""#,
            r#"tcUrl "rtmps://host/live""#,
            r#"pageUrl "http://host""#,
        ]
    );
}

#[test]
fn what_an_application_wants_to_hear_follows_the_properties() {
    let mut target = target();
    target.arguments = vec!["token".into(), 1.0.into()];
    let config = ClientConfig::default();
    assert_eq!(
        target.connect(&config).arguments,
        ["token".into(), Value::from(1.0)]
    );
}

#[test]
fn connect_goes_out_in_chunks_of_128_bytes_behind_the_handshake_and_nothing_with_it() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    assert_eq!(server.heard(), [""; 0], "all but connect");
    assert_eq!(server.events(), ["handshake Digest(Zero)"]);
    assert_eq!(server.client.handshake_kind(), Some(Kind::Digest(Scheme::Zero)));
}

#[test]
fn the_chunk_size_may_be_said_first_as_obs_does() {
    let mut server = Server::fresh(target(), |config| config.chunk_size_first = true);
    let mut handshake = ServerHandshake::new([2; 32].into(), false);
    let mut out = Vec::new();
    handshake
        .handle_input(&mut &server.drain()[..], &mut out)
        .unwrap();
    server.input(&out).unwrap();
    let answer = server.drain();
    let mut rest = &answer[..];
    assert_eq!(handshake.handle_input(&mut rest, &mut out), Ok(true));
    let first = server.wire.decoder.decode(&mut rest).unwrap().unwrap();
    assert_eq!(line(&first), "Set Chunk Size 60000");
    assert_eq!(
        server.wire.decoder.decode(&mut rest),
        Ok(Some(server.connect_sent()))
    );
}

#[test]
fn a_server_without_digests_is_answered_in_the_simple_form_on_the_same_connection() {
    for version in [[0; 4], [3, 5, 1, 1]] {
        let mut server = Server::fresh(target(), |_| ());
        let c1 = server.drain();
        let mut s = vec![3, 0, 0, 0, 0];
        s.extend(version);
        s.extend([7; 1528]);
        s.extend(&c1[1..]);
        server.input(&s).unwrap();
        assert_eq!(server.events(), ["handshake Simple"]);
        assert_eq!(server.drain()[..1536], s[1..1537], "C2 is S1");
    }
}

#[test]
fn the_answer_lets_the_streams_begin_and_tells_of_the_server() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    server.events();
    let answer = command("_result", 1)
        .with_object(Object::new().with("fmsVer", "FMS/3,5,3,888"))
        .with(information("status", "NetConnection.Connect.Success").with("capsEx", 1.0));
    server.call(0, &answer).unwrap();
    let properties = match server.client.poll_event() {
        Some(ClientEvent::Connected(properties)) => Some(properties),
        _ => None,
    };
    let properties = properties.unwrap();
    assert_eq!(properties.fms_version(), Some("FMS/3,5,3,888"));
    assert!(properties.capabilities.can_reconnect());
    assert_eq!(
        properties.information.get("code").unwrap().as_str(),
        Some("NetConnection.Connect.Success")
    );
    assert_eq!(
        server.client.poll_timeout(),
        Some(server.now + seconds(20)),
        "the ping"
    );
}

/// How the client puts it.
fn refusal(server: &mut Server, command: &Command<'_>) -> String {
    let error = server.call(0, command).unwrap_err();
    assert!(server.client.is_over() && error.is_peer_fault());
    assert_eq!(server.client.error(), Some(&error));
    assert_eq!(server.input(b"anything"), Err(error.clone()));
    error.to_string()
}

#[test]
fn a_refusal_says_what_the_server_said_and_what_can_be_done() {
    let said = |code: &'static str| {
        let error = command("_error", 1).with(information("error", code).with("description", "No \u{7}way."));
        refusal(&mut Server::fresh(target(), |_| ()).shake(), &error)
    };
    assert_eq!(
        said("NetConnection.Connect.InvalidApp"),
        "the server refused connect, NetConnection.Connect.InvalidApp: No way. \
         (check the application in the URL: it is the path before the stream's name)"
    );
    assert!(said("NetConnection.Connect.Rejected").contains("check the stream key"));
    assert!(said("NetConnection.Connect.Closed").contains("try again later"));
    assert_eq!(
        said("NetConnection.Connect.Failed"),
        "the server refused connect, NetConnection.Connect.Failed: No way."
    );
}

#[test]
fn a_refusal_may_come_as_a_status_or_as_an_answer_or_without_a_word() {
    let mut server = Server::fresh(target(), |_| ()).shake();
    let status = refusal(&mut server, &failure("NetConnection.Connect.Rejected"));
    assert!(status.starts_with("the server refused connect, NetConnection.Connect.Rejected"));
    let mut server = Server::fresh(target(), |_| ()).shake();
    let answer = command("_result", 1).with(information("error", "NetConnection.Connect.Rejected"));
    assert_eq!(refusal(&mut server, &answer), status);
    let mut server = Server::fresh(target(), |_| ()).shake();
    let without = refusal(&mut server, &command("_error", 1));
    assert_eq!(without, "the server refused connect, without a reason");
}

#[test]
fn a_server_that_hangs_up_is_told_by_what_it_hung_up_on() {
    let mut server = Server::fresh(target(), |_| ());
    assert_eq!(
        server.client.handle_eof(server.now),
        Err(Unanswered::Handshake.into())
    );
    let mut server = Server::fresh(target(), |_| ()).shake();
    let error = server.client.handle_eof(server.now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server hung up instead of answering connect: check the application in the URL, and from where the \
         server lets clients in"
    );
    let mut server = Server::fresh(target(), |_| ()).shake();
    assert_eq!(
        server.call(0, &command("close", 0)),
        Err(Unanswered::Connect.into())
    );
    let mut server = Server::connected(target(), |_| ());
    assert_eq!(server.client.handle_eof(server.now), Ok(()));
    assert!(server.client.is_over());
}

#[test]
fn a_server_that_goes_says_so_at_any_time() {
    let (mut server, _) = Server::publishing(|_| ());
    let error = server
        .call(0, &failure("NetConnection.Connect.AppShutdown"))
        .unwrap_err();
    assert!(error.to_string().contains("try again later"), "{error}");
    assert_eq!(server.events(), ["0: closed"]);
}

#[test]
fn something_else_than_rtmp_is_named() {
    let mut server = Server::fresh(target(), |_| ());
    let error = server.input(b"HTTP/1.1 400 Bad Request").unwrap_err();
    assert!(error.to_string().contains("HTTP"), "{error}");
}

#[test]
fn windows_are_acknowledged_and_pings_answered() {
    let mut server = Server::connected(target(), |_| ());
    server
        .send(&Control::WindowAcknowledgementSize(1000).to_message())
        .unwrap();
    server.send(&control(UserControl::PingRequest(77))).unwrap();
    assert_eq!(server.heard(), ["PingResponse(Some(77))"]);
    server
        .send(&message(MessageType::Unknown(99), 0, 0, &[0; 1000]))
        .unwrap();
    assert_eq!(server.events(), ["0: message Unknown(99)"]);
    assert_eq!(server.heard().len(), 1, "one acknowledgement");
    server.client.ping(server.now);
    server.now += Duration::from_millis(30);
    assert_eq!(server.heard(), ["PingRequest(0)"]);
    server.send(&control(UserControl::PingResponse(Some(0)))).unwrap();
    assert_eq!(server.events(), ["pong after 30ms"]);
}

#[test]
fn calls_of_the_server_are_answered_and_its_question_for_bandwidth_once() {
    let mut server = Server::connected(target(), |_| ());
    server.call(0, &command("onBWDone", 0)).unwrap();
    server.call(0, &command("onBWDone", 0)).unwrap();
    server.call(0, &command("_onbwcheck", 7)).unwrap();
    server.call(0, &command("notify", 0)).unwrap();
    assert_eq!(server.heard(), ["0: _checkbw 2", "0: _result 7 Null"]);
    let message = "0: message CommandAmf0";
    assert_eq!(server.events(), [message, message]);
}
