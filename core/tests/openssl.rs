//! Both roles against OpenSSL's: `openssl s_client` and `openssl s_server`.

#![allow(clippy::disallowed_types)] // It has sockets.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use bytes::Buf;
use rtmp_core::tls::{
    ClientTls, ClientTlsSettings, Identity, ServerTls, ServerTlsSettings, TlsError, TlsPipe, Trust, Trusted,
};

const TIMEOUT: Duration = Duration::from_secs(20);
/// What OpenSSL is asked to speak.
const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

#[test]
fn openssl_s_client_talks_with_our_server() {
    let files = Files::new();
    let server = ServerTls::new(ServerTlsSettings::new(files.identity())).unwrap();
    for version in VERSIONS {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut client = Program::start(&[
            "s_client",
            "-quiet",
            "-no_ign_eof",
            "-connect",
            &address,
            "-servername",
            "live.example",
            "-CAfile",
            &files.certificate,
            "-verify_return_error",
            version,
        ]);
        let mut link = Link::new(listener.accept().unwrap().0, server.accept().unwrap());
        client.say(&[b'a'; 40_000]);
        assert_eq!(link.read(40_000), [b'a'; 40_000], "{version}");
        link.write(&[b'b'; 100_000]);
        assert_eq!(client.hear(100_000), [b'b'; 100_000], "{version}");
        drop(client.stdin.take());
        link.read_to_end();
        assert!(link.pipe.is_peer_closed(), "{version}: {:?}", link.pipe.error());
    }
}

#[test]
fn a_renegotiation_is_refused_and_no_harm() {
    let files = Files::new();
    let server = ServerTls::new(ServerTlsSettings::new(files.identity())).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Without `-quiet`, a line `R` asks for it.
    let mut client = Program::start(&["s_client", "-connect", &address, "-tls1_2", "-verify_quiet"]);
    let mut link = Link::new(listener.accept().unwrap().0, server.accept().unwrap());
    client.say(b"a\n");
    assert_eq!(link.read(2), b"a\n");
    client.say(b"R\n");
    link.read_to_end();
    // OpenSSL takes the refusal (a warning, `no_renegotiation`) for a reason to end, and says so.
    assert!(
        link.pipe.is_peer_closed()
            || matches!(link.pipe.error(), Some(TlsError::Alert(_) | TlsError::Truncated))
    );
    assert!(link.received.is_empty(), "nothing is taken for plaintext");
}

#[test]
fn our_client_talks_with_openssl_s_server() {
    let files = Files::new();
    for version in VERSIONS {
        let mut server = Program::start(&[
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            &files.certificate,
            "-key",
            &files.key,
            "-naccept",
            "2",
            version,
        ]);
        let address = server.line_after("ACCEPT ");
        let mut settings = ClientTlsSettings::default();
        settings.trust = Trust::Only(files.trusted());
        let client = ClientTls::new(settings).unwrap();

        let mut link = Link::new(
            TcpStream::connect(&address).unwrap(),
            client.connect("live.example").unwrap(),
        );
        link.write(b"hello\n");
        server.line_after("hello");
        assert!(!link.pipe.is_resumed());
        server.say(b"answer\n");
        assert_eq!(link.read(7), b"answer\n", "{version}");
        link.close();

        let mut link = Link::new(
            TcpStream::connect(&address).unwrap(),
            client.connect("live.example").unwrap(),
        );
        link.write(b"hello again\n");
        server.line_after("hello again");
        assert!(link.pipe.is_resumed(), "{version}");
        link.close();
    }
}

#[test]
fn our_client_refuses_a_server_of_another_name() {
    let files = Files::new();
    let mut server = Program::start(&[
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        &files.certificate,
        "-key",
        &files.key,
    ]);
    let address = server.line_after("ACCEPT ");
    let mut settings = ClientTlsSettings::default();
    settings.trust = Trust::Only(files.trusted());
    let client = ClientTls::new(settings).unwrap();
    let mut link = Link::new(
        TcpStream::connect(&address).unwrap(),
        client.connect("other.example").unwrap(),
    );
    link.read_to_end();
    assert!(
        link.pipe.error().unwrap().is_untrusted(),
        "{:?}",
        link.pipe.error()
    );
}

