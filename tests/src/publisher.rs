//! Programs that publish.

use std::{path::Path, process::Command};

use crate::{
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
    /// GStreamer's own RTMP.
    GstRtmp2Sink,
    /// GStreamer with librtmp, the library of many other programs.
    GstRtmpSink,
}

/// The codecs of Enhanced RTMP that the newest ffmpeg can announce.
pub(crate) const ENHANCED_CODECS: [&str; 2] = [
    "-rtmp_enhanced_codecs",
    "hvc1,av01,vp09,vvc1,Opus,fLaC,ac-3,ec-3,.mp3",
];

impl Publisher {
    /// Starts to publish; the program ends with the media.
    #[must_use]
    pub fn publish(self, media: &Media, url: &str, directory: &Path) -> Program {
        self.publish_as("publisher", media, url, directory)
    }

    /// The same for a test with several publishers: `name` is for its log.
    #[must_use]
    pub fn publish_as(self, name: &str, media: &Media, url: &str, directory: &Path) -> Program {
        let mut command = match self {
            Self::Ffmpeg => ffmpeg("ffmpeg", media, &[], url),
            Self::FfmpegNewest => ffmpeg("ffmpeg-newest", media, &[], url),
            Self::FfmpegAnnouncing => ffmpeg("ffmpeg-newest", media, &ENHANCED_CODECS, url),
            Self::GstRtmp2Sink => gstreamer("rtmp2sink", media, url),
            // What follows the address are options of librtmp.
            Self::GstRtmpSink => gstreamer("rtmpsink", media, &format!("{url} live=1")),
        };
        Program::start(name, &mut command, directory)
    }
}

fn ffmpeg(program: &str, media: &Media, options: &[&str], url: &str) -> Command {
    let mut command = Command::new(program::find(program));
    command
        .args(["-nostdin", "-hide_banner", "-nostats", "-re", "-i"])
        .arg(media.file());
    command
        .args(["-map", "0", "-c", "copy"])
        .args(options)
        .args(["-f", "flv", url]);
    command
}

fn gstreamer(sink: &str, media: &Media, location: &str) -> Command {
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
    command.args(["!", sink, "sync=true", &format!("location={location}")]);
    if media.has_video() {
        command.args(["file.video_0", "!", "h264parse", "!", "queue", "!", "flv."]);
    }
    if media.has_audio() {
        command.args(["file.audio_0", "!", "aacparse", "!", "queue", "!", "flv."]);
    }
    command
}
