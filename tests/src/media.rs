//! Test media: a moving test pattern and a tone of five seconds but for one, made once per build directory, with a key frame every second.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use crate::{packets::Packets, program, scratch};

/// A file of media, and how it is made.
#[derive(Debug, Hash)]
pub struct Media {
    /// Names its codecs; used in file and stream names.
    pub name: &'static str,
    /// The program that has the encoders.
    ffmpeg: &'static str,
    /// Test signals, in the order in which the tracks refer to them.
    inputs: &'static [&'static str],
    /// Encoders and their options, container last.
    encoding: &'static [&'static str],
}

const DEBIAN: &str = "ffmpeg";
const NEWEST: &str = "ffmpeg-newest";

const PATTERN: &str = "testsrc2=s=320x180:r=25:d=5,format=yuv420p";
const OTHER_PATTERN: &str = "testsrc=s=160x90:r=25:d=5,format=yuv420p";
const TONE: &str = "sine=440:r=44100:d=5";
const TONE_48K: &str = "sine=440:r=48000:d=5";
const OTHER_TONE: &str = "sine=880:r=48000:d=5";

/// H.264 without B-frames, AAC.
pub const H264_AAC: Media = Media {
    name: "h264_aac",
    ffmpeg: DEBIAN,
    inputs: &[PATTERN, TONE],
    encoding: &[
        "-c:v",
        "libx264",
        "-g",
        "25",
        "-sc_threshold",
        "0",
        "-bf",
        "0",
        "-c:a",
        "aac",
        "mkv",
    ],
};
/// The same for twenty seconds: who ends before it has ended by itself.
pub const H264_AAC_LONG: Media = Media {
    name: "h264_aac_long",
    ffmpeg: DEBIAN,
    inputs: &[
        "testsrc2=s=320x180:r=25:d=20,format=yuv420p",
        "sine=440:r=44100:d=20",
    ],
    encoding: H264_AAC.encoding,
};
/// Five seconds with a key frame every two seconds only: time enough to join in the middle of a group of pictures.
pub const H264_AAC_LONG_GOP: Media = Media {
    name: "h264_aac_long_gop",
    ffmpeg: DEBIAN,
    inputs: &[PATTERN, TONE],
    encoding: &[
        "-c:v",
        "libx264",
        "-g",
        "50",
        "-sc_threshold",
        "0",
        "-bf",
        "0",
        "-c:a",
        "aac",
        "mkv",
    ],
};
/// H.264 with B-frames (composition time offsets), AAC.
pub const H264_B_FRAMES: Media = Media {
    name: "h264_b_frames",
    ffmpeg: DEBIAN,
    inputs: &[PATTERN, TONE_48K],
    encoding: &[
        "-c:v",
        "libx264",
        "-g",
        "25",
        "-sc_threshold",
        "0",
        "-bf",
        "2",
        "-c:a",
        "aac",
        "mkv",
    ],
};
/// H.264 alone.
pub const VIDEO_ONLY: Media = Media {
    name: "video_only",
    ffmpeg: DEBIAN,
    inputs: &[PATTERN],
    encoding: &[
        "-c:v",
        "libx264",
        "-g",
        "25",
        "-sc_threshold",
        "0",
        "-bf",
        "0",
        "mkv",
    ],
};
/// AAC alone.
pub const AUDIO_ONLY: Media = Media {
    name: "audio_only",
    ffmpeg: DEBIAN,
    inputs: &[TONE],
    encoding: &["-c:a", "aac", "mkv"],
};
/// MP3 alone.
pub const MP3: Media = Media {
    name: "mp3",
    ffmpeg: DEBIAN,
    inputs: &[TONE],
    encoding: &["-c:a", "libmp3lame", "mkv"],
};
/// G.711 A-law, 8 kHz mono, the only form that FLV has.
pub const A_LAW: Media = Media {
    name: "a_law",
    ffmpeg: DEBIAN,
    inputs: &["sine=440:r=8000:d=5"],
    encoding: &["-c:a", "pcm_alaw", "mkv"],
};
/// G.711 mu-law, 8 kHz mono.
pub const MU_LAW: Media = Media {
    name: "mu_law",
    ffmpeg: DEBIAN,
    inputs: &["sine=440:r=8000:d=5"],
    encoding: &["-c:a", "pcm_mulaw", "mkv"],
};
/// Speex, 16 kHz mono, which Matroska does not carry.
pub const SPEEX: Media = Media {
    name: "speex",
    ffmpeg: DEBIAN,
    inputs: &["sine=440:r=16000:d=5"],
    encoding: &["-c:a", "libspeex", "ogg"],
};

