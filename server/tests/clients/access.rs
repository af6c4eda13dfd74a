//! RTMPS, and user names with passwords, against a server in this process.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Instant;

use rtmp_core::amf0::Object;
use rtmp_core::authmod::Mode;
use rtmp_core::chunk;
use rtmp_core::host::{PeerAddr, Transport};
use rtmp_core::message::Command;
use rtmp_core::session::{AllowAll, Authenticated};
use rtmp_core::tls::{Identity, ServerTls, ServerTlsSettings};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId};
use rtmp_tokio::Builder;
use rustix::process::Signal;
use serde_json::Value;

use super::program::{FILE, Folder, Program, Server, inspect, run, stderr, stdout};

/// A server for as long as the process lives: its port.
fn serve(builder: Builder, transport: impl Fn() -> Transport + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let server = builder.bind().await.unwrap();
            let handle = server.handle();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (socket, peer) = listener.accept().await.unwrap();
                let session = handle.connect_through(socket, PeerAddr::Tcp(peer), transport());
                tokio::spawn(session.unwrap());
            }
        })
    });
    port
}

/// The same on RTMPS alone; and its certificate.
fn serve_tls(folder: &Folder) -> (u16, String) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let ca = folder.file("server.pem");
    std::fs::write(&ca, own.cert.pem()).unwrap();
    let key = own.signing_key.serialize_pem();
    let identity = Identity::from_pem(own.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let tls = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
    let port = serve(Builder::default(), move || tls.accept().unwrap().into());
    (port, ca)
}

#[test]
fn a_self_signed_certificate_is_refused_with_what_to_do() {
    let folder = Folder::new("refused");
    let (port, ca) = serve_tls(&folder);
    let url = format!("rtmps://me:secret@localhost:{port}/live/a");
    let push = run(&["push", FILE, &url]);
    assert_eq!(push.status.code(), Some(1));
    let said = stderr(&push);
    assert!(
        said.contains("--ca FILE") && said.contains("--insecure"),
        "{said}"
    );
    assert!(said.contains("self-signed") && !said.contains("secret"), "{said}");
    // Of another name it is not.
    let other = format!("rtmps://127.0.0.2:{port}/live/a");
    let push = run(&["push", FILE, &other, "--ca", &ca]);
    assert_eq!(push.status.code(), Some(1));
    assert!(stderr(&push).contains("127.0.0.2"), "{}", stderr(&push));
    let push = run(&["push", FILE, &url, "--ca", FILE]);
    assert_eq!(push.status.code(), Some(1));
    assert!(
        stderr(&push).contains("there is no certificate"),
        "{}",
        stderr(&push)
    );
}

#[test]
fn streams_go_through_tls_to_who_is_trusted() {
    let folder = Folder::new("trusted");
    let (port, ca) = serve_tls(&folder);
    let url = format!("rtmps://localhost:{port}/live/a");
    let push = Program::start(&["push", "--loop", FILE, &url, "--ca", &ca]);
    let file = folder.file("a.flv");
    let pull = run(&["pull", &url, &file, "--ca", &ca, "--duration", "1s"]);
    assert_eq!(pull.status.code(), Some(0), "{}", stderr(&pull));
    inspect(&file);

    let probe = ["probe", &url, "--duration", "1s", "--json"];
    let trusting = run(&[&probe[..], &["--ca", &ca]].concat());
    assert_eq!(trusting.status.code(), Some(0), "{}", stderr(&trusting));
    assert!(trusting.stderr.is_empty(), "{}", stderr(&trusting));
    let report: Value = serde_json::from_slice(&trusting.stdout).unwrap();
    let time = |name: &str| report["times"][name].as_f64().unwrap();
    assert!(time("dialled_ms") < time("secured_ms") && time("secured_ms") <= time("handshaken_ms"));
    let tls = &report["tls"];
    assert_eq!(
        (&tls["version"], &tls["is_verified"]),
        (&"1.3".into(), &true.into())
    );
    let certificate = &tls["certificate"];
    assert_eq!(
        certificate["hosts"],
        serde_json::json!(["localhost", "127.0.0.1"])
    );
    assert_eq!(certificate["is_self_signed"], true);
    assert!(certificate["days_left"].as_i64().unwrap() > 365);

    // Who trusts anybody is told what that means.
    let insecure = run(&[&probe[..], &["--insecure"]].concat());
    assert_eq!(insecure.status.code(), Some(0), "{}", stderr(&insecure));
    assert!(stderr(&insecure).contains("the server's certificate is not verified"));
    let text = run(&["probe", &url, "--duration", "1s", "--insecure"]);
    assert!(stdout(&text).contains("NOT VERIFIED"), "{}", stdout(&text));
    assert!(push.interrupt().status.success());
}

