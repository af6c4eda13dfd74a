//! The RTMP protocol as pure state machines: bytes in, events and bytes out.
//!
//! This crate opens no socket, reads no clock, draws no randomness, starts no thread, and knows no async. Whoever
//! does (the *driver*: an event loop, a runtime, a test) hands it bytes and the time, and carries away what it
//! has to send. So the same core runs under every event loop, and a recorded session replays bit for bit.
//!
//! # The loop
//!
//! All that a driver has to do for one peer of a server, complete; `examples/blocking_server.rs` is this loop with
//! a listener around it. (Where messages [may wait](hub::SubscribeOptions::write_latency), the hub has a deadline, too.)
//!
//! ```
//! use std::io::{self, IoSlice, Read, Write};
//! use std::time::Instant;
//!
//! use bytes::Buf;
//! use rtmp_core::hub::{Hub, Token, WakeList};
//! use rtmp_core::session::ServerSession;
//!
//! fn drive(
//!     socket: &mut (impl Read + Write),
//!     session: &mut ServerSession,
//!     hub: &mut Hub,
//!     clock: impl Fn() -> Instant,
//!     wake_up: impl Fn(Token),
//! ) -> io::Result<()> {
//!     let mut buffer = vec![0; 64 * 1024];
//!     let mut wake = WakeList::new();
//!     loop {
//!         // What came: bytes, or the end. (Also: `handle_timeout` when `poll_timeout` has passed, `handle_wake`
//!         // when the hub has given out this session's token.)
//!         match socket.read(&mut buffer)? {
//!             0 => session.handle_eof(clock()),
//!             count => session.handle_input(&buffer[..count], clock()),
//!         }
//!         loop {
//!             // What the stream's publisher and its players have for each other.
//!             while session.wants_hub().is_some() {
//!                 session.sync(hub, &mut wake, 0, clock());
//!             }
//!             wake.drain(..).for_each(&wake_up);
//!             // What goes out, many pieces with one call. What has been sent makes room for more.
//!             let out = session.transmit();
//!             if out.is_empty() {
//!                 break;
//!             }
//!             let mut slices = [IoSlice::new(&[]); 64];
//!             let filled = out.chunks_vectored(&mut slices);
//!             let sent = socket.write_vectored(&slices[..filled])?;
//!             out.advance(sent);
//!         }
//!         if session.is_over() {
//!             return session.error().map_or(Ok(()), |error| Err(io::Error::other(error.clone())));
//!         }
//!     }
//! }
//! # // A peer that connects and leaves at once.
//! # let (config, policy) = (Default::default(), std::sync::Arc::new(rtmp_core::session::AllowAll));
//! # let now = Instant::now();
//! # let mut session = ServerSession::new(config, policy, Token(0), [0; 32].into(), now);
//! # let mut socket = io::Cursor::new(Vec::new());
//! # drive(&mut socket, &mut session, &mut Hub::default(), || now, |_| ()).unwrap();
//! ```
//!
//! # A client's loop
//!
//! A client has a [`Call`](host::Call): its way to its server, which may lead through several connections. Redirections, requests
//! to reconnect and rounds of authentication are followed by it; a driver connects a socket where it says, and carries
//! bytes as above. `rtmp-tokio`, `rtmp-async-std` and `rtmp-mio` have that loop with everything in it. Below it a
//! [`ClientConnection`](connection::client::ClientConnection) is one connection alone, as in `examples/blocking_client.rs`.
//!
//! ```
//! use std::io::{self, IoSlice, Read, Write};
//! use std::time::Instant;
//!
//! use bytes::Buf;
//! use rtmp_core::connection::client::{ClientEvent, PlayOptions, Role};
//! use rtmp_core::host::{Call, ClientSettings, Dial, Step};
//!
//! fn drive<S: Read + Write>(
//!     call: &mut Call,
//!     connect: impl Fn(&Dial) -> io::Result<S>,
//!     clock: impl Fn() -> Instant,
//!     mut happened: impl FnMut(&mut Call, ClientEvent),
//! ) -> io::Result<()> {
//!     let mut buffer = vec![0; 64 * 1024];
//!     while let Some(dial) = call.dial() {
//!         let mut socket = connect(dial)?;
//!         // In earnest the seed is random.
//!         call.connected([7; 32].into(), clock());
//!         loop {
//!             // All that has happened, after each input: it waits here and nowhere else, media too.
//!             while let Some(event) = call.poll_event() {
//!                 happened(call, event);
//!             }
//!             while !call.is_broken() && !call.transmit().is_empty() {
//!                 let mut slices = [IoSlice::new(&[]); 64];
//!                 let out = call.transmit();
//!                 let filled = out.chunks_vectored(&mut slices);
//!                 match socket.write_vectored(&slices[..filled]) {
//!                     Ok(sent) => out.advance(sent),
//!                     Err(error) => call.handle_error(error, clock()),
//!                 }
//!             }
//!             match call.step(true, clock()) {
//!                 Step::Stay => {}
//!                 // Of a `TcpStream`: `shutdown(Shutdown::Write)`.
//!                 Step::HalfClose => call.half_closed(clock()),
//!                 Step::Close => break,
//!             }
//!             // (Also: `handle_timeout` when `poll_timeout` has passed.)
//!             match socket.read(&mut buffer) {
//!                 Ok(0) => call.handle_eof(clock()),
//!                 Ok(count) => call.handle_input(&mut buffer[..count], clock()),
//!                 Err(error) => call.handle_error(error, clock()),
//!             }
//!         }
//!     }
//!     call.error().map_or(Ok(()), |error| Err(io::Error::other(error.clone())))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = Instant::now();
//! let url = "rtmp://localhost/live/key".parse()?;
//! let mut call = Call::new(&url, Role::Player, ClientSettings::default(), now)?;
//! // Asked for at any time; granted, or refused, in an event.
//! call.connection().play(PlayOptions::from(&url), now);
//! let happened = |_: &mut Call, event| {
//!     if let ClientEvent::Media { message, .. } = event {
//!         println!("{:?} at {:?}", message.kind, message.timestamp);
//!     }
//! };
//! # // A server that hangs up at once, and is given the simple handshake then.
//! # let dialled = std::cell::Cell::new(0);
//! # let connect = |dial: &Dial| {
//! #     assert_eq!(dial.to_string(), "localhost:1935");
//! #     dialled.set(dialled.get() + 1);
//! #     Ok(io::Cursor::new(Vec::new()))
//! # };
//! # let clock = || now;
//! let ended = drive(&mut call, connect, clock, happened);
//! # assert!(ended.is_err() && call.is_over() && dialled.get() == 2);
//! # Ok(())
//! # }
//! ```
//!
//! A publisher [asks](connection::client::ClientConnection::publish) for its stream in the place of `play`, waits for
//! [`Publishing`](connection::client::ClientEvent::Publishing), and [sends](connection::client::ClientConnection::send_media) as
//! long as its media are [wanted](connection::client::ClientConnection::wants_media).
//!
//! # Layers
//!
//! Each can be used alone; imports go down only.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`host`] | a server as the program around it sees it: its settings, who may come in, who hears of what; and a client, from its URL to its end |
//! | [`session`] | one peer on one hub: the whole of a server but its I/O |
//! | `tls` | between a socket and either side of RTMP, for RTMPS (feature `tls`) |
//! | [`connection`], [`hub`] | one peer, from either side: requests and media; who publishes what, and the log that players read |
//! | [`media::demux`], [`media::mux`], [`flv`] | frames made of messages, and messages of frames; files |
//! | [`message`] | what messages mean: control, commands, data, aggregates, capabilities |
//! | [`authmod`] | publishers' user names and passwords, asked for and proved |
//! | [`chunk`], [`handshake`], [`media`] | messages cut into chunks; the first 3073 bytes; audio and video: tag headers and their spellings, configurations, metadata |
//! | [`url`] | where a stream is: what people paste, cut into application and name |
//! | [`amf0`], [`amf3`] | the values of commands and metadata |
//! | [`units`], [`limits`] | timestamps, sizes and ids; every cap that a peer meets |
//!
//! # Words of our own
//!
//! The specification's words are used as it uses them. Ours are:
//!
//! - **stream**: what a publisher publishes and players play, named by its [key](hub::StreamKey); **log**: its newest
//!   messages, back to a key frame; **cursor**: a player's place in it; **lag**: how far that is behind; **skip**: a
//!   cursor's jump to the newest key frame because of its lag.
//! - **hub**: all streams of a server, or of a shard of it; **session**: one peer on a hub; **driver**: who carries
//!   the bytes; **wake**: a driver's calling a session for which the hub has something, by its **token**; **held**: players
//!   for which messages wait, so that more leave in one write
//!   ([`write_latency`](session::SessionConfig::write_latency)); the hub has a [deadline](hub::Hub::poll_timeout) for
//!   them. **Bundle**: several messages in one piece, as many players are sent them.
//!
//! # Errors and panics
//!
//! Errors compare and clone, hold no `io::Error`, and say [whose fault](connection::Error::is_peer_fault) it is; only
//! [`host`] passes on what a socket said. No input makes this crate panic; a panic is a bug. Nothing that comes from a
//! peer is allocated for before it has met a limit of [`limits::Limits`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![warn(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

pub mod amf0;
pub mod amf3;
pub mod authmod;
pub mod chunk;
pub mod connection;
pub mod flv;
pub mod handshake;
pub mod host;
pub mod hub;
pub mod limits;
mod mac;
pub mod media;
pub mod message;
mod prefetch;
mod queue;
pub mod session;
#[cfg(feature = "tls")]
pub mod tls;
pub mod units;
pub mod url;
mod wire;
