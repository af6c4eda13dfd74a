//! What clients of a runtime do: with servers of the same runtime at the other end, and with one that says what it is told to.

pub(crate) mod addresses;
pub(crate) mod calls;
pub(crate) mod deadlines;
pub(crate) mod faults;
#[cfg(feature = "real-clients")]
pub(crate) mod nginx;
pub(crate) mod redirects;
pub(crate) mod scripted;
pub(crate) mod slow;
pub(crate) mod tls;
pub(crate) mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_core::url::RtmpUrl;

use crate::PATIENCE;
use crate::server::{Runtime, Server};

/// A runtime that has clients.
pub(crate) trait Dialling: Runtime {
    fn call(&self, url: &RtmpUrl, role: Role, settings: ClientSettings)
    -> Result<Box<dyn Caller>, CallError>;

    /// What its URLs begin with. Its clients know [`addresses::NAME`].
    fn scheme(&self) -> &'static str {
        "rtmp"
    }

    /// Where its clients find a server of the test's own, which listens there and knows nothing of TLS.
    fn way_to(&self, server: SocketAddr) -> SocketAddr {
        server
    }

    /// The URL of what is at an address.
    fn url(&self, address: SocketAddr) -> RtmpUrl {
        let text = format!("{}://{address}/live/room", self.scheme());
        text.parse().unwrap()
    }
}

/// A client, each of its futures waited for to its end.
pub(crate) trait Caller {
    fn publish(&mut self, name: &str) -> Result<StreamHandle, CallError>;
    fn play(&mut self, name: &str) -> Result<StreamHandle, CallError>;
    /// `None` if it had to wait for so long that it gave up.
    fn send_within(
        &mut self,
        time: Duration,
        stream: StreamHandle,
        message: MediaMessage,
    ) -> Option<Result<(), CallError>>;
    fn wants_media(&mut self, stream: StreamHandle) -> bool;
    fn end_stream(&mut self, stream: StreamHandle);
    /// Waits until the system has all that was sent: bytes move while somebody waits.
    #[cfg_attr(
        not(feature = "real-clients"),
        expect(dead_code, reason = "who else waits has something to wait for")
    )]
    fn flush(&mut self) -> Result<(), CallError>;
    fn next(&mut self) -> Option<Result<ClientEvent, CallError>>;
    fn close(&mut self) -> Result<(), CallError>;

    fn send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError> {
        let sent = self.send_within(PATIENCE, stream, message);
        sent.expect("it takes no longer")
    }
}

pub(crate) fn call(runtime: &dyn Dialling, server: &Server, role: Role) -> Box<dyn Caller> {
    let url = runtime.url(server.tcp_address(0));
    runtime
        .call(&url, role, ClientSettings::default())
        .expect("it is let in")
}

pub(crate) fn frame(timestamp: u32, payload: impl Into<Vec<u8>>) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(timestamp),
        payload: payload.into().into(),
    }
}

/// With other limits than the default ones.
pub(crate) fn limited(change: impl FnOnce(&mut Limits)) -> ClientSettings {
    let mut settings = ClientSettings::default();
    change(&mut settings.connection.limits);
    settings
}

/// What a client hears up to its end, and what has ended it.
pub(crate) fn heard(client: &mut dyn Caller) -> (Vec<ClientEvent>, Option<CallError>) {
    let mut events = Vec::new();
    while let Some(event) = client.next() {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(client.next().is_none(), "an error is the last");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

/// The next message of any stream, and its stream.
pub(crate) fn next_media(client: &mut dyn Caller) -> (StreamHandle, MediaMessage) {
    loop {
        let event = client.next().expect("the connection ends later");
        if let ClientEvent::Media { stream, message } = event.unwrap() {
            return (stream, message);
        }
    }
}

/// An error of the protocol, of a deadline, or of what the server says.
#[track_caller]
pub(crate) fn of_connection<T>(result: Result<T, CallError>) -> Error {
    match result.err() {
        Some(CallError::Connection(error)) => error,
        other => panic!("{other:?} is no error of the connection"),
    }
}
