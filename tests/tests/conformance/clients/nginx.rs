//! Debian's nginx with its RTMP module at the other end.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{RejectionCause, Role};
use rtmp_core::host::ClientSettings;
use rtmp_tests::program::{Program, find};
use rtmp_tests::scratch;

use super::{Caller, Dialling, frame, next_media, of_connection};
use crate::PATIENCE;
use crate::talk::{AVC_HEADER, inter_frame, keyframe};

struct Nginx {
    address: SocketAddr,
    _program: Program,
}

impl Nginx {
    fn start(scenario: &str) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let directory = scratch::directory(&format!("nginx_{scenario}_{}", address.port()));
        let folder = directory.display();
        let configuration = format!(
            "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n\
             daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
             events {{}}\n\
             rtmp {{ access_log off; server {{ listen {address}; application live {{ live on; }} }} }}\n"
        );
        let file = directory.join("nginx.conf");
        fs::write(&file, configuration).unwrap();
        let mut command = Command::new(find("nginx"));
        command.arg("-c").arg(&file).arg("-p").arg(&directory);
        let program = Program::start("nginx", &mut command, &directory);
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(started.elapsed() < PATIENCE, "nginx does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Self {
            address,
            _program: program,
        }
    }

    fn call(&self, runtime: &dyn Dialling, role: Role) -> Box<dyn Caller> {
        let url = runtime.url(runtime.way_to(self.address));
        let called = runtime.call(&url, role, ClientSettings::default());
        called.expect("nginx lets it in")
    }
}

pub(crate) fn what_is_published_to_nginx_is_played_from_it(runtime: &dyn Dialling) {
    let nginx = Nginx::start("plays");
    let mut publisher = nginx.call(runtime, Role::Publisher);
    let room = publisher.publish("room?token=1").unwrap();
    let mut player = nginx.call(runtime, Role::Player);
    let stream = player.play("room").unwrap();
    let mut messages = vec![frame(0, AVC_HEADER), frame(0, keyframe(1))];
    let lens = [6, 127, 128, 129, 4096, 59_999, 60_001, 300_000];
    let times = [40, 80, 120, 160, 0xFF_FFFE, 0xFF_FFFF, 0x100_0000, 0x100_0028];
    messages.extend(
        times
            .into_iter()
            .zip(lens)
            .map(|(at, len)| frame(at, inter_frame(len))),
    );
    for message in &messages {
        publisher.send(room, message.clone()).unwrap();
    }
    publisher.flush().unwrap();
    for message in messages {
        assert_eq!(next_media(&mut *player), (stream, message));
    }
    publisher.close().unwrap();
    player.close().unwrap();
}

pub(crate) fn nginx_says_that_a_name_is_taken(runtime: &dyn Dialling) {
    let nginx = Nginx::start("refuses");
    let mut first = nginx.call(runtime, Role::Publisher);
    first.publish("room").unwrap();
    let mut second = nginx.call(runtime, Role::Publisher);
    match of_connection(second.publish("room")) {
        Error::Rejected(rejection) => assert_eq!(rejection.cause, RejectionCause::NameInUse),
        error => panic!("{error}"),
    }
    // It has one stream on a connection, and gives names back.
    match of_connection(first.publish("other")) {
        Error::Rejected(rejection) => assert_eq!(rejection.cause, RejectionCause::OneStreamOnly),
        error => panic!("{error}"),
    }
    first.close().unwrap();
    let mut third = nginx.call(runtime, Role::Publisher);
    third.publish("room").unwrap();
    third.close().unwrap();
}
