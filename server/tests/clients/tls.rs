//! RTMPS, against a server in this process.

use std::net::TcpListener;

use rtmp_core::host::PeerAddr;
use rtmp_core::tls::{Identity, ServerTls, ServerTlsSettings};
use serde_json::Value;

use super::program::{FILE, Folder, Program, inspect, run, stderr, stdout};

/// A server for as long as the process lives: its port, and its certificate.
fn serve(folder: &Folder) -> (u16, String) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let ca = folder.file("server.pem");
    std::fs::write(&ca, own.cert.pem()).unwrap();
    let key = own.signing_key.serialize_pem();
    let identity = Identity::from_pem(own.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let server = rtmp_tokio::Server::builder().bind().await.unwrap();
            let handle = server.handle();
            let tls = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (socket, peer) = listener.accept().await.unwrap();
                let transport = tls.accept().unwrap().into();
                let session = handle.connect_through(socket, PeerAddr::Tcp(peer), transport);
                tokio::spawn(session.unwrap());
            }
        })
    });
    (port, ca)
}

#[test]
fn a_self_signed_certificate_is_refused_with_what_to_do() {
    let folder = Folder::new("refused");
    let (port, ca) = serve(&folder);
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
    let (port, ca) = serve(&folder);
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