/// A certificate and its key, as files.
struct Files {
    certificate: String,
    key: String,
    pem: (String, String),
    _folder: Folder,
}

struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Files {
    fn new() -> Self {
        if let Err(error) = Command::new("openssl").arg("version").output() {
            panic!("these tests need the program openssl, which tests/run installs: {error}");
        }
        let made = rcgen::generate_simple_self_signed(["live.example".into()]).unwrap();
        let pem = (made.cert.pem(), made.signing_key.serialize_pem());
        let thread = format!("{:?}", std::thread::current().id()).replace(|c: char| !c.is_ascii_digit(), "");
        let folder = std::env::temp_dir().join(format!("rtmp-tls-{}-{thread}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path.into_os_string().into_string().unwrap()
        };
        Self {
            certificate: file("cert.pem", &pem.0),
            key: file("key.pem", &pem.1),
            pem,
            _folder: Folder(folder),
        }
    }

    fn identity(&self) -> Identity {
        Identity::from_pem(self.pem.0.as_bytes(), self.pem.1.as_bytes()).unwrap()
    }

    fn trusted(&self) -> Trusted {
        Trusted::from_pem(self.pem.0.as_bytes()).unwrap()
    }
}

/// An `openssl` that runs.
struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    fn hear(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stdout.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// What follows `start` on the first line that begins with it.
    fn line_after(&mut self, start: &str) -> String {
        let mut line = String::new();
        while self.stdout.read_line(&mut line).unwrap() > 0 {
            if let Some(rest) = line.strip_prefix(start) {
                return rest.trim().to_owned();
            }
            line.clear();
        }
        panic!("openssl did not say `{start}`");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pipe and its socket.
struct Link {
    socket: TcpStream,
    pipe: TlsPipe,
    received: Vec<u8>,
}

impl Link {
    fn new(socket: TcpStream, pipe: TlsPipe) -> Self {
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut link = Self {
            socket,
            pipe,
            received: Vec::new(),
        };
        link.flush();
        while link.pipe.is_handshaking() && link.turn() {}
        link
    }

    /// Reads once, and answers; `false` at the end.
    fn turn(&mut self) -> bool {
        let mut buffer = vec![0; 5000];
        let count = match self.socket.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("{error}"),
        };
        if count == 0 {
            self.pipe.handle_eof();
            return false;
        }
        let received = &mut self.received;
        self.pipe
            .handle_input(&mut buffer[..count], |plain| received.extend_from_slice(plain));
        self.flush();
        self.pipe.error().is_none()
    }

    fn flush(&mut self) {
        let out = self.pipe.transmit();
        while out.has_remaining() {
            // The peer may have gone; what it says last is what counts.
            let Ok(count) = self.socket.write(out.chunk()) else {
                return;
            };
            out.advance(count);
        }
    }

    fn read(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < count && self.turn() {}
        let rest = self.received.split_off(count.min(self.received.len()));
        std::mem::replace(&mut self.received, rest)
    }

    fn read_to_end(&mut self) {
        while self.turn() {}
    }

    fn write(&mut self, mut plain: &[u8]) {
        while !plain.is_empty() {
            self.pipe.encrypt(&mut plain);
            self.flush();
        }
    }

    fn close(mut self) {
        // OpenSSL sends its tickets behind the handshake: they are read before it ends.
        self.socket
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let mut buffer = vec![0; 5000];
        if let Ok(count) = self.socket.read(&mut buffer) {
            self.pipe.handle_input(&mut buffer[..count], |_| ());
        }
        self.pipe.close();
        self.flush();
    }
}
