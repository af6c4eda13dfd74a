//! RTMPS: which certificate is shown, and what becomes of that when its files change.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::id;
use std::time::Duration;

use bytes::Buf;
use rcgen::generate_simple_self_signed;
use rtmp_core::tls::{ClientTls, ClientTlsSettings, TlsPipe, Trust, Trusted};
use rustix::process::Signal;
use sha2::{Digest, Sha256};
use socket2::SockRef;

use super::PROGRAM;
use super::configuration::{File, command};
use super::operator::Server;

const NAME: &str = "live.example";

/// A certificate and its key as files, gone with the test.
struct Files(PathBuf);

impl Files {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("rtmp-rtmps-{test}-{}", id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).into_os_string().into_string().unwrap()
    }

    /// Puts a new pair there. The certificate, as who trusts it needs it.
    fn renew(&self) -> String {
        let made = generate_simple_self_signed([NAME.to_owned()]).unwrap();
        fs::write(self.path("cert.pem"), made.cert.pem()).unwrap();
        fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
        made.cert.pem()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server, and where it listens for RTMPS.
fn start(arguments: &[&str]) -> (Server, String) {
    let mut server = Server::start(&[&["--tls-listen", "127.0.0.1:0"], arguments].concat());
    let line = server.wait_for("listening for RTMPS");
    let (_, address) = line.split_once("address=").unwrap();
    (server, address.trim().to_owned())
}

fn start_with(files: &Files) -> (Server, String) {
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    start(&["--tls-cert", &cert, "--tls-key", &key])
}

/// A client behind the handshake of TLS.
struct Client {
    socket: TcpStream,
    pipe: TlsPipe,
    heard: Vec<u8>,
}

impl Client {
    fn trusting(certificate: &str, address: &str) -> Self {
        Self::connect(
            Trust::Only(Trusted::from_pem(certificate.as_bytes()).unwrap()),
            address,
        )
    }

    fn connect(trust: Trust, address: &str) -> Self {
        let mut settings = ClientTlsSettings::default();
        settings.trust = trust;
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut client = Self {
            socket,
            pipe: ClientTls::new(settings).unwrap().connect(NAME).unwrap(),
            heard: Vec::new(),
        };
        client.send();
        while client.pipe.is_handshaking() {
            client.hear();
        }
        client
    }

    fn send(&mut self) {
        let out = self.pipe.transmit();
        while out.has_remaining() {
            let count = self.socket.write(out.chunk()).unwrap();
            out.advance(count);
        }
    }

    fn hear(&mut self) {
        let mut buffer = [0; 4096];
        let count = self.socket.read(&mut buffer).unwrap();
        assert!(count > 0, "the server goes on");
        let heard = &mut self.heard;
        self.pipe
            .handle_input(&mut buffer[..count], |part| heard.extend_from_slice(part));
        assert_eq!(self.pipe.error(), None);
        self.send();
    }

    /// C0 and C1 are answered with S0, S1 and S2.
    fn speak_rtmp(mut self) {
        let mut said: &[u8] = &[&[3][..], &[0; 1536]].concat();
        self.pipe.encrypt(&mut said);
        self.send();
        while self.heard.len() < 1 + 2 * 1536 {
            self.hear();
        }
        assert_eq!(self.heard[0], 3);
    }
}

#[test]
fn files_that_change_are_read_again_and_nobody_is_dropped() {
    let files = Files::new("change");
    let first = files.renew();
    let (mut server, address) = start_with(&files);
    let before = Client::trusting(&first, &address);
    let second = files.renew();
    server.wait_for("certificate read again");
    Client::trusting(&second, &address).speak_rtmp();
    before.speak_rtmp();
}

#[test]
fn who_may_not_trust_the_certificate_is_in_the_log_and_who_looks_in_is_not() {
    let files = Files::new("leave");
    let certificate = files.renew();
    let (mut server, address) = start_with(&files);
    drop(TcpStream::connect(&address).unwrap());

    let tls = ClientTls::new(ClientTlsSettings::default()).unwrap();
    let mut within = TcpStream::connect(&address).unwrap();
    let hello = tls.connect(NAME).unwrap().transmit().chunk().to_vec();
    within.write_all(&hello[..hello.len() / 2]).unwrap();
    drop(within);
    let line = server.wait_for("ended");
    assert!(line.contains("ended within the TLS handshake"), "{line}");

    let mut behind = Client::trusting(&certificate, &address);
    behind.pipe.close();
    behind.send();
    server.wait_for("left at the TLS handshake");

    // What the server sends behind the handshake is not read, and the system resets the connection.
    let reset = Client::trusting(&certificate, &address);
    SockRef::from(&reset.socket)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(reset);
    server.wait_for("left at the TLS handshake");
}

/// As `openssl req -x509 -subj /CN=live.example` makes them.
#[test]
fn a_certificate_that_names_no_host_is_warned_of() {
    let files = Files::new("nameless");
    let made = generate_simple_self_signed(Vec::new()).unwrap();
    fs::write(files.path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(files.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let (server, _) = start_with(&files);
    let said = server.said().join("\n");
    assert!(said.contains("names no host (subjectAltName)"), "{said}");
}

#[test]
fn files_that_are_wrong_change_nothing_and_are_named() {
    let files = Files::new("wrong");
    let first = files.renew();
    let (mut server, address) = start_with(&files);
    let other = rcgen::KeyPair::generate().unwrap();
    fs::write(files.path("key.pem"), other.serialize_pem()).unwrap();
    server.signal(Signal::HUP);
    let line = server.wait_for("certificate not read again");
    assert!(
        line.contains("key.pem") && line.contains("does not belong"),
        "{line}"
    );
    Client::trusting(&first, &address).speak_rtmp();
}

#[test]
fn a_signal_reads_the_files_at_once() {
    let files = Files::new("signal");
    files.renew();
    let (mut server, address) = start_with(&files);
    let second = files.renew();
    server.signal(Signal::HUP);
    server.wait_for("certificate read again");
    Client::trusting(&second, &address).speak_rtmp();
}

/// TLS itself waits for a restart then, and nothing else does.
#[test]
fn a_configuration_with_other_tls_is_read_again_but_for_that() {
    let files = Files::new("other");
    let certificate = files.renew();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| files.path(name));
    let config = File::new(
        "other-tls",
        &format!("[tls]\ntls-listen = \"127.0.0.1:0\"\ntls-cert = \"{cert}\"\ntls-key = \"{key}\"\n"),
    );
    let mut server = Server::spawn(&mut command(&config));
    let line = server.wait_for("listening for RTMPS");
    let address = line.split_once("address=").unwrap().1.trim().to_owned();
    for (text, waits, keys) in [
        (
            "[tls]\ntls-listen = \"127.0.0.1:0\"\ntls-self-signed = true\n",
            1,
            "keys=\"tls-cert, tls-key, tls-self-signed\"",
        ),
        ("", 2, "keys=\"tls-listen, tls-cert, tls-key\""),
    ] {
        config.write(&format!("{text}[streams]\nwait = {waits}\n"));
        server.signal(Signal::HUP);
        let line = server.wait_for("configuration");
        assert!(line.contains("changed=\"wait\""), "{line}");
        let line = server.wait_for("need a restart");
        assert!(line.contains(keys), "{line}");
        Client::trusting(&certificate, &address).speak_rtmp();
    }
}

#[test]
fn a_self_signed_certificate_is_known_by_its_fingerprint() {
    let (mut server, address) = start(&["--tls-self-signed"]);
    let line = server.wait_for("self-signed");
    let client = Client::connect(Trust::Anybody, &address);
    let shown = &client.pipe.peer_certificates().unwrap()[0];
    let digest = Sha256::digest(shown);
    let fingerprint: Vec<_> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(line.contains(&fingerprint.join(":")), "{line}");
    client.speak_rtmp();
}

#[test]
fn what_keeps_it_from_serving_rtmps_is_said_and_what_to_do() {
    let files = Files::new("refused");
    files.renew();
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = somebody.local_addr().unwrap().to_string();
    for (arguments, words) in [
        (&["--tls-listen", "127.0.0.1:0"][..], "--tls-self-signed"),
        (&["--tls-cert", &cert, "--tls-key", &key], "--tls-listen :443"),
        (
            &[
                "--tls-listen",
                "127.0.0.1:0",
                "--tls-cert",
                &key,
                "--tls-key",
                &cert,
            ],
            "mixed up",
        ),
        (
            &["--tls-listen", "127.0.0.1:0", "--tls-cert", "no.pem"],
            "is the path right",
        ),
        (
            &["--tls-listen", "127.0.0.1:0", "--tls-cert", &cert],
            "no private key, and no other file is named for it: --tls-key FILE",
        ),
        (
            &["--tls-listen", &taken, "--tls-cert", &cert, "--tls-key", &key],
            "--tls-listen 127.0.0.1:8443",
        ),
        (
            &[
                "--listen",
                "127.0.0.1:27998",
                "--tls-listen",
                "127.0.0.1:27998",
                "--tls-self-signed",
            ],
            "--listen 127.0.0.1:27998 and --tls-listen 127.0.0.1:27998 are one place",
        ),
    ] {
        let output = PROGRAM
            .command()
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(words),
            "{arguments:?}: {said}"
        );
    }
}
