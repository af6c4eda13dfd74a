//! Programs that play.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{ChildStdout, Command},
};

use crate::{
    packets::{FRAMEHASH, Packets},
    program::{self, Program},
    publisher::ENHANCED_CODECS,
};

/// A program that plays a stream and keeps what it received as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Player {
    /// Debian's ffmpeg, with its own RTMP.
    Ffmpeg,
    /// The newest ffmpeg: Enhanced RTMP.
    FfmpegNewest,
    /// The same, and `connect` says which codecs it has (`fourCcList`).
    FfmpegAnnouncing,
    /// GStreamer's own RTMP.
    GstRtmp2Src,
    /// rtmpdump: librtmp, the library of many other programs.
    Rtmpdump,
    /// mpv: the libraries of Debian's ffmpeg, driven by a player with its own clock and cache.
    Mpv,
    /// VLC. Its packetizers write key frames anew: compare pictures, not packets.
    Vlc,
}

impl Player {
    /// Starts to play; the program ends when the server says that the stream is over, or hangs up.
    #[must_use]
    pub fn play(self, url: &str, directory: &Path) -> Playing {
        self.play_as("player", url, directory)
    }

    /// The same for a test with several players: `name` tells them apart.
    #[must_use]
    pub fn play_as(self, name: &str, url: &str, directory: &Path) -> Playing {
        let name = format!("{name}-{self:?}");
        let output = directory.join(format!("{name}.{}", self.format()));
        let mut command = match self {
            Self::Ffmpeg => ffmpeg("ffmpeg", &[], url, &output),
            Self::FfmpegNewest => ffmpeg("ffmpeg-newest", &[], url, &output),
            Self::FfmpegAnnouncing => ffmpeg("ffmpeg-newest", &ENHANCED_CODECS, url, &output),
            Self::GstRtmp2Src => gstreamer(url, &output),
            Self::Rtmpdump => rtmpdump(url, &output),
            Self::Mpv => mpv(url, &output),
            Self::Vlc => vlc(url),
        };
        let program = match self {
            Self::Vlc => Program::start_writing(&name, &mut command, directory, &output),
            _ => Program::start(&name, &mut command, directory),
        };
        Playing {
            player: self,
            program,
            output,
        }
    }

    /// The ending of the file that it writes; mpv chooses the container by it.
    fn format(self) -> &'static str {
        match self {
            Self::Ffmpeg | Self::FfmpegNewest | Self::FfmpegAnnouncing => "framehash",
            Self::GstRtmp2Src | Self::Rtmpdump => "flv",
            Self::Mpv | Self::Vlc => "mkv",
        }
    }
}

/// A player at work.
#[derive(Debug)]
pub struct Playing {
    player: Player,
    /// The process.
    pub program: Program,
    output: PathBuf,
}

impl Playing {
    /// Waits until the player has ended by itself, and reads what it received.
    ///
    /// # Panics
    /// If it does not end, or ends with an error.
    #[must_use]
    pub fn finish(self) -> Packets {
        let player = self.player;
        let output = self.finish_file();
        if player.format() == "framehash" {
            Packets::parse(&fs::read_to_string(output).expect("ffmpeg has written its list"))
        } else {
            Packets::of_recording(&output)
        }
    }

    /// Waits until the player has ended by itself, and names the file that it has written.
    ///
    /// # Panics
    /// If it does not end, or ends with an error.
    #[must_use]
    pub fn finish_file(self) -> PathBuf {
        self.program.succeed();
        self.output
    }

    /// How many packets at the very end this player may lose by its own doing.
    #[must_use]
    pub fn careless_at_the_end(&self) -> usize {
        // GStreamer ends at once on StreamEOF, whatever is still in its queues.
        if self.player == Player::GstRtmp2Src { 3 } else { 0 }
    }
}

/// rtmpdump with what it receives, an FLV file, on a pipe: to see when something comes.
#[must_use]
pub fn rtmpdump_to_pipe(name: &str, url: &str, directory: &Path) -> (Program, ChildStdout) {
    Program::start_piped(name, &mut rtmpdump(url, Path::new("-")), directory)
}

fn ffmpeg(program: &str, options: &[&str], url: &str, output: &Path) -> Command {
    let mut command = Command::new(program::find(program));
    command
        .args(["-nostdin", "-hide_banner", "-nostats"])
        .args(options)
        .args(["-i", url])
        .args(FRAMEHASH)
        .arg(output);
    command
}

fn gstreamer(url: &str, output: &Path) -> Command {
    let mut command = Command::new(program::find("gst-launch-1.0"));
    command.args([
        "-q",
        "rtmp2src",
        &format!("location={url}"),
        "!",
        "filesink",
        "buffer-mode=unbuffered",
    ]);
    command.arg(format!("location={}", output.display()));
    command
}

fn rtmpdump(url: &str, output: &Path) -> Command {
    let mut command = Command::new(program::find("rtmpdump"));
    command.args(["-r", url, "--live", "-o"]).arg(output);
    command
}

fn mpv(url: &str, output: &Path) -> Command {
    let mut command = Command::new(program::find("mpv"));
    command.args([
        "--no-config",
        "--no-terminal",
        "--vo=null",
        "--ao=null",
        "--untimed",
    ]);
    command
        .arg(format!("--stream-record={}", output.display()))
        .arg(format!("--log-file={}.mpv", output.display()))
        .arg(url);
    command
}

fn vlc(url: &str) -> Command {
    let mut command = unprivileged("vlc");
    // What it writes goes to standard output, a file that it need not be allowed to open.
    command.args([
        "-I",
        "dummy",
        "--no-dbus",
        "--sout",
        "#standard{access=file,mux=mkv,dst=-}",
        url,
        "vlc://quit",
    ]);
    command
}

/// A program that refuses to run as root is run as nobody.
fn unprivileged(name: &str) -> Command {
    let program = program::find(name);
    let root = fs::metadata("/proc/self")
        .expect("Linux shows its processes")
        .uid()
        == 0;
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new(program::find("setpriv"));
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(program)
        .env("HOME", "/nonexistent");
    command
}
