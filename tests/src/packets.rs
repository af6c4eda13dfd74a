//! What a file or a player holds, as one hash per compressed packet, and how that compares with what was sent.
//!
//! Time stamps are left out: containers round them and players move them. The payload is what must not change by one bit.

use std::{
    collections::HashMap,
    fmt,
    ops::Range,
    path::Path,
    process::{Command, Stdio},
};

use crate::program;

/// The packets of all tracks.
#[derive(Debug, Default)]
pub struct Packets {
    tracks: Vec<Track>,
}

#[derive(Debug, Default)]
struct Track {
    /// `video` or `audio`.
    kind: String,
    /// FFmpeg's name of the codec.
    codec: String,
    /// Hash of the sequence header, where the codec has one.
    header: Option<String>,
    /// Hashes of the packets, in the order of decoding.
    packets: Vec<String>,
    /// Which packets are key frames; known of sources only.
    keyframes: Vec<bool>,
}

impl Packets {
    /// Reads a file of test media.
    #[must_use]
    pub fn of_source(file: &Path) -> Self {
        let mut packets = Self::of_recording(file);
        // One line per packet: `0,K__`, or `0,___` for what is no key frame.
        let mut ffprobe = Command::new(program::find("ffprobe"));
        ffprobe
            .args([
                "-v",
                "quiet",
                "-show_entries",
                "packet=stream_index,flags",
                "-of",
                "csv=p=0",
            ])
            .arg(file);
        // A packet with side data has an empty line more.
        for line in output_of(&mut ffprobe).lines().filter(|line| !line.is_empty()) {
            let (track, flags) = line
                .split_once(',')
                .unwrap_or_else(|| panic!("not a line of ffprobe: {line}"));
            let track: usize = track.parse().expect("ffprobe numbers the tracks");
            packets.tracks[track].keyframes.push(flags.starts_with('K'));
        }
        packets
    }

    /// Reads what a player has written, in any container.
    #[must_use]
    pub fn of_recording(file: &Path) -> Self {
        let mut ffmpeg = Command::new(program::find("ffmpeg-newest"));
        ffmpeg
            .args(["-nostdin", "-v", "error", "-i"])
            .arg(file)
            .args(FRAMEHASH)
            .arg("-");
        Self::parse(&output_of(&mut ffmpeg))
    }

    /// Decodes the video of a file: one hash for each picture, for players that write the compressed packets anew.
    #[must_use]
    pub fn of_pictures(file: &Path) -> Self {
        let mut ffmpeg = Command::new(program::find("ffmpeg"));
        ffmpeg.args(["-nostdin", "-v", "error", "-i"]).arg(file);
        ffmpeg.args([
            "-map",
            "0:v",
            "-fps_mode",
            "passthrough",
            "-f",
            "framehash",
            "-hash",
            "md5",
            "-",
        ]);
        let mut pictures = Self::parse(&output_of(&mut ffmpeg));
        for track in &mut pictures.tracks {
            track.keyframes = vec![true; track.packets.len()];
        }
        pictures
    }

    /// Reads FFmpeg's `framehash` format.
    #[must_use]
    pub fn parse(framehash: &str) -> Self {
        let mut tracks: Vec<Track> = Vec::new();
        let mut track = |index: usize, edit: &mut dyn FnMut(&mut Track)| {
            if tracks.len() <= index {
                tracks.resize_with(index + 1, Track::default);
            }
            edit(&mut tracks[index]);
        };
        for line in framehash.lines() {
            if let Some(line) = line.strip_prefix('#') {
                let words: Vec<&str> = line
                    .split([' ', ',', ':'])
                    .filter(|word| !word.is_empty())
                    .collect();
                match words[..] {
                    ["media_type", index, kind] => {
                        track(number(index), &mut |track| kind.clone_into(&mut track.kind))
                    }
                    ["codec_id", index, codec] => {
                        track(number(index), &mut |track| codec.clone_into(&mut track.codec))
                    }
                    ["extradata", index, _size, hash] => {
                        track(number(index), &mut |track| track.header = Some(hash.to_owned()))
                    }
                    _ => {}
                }
            } else {
                // track, dts, pts, duration, size, hash[, side data]
                let fields: Vec<&str> = line.split(',').map(str::trim).collect();
                let [index, _dts, _pts, _duration, size, hash, ..] = fields[..] else {
                    panic!("not a line of framehash: {line}")
                };
                // FFmpeg makes an empty packet of a sequence header that it has no other use for (FLAC, AC-3).
                if size != "0" {
                    track(number(index), &mut |track| track.packets.push(hash.to_owned()));
                }
            }
        }
        Self { tracks }
    }

