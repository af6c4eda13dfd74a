//! Bits written as digits, for tests.

/// Bytes of binary digits, which spaces may part. The last byte is filled up with zeros.
pub(super) fn bytes(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(8)
        .map(|byte| {
            let byte: String = byte.iter().collect();
            u8::from_str_radix(&format!("{byte:0<8}"), 2).unwrap()
        })
        .collect()
}