/// HEVC, AAC.
pub const HEVC_AAC: Media = Media {
    name: "hevc_aac",
    ffmpeg: NEWEST,
    inputs: &[PATTERN, TONE_48K],
    encoding: &[
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        X265,
        "-c:a",
        "aac",
        "mkv",
    ],
};
/// AV1, Opus.
pub const AV1_OPUS: Media = Media {
    name: "av1_opus",
    ffmpeg: NEWEST,
    inputs: &[PATTERN, TONE_48K],
    encoding: &[
        "-c:v",
        "libsvtav1",
        "-preset",
        "12",
        "-g",
        "25",
        "-c:a",
        "libopus",
        "mkv",
    ],
};
/// VP9, Opus.
pub const VP9_OPUS: Media = Media {
    name: "vp9_opus",
    ffmpeg: NEWEST,
    inputs: &[PATTERN, TONE_48K],
    encoding: &[
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-g",
        "25",
        "-c:a",
        "libopus",
        "mkv",
    ],
};
/// VVC, AAC; small pictures, for its encoder is slow.
pub const VVC_AAC: Media = Media {
    name: "vvc_aac",
    ffmpeg: NEWEST,
    inputs: &[OTHER_PATTERN, TONE_48K],
    encoding: &[
        "-c:v", "libvvenc", "-preset", "faster", "-g", "32", "-c:a", "aac", "mkv",
    ],
};
/// FLAC alone.
pub const FLAC: Media = Media {
    name: "flac",
    ffmpeg: NEWEST,
    inputs: &[TONE_48K],
    encoding: &["-c:a", "flac", "mkv"],
};
/// H.264, AC-3.
pub const H264_AC3: Media = Media {
    name: "h264_ac3",
    ffmpeg: NEWEST,
    inputs: &[PATTERN, TONE_48K],
    encoding: &[
        "-c:v",
        "libx264",
        "-g",
        "25",
        "-sc_threshold",
        "0",
        "-bf",
        "0",
        "-c:a",
        "ac3",
        "mkv",
    ],
};
/// E-AC-3 alone.
pub const EAC3: Media = Media {
    name: "eac3",
    ffmpeg: NEWEST,
    inputs: &[TONE_48K],
    encoding: &["-c:a", "eac3", "mkv"],
};
/// Two video and two audio tracks, all of other codecs: H.264 and HEVC, AAC and Opus.
pub const MULTITRACK: Media = Media {
    name: "multitrack",
    ffmpeg: NEWEST,
    inputs: &[PATTERN, OTHER_PATTERN, TONE_48K, OTHER_TONE],
    encoding: &[
        "-c:v:0",
        "libx264",
        "-g:v:0",
        "25",
        "-sc_threshold:v:0",
        "0",
        "-bf:v:0",
        "0",
        "-c:v:1",
        "libx265",
        "-preset:v:1",
        "ultrafast",
        "-x265-params",
        X265,
        "-c:a:0",
        "aac",
        "-c:a:1",
        "libopus",
        "mkv",
    ],
};

const X265: &str = "log-level=error:keyint=25:min-keyint=25:scenecut=0:bframes=0";

/// One file is made at a time; tests that want the same one wait for it.
static MAKING: Mutex<()> = Mutex::new(());

/// Has ffmpeg make the file, if it is not there.
fn make(ffmpeg: &mut Command, file: &Path) {
    // A test that failed while it made another file left nothing half done under its name.
    let _one = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if file.exists() {
        return;
    }
    let directory = file.parent().expect("it lies in a directory");
    fs::create_dir_all(directory).expect("the target directory is writable");
    let container = file.extension().unwrap_or_default().to_string_lossy();
    let unfinished = file.with_extension(format!("unfinished.{container}"));
    let status = ffmpeg
        .arg(&unfinished)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg starts");
    assert!(status.success(), "{} cannot be made: {ffmpeg:?}", file.display());
    fs::rename(&unfinished, file).expect("a new file can be renamed");
}

impl Media {
    /// The file; made on first use.
    ///
    /// # Panics
    /// If the program that makes it is missing or fails.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let (container, encoding) = self.encoding.split_last().expect("the container comes last");
        let directory = scratch::target().join("test-media");
        // Another recipe is another file.
        let file = directory.join(format!("{}-{:08x}.{container}", self.name, hasher.finish() >> 32));
        let mut command = Command::new(program::find(self.ffmpeg));
        command.args(["-nostdin", "-v", "error", "-y"]);
        for input in self.inputs {
            command.args(["-f", "lavfi", "-i", input]);
        }
        for index in 0..self.inputs.len() {
            command.args(["-map", &index.to_string()]);
        }
        make(command.args(encoding), &file);
        file
    }

    /// The same as an FLV file, for programs that read nothing else; made on first use.
    ///
    /// # Panics
    /// As [`file`](Self::file).
    #[must_use]
    pub fn flv(&self) -> PathBuf {
        let file = self.file();
        let flv = file.with_extension("flv");
        let mut command = Command::new(program::find(self.ffmpeg));
        command.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(file);
        make(command.args(["-map", "0", "-c", "copy"]), &flv);
        flv
    }

    /// The packets of the file.
    #[must_use]
    pub fn packets(&self) -> Packets {
        Packets::of_source(&self.file())
    }

    /// Whether it has a video track.
    #[must_use]
    pub fn has_video(&self) -> bool {
        self.inputs.iter().any(|input| input.starts_with("testsrc"))
    }

    /// Whether it has an audio track.
    #[must_use]
    pub fn has_audio(&self) -> bool {
        self.inputs.iter().any(|input| input.starts_with("sine"))
    }
}
