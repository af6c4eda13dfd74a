//! Other crates' handshakes.

use std::io::Cursor;

use bytes::Bytes;

use crate::Serve;

/// `rtmp-rs`, which knows the simple form only.
pub(crate) struct RtmpRs;

impl Serve for RtmpRs {
    fn serve(c0_c1: &Bytes, c2: &Bytes, out: &mut Vec<u8>) {
        use rtmp_rs::protocol::handshake::{Handshake, HandshakeRole};

        let mut server = Handshake::new(HandshakeRole::Server);
        assert_eq!(server.generate_initial(), None);
        let answer = server.process(&mut c0_c1.clone()).unwrap();
        out.extend_from_slice(&answer.unwrap());
        assert_eq!(server.process(&mut c2.clone()).unwrap(), None);
        assert!(server.is_done());
    }
}

/// `scuffle-rtmp`.
pub(crate) struct Scuffle;

impl Serve for Scuffle {
    fn serve(c0_c1: &Bytes, c2: &Bytes, out: &mut Vec<u8>) {
        let mut server = scuffle_rtmp::handshake::HandshakeServer::default();
        server.handshake(&mut Cursor::new(c0_c1.clone()), out).unwrap();
        server.handshake(&mut Cursor::new(c2.clone()), out).unwrap();
        assert!(server.is_finished());
    }
}

/// `rml_rtmp`.
pub(crate) struct RmlRtmp;

impl Serve for RmlRtmp {
    fn serve(c0_c1: &Bytes, c2: &Bytes, out: &mut Vec<u8>) {
        use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};

        let mut server = Handshake::new(PeerType::Server);
        let answer = server.process_bytes(c0_c1).unwrap();
        let HandshakeProcessResult::InProgress { response_bytes } = answer else {
            panic!("it does not wait for C2");
        };
        out.extend_from_slice(&response_bytes);
        let end = server.process_bytes(c2).unwrap();
        assert!(matches!(end, HandshakeProcessResult::Completed { .. }));
    }
}
