//! What players should have been sent: what was published, bit for bit.

use bytes::Bytes;
use rtmp_core::connection::{Error, PeerMisbehaved};
use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::session::SessionEvent;

use crate::recording;
use crate::replay::{Audience, Replay};

impl Replay<'_> {
    /// Every player got what it should have got, bit for bit. The number of players of whom that could be told.
    pub(crate) fn check_relay(&self) -> usize {
        let mut checked = 0;
        for Audience {
            peer,
            publishers,
            is_late,
        } in &self.audience
        {
            let peer = self.server.peer(*peer);
            let received = &peer.player.as_ref().unwrap().received;
            let has_skipped = |(_, event): &(_, SessionEvent)| matches!(event, SessionEvent::Skipped { .. });
            if publishers.is_empty()
                || !publishers.iter().all(|client| self.is_plain(*client))
                || peer.events.iter().any(has_skipped)
            {
                continue;
            }
            let published: Vec<MediaMessage> = publishers
                .iter()
                .flat_map(|client| recording::published(self.recorded[*client]))
                .collect();
            if *is_late {
                check_late(received, &published);
            } else {
                check_whole(received, &published, publishers.len() == 1);
            }
            checked += 1;
        }
        checked
    }

    /// Whether the client published one stream, all of which reached the server: then it is known what its players
    /// should be sent.
    fn is_plain(&self, client: usize) -> bool {
        let session = self.recorded[client];
        let peer = &self.server.peer(self.peers[client]).session;
        let is_whole = peer.stats().bytes_in == session.connection.client_stream.bytes.len() as u64;
        let is_read = match peer.error() {
            None | Some(Error::TimedOut(_)) => true,
            Some(error) => *error == PeerMisbehaved::UnexpectedEof.into(),
        };
        recording::commands(session, &["publish"]).len() == 1 && is_whole && is_read
    }
}

/// All that was published, in order. A second publisher's timestamps go on where the first one's ended.
fn check_whole(received: &[MediaMessage], published: &[MediaMessage], has_one_publisher: bool) {
    for (index, (received, published)) in received.iter().zip(published).enumerate() {
        assert_eq!(received.kind, published.kind, "message {index}");
        assert_eq!(received.payload, published.payload, "message {index}");
        if has_one_publisher {
            assert_eq!(received.timestamp, published.timestamp, "message {index}");
        }
    }
    assert_eq!(received.len(), published.len(), "messages relayed and published");
}

/// All frames from a key frame on, and before them what a decoder needs.
fn check_late(received: &[MediaMessage], published: &[MediaMessage]) {
    let frames = |messages: &[MediaMessage]| -> Vec<Bytes> {
        let frames = messages.iter().filter(|message| is_frame(message));
        frames.map(|message| message.payload.clone()).collect()
    };
    assert!(
        frames(published).ends_with(&frames(received)),
        "a late player is sent all frames from some point on"
    );
    let first_frame = received.iter().position(is_frame).unwrap_or(received.len());
    let first_video = |message: &&MediaMessage| is_frame(message) && message.kind == MediaKind::Video;
    if let Some(first) = received.iter().find(first_video) {
        let class = first.class();
        assert!(
            matches!(class, Class::Keyframe | Class::TrackKeyframe { .. }),
            "a late player's first video frame is of class {class:?}"
        );
    }
    // What was in force where it joins: of each kind of header the last one before that frame.
    let joined = published.len().saturating_sub(received.len() - first_frame);
    let mut in_force: Vec<&MediaMessage> = Vec::new();
    for header in published[..joined]
        .iter()
        .filter(|message| message.class().is_header())
    {
        in_force.retain(|known| known.class() != header.class());
        in_force.push(header);
    }
    for header in in_force {
        let is_there = received[..first_frame]
            .iter()
            .any(|message| message.payload == header.payload);
        assert!(
            is_there,
            "a late player is not sent the stream's {:?}",
            header.class()
        );
    }
}

fn is_frame(message: &MediaMessage) -> bool {
    matches!(
        message.class(),
        Class::Audio | Class::Keyframe | Class::TrackKeyframe { .. } | Class::Inter | Class::Disposable
    )
}
