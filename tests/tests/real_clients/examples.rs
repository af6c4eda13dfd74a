//! The examples of the runtimes, where what they meet is not as it should be.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rtmp_core::flv::{EncodedTag, FlvHeader};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_mio::{ListenAddr, Server, Turn};
use rtmp_tests::program::{Program, ours};
use rtmp_tests::scratch;

/// More than the sockets of both sides hold, and all of it is due at once.
fn burst() -> Vec<u8> {
    let payload = [&b"\x17\x01\0\0\0"[..], &vec![0x65; 100_000]].concat();
    let mut file = FlvHeader::new(false, true).to_bytes().to_vec();
    for _ in 0..300 {
        let message = MediaMessage {
            kind: MediaKind::Video,
            timestamp: Timestamp::ZERO,
            payload: payload.clone().into(),
        };
        let tag = EncodedTag::new(&message).unwrap();
        tag.slices()
            .iter()
            .for_each(|slice| file.extend_from_slice(slice));
    }
    file
}

#[test]
fn a_publisher_rests_while_its_server_does_not_read() {
    let directory = scratch::directory("server_does_not_read");
    let file = directory.join("burst.flv");
    fs::write(&file, burst()).unwrap();
    for example in ["publish", "tokio_publish", "async_std_publish"] {
        let listen: ListenAddr = "127.0.0.1:0".parse().unwrap();
        let mut server = Server::builder().listen(listen).bind().unwrap();
        let address = server.local_addrs().first().unwrap().to_string();
        let mut command = Command::new(ours(&format!("examples/{example}")));
        command.arg(&file).arg(format!("rtmp://{address}/live/key"));
        let mut publisher = Program::start(example, &mut command, &directory);
        let mut turn = || server.turn(Some(Duration::from_millis(10)), |_| ()).unwrap() == Turn::Serving;
        let started = Instant::now();
        while !publisher.output().contains("Connected") {
            assert!(turn() && started.elapsed() < Duration::from_secs(30), "{example}");
        }
        // It is let in, and has sent what there is room for.
        (0..20).for_each(|_| assert!(turn()));
        sleep(Duration::from_millis(500));
        let before = publisher.ticks();
        sleep(Duration::from_secs(2));
        let ticks = publisher.ticks() - before;
        assert!(ticks <= 10, "{example}: {ticks} hundredths of a second");
        assert!(publisher.is_running());
        // And it goes on when there is room again.
        while publisher.is_running() {
            assert!(turn() && started.elapsed() < Duration::from_secs(30), "{example}");
        }
        publisher.succeed();
    }
}

#[test]
fn a_file_is_kept_when_there_is_nothing_to_record() {
    let directory = scratch::directory("nothing_to_record");
    let file = directory.join("keep.flv");
    fs::write(&file, "precious").unwrap();
    for example in ["record", "tokio_record", "async_std_record"] {
        let mut command = Command::new(ours(&format!("examples/{example}")));
        let output = command
            .arg("rtmp://127.0.0.1:1/live/key")
            .arg(&file)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{example}");
        let said = String::from_utf8(output.stderr).unwrap();
        // In words, and not as the type is written.
        assert!(
            said.starts_with("127.0.0.1:1 can't be reached"),
            "{example}: {said}"
        );
        assert_eq!(fs::read(&file).unwrap(), b"precious", "{example}");
    }
}