    /// Compares these, received, with what was sent: each track of the source with the one of the same codec here.
    ///
    /// # Panics
    /// If a track of the source is missing here, or a packet here never was in the source.
    #[must_use]
    pub fn relayed_from(&self, source: &Self) -> Relayed {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let tracks = source.tracks.iter().map(|sent| {
            let nth = taken.entry(&sent.codec).or_default();
            let received = self
                .tracks
                .iter()
                .filter(|track| track.codec == sent.codec)
                .nth(*nth);
            *nth += 1;
            let received =
                received.unwrap_or_else(|| panic!("no {} among what was received: {self:?}", sent.codec));
            RelayedTrack::of(received, sent)
        });
        Relayed {
            tracks: tracks.collect(),
        }
    }
}

/// The arguments that make ffmpeg write packets as lines of hashes.
pub const FRAMEHASH: [&str; 8] = ["-map", "0", "-c", "copy", "-f", "framehash", "-hash", "md5"];

/// Which packets of a source came through.
#[derive(Debug)]
pub struct Relayed {
    tracks: Vec<RelayedTrack>,
}

struct RelayedTrack {
    codec: String,
    /// How many packets the source has.
    sent: usize,
    /// Indices of the source's packets that were received one after the other; a gap or a step back begins another run.
    runs: Vec<Range<usize>>,
    /// For video: whether every run starts with a key frame.
    keyframes_first: bool,
    /// Whether the sequence header is the source's, bit for bit, if the source has one.
    header_intact: bool,
}

impl RelayedTrack {
    fn of(received: &Track, sent: &Track) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut rest = &received.packets[..];
        while let Some(first) = rest.first() {
            // Equal packets are possible (silence): the longest run is the true one.
            let longest = (0..sent.packets.len())
                .filter(|&start| sent.packets[start] == *first)
                .map(|start| {
                    start
                        ..start
                            + rest
                                .iter()
                                .zip(&sent.packets[start..])
                                .take_while(|(a, b)| a == b)
                                .count()
                })
                .max_by_key(Range::len);
            let Some(run) = longest else {
                panic!(
                    "packet {} of {} was not sent like that",
                    received.packets.len() - rest.len(),
                    received.codec
                );
            };
            rest = &rest[run.len()..];
            runs.push(run);
        }
        let video = sent.kind == "video";
        Self {
            codec: sent.codec.clone(),
            sent: sent.packets.len(),
            keyframes_first: !video || runs.iter().all(|run| sent.keyframes[run.start]),
            // Speex has a header in an Ogg file only.
            header_intact: sent.header.is_none() || sent.codec == "speex" || sent.header == received.header,
            runs,
        }
    }
}

impl Relayed {
    /// Whether every track came as one run: no packet lost, doubled or out of order, and at least `packets` of them.
    #[must_use]
    pub fn is_unbroken(&self, packets: usize) -> bool {
        self.tracks
            .iter()
            .all(|track| track.runs.len() == 1 && track.runs[0].len() >= packets)
    }

    /// Whether every track came in so many runs: one for each publisher that used the name.
    #[must_use]
    pub fn has_runs(&self, runs: usize) -> bool {
        self.tracks.iter().all(|track| track.runs.len() == runs)
    }

    /// Whether every run of video starts with a key frame.
    #[must_use]
    pub fn starts_with_keyframe(&self) -> bool {
        self.tracks.iter().all(|track| track.keyframes_first)
    }

    /// Whether the first run starts with the source's first packet.
    #[must_use]
    pub fn has_the_start(&self) -> bool {
        self.tracks
            .iter()
            .all(|track| track.runs.first().is_some_and(|run| run.start == 0))
    }

    /// Whether the last run ends with the source's last packet, give or take `missing` packets.
    #[must_use]
    pub fn has_the_end(&self, missing: usize) -> bool {
        self.tracks.iter().all(|track| {
            track
                .runs
                .last()
                .is_some_and(|run| run.end + missing >= track.sent)
        })
    }

