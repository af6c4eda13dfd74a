//! TLS in front of a client that knows nothing of it: what comes to a port of this machine goes on through TLS.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use bytes::Buf;
use rtmp_core::tls::{
    ClientTls, ClientTlsSettings, Identity, ServerTls, ServerTlsSettings, TlsPipe, Trust, Trusted,
};

/// The name that the server's certificate is for, beside the address.
const NAME: &str = "live.example";

/// Both sides of TLS, by a certificate made for the occasion.
pub(crate) fn sides() -> (ServerTls, ClientTls) {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let mut settings = ClientTlsSettings::default();
    settings.trust = Trust::Only(Trusted::from_pem(certificate.as_bytes()).unwrap());
    (
        ServerTls::new(ServerTlsSettings::new(identity)).unwrap(),
        ClientTls::new(settings).unwrap(),
    )
}

/// The address of a tunnel to `server`. It is open for as long as the process lives.
pub(crate) fn open(server: SocketAddr, tls: ClientTls) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            // Once the server has stopped, nobody is let in.
            if let Ok(server) = TcpStream::connect(server) {
                carry(client, server, tls.connect(NAME).unwrap());
            }
        }
    });
    address
}

fn carry(client: TcpStream, server: TcpStream, pipe: TlsPipe) {
    for socket in [&client, &server] {
        socket.set_nodelay(true).unwrap();
    }
    let tunnel = Arc::new(Tunnel {
        client,
        server,
        pipe: Mutex::new(pipe),
    });
    let other = Arc::clone(&tunnel);
    thread::spawn(move || {
        // However it ends, the client hears of it.
        let _ = other.inwards();
        let _ = other.client.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = tunnel.outwards();
        let _ = tunnel.server.shutdown(Shutdown::Write);
    });
}

struct Tunnel {
    client: TcpStream,
    server: TcpStream,
    pipe: Mutex<TlsPipe>,
}

impl Tunnel {
    fn pipe(&self) -> MutexGuard<'_, TlsPipe> {
        self.pipe.lock().unwrap()
    }

    /// What the server says.
    fn inwards(&self) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        send(&mut self.pipe(), &self.server)?;
        loop {
            let count = (&self.server).read(&mut buffer)?;
            let mut plain = Vec::new();
            let is_over = {
                let mut pipe = self.pipe();
                pipe.handle_input(&mut buffer[..count], |part| plain.extend_from_slice(part));
                send(&mut pipe, &self.server)?;
                assert_eq!(pipe.error(), None);
                pipe.is_peer_closed()
            };
            (&self.client).write_all(&plain)?;
            if is_over || count == 0 {
                return Ok(());
            }
        }
    }

    /// What the client says, once the two sides of TLS have met.
    fn outwards(&self) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = (&self.client).read(&mut buffer)?;
            while self.pipe().is_handshaking() {
                thread::yield_now();
            }
            let mut pipe = self.pipe();
            let mut said = &buffer[..count];
            while said.has_remaining() {
                pipe.encrypt(&mut said);
                send(&mut pipe, &self.server)?;
            }
            if count == 0 {
                pipe.close();
                return send(&mut pipe, &self.server);
            }
        }
    }
}

fn send(pipe: &mut TlsPipe, mut socket: &TcpStream) -> io::Result<()> {
    let out = pipe.transmit();
    while out.has_remaining() {
        let count = socket.write(out.chunk())?;
        out.advance(count);
    }
    Ok(())
}
