//! Any description to a client, and any application to a server: nothing is accepted without the password, what has it is,
//! and what a server says a client reads.

#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use rtmp_core::authmod::{
    AuthError, Challenge, ClientAuthenticator, Credentials, Mode, ServerAuthenticator, Verdict,
};

fuzz_target!(|input: (&str, &str, &str, &str)| {
    let (description, app, user, password) = input;
    let now = Instant::now();
    let server = ServerAuthenticator::new(Mode::Adobe, [2; 32].into(), now);
    let secret = |_: &str| Some("not to be guessed");

    let verdict = server.check(app, secret, now);
    assert!(!matches!(verdict, Verdict::Accepted { .. }));
    let said = verdict
        .description()
        .expect("only who is accepted is told nothing");
    assert!(Challenge::parse(&said).is_some());

    let credentials = Credentials::new(user, password);
    let mut client = ClientAuthenticator::new(Some(credentials.clone()));
    for _ in 0..3 {
        let _ = client.handle_refusal(description, app, [1; 32].into());
    }
    // A step is not taken twice.
    assert!(!matches!(
        client.handle_refusal(description, app, [1; 32].into()),
        Ok(Some(_))
    ));

    for mode in [Mode::Adobe, Mode::Llnw] {
        let mut client = ClientAuthenticator::new(Some(credentials.clone()));
        let Ok(mut query) = client.announce(mode, [1; 32].into()) else {
            return;
        };
        let asked = server
            .check(&query, |_| Some(password), now)
            .description()
            .expect("nothing is proved yet");
        match client.handle_refusal(&asked, "", [1; 32].into()) {
            Ok(answer) => query = answer.expect("it is about authentication"),
            // Names that can't be repeated are turned away.
            Err(error) => {
                assert_eq!(error, AuthError::Failed);
                continue;
            }
        }
        assert!(matches!(
            server.check(&query, |_| Some(password), now),
            Verdict::Accepted { .. }
        ));
    }
});
