//! TLS in front of somebody who knows nothing of it: what comes to a port of this machine goes on through TLS, or without.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread;

use bytes::Buf;
use rtmp_core::tls::{
    ClientTls, ClientTlsSettings, Identity, ServerTls, ServerTlsSettings, TlsPipe, Trust, Trusted,
};

use crate::clients::addresses::NAME;

/// Both sides of TLS, by a certificate made for the occasion: one for all tests of the process.
pub(crate) fn sides() -> (ServerTls, ClientTls) {
    static SIDES: OnceLock<(ServerTls, ClientTls)> = OnceLock::new();
    SIDES.get_or_init(make_sides).clone()
}

fn make_sides() -> (ServerTls, ClientTls) {
    // For the name, beside the address.
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

/// The address of a tunnel for clients that know nothing of TLS, to a server that wants it.
pub(crate) fn to_tls(server: SocketAddr) -> SocketAddr {
    let (_, tls) = sides();
    open(server, move |plain, secret| {
        Tunnel::dig(plain, secret, tls.connect(NAME).unwrap());
    })
}

/// The address of a tunnel for clients that want TLS, to a server that knows nothing of it.
pub(crate) fn from_tls(server: SocketAddr) -> SocketAddr {
    let (tls, _) = sides();
    open(server, move |secret, plain| {
        Tunnel::dig(plain, secret, tls.accept().unwrap());
    })
}

/// It is open for as long as the process lives. `carry` gets who comes, and the server.
fn open(server: SocketAddr, carry: impl Fn(TcpStream, TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            // Once the server has stopped, nobody is let in.
            if let Ok(server) = TcpStream::connect(server) {
                carry(client, server);
            }
        }
    });
    address
}

struct Tunnel {
    plain: TcpStream,
    secret: TcpStream,
    pipe: Mutex<TlsPipe>,
    /// Whose turn it is to write to the secret side, which may take long: not with the pipe in one's hands.
    turn: Mutex<()>,
    /// The two sides of TLS have met, or never will.
    is_open: Condvar,
}

impl Tunnel {
    fn dig(plain: TcpStream, secret: TcpStream, pipe: TlsPipe) {
        for socket in [&plain, &secret] {
            socket.set_nodelay(true).unwrap();
        }
        let tunnel = Arc::new(Self {
            plain,
            secret,
            pipe: Mutex::new(pipe),
            turn: Mutex::new(()),
            is_open: Condvar::new(),
        });
        let other = Arc::clone(&tunnel);
        thread::spawn(move || {
            // However it ends, the plain side hears of it.
            let _ = other.decrypt();
            other.pipe().handle_eof();
            other.is_open.notify_all();
            let _ = other.plain.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            let _ = tunnel.encrypt();
            let _ = tunnel.secret.shutdown(Shutdown::Write);
        });
    }

    fn pipe(&self) -> MutexGuard<'_, TlsPipe> {
        self.pipe.lock().unwrap()
    }

    /// Once the two sides of TLS have met, or never will.
    fn until_open(&self) {
        let waits = |pipe: &mut TlsPipe| pipe.is_handshaking() && pipe.error().is_none();
        drop(self.is_open.wait_while(self.pipe(), waits).unwrap());
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap()
    }

    /// From the secret side to the plain one.
    fn decrypt(&self) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        self.send(|_| ())?;
        loop {
            let count = (&self.secret).read(&mut buffer)?;
            let mut plain = Vec::new();
            let (is_over, has_answer) = {
                let mut pipe = self.pipe();
                pipe.handle_input(&mut buffer[..count], |part| plain.extend_from_slice(part));
                let is_over = pipe.is_peer_closed() || pipe.error().is_some();
                (is_over, pipe.unsent() > 0)
            };
            if has_answer {
                self.send(|_| ())?;
            }
            self.is_open.notify_all();
            (&self.plain).write_all(&plain)?;
            if is_over || count == 0 {
                return Ok(());
            }
        }
    }

    /// From the plain side to the secret one, once the two sides of TLS have met.
    fn encrypt(&self) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = (&self.plain).read(&mut buffer)?;
            self.until_open();
            let mut said = &buffer[..count];
            while said.has_remaining() {
                self.send(|pipe| pipe.encrypt(&mut said))?;
            }
            if count == 0 {
                return self.send(TlsPipe::close);
            }
        }
    }

    /// Writes what the pipe has to say to the secret side, after this.
    fn send(&self, change: impl FnOnce(&mut TlsPipe)) -> io::Result<()> {
        let _turn = self.turn();
        let bytes = {
            let mut pipe = self.pipe();
            change(&mut pipe);
            let out = pipe.transmit();
            out.copy_to_bytes(out.remaining())
        };
        (&self.secret).write_all(&bytes)
    }
}
