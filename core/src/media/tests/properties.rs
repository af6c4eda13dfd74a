//! What holds for all bytes.

use super::*;

proptest! {
    #[test]
    fn any_bytes_have_a_class_and_packets_that_lie_within_them(payload in tag()) {
        for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Data] {
            class(kind, &payload);
        }
        if let Ok(VideoTag::Packets(packets)) = VideoTag::parse(&payload) {
            let sum: usize = packets.flatten().map(|packet| packet.payload.len()).sum();
            prop_assert!(sum < payload.len());
        }
        if let Ok(AudioTag::Packets(packets)) = AudioTag::parse(&payload) {
            let sum: usize = packets.flatten().map(|packet| packet.payload.len()).sum();
            prop_assert!(sum < payload.len());
        }
    }

    #[test]
    fn tracks_written_are_tracks_read(
        tracks in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 1..6),
    ) {
        let mut payload = vec![0x96, 0x12]; // key, Multitrack; ManyTracks, SequenceEnd (no composition time)
        payload.extend(b"hvc1");
        for (id, body) in &tracks {
            payload.push(*id);
            payload.extend([0, 0, u8::try_from(body.len()).unwrap()]);
            payload.extend(body);
        }
        let read: Vec<_> =
            video(&payload).into_iter().map(|p| p.map(|p| (p.track.get(), p.payload.to_vec()))).collect();
        prop_assert_eq!(read, tracks.into_iter().map(Ok).collect::<Vec<_>>());
    }
}
