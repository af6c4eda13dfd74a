//! Both sides, against each other and against what is known of others.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const NEED_AUTH: &str = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";

/// The client's challenge is made of it.
fn seed() -> crate::units::Seed {
    [1; 32].into()
}

#[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
fn server(mode: Mode) -> (ServerAuthenticator, Instant) {
    let now = Instant::now();
    (ServerAuthenticator::new(mode, [2; 32].into(), now), now)
}

fn password(user: &str) -> Option<&'static str> {
    (user == "user1").then_some("pass1")
}

/// Connects until it is accepted or turned away: all that was put behind `app`, and what came of it.
fn connect(mode: Mode, credentials: Option<Credentials>, app: &str) -> (Vec<String>, Result<(), AuthError>) {
    let (server, now) = server(mode);
    let mut client = ClientAuthenticator::new(credentials);
    let mut sent = vec![String::new()];
    loop {
        let whole = format!("{app}{}", sent.last().unwrap());
        let Some(description) = server.check(&whole, password, now).description() else {
            return (sent, Ok(()));
        };
        match client.handle_refusal(&description, app, seed()) {
            Ok(next) => sent.push(next.unwrap()),
            Err(error) => return (sent, Err(error)),
        }
    }
}

fn known() -> Option<Credentials> {
    Some(Credentials::new("user1", "pass1"))
}

#[test]
fn three_connects_prove_a_password() {
    for (mode, third) in [
        (Mode::Adobe, "?authmod=adobe&user=user1&challenge="),
        (Mode::Llnw, "?authmod=llnw&user=user1&nonce="),
    ] {
        for app in ["live", "live/room", "live?a=1", ""] {
            let (sent, result) = connect(mode, known(), app);
            assert_eq!(result, Ok(()));
            assert_eq!(sent.len(), 3);
            assert_eq!(sent[1], format!("?authmod={}&user=user1", mode.as_str()));
            assert!(sent[2].starts_with(third), "{}", sent[2]);
        }
    }
}

#[test]
fn who_lacks_the_password_is_turned_away() {
    for mode in [Mode::Adobe, Mode::Llnw] {
        for credentials in [
            Credentials::new("user1", "pass2"),
            Credentials::new("user2", "pass1"),
        ] {
            let (sent, result) = connect(mode, Some(credentials), "live");
            assert_eq!((sent.len(), result), (3, Err(AuthError::Failed)));
        }
        assert_eq!(connect(mode, None, "live").1, Err(AuthError::NoCredentials));
    }
}

fn failure(verdict: Verdict<'_>) -> Option<Failure> {
    match verdict {
        Verdict::Failed { reason, .. } => Some(reason),
        Verdict::Accepted { .. } | Verdict::Asked(_) => None,
    }
}

#[test]
fn the_host_learns_whether_there_is_such_a_user_and_the_client_does_not() {
    let (server, now) = server(Mode::Adobe);
    let verdicts = ["user1", "user2"].map(|user| {
        let query = format!("live?authmod=adobe&user={user}");
        let challenge = server.check(&query, password, now).description().unwrap();
        let challenge = Challenge::parse(&challenge).unwrap();
        let answer = challenge
            .answer(&Credentials::new(user, "x"), "live", seed())
            .unwrap();
        let whole = format!("live{answer}");
        let verdict = server.check(&whole, password, now);
        let description = verdict.description().unwrap();
        (failure(verdict).unwrap(), description)
    });
    assert_eq!(verdicts[0].0, Failure::AuthFailed);
    assert_eq!(verdicts[1].0, Failure::NoSuchUser);
    assert_eq!(verdicts[0].1, verdicts[1].1);
    assert!(verdicts[0].1.contains("?reason=authfailed"));
}

#[test]
fn a_challenge_is_the_users_and_of_its_time() {
    let (server, now) = server(Mode::Adobe);
    let challenge = |user: &str, seconds| {
        let query = format!("live?authmod=adobe&user={user}");
        server
            .check(&query, password, now + Duration::from_secs(seconds))
            .description()
            .unwrap()
    };
    assert_eq!(challenge("user1", 0), challenge("user1", 59));
    assert_ne!(challenge("user1", 0), challenge("user1", 60));
    assert_ne!(
        challenge("user1", 0).replace("user1", "user2"),
        challenge("user2", 0)
    );
    let other = ServerAuthenticator::new(Mode::Adobe, [3; 32].into(), now);
    let others = other
        .check("live?authmod=adobe&user=user1", password, now)
        .description();
    assert_ne!(others, Some(challenge("user1", 0)), "another server's secret");
}