/// A server that sends everybody to another one: its port.
fn serve_redirections(to: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ex = Object::new().with("code", 302.0).with("redirect", to);
    let information = Object::new()
        .with("level", "error")
        .with("code", "NetConnection.Connect.Rejected")
        .with("ex", ex);
    let refusal = Command::new("_error", 1.0).with(information);
    let refusal = refusal.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
    let mut answer = Vec::new();
    chunk::encode(&refusal, ChunkSize::INITIAL, &mut answer);
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            // C0 and C1; S0, S1 without a version, and S2; C2.
            let mut hello = [0; 1537];
            socket.read_exact(&mut hello).unwrap();
            let s1 = [0; 1536];
            socket.write_all(&[&[3][..], &s1, &hello[1..]].concat()).unwrap();
            socket.read_exact(&mut hello[1..]).unwrap();
            // Some of `connect`, whatever it says.
            let _ = socket.read(&mut [0; 4096]).unwrap();
            socket.write_all(&answer).unwrap();
        }
    });
    port
}

#[test]
fn who_trusts_anybody_is_told_so_also_where_a_server_leads_to_tls() {
    let folder = Folder::new("led");
    let (port, ca) = serve_tls(&folder);
    let plain = serve_redirections(format!("rtmps://localhost:{port}/live"));
    let url = format!("rtmp://127.0.0.1:{plain}/live/a");
    let warning = "the server's certificate is not verified";
    let push = |trust: &[&str]| run(&[&["push", FILE, &url, "--speed", "50"], trust].concat());
    let insecure = push(&["--insecure"]);
    assert_eq!(insecure.status.code(), Some(0), "{}", stderr(&insecure));
    assert!(stderr(&insecure).contains(warning), "{}", stderr(&insecure));
    let trusting = push(&["--ca", &ca]);
    assert_eq!(trusting.status.code(), Some(0), "{}", stderr(&trusting));
    assert!(!stderr(&trusting).contains(warning), "{}", stderr(&trusting));

    let from = format!("rtmps://localhost:{port}/live/a");
    let _source = Program::start(&["push", "--loop", FILE, &from, "--ca", &ca]);
    for arguments in [
        &["probe", &url, "--duration", "1s", "--insecure"][..],
        &[
            "pull",
            &url,
            &folder.file("a.flv"),
            "--duration",
            "1s",
            "--insecure",
        ],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stderr(&output).contains(warning), "{}", stderr(&output));
    }
    let mut relay = Program::start(&["relay", &url, "rtmp://127.0.0.1:1/live/b", "--insecure"]);
    let line = relay.wait_for("insecure: any certificate");
    assert!(line.contains("relay=\"pull\""), "{line}");
}

#[test]
fn a_relay_says_of_certificates_what_is_to_be_said_once() {
    let arguments = ["--tls-listen", "127.0.0.1:0", "--tls-self-signed"];
    let elsewhere = ["--reconnect-to", "rtmp://127.0.0.1:1/live"];
    let mut server = Server::with(&[&arguments[..], &elsewhere].concat());
    let line = server.program.wait_for("listening for RTMPS");
    let address = line.split_once("address=").unwrap().1.split(' ').next().unwrap();
    let (from, to) = (
        format!("rtmps://{address}/live/a"),
        "rtmp://127.0.0.1:1/live/b".to_owned(),
    );
    let publisher = server.publish("a");
    let mut relay = Program::start(&["relay", &from, &to]);
    let line = relay.wait_for("relay does not come about");
    assert!(
        line.contains("; ca names certificates to trust, insecure trusts anybody\""),
        "{line}"
    );
    drop(relay);

    let mut relay = Program::start(&["relay", &from, &to, "--insecure"]);
    relay.wait_for("relay runs");
    server.program.signal(Signal::TERM);
    let line = relay.wait_for("relay stays");
    assert!(
        line.contains("reason=\"it leads from rtmps to rtmp, where others can listen\""),
        "{line}"
    );
    let relay = relay.interrupt();
    let said = stderr(&relay).to_lowercase();
    assert_eq!(said.matches("stands in between").count(), 1, "{said}");
    drop(publisher);
}

#[test]
fn who_has_a_password_publishes_and_it_is_never_shown() {
    for mode in [Mode::Adobe, Mode::Llnw] {
        let users = HashMap::from([("me".to_owned(), "pass word".to_owned())]);
        let policy = Authenticated::new(AllowAll, users, mode, [7; 32].into(), Instant::now());
        let port = serve(Builder::default().policy(policy), Transport::default);
        let push = |user: &str| {
            let url = format!("rtmp://{user}127.0.0.1:{port}/live/a");
            run(&["push", FILE, &url, "--speed", "50"])
        };
        let right = push("me:pass%20word@");
        assert_eq!(right.status.code(), Some(0), "{}", stderr(&right));
        for (user, reason) in [
            ("me:wrong@", "password"),
            ("you:wrong@", "user"),
            ("", "USER:PASSWORD"),
        ] {
            let refused = push(user);
            assert_eq!(refused.status.code(), Some(1), "{user}");
            let said = stderr(&refused);
            assert!(said.contains(reason) && !said.contains("wrong"), "{user}: {said}");
        }
    }
}
