//! Where a server listens.

use super::*;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_serves_and_its_file_comes_and_goes() {
    let path = std::env::temp_dir().join(format!("rtmp-tokio-{}.sock", std::process::id()));
    // As after a kill: the file is there, and nobody listens.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let bind = || Server::builder().listen(ListenAddr::Unix(path.clone())).bind();
    let server = Running::serve(bind().await.unwrap());
    assert_eq!(server.address.to_string(), format!("unix:{}", path.display()));

    let in_use = bind().await.unwrap_err();
    assert_eq!(in_use.source.kind(), std::io::ErrorKind::AddrInUse);

    let socket = tokio::net::UnixStream::connect(&path).await.unwrap();
    let mut publisher = Client::connect(socket).await;
    publisher.publish("room").await;
    drop(publisher);
    server.handle.shutdown();
    timeout(PATIENCE, server.task).await.unwrap().unwrap();
    assert!(!path.exists());

    std::fs::write(&path, "a file of somebody's").unwrap();
    assert_eq!(
        bind().await.unwrap_err().source.kind(),
        std::io::ErrorKind::AddrInUse
    );
    assert!(path.exists(), "only an abandoned socket is replaced");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unspecified_ipv6_address_takes_ipv4_too() {
    let diary = Diary::default();
    let server = Server::builder()
        .listen(ListenAddr::any(0))
        .observer(diary.clone())
        .bind()
        .await
        .unwrap();
    let server = Running::serve(server);
    let ListenAddr::Tcp(address) = server.address else {
        unreachable!()
    };
    let mut publisher =
        Client::connect(TcpStream::connect(("127.0.0.1", address.port())).await.unwrap()).await;
    publisher.publish("four").await;
    if address.is_ipv6() {
        let mut publisher = Client::connect(TcpStream::connect(("::1", address.port())).await.unwrap()).await;
        publisher.publish("six").await;
        assert_eq!(server.handle.streams().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_listener_is_adopted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = Running::serve(Server::builder().listener(listener).bind().await.unwrap());
    assert_eq!(server.address, ListenAddr::Tcp(address));
    server.client().await.publish("room").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named_in_the_error() {
    let server = Running::start(Server::builder()).await;
    let error = Server::builder()
        .listen(server.address.clone())
        .bind()
        .await
        .unwrap_err();
    assert_eq!(error.source.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&server.address.to_string()), "{error}");
}
