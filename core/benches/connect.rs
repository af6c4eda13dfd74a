//! What opening a connection costs a server: from accept to the answer to `createStream`, in the four reads that a client
//! makes of it. Allocations are counted along.
//!
//! `cargo bench -p rtmp-core --bench connect`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use rtmp_core::amf0::{Object, Value};
use rtmp_core::chunk::encode;
use rtmp_core::handshake::{ClientHandshake, Kind, PACKET_LEN, Scheme};
use rtmp_core::hub::Token;
use rtmp_core::message::Command;
use rtmp_core::session::{AllowAll, Policy, ServerSession, SessionConfig};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// As FFmpeg publishes.
#[divan::bench]
fn legacy(bencher: Bencher<'_, '_>) {
    open(bencher, Kind::Digest(Scheme::Zero), legacy_client());
}

/// As OBS publishes: it announces codecs, and the answer announces the server's.
#[divan::bench]
fn enhanced(bencher: Bencher<'_, '_>) {
    let codecs = ["av01", "hvc1"].map(Value::from).to_vec();
    let client = legacy_client().with("fourCcList", Value::StrictArray(codecs));
    open(bencher, Kind::Digest(Scheme::Zero), client);
}

/// Without digests.
#[divan::bench]
fn simple(bencher: Bencher<'_, '_>) {
    open(bencher, Kind::Simple, legacy_client());
}

fn legacy_client() -> Object<'static> {
    Object::new()
        .with("app", "live")
        .with("type", "nonprivate")
        .with("flashVer", "FMLE/3.0 (compatible; Lavf59.27.100)")
        .with("tcUrl", "rtmp://127.0.0.1:1935/live")
}

fn open(bencher: Bencher<'_, '_>, kind: Kind, client: Object<'static>) {
    let reads = reads(kind, client);
    let config = Arc::new(SessionConfig::default());
    let policy: Arc<dyn Policy> = Arc::new(AllowAll);
    let now = Instant::now();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        let (config, policy) = (Arc::clone(&config), Arc::clone(&policy));
        let mut session = ServerSession::new(config, policy, Token(0), [3; 32].into(), now);
        for read in &reads {
            session.handle_input(black_box(read), now);
            while let Some(event) = session.poll_event() {
                black_box(event);
            }
            assert!(session.wants_hub().is_none() && session.poll_timeout().is_some());
            let out = session.transmit();
            black_box(out.chunk());
            out.advance(out.remaining());
        }
        assert!(!session.is_over());
    });
}

/// C0 and C1; C2; `connect`; `createStream`.
fn reads(kind: Kind, client: Object<'static>) -> Vec<Vec<u8>> {
    let mut c0_c1 = Vec::new();
    ClientHandshake::new(kind, [5; 32].into(), &mut c0_c1);
    let connect = Command::new("connect", 1.0).with_object(client);
    vec![
        c0_c1,
        vec![0; PACKET_LEN],
        command(&connect),
        command(&Command::new("createStream", 2.0)),
    ]
}

fn command(command: &Command<'_>) -> Vec<u8> {
    let message = command.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
    let mut bytes = Vec::new();
    encode(&message, ChunkSize::INITIAL, &mut bytes);
    bytes
}
