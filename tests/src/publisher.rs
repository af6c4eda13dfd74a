//! Programs that publish.

use std::{path::Path, process::Command};

use crate::{
    certificate::{self, Trust},
    media::Media,
    program::{self, Program},
};

/// A program that publishes a file of test media in real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publisher {
    /// Debian's ffmpeg, with its own RTMP.
    Ffmpeg,
    /// The newest ffmpeg: Enhanced RTMP.
    FfmpegNewest,
    /// The same, and `connect` says which codecs it has (`fourCcList`).
    FfmpegAnnouncing,
    /// Debian's ffmpeg, as a server for one player (`-listen 1`).
    FfmpegListening,
    /// The newest ffmpeg, likewise.
    FfmpegNewestListening,
    /// GStreamer's own RTMP.
    GstRtmp2Sink,
    /// GStreamer with librtmp, the library of many other programs.
    GstRtmpSink,
    /// `rtmp push`.
    RtmpPush,
    /// The example of rtmp-tokio.
    TokioExample,
    /// The example of rtmp-async-std.
    AsyncStdExample,
    /// The example of rtmp-mio.
    MioExample,
}

/// The codecs of Enhanced RTMP that the newest ffmpeg can announce.
pub(crate) const ENHANCED_CODECS: [&str; 2] = [
    "-rtmp_enhanced_codecs",
    "hvc1,av01,vp09,vvc1,Opus,fLaC,ac-3,ec-3,.mp3",
];

/// Makes a server of ffmpeg.
pub(crate) const LISTEN: [&str; 2] = ["-listen", "1"];

impl Publisher {
    /// Starts to publish; the program ends with the media.
    #[must_use]
    pub fn publish(self, media: &Media, url: &str, directory: &Path) -> Program {
        self.publish_as("publisher", media, url, directory)
    }

    /// The same for a test with several publishers: `name` is for its log.
    #[must_use]
    pub fn publish_as(self, name: &str, media: &Media, url: &str, directory: &Path) -> Program {
        let trust = &Trust::of(url, directory);
        let mut command = match self {
            Self::Ffmpeg => ffmpeg("ffmpeg", media, trust, &[], url),
            Self::FfmpegNewest => ffmpeg("ffmpeg-newest", media, trust, &[], url),
            Self::FfmpegAnnouncing => ffmpeg("ffmpeg-newest", media, trust, &ENHANCED_CODECS, url),
            Self::FfmpegListening => ffmpeg("ffmpeg", media, trust, &LISTEN, url),
            Self::FfmpegNewestListening => ffmpeg("ffmpeg-newest", media, trust, &LISTEN, url),
            Self::GstRtmp2Sink => {
                let command = gstreamer("rtmp2sink", media, trust.of_gstreamer(), url);
                trust.of_system(command, directory)
            }
            Self::GstRtmpSink => {
                // What follows the address are options of librtmp.
                let mut command = gstreamer("rtmpsink", media, None, &format!("{url} live=1"));
                certificate::without_tickets(&mut command, directory);
                command
            }
            Self::RtmpPush => rtmp_push(media, trust, url),
            Self::TokioExample => example("tokio_publish", media, trust, url),
            Self::AsyncStdExample => example("async_std_publish", media, trust, url),
            Self::MioExample => example("publish", media, trust, url),
        };
        Program::start(name, &mut command, directory)
    }
}

fn ffmpeg(program: &str, media: &Media, trust: &Trust, options: &[&str], url: &str) -> Command {
    let mut command = Command::new(program::find(program));
    command
        .args(["-nostdin", "-hide_banner", "-nostats", "-re", "-i"])
        .arg(media.file());
    command
        .args(["-map", "0", "-c", "copy"])
        .args(options)
        .args(trust.of_ffmpeg())
        .args(["-f", "flv", url]);
    command
}

fn rtmp_push(media: &Media, trust: &Trust, url: &str) -> Command {
    let mut command = Command::new(program::ours("rtmp"));
    command
        .arg("push")
        .arg(media.flv())
        .arg(url)
        .args(trust.of_rtmp());
    command
}

fn example(name: &str, media: &Media, trust: &Trust, url: &str) -> Command {
    let mut command = Command::new(program::ours(&format!("examples/{name}")));
    command.arg(media.flv()).arg(url).args(trust.of_examples());
    command
}

fn gstreamer(sink: &str, media: &Media, property: Option<&str>, location: &str) -> Command {
    let mut command = Command::new(program::find("gst-launch-1.0"));
    command
        .args(["-q", "filesrc"])
        .arg(format!("location={}", media.file().display()));
    command.args([
        "!",
        "matroskademux",
        "name=file",
        "flvmux",
        "name=flv",
        "streamable=true",
    ]);
    command
        .args(["!", sink, "sync=true", &format!("location={location}")])
        .args(property);
    if media.has_video() {
        command.args(["file.video_0", "!", "h264parse", "!", "queue", "!", "flv."]);
    }
    if media.has_audio() {
        command.args(["file.audio_0", "!", "aacparse", "!", "queue", "!", "flv."]);
    }
    command
}
