//! Why a handshake fails. All of it is the peer's doing.

/// The peer does not speak RTMP, or not as it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// C0 or S0 is not 3, so what follows is not plain RTMP. Holds that byte; the message says what it is the
    /// beginning of, where that can be known, and what to do about it.
    #[error("{} (the first byte is 0x{:02x}, not 3)", diagnosis(*.0), .0)]
    UnsupportedVersion(u8),
    /// C2 was to be verified, and neither repeats S1 nor is signed with S1's digest.
    #[error("C2 is neither an echo of S1 nor signed with its digest")]
    C2Mismatch,
}

/// What begins with this byte instead of RTMP.
///
/// Versions from 32 on are forbidden, so that text can be told from RTMP (RTMP 1.0 §5.2.2).
const fn diagnosis(first_byte: u8) -> &'static str {
    match first_byte {
        6 => "this is RTMPE, which is not supported: use rtmp, or rtmps for encryption that protects",
        8 | 9 => "this is RTMPE with XTEA or Blowfish, which is not supported: use rtmp or rtmps",
        0x15 | 0x16 => "this is TLS: use rtmps on a port that speaks it, and rtmp on one that does not",
        0x0D => "this is not RTMP but may be a PROXY protocol v2 header: expect one here or send none",
        b'P' => {
            "this is HTTP (RTMPT if a POST) or a PROXY protocol v1 header, not RTMP: \
             use rtmp, and send no PROXY header where none is expected"
        }
        b'C' | b'D' | b'G' | b'H' | b'O' | b'T' => "this is HTTP or RTMPT, not RTMP: use rtmp or rtmps",
        b' '..=b'~' => "this is text of some other protocol, not RTMP",
        _ => "this is not RTMP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(first_byte: u8) -> String {
        HandshakeError::UnsupportedVersion(first_byte).to_string()
    }

    #[test]
    fn the_message_names_what_was_met_and_what_to_do() {
        assert_eq!(
            message(0x16),
            "this is TLS: use rtmps on a port that speaks it, and rtmp on one that does not \
             (the first byte is 0x16, not 3)"
        );
        for (first_byte, named) in [
            (0, "not RTMP"),
            (2, "not RTMP"),
            (4, "not RTMP"),
            (6, "RTMPE"),
            (8, "RTMPE"),
            (9, "RTMPE"),
            (b'\r', "PROXY protocol v2"),
            (0x15, "TLS"),
            (31, "not RTMP"),
            (b'G', "HTTP"),
            (b'P', "RTMPT"),
            (b'P', "PROXY protocol v1"),
            (b'S', "text"),
            (0x7F, "not RTMP"),
            (255, "not RTMP"),
        ] {
            assert!(message(first_byte).contains(named), "{}", message(first_byte));
        }
    }
}
