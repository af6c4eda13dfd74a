//! What clients are told, ready-made: byte for byte what our servers say with their defaults to a client that announces
//! nothing of Enhanced RTMP.

use std::ops::Range;

use super::HANDSHAKE;

/// S0, S1 and S2 (RTMP 1.0 §5.2). S2 is to be filled with the client's C1.
pub(super) fn handshake() -> Vec<u8> {
    let mut bytes = vec![0x55; 1 + 2 * HANDSHAKE];
    bytes[..9].copy_from_slice(b"\x03\0\0\0\0\0\0\0\0"); // version 3; the time, and zero
    bytes
}

/// The answer to `connect`: 284 bytes.
pub(super) fn connected() -> Vec<u8> {
    [
        // Chunk stream 2, timestamp 0, length, type, message stream 0; the payload.
        &b"\x02\0\0\0\0\0\x04\x05\0\0\0\0\x00\x26\x25\xA0"[..], // Window Acknowledgement Size 2,500,000
        b"\x02\0\0\0\0\0\x05\x06\0\0\0\0\x00\x26\x25\xA0\x02",  // Set Peer Bandwidth 2,500,000, dynamic
        b"\x02\0\0\0\0\0\x04\x01\0\0\0\0\0\0\xEA\x60",          // Set Chunk Size 60,000
        b"\x02\0\0\0\0\0\x06\x04\0\0\0\0\0\0\0\0\0\0",          // StreamBegin 0
        b"\x03\0\0\0\0\0\xCD\x14\0\0\0\0",                      // on chunk stream 3 a command of 205 bytes:
        b"\x02\0\x07_result",
        b"\0\x3F\xF0\0\0\0\0\0\0", // transaction id 1, that of every connect
        b"\x03",
        b"\0\x06fmsVer\x02\0\x0DFMS/3,5,3,888",
        b"\0\x0Ccapabilities\0\x40\x5F\xC0\0\0\0\0\0", // 127
        b"\0\x04mode\0\x3F\xF0\0\0\0\0\0\0",           // 1
        b"\0\0\x09",
        b"\x03",
        b"\0\x05level\x02\0\x06status",
        b"\0\x04code\x02\0\x1DNetConnection.Connect.Success",
        b"\0\x0Bdescription\x02\0\x15Connection succeeded.",
        b"\0\x0EobjectEncoding\0\0\0\0\0\0\0\0\0", // AMF 0
        b"\0\0\x09",
    ]
    .concat()
}

/// The answer to `createStream`: 41 bytes, of which [`ANSWERED`] is to be filled with [`ASKED`].
pub(super) fn created() -> Vec<u8> {
    [
        &b"\x03\0\0\0\0\0\x1D\x14\0\0\0\0"[..],
        b"\x02\0\x07_result",
        b"\0\0\0\0\0\0\0\0\0",     // the transaction id
        b"\x05",                   // null
        b"\0\x3F\xF0\0\0\0\0\0\0", // message stream 1
    ]
    .concat()
}

/// Where `createStream` has its transaction id: behind the header, its name and the marker of a number.
pub(super) const ASKED: Range<usize> = 28..36;
/// Where the answer has it.
pub(super) const ANSWERED: Range<usize> = 23..31;