#[test]
fn an_answer_is_good_for_one_to_two_minutes() {
    for mode in [Mode::Adobe, Mode::Llnw] {
        let (server, now) = server(mode);
        let at = |seconds| now + Duration::from_secs(seconds);
        let query = format!("live?authmod={}&user=user1", mode.as_str());
        let challenge = server.check(&query, password, at(59)).description().unwrap();
        let challenge = Challenge::parse(&challenge).unwrap();
        let answer = format!(
            "live{}",
            challenge.answer(&known().unwrap(), "live", seed()).unwrap()
        );
        for seconds in [59, 60, 119] {
            assert_eq!(
                server.check(&answer, password, at(seconds)),
                Verdict::Accepted { user: "user1" }
            );
        }
        // It is asked anew, not turned away: it may only have been slow.
        let asked = server.check(&answer, password, at(120));
        assert!(
            matches!(asked, Verdict::Asked(ref new) if *new != challenge),
            "{asked:?}"
        );
    }
}

#[test]
fn an_answer_is_good_for_one_user_and_with_limelight_for_one_application() {
    let (server, now) = server(Mode::Llnw);
    let query = "live?authmod=llnw&user=user1";
    let challenge = Challenge::parse(&server.check(query, password, now).description().unwrap()).unwrap();
    let answer = challenge.answer(&known().unwrap(), "live", seed()).unwrap();
    let check = |app: String| {
        matches!(
            server.check(&app, |_| Some("pass1"), now),
            Verdict::Accepted { .. }
        )
    };
    assert!(check(format!("live{answer}")));
    assert!(!check(format!("other{answer}")));
    assert!(!check(format!("live{answer}").replace("user1", "user2")));
}

/// FFmpeg and librtmp with a server of FMS's; their own challenge is 00c0ffee.
#[test]
fn what_others_send_is_understood() {
    let (server, now) = server(Mode::Adobe);
    let check = |app: &'static str| server.check(app, password, now).description();
    assert_eq!(check("live").unwrap(), NEED_AUTH);
    assert_eq!(check("live?vhost=a?authmod=adobe").unwrap(), NEED_AUTH);
    assert_eq!(check("live?authmod=other&user=user1").unwrap(), NEED_AUTH);
    let need_llnw = NEED_AUTH.replace("adobe", "llnw");
    assert_eq!(
        check("live?authmod=llnw").unwrap(),
        need_llnw,
        "the client's choice"
    );
    let asked = check("live?vhost=a?authmod=adobe&user=user1").unwrap();
    assert!(
        asked.starts_with("[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=user1&salt=")
    );
    // An answer without the challenge that it answers.
    for answer in [
        "live?authmod=adobe&user=user1&response=x",
        "live?authmod=adobe&user=user1&response=x&opaque=",
        "live?authmod=adobe&user=user1&response=&challenge=&opaque=&",
    ] {
        assert_eq!(check(answer), Some(asked.clone()));
    }
}

#[test]
fn a_name_that_would_break_the_description_is_turned_away() {
    let (server, now) = server(Mode::Adobe);
    let failed = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed";
    let long = "u".repeat(MAX_USER_LEN + 1);
    for user in ["", "a b", "a\nb", "a?reason=x", "[a]", &long] {
        let app = format!("live?authmod=adobe&user={user}");
        assert_eq!(
            server.check(&app, password, now).description().unwrap(),
            failed,
            "{user:?}"
        );
    }
}

/// FFmpeg 5.1 reads the description into 256 bytes (`handle_invoke_error`).
#[test]
fn the_longest_description_is_one_that_ffmpeg_reads() {
    let (server, now) = server(Mode::Adobe);
    for mode in ["adobe", "llnw"] {
        let app = format!("live?authmod={mode}&user={}", "u".repeat(MAX_USER_LEN));
        let description = server.check(&app, password, now).description().unwrap();
        assert!(
            description.contains("needauth") && description.len() < 256,
            "{}",
            description.len()
        );
    }
}

