//! A server that says what a test tells it to: what a client may meet.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::thread::{self, JoinHandle};

use rtmp_core::amf0::Object;
use rtmp_core::handshake::ServerHandshake;
use rtmp_core::message::Command;
use rtmp_core::units::{MessageStreamId, Seed};
use rtmp_core::url::RtmpUrl;

use super::Dialling;
use crate::client::patient;
use crate::talk::{STREAM, Talk, write_in_pieces};

/// A server on a thread of its own.
pub(crate) struct Scripted<T> {
    /// Leads to it.
    pub(crate) url: RtmpUrl,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Scripted<T> {
    /// Does to clients of this runtime what the script says.
    pub(crate) fn start(
        runtime: &dyn Dialling,
        script: impl FnOnce(&mut Door) -> T + Send + 'static,
    ) -> Self {
        let mut door = Door::open();
        let url = runtime.url(runtime.way_to(door.address()));
        Self {
            url,
            thread: thread::spawn(move || script(&mut door)),
        }
    }

    /// What came of the script, once it has ended.
    #[track_caller]
    pub(crate) fn end(self) -> T {
        self.thread.join().expect("the script comes to its end")
    }
}

/// Where clients come in.
pub(crate) struct Door {
    listener: TcpListener,
    write_at_most: usize,
}

impl Door {
    pub(crate) fn open() -> Self {
        Self {
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(),
            write_at_most: usize::MAX,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// From here on nothing is written in pieces of more bytes.
    pub(crate) fn write_at_most(&mut self, bytes: usize) {
        self.write_at_most = bytes;
    }

    /// The next one, who has yet to say something.
    pub(crate) fn socket(&self) -> TcpStream {
        let (socket, _) = self.listener.accept().unwrap();
        patient(socket)
    }

    /// The next one, behind the handshake.
    pub(crate) fn guest(&self) -> Guest {
        let mut socket = self.socket();
        let mut handshake = ServerHandshake::new(Seed::from([9; 32]), true);
        let (mut input, mut out) = (Vec::new(), Vec::new());
        loop {
            let mut buffer = [0; 4096];
            let read = socket.read(&mut buffer).expect("the client speaks");
            assert!(read > 0, "closed in the handshake");
            input.extend_from_slice(&buffer[..read]);
            let mut rest = &input[..];
            let is_done = handshake.handle_input(&mut rest, &mut out).unwrap();
            input.drain(..input.len() - rest.len());
            write_in_pieces(&mut socket, &out, self.write_at_most);
            out.clear();
            if is_done {
                return Guest(Talk::new(socket, input, self.write_at_most));
            }
        }
    }

    /// The next one, who is let in.
    pub(crate) fn connected(&self) -> Guest {
        let mut guest = self.guest();
        guest.let_in();
        guest
    }

    /// The next one, who is let in and publishes on [`STREAM`].
    pub(crate) fn publisher(&self) -> Guest {
        let mut guest = self.connected();
        guest.let_publish(STREAM);
        guest
    }

    /// The next one, who is let in and plays on [`STREAM`].
    pub(crate) fn player(&self) -> Guest {
        let mut guest = self.connected();
        guest.let_play(STREAM);
        guest
    }
}

/// A client, as a server sees it.
pub(crate) struct Guest(Talk<TcpStream>);

impl Guest {
    /// Reads `connect`, and lets the client in.
    pub(crate) fn let_in(&mut self) {
        let connect = self.wait_for_command("connect");
        let information = status("status", "NetConnection.Connect.Success");
        let answer = Command::new("_result", connect.transaction_id)
            .with_object(Object::new().with("fmsVer", "FMS/3,0,1,123"))
            .with(information);
        self.command(MessageStreamId::CONNECTION, &answer);
    }

    /// Reads `createStream`, and makes it this one.
    pub(crate) fn create_stream(&mut self, stream: MessageStreamId) {
        let create = self.wait_for_command("createStream");
        let answer = Command::new("_result", create.transaction_id).with(f64::from(stream.get()));
        self.command(MessageStreamId::CONNECTION, &answer);
    }

    /// Makes a stream, and lets the client publish there.
    pub(crate) fn let_publish(&mut self, stream: MessageStreamId) {
        self.create_stream(stream);
        self.wait_for_command("publish");
        self.status(stream, "NetStream.Publish.Start");
    }

    /// Makes a stream, and lets the client play there.
    pub(crate) fn let_play(&mut self, stream: MessageStreamId) {
        self.create_stream(stream);
        self.wait_for_command("play");
        self.status(stream, "NetStream.Play.Start");
    }

    /// Says how it is with a stream.
    pub(crate) fn status(&mut self, stream: MessageStreamId, code: &'static str) {
        let command = Command::new("onStatus", 0.0).with(status("status", code));
        self.command(stream, &command);
    }

    /// Refuses what was asked for on a stream.
    pub(crate) fn refuse(&mut self, stream: MessageStreamId, code: &'static str) {
        let command = Command::new("onStatus", 0.0).with(status("error", code));
        self.command(stream, &command);
    }

    /// Reads up to the end of the connection.
    pub(crate) fn read_to_the_end(&mut self) {
        while self.next_message().is_some() {}
    }
}

/// An information object.
pub(crate) fn status(level: &'static str, code: &'static str) -> Object<'static> {
    Object::new().with("level", level).with("code", code)
}

impl Deref for Guest {
    type Target = Talk<TcpStream>;

    fn deref(&self) -> &Talk<TcpStream> {
        &self.0
    }
}

impl DerefMut for Guest {
    fn deref_mut(&mut self) -> &mut Talk<TcpStream> {
        &mut self.0
    }
}
