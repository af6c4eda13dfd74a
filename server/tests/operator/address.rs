//! Where it listens.

use super::*;

#[test]
fn the_environment_says_what_the_command_line_does_not() {
    let mut command = PROGRAM.command();
    let mut server = Server::spawn(
        command
            .env("RTMP_LISTEN", "127.0.0.1:0")
            .env("RTMP_LOG_FORMAT", "json"),
    );
    assert!(server.address.starts_with("127.0.0.1:"), "{}", server.address);
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for(r#""message":"publishing""#);
}

#[test]
fn a_host_may_be_listened_at_by_its_name() {
    let mut server = Server::spawn(PROGRAM.command().args(["--listen", "localhost:0"]));
    publish(&mut server.connect(), "live", "tests/1", "room");
    server.wait_for("publishing");

    let nobody = PROGRAM
        .command()
        .args(["--listen", "nobody.invalid:1935"])
        .output()
        .unwrap();
    let said = String::from_utf8(nobody.stderr).unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        said.starts_with(&format!(
            "{}: cannot listen on nobody.invalid:1935: ",
            PROGRAM.name
        )),
        "{said}"
    );
}

#[test]
fn an_address_in_use_is_an_error_that_says_what_to_do() {
    let server = Server::start(&[]);
    let second = PROGRAM
        .command()
        .args(["--listen", &server.address])
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        said.starts_with(&format!(
            "{}: cannot listen on {}: ",
            PROGRAM.name, server.address
        )),
        "{said}"
    );
    assert!(
        said.contains("ss -ltnp") && said.contains("--listen 127.0.0.1:1935"),
        "{said}"
    );
}