#[test]
fn descriptions_of_other_servers_are_read() {
    let adobe = |opaque: Option<&str>| Challenge::Adobe {
        user: "u".into(),
        salt: "s/+=".into(),
        challenge: "c==".into(),
        opaque: opaque.map(str::to_owned),
    };
    for (text, challenge) in [
        // FMS
        (
            "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=u&salt=s/+=&challenge=c==&opaque=c==",
            adobe(Some("c==")),
        ),
        // MediaMTX
        (
            "authmod=adobe ?reason=needauth&user=u&salt=s/+=&challenge=c==&opaque=",
            adobe(None),
        ),
        (
            "code=403 need auth; authmod=adobe",
            Challenge::NeedAuth { mode: Mode::Adobe },
        ),
        (
            "[ authmod=llnw ] : ?reason=needauth&user=u&nonce=n ",
            Challenge::Llnw {
                user: "u".into(),
                nonce: "n".into(),
            },
        ),
        (
            "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=c==",
            Challenge::Failed {
                mode: Mode::Adobe,
                reason: Failure::AuthFailed,
            },
        ),
        (
            "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=nosuchuser&opaque=c==",
            Challenge::Failed {
                mode: Mode::Adobe,
                reason: Failure::NoSuchUser,
            },
        ),
        (
            "[ authmod=llnw ] : ?reason=expired",
            Challenge::Failed {
                mode: Mode::Llnw,
                reason: Failure::Other("expired".into()),
            },
        ),
        (
            "[ AccessManager.Reject ] : [ code=403 need auth; authmod=kerberos ] : ",
            Challenge::Unknown {
                mode: "kerberos".into(),
            },
        ),
    ] {
        assert_eq!(Challenge::parse(text), Some(challenge), "{text}");
    }
    for text in [
        "",
        "not found",
        "application \"live?authmod=adobe&user=u\": not found",
    ] {
        assert_eq!(Challenge::parse(text), None, "{text}");
    }
}

#[test]
fn answers_are_those_of_ffmpeg() {
    let credentials = Credentials::new("user1", "pass1");
    let answer = |challenge: &str| {
        Challenge::parse(challenge)
            .unwrap()
            .answer(&credentials, "live", seed())
            .unwrap()
    };
    let own = &answer("authmod=llnw ?reason=needauth&nonce=abc123")
        ["?authmod=llnw&user=user1&nonce=abc123&cnonce=".len()..][..8];
    for (challenge, mode, hashed, opaque) in [
        (
            "?reason=needauth&user=user1&salt=aBcD&challenge=qRsT",
            "authmod=adobe ",
            "qRsT",
            "",
        ),
        (
            "?reason=needauth&salt=aBcD&challenge=qRsT&opaque=xYz",
            "authmod=adobe ",
            "xYz",
            "&opaque=xYz",
        ),
    ] {
        let response = response::adobe("user1", "pass1", "aBcD", hashed, own);
        assert_eq!(
            answer(&format!("{mode}{challenge}")),
            format!("?authmod=adobe&user=user1&challenge={own}&response={response}{opaque}")
        );
    }
    let response = response::llnw("user1", "pass1", "live", "abc123", "00000001", own);
    assert_eq!(
        answer("authmod=llnw ?reason=needauth&nonce=abc123"),
        format!("?authmod=llnw&user=user1&nonce=abc123&cnonce={own}&nc=00000001&response={response}")
    );
}

#[test]
fn each_step_is_taken_once_whatever_the_server_says() {
    let asked = "[ authmod=adobe ] : ?reason=needauth&user=u&salt=s&challenge=c";
    let mut client = ClientAuthenticator::new(known());
    let mut handle = |text| client.handle_refusal(text, "live", seed());
    assert_eq!(handle("not found"), Ok(None));
    assert!(handle(NEED_AUTH).is_ok());
    assert_eq!(handle(NEED_AUTH), Err(AuthError::TooManyRounds));
    assert!(handle(asked).is_ok());
    assert_eq!(handle(asked), Err(AuthError::TooManyRounds));
    assert_eq!(handle(NEED_AUTH), Err(AuthError::TooManyRounds));
    assert_eq!(
        handle("[ authmod=adobe ] : ?reason=nosuchuser"),
        Err(AuthError::NoSuchUser)
    );

    let mut eager = ClientAuthenticator::new(known());
    assert_eq!(
        eager.announce(Mode::Llnw, seed()).unwrap(),
        "?authmod=llnw&user=user1"
    );
    assert_eq!(
        eager.handle_refusal(NEED_AUTH, "live", seed()),
        Err(AuthError::TooManyRounds)
    );
}

