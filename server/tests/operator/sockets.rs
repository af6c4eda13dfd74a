//! What it does with sockets: streams go through them, and there may be too few.

use super::*;

#[test]
fn what_is_published_is_played() {
    let server = Server::start(&[]);
    let (mut publisher, mut player) = (server.connect(), server.connect());
    publish(&mut publisher, "live", "tests/1", "room");
    request(
        &mut player,
        "live",
        "tests/2",
        RtmpCommand::new("play", 3.0).with("room"),
    );
    // AVC, a key frame, and no more of it than tells one from another.
    let frames = [b"\x17\x01\0\0\0the first", b"\x17\x01\0\0\0the other"];
    let mut out = Vec::new();
    for (timestamp, frame) in [0, 40].into_iter().zip(frames) {
        let message = Message {
            chunk_stream: ChunkStreamId::COMMAND,
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(timestamp),
            kind: MessageType::Video,
            payload: Bytes::from_static(frame),
        };
        chunk::encode(&message, ChunkSize::INITIAL, &mut out);
    }
    publisher.write_all(&out).unwrap();
    hear(&mut player, "the other");
}

#[test]
fn running_out_of_descriptors_is_survived() {
    let mut command = Command::new("sh");
    let script = "ulimit -n 40 && exec \"$0\" \"$@\" --listen 127.0.0.1:0 --max-connections 1000";
    let mut server = Server::spawn(command.args(["-c", script, PROGRAM.path]).args(PROGRAM.arguments));
    let crowd: Vec<TcpStream> = (0..100).map(|_| server.connect()).collect();
    server.wait_for("cannot accept connections");
    let mut last = crowd.last().unwrap();
    assert_eq!(
        last.read(&mut [0; 16]).unwrap_or(0),
        0,
        "it is closed, not left to wait"
    );
    drop(crowd);
    // The pause after so many failures is a second at most.
    let started = Instant::now();
    loop {
        let mut socket = server.connect();
        let is_served = socket.write_all(&[&[3; 1][..], &[0; 1536]].concat()).is_ok()
            && socket.read_exact(&mut [0; 3073]).is_ok();
        if is_served {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "it never recovers");
    }
}
