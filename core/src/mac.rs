//! Message authentication codes: what only who has the key can make.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 (RFC 2104) of the parts, one behind the other. The key has 64 bytes at most; what is longer is not heeded.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a key up to the hash's block with zeros itself (RFC 2104 §2); a key of that very size is the
    // one that its constructor cannot refuse.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_of_the_standard() {
        // RFC 4231 §4.3.
        let code = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(code[..4], [0x5B, 0xDC, 0xC1, 0x46]);
        assert_eq!(code[28..], [0x64, 0xEC, 0x38, 0x43]);
    }
}