#[test]
fn what_ends_it_says_what_to_do() {
    let handle = |credentials, text: &str| {
        ClientAuthenticator::new(credentials)
            .handle_refusal(text, "live", seed())
            .unwrap_err()
    };
    let odd = |user: &str| Some(Credentials::new(user, "p"));
    for (error, expected, remedy) in [
        (
            handle(None, NEED_AUTH),
            AuthError::NoCredentials,
            "USER:PASSWORD@HOST",
        ),
        (handle(odd("a&b"), NEED_AUTH), AuthError::BadUser, "another"),
        (handle(odd("a b"), NEED_AUTH), AuthError::BadUser, "another"),
        (
            handle(known(), "authmod=adobe ?reason=authfailed"),
            AuthError::Failed,
            "check both",
        ),
        (
            handle(known(), "authmod=adobe ?reason=x"),
            AuthError::Refused("x".into()),
            "ask",
        ),
        (
            handle(known(), "code=403 need auth; authmod=x"),
            AuthError::UnknownMode("x".into()),
            "adobe and llnw",
        ),
    ] {
        assert_eq!(error, expected);
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[test]
fn passwords_do_not_show_themselves_in_logs() {
    assert_eq!(format!("{:?}", known()), "Some(Credentials(\"user1\", ..))");
    assert_eq!(
        format!("{:?}", server(Mode::Adobe).0),
        "ServerAuthenticator(adobe)"
    );
    let url = "rtmp://user1@h/live/key".parse().unwrap();
    assert_eq!(Credentials::from_url(&url), None);
}

prop_compose! {
    fn challenges()(
        which in 0..5,
        mode in prop_oneof![Just(Mode::Adobe), Just(Mode::Llnw)],
        user in "[!-%'-~]{0,9}",
        text in "[!-%'-~]{1,9}",
        opaque in proptest::option::of("[!-%'-~]{1,9}"),
        word in "[a-z]{1,9}",
    ) -> Challenge {
        match which {
            0 => Challenge::NeedAuth { mode },
            1 => Challenge::Adobe { user, salt: text.clone(), challenge: text, opaque },
            2 => Challenge::Llnw { user, nonce: text },
            3 => Challenge::Failed { mode, reason: Failure::parse(&word) },
            _ => Challenge::Unknown { mode: format!("x{word}") },
        }
    }
}

proptest! {
    #[test]
    fn what_a_server_says_is_read_as_it_was_meant(challenge in challenges()) {
        prop_assert_eq!(Challenge::parse(&challenge.to_string()), Some(challenge));
    }

    #[test]
    fn nothing_breaks_either_side(text in "(authmod=(adobe|llnw)|[?& ]|reason=needauth|code=403 need auth|[a-z]+=|.){0,12}") {
        let (server, now) = server(Mode::Adobe);
        let is_accepted = matches!(server.check(&text, password, now), Verdict::Accepted { .. });
        prop_assert!(!is_accepted);
        let _ = ClientAuthenticator::new(known()).handle_refusal(&text, &text, seed());
    }

    #[test]
    fn whoever_has_the_password_is_accepted(
        mode in prop_oneof![Just(Mode::Adobe), Just(Mode::Llnw)],
        user in "[a-zA-Zäö0-9._@-]{1,20}",
        secret in ".{0,20}",
        app in "[a-z/]{0,12}(\\?[a-z/=&]{0,12})?",
    ) {
        let (server, now) = server(mode);
        let mut client = ClientAuthenticator::new(Some(Credentials::new(user.clone(), secret.clone())));
        let mut suffix = String::new();
        for _ in 0..2 {
            let whole = format!("{app}{suffix}");
            let asked = server.check(&whole, |_| Some(secret.clone()), now).description().unwrap();
            suffix = client.handle_refusal(&asked, &app, seed()).unwrap().unwrap();
        }
        let whole = format!("{app}{suffix}");
        prop_assert_eq!(server.check(&whole, |_| Some(secret), now), Verdict::Accepted { user: &user });
    }
}
