//! Connections through TLS.

use std::sync::Mutex;

use bytes::Buf;
use rtmp_core::host::{End, EndReason, Peer};
use rtmp_core::hub::StreamKey;
use rtmp_core::tls::rustls::pki_types::PrivateKeyDer;
use rtmp_core::tls::{
    ClientTls, ClientTlsSettings, Identity, OtherProtocol, ServerTls, ServerTlsSettings, TlsError, TlsPipe,
    Trust,
};
use rtmp_tokio::{Observer, PeerAddr, PlayerEvent, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Running, client};
use client::{Client, PATIENCE, keyframe};

/// Tells how connections end.
struct Ends(Mutex<mpsc::UnboundedSender<EndReason>>);

impl Observer for Ends {
    fn on_end(&self, _: &Peer, end: &End) {
        let reason = match &end.reason {
            EndReason::Tls(error) => EndReason::Tls(error.clone()),
            EndReason::PeerClosed => EndReason::PeerClosed,
            other => panic!("{other}"),
        };
        self.0.lock().unwrap().send(reason).unwrap();
    }
}

/// A server whose listener is the test's, and all of whose connections go through TLS.
struct Secure {
    running: Running,
    address: std::net::SocketAddr,
    client: ClientTls,
    ends: mpsc::UnboundedReceiver<EndReason>,
}

impl Secure {
    async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["live.example".into()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let identity = Identity::new(vec![made.cert.der().clone()], &key).unwrap();
        let tls = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
        let mut settings = ClientTlsSettings::default();
        settings.trust = Trust::Anybody;
        let (tell, ends) = mpsc::unbounded_channel();
        let running = Running::start(Server::builder().observer(Ends(Mutex::new(tell)))).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let handle = running.handle.clone();
        tokio::spawn(async move {
            loop {
                let (socket, peer) = listener.accept().await.unwrap();
                let pipe = tls.accept().unwrap();
                tokio::spawn(
                    handle
                        .connect_through(socket, PeerAddr::from(peer), pipe.into())
                        .unwrap(),
                );
            }
        });
        Self {
            running,
            address,
            client: ClientTls::new(settings).unwrap(),
            ends,
        }
    }

    /// A client, behind a tunnel that says `close_notify` when the client leaves, if it `is_polite`.
    async fn client(&self, is_polite: bool) -> Client<DuplexStream> {
        let socket = TcpStream::connect(self.address).await.unwrap();
        let (near, far) = duplex(64 << 10);
        tokio::spawn(tunnel(
            far,
            socket,
            self.client.connect("live.example").unwrap(),
            is_polite,
        ));
        Client::connect(near).await
    }

    async fn next_end(&mut self) -> EndReason {
        timeout(PATIENCE, self.ends.recv()).await.unwrap().unwrap()
    }
}

async fn tunnel(mut plain: DuplexStream, mut socket: TcpStream, mut pipe: TlsPipe, is_polite: bool) {
    let (mut from_plain, mut from_socket) = (vec![0; 20_000], vec![0; 20_000]);
    loop {
        let out = pipe.transmit();
        if socket.write_all_buf(out).await.is_err() {
            return;
        }
        tokio::select! {
            count = plain.read(&mut from_plain), if !pipe.is_handshaking() => {
                let count = count.unwrap();
                let mut said = &from_plain[..count];
                while said.has_remaining() {
                    pipe.encrypt(&mut said);
                    let _ = socket.write_all_buf(pipe.transmit()).await;
                }
                if count == 0 {
                    if is_polite {
                        pipe.close();
                        let _ = socket.write_all_buf(pipe.transmit()).await;
                    }
                    return;
                }
            }
            count = socket.read(&mut from_socket) => {
                let count = count.unwrap_or(0);
                let mut heard = Vec::new();
                pipe.handle_input(&mut from_socket[..count], |part| heard.extend_from_slice(part));
                assert_eq!(pipe.error(), None);
                if plain.write_all(&heard).await.is_err() || count == 0 {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn who_comes_through_tls_publishes_and_plays_as_others_do() {
    let mut secure = Secure::start().await;
    let key = StreamKey::new("live/cam");
    let mut publisher = secure.client(true).await;
    publisher.publish("cam").await;
    // More than a write, a read and a record hold.
    let frame = |number: u8| [keyframe(0), vec![number; 150_000], vec![number]].concat();

    let mut inside = secure.running.handle.play(&key);
    let mut secret = secure.client(true).await;
    secret.play("cam").await;
    let mut plain = secure.running.client().await;
    plain.play("cam").await;
    for number in 0..5 {
        publisher.send_video(u32::from(number) * 40, &frame(number)).await;
        loop {
            if let PlayerEvent::Message(message) = timeout(PATIENCE, inside.next()).await.unwrap().unwrap() {
                assert_eq!(message.payload, frame(number));
                break;
            }
        }
        assert_eq!(secret.next_video().await.payload, frame(number));
        assert_eq!(plain.next_video().await.payload, frame(number));
    }
    drop(publisher);
    assert!(matches!(secure.next_end().await, EndReason::PeerClosed));
    secret.wait_for_status("NetStream.Play.UnpublishNotify").await;
}

#[tokio::test]
async fn a_connection_that_was_cut_is_told_from_one_that_was_closed() {
    let mut secure = Secure::start().await;
    let client = secure.client(false).await;
    drop(client);
    assert!(matches!(
        secure.next_end().await,
        EndReason::Tls(TlsError::Truncated)
    ));
    let client = secure.client(true).await;
    drop(client);
    assert!(matches!(secure.next_end().await, EndReason::PeerClosed));
}

#[tokio::test]
async fn plain_rtmp_is_not_taken_for_tls() {
    let mut secure = Secure::start().await;
    let mut socket = TcpStream::connect(secure.address).await.unwrap();
    socket.write_all(&[3; 1537]).await.unwrap();
    let mut answer = Vec::new();
    // The server closes; what it had not read is lost on the way, or not.
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty());
    drop(socket);
    let reason = secure.next_end().await;
    assert!(
        matches!(reason, EndReason::Tls(TlsError::NotTls(OtherProtocol::Rtmp))),
        "{reason}"
    );
}
