//! What proves a password: the hashes of both modes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// Counts how often a nonce of Limelight's has been used: once, as it is good for one `connect`.
pub(super) const NONCE_COUNT: &str = "00000001";

/// The response of `authmod=adobe`. `challenge` is the server's (what it calls opaque, if it has such), `client_challenge` the
/// client's own.
pub(super) fn adobe(
    user: &str,
    password: &str,
    salt: &str,
    challenge: &str,
    client_challenge: &str,
) -> String {
    let salted = STANDARD.encode(md5(&[user, salt, password]));
    STANDARD.encode(md5(&[&salted, challenge, client_challenge]))
}

/// The response of `authmod=llnw`.
pub(super) fn llnw(
    user: &str,
    password: &str,
    app: &str,
    nonce: &str,
    count: &str,
    client_nonce: &str,
) -> String {
    let app = app.split_once('?').map_or(app, |(app, _)| app);
    let instance = if app.contains('/') { "" } else { "/_definst_" };
    let who = hex(&md5(&[user, ":live:", password]));
    let what = hex(&md5(&["publish:/", app, instance]));
    hex(&md5(&[
        &who,
        ":",
        nonce,
        ":",
        count,
        ":",
        client_nonce,
        ":auth:",
        &what,
    ]))
}

fn md5(parts: &[&str]) -> [u8; 16] {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part.as_bytes());
    }
    md5.finalize().into()
}

/// Two small hexadecimal digits per byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values of both tests are from Python's hashlib, put together as FFmpeg 5.1 does.

    #[test]
    fn adobes_response_is_salted_hashed_and_hashed_with_both_challenges() {
        assert_eq!(
            STANDARD.encode(md5(&["user1", "aBcD", "pass1"])),
            "OFEF6s+fKYPx8vlemFkB/A=="
        );
        assert_eq!(
            adobe("user1", "pass1", "aBcD", "qRsT", "00c0ffee"),
            "GmGN3Dr3O3FuD2V/3DhBag=="
        );
    }

    #[test]
    fn limelights_response_is_that_of_http_digest() {
        assert_eq!(
            hex(&md5(&["user1:live:pass1"])),
            "e8b84d8f0611e9fcc38c5f9aff141ccd"
        );
        assert_eq!(
            hex(&md5(&["publish:/live/_definst_"])),
            "a2d981c976a6851bc5ed3f2beab823c8"
        );
        let response = |app| llnw("user1", "pass1", app, "abc123", NONCE_COUNT, "0badcafe");
        assert_eq!(response("live"), "5a989a6ffee1295348a2ac5bc89260de");
        assert_eq!(response("live?a=/"), response("live"));
        assert_eq!(response("live/_definst_"), response("live"));
        assert_ne!(response("live/room"), response("live"));
    }
}
