//! Programs that play.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{ChildStdout, Command},
};

use crate::{
    certificate::{self, Trust},
    packets::{FRAMEHASH, Packets},
    program::{self, PATIENCE, Program},
    publisher::{ENHANCED_CODECS, LISTEN},
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
    /// Debian's ffmpeg, as a server for one publisher (`-listen 1`).
    FfmpegListening,
    /// The newest ffmpeg, likewise.
    FfmpegNewestListening,
    /// GStreamer's own RTMP.
    GstRtmp2Src,
    /// rtmpdump: librtmp, the library of many other programs.
    Rtmpdump,
    /// mpv: the libraries of Debian's ffmpeg, driven by a player with its own clock and cache.
    Mpv,
    /// VLC. Its packetizers write key frames anew: compare pictures, not packets.
    Vlc,
    /// `rtmp pull`.
    RtmpPull,
    /// The example of rtmp-tokio.
    TokioExample,
    /// The example of rtmp-async-std.
    AsyncStdExample,
    /// The example of rtmp-mio.
    MioExample,
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
        let trust = &Trust::of(url, directory);
        let mut command = match self {
            Self::Ffmpeg => ffmpeg("ffmpeg", trust, &[], url, &output),
            Self::FfmpegNewest => ffmpeg("ffmpeg-newest", trust, &[], url, &output),
            Self::FfmpegAnnouncing => ffmpeg("ffmpeg-newest", trust, &ENHANCED_CODECS, url, &output),
            Self::FfmpegListening => ffmpeg("ffmpeg", trust, &LISTEN, url, &output),
            Self::FfmpegNewestListening => ffmpeg("ffmpeg-newest", trust, &LISTEN, url, &output),
            Self::GstRtmp2Src => trust.of_system(gstreamer(url, trust.of_gstreamer(), &output), directory),
            Self::Rtmpdump => {
                let mut command = rtmpdump(url, &output);
                certificate::without_tickets(&mut command, directory);
                command
            }
            Self::Mpv => mpv(url, trust, &output),
            Self::Vlc => vlc(url),
            Self::RtmpPull => rtmp_pull(url, trust, &output),
            Self::TokioExample => example("tokio_record", url, trust, &output),
            Self::AsyncStdExample => example("async_std_record", url, trust, &output),
            Self::MioExample => example("record", url, trust, &output),
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
            Self::Ffmpeg
            | Self::FfmpegNewest
            | Self::FfmpegAnnouncing
            | Self::FfmpegListening
            | Self::FfmpegNewestListening => "framehash",
            Self::Mpv | Self::Vlc => "mkv",
            _ => "flv",
        }
    }

    fn read(self, output: &Path) -> Packets {
        if self.format() == "framehash" {
            Packets::parse(&fs::read_to_string(output).expect("ffmpeg has written its list"))
        } else {
            Packets::of_recording(output)
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
        self.program.succeed();
        self.player.read(&self.output)
    }

    /// Waits until the player has ended because its server was gone, and reads what it received.
    ///
    /// # Panics
    /// If it does not end, or takes that for the end of the stream.
    #[must_use]
    pub fn finish_cut(self) -> Packets {
        let _ = self.program.fail(PATIENCE);
        self.player.read(&self.output)
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

fn ffmpeg(program: &str, trust: &Trust, options: &[&str], url: &str, output: &Path) -> Command {
    let mut command = Command::new(program::find(program));
    command
        .args(["-nostdin", "-hide_banner", "-nostats"])
        .args(options)
        .args(trust.of_ffmpeg())
        .args(["-i", url])
        .args(FRAMEHASH)
        .arg(output);
    command
}

fn gstreamer(url: &str, property: Option<&str>, output: &Path) -> Command {
    let mut command = Command::new(program::find("gst-launch-1.0"));
    command.args(["-q", "rtmp2src", &format!("location={url}")]);
    command.args(property);
    command.args(["!", "filesink", "buffer-mode=unbuffered"]);
    command.arg(format!("location={}", output.display()));
    command
}

fn rtmpdump(url: &str, output: &Path) -> Command {
    let mut command = Command::new(program::find("rtmpdump"));
    command.args(["-r", url, "--live", "-o"]).arg(output);
    command
}

fn rtmp_pull(url: &str, trust: &Trust, output: &Path) -> Command {
    let mut command = Command::new(program::ours("rtmp"));
    command.args(["pull", url]).arg(output).args(trust.of_rtmp());
    command
}

fn example(name: &str, url: &str, trust: &Trust, output: &Path) -> Command {
    let mut command = Command::new(program::ours(&format!("examples/{name}")));
    command.arg(url).arg(output).args(trust.of_examples());
    command
}

fn mpv(url: &str, trust: &Trust, output: &Path) -> Command {
    let mut command = Command::new(program::find("mpv"));
    command.args([
        "--no-config",
        "--no-terminal",
        "--vo=null",
        "--ao=null",
        "--untimed",
    ]);
    if let Trust::Authority(file) = trust {
        command.arg("--tls-verify=yes");
        command.arg(format!("--tls-ca-file={}", file.display()));
    }
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