    /// Whether the sequence headers are the source's.
    #[must_use]
    pub fn has_the_headers(&self) -> bool {
        self.tracks.iter().all(|track| track.header_intact)
    }
}

impl fmt::Debug for RelayedTrack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: packets {:?} of {}",
            self.codec, self.runs, self.sent
        )?;
        if !self.keyframes_first {
            write!(formatter, ", not from a key frame on")?;
        }
        if !self.header_intact {
            write!(formatter, ", with another sequence header")?;
        }
        Ok(())
    }
}

fn number(text: &str) -> usize {
    text.parse()
        .unwrap_or_else(|_| panic!("not the number of a track: {text}"))
}

fn output_of(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    String::from_utf8(output.stdout).expect("FFmpeg's hashes are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "\
#format: frame checksums
#extradata 0,      43, cafe
#media_type 0: video
#codec_id 0: h264
#media_type 1: audio
#codec_id 1: aac
0,  0,  0, 40, 10, v0
1,  0,  0, 21, 10, a0
0, 40, 40, 40, 10, v1
1, 21, 21, 21, 10, a1
0, 80, 80, 40, 10, v2
1, 42, 42, 21, 10, a1
0,120,120, 40, 10, v3
1, 63, 63, 21, 10, a3
";

    fn sent() -> Packets {
        let mut packets = Packets::parse(SENT);
        packets.tracks[0].keyframes = vec![true, false, true, false];
        packets.tracks[1].keyframes = vec![true; 4];
        packets
    }

    fn received(lines: &str) -> Relayed {
        let head = "#extradata 1, 43, cafe\n#media_type 0: audio\n#codec_id 0: aac\n#media_type 1: video\n#codec_id 1: h264\n";
        Packets::parse(&format!("{head}{lines}")).relayed_from(&sent())
    }

    #[test]
    fn the_whole_source_is_one_run_whatever_the_order_of_tracks() {
        let relayed = Packets::parse(SENT).relayed_from(&sent());
        assert!(
            relayed.is_unbroken(4)
                && relayed.has_the_start()
                && relayed.has_the_end(0)
                && relayed.has_the_headers()
        );
        let relayed = received("1,9,9,40,10,v0\n0,9,9,21,10,a0\n1,9,9,40,10,v1\n0,9,9,21,10,a1");
        assert!(
            relayed.is_unbroken(2)
                && relayed.has_the_start()
                && !relayed.has_the_end(1)
                && relayed.has_the_end(2)
        );
    }

    #[test]
    fn a_lost_packet_breaks_the_run() {
        let relayed = received("1,0,0,40,10,v0\n1,9,9,40,10,v2\n1,9,9,40,10,v3\n0,0,0,21,10,a0");
        assert!(!relayed.is_unbroken(1) && !relayed.has_runs(1), "{relayed:?}");
    }

    #[test]
    fn video_that_starts_between_key_frames_is_seen() {
        let relayed = received("1,0,0,40,10,v2\n1,9,9,40,10,v3\n0,0,0,21,10,a1");
        assert!(relayed.starts_with_keyframe(), "{relayed:?}");
        let relayed = received("1,0,0,40,10,v1\n1,9,9,40,10,v2\n0,0,0,21,10,a1");
        assert!(!relayed.starts_with_keyframe(), "{relayed:?}");
    }

    #[test]
    fn another_sequence_header_is_seen() {
        let other = SENT.replace("cafe", "beef");
        assert!(!Packets::parse(&other).relayed_from(&sent()).has_the_headers());
    }

    #[test]
    fn empty_packets_do_not_count() {
        let relayed = received("1,0,0,0,0,empty\n1,0,0,40,10,v0\n0,0,0,21,10,a0");
        assert!(relayed.is_unbroken(1), "{relayed:?}");
    }

    #[test]
    #[should_panic(expected = "packet 1 of h264 was not sent like that")]
    fn a_changed_packet_fails() {
        let _ = received("1,0,0,40,10,v0\n1,9,9,40,10,changed\n0,0,0,21,10,a0");
    }

    #[test]
    #[should_panic(expected = "no aac among what was received")]
    fn a_missing_track_fails() {
        let _ = Packets::parse("#codec_id 0: h264\n0,0,0,40,10,v0\n").relayed_from(&sent());
    }
}
