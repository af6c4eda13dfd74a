//! One track, and the files that it fills.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rtmp_core::media::TrackId;
use rtmp_core::media::sample::{Codec, Media, Sample};

use super::elementary::{Configured, Elementary, Unfit, extension};
use super::source::Stream;
use super::{Error, Extracted, Place, Report};
use crate::inspect::{audio_codec, video_codec};

pub(super) struct Track {
    /// Its stream's place.
    origin: String,
    /// The beginning of its files' names.
    name: String,
    /// Files so far: a track that changes its codec or configuration goes on in another one.
    files: u32,
    configured: Configured,
    /// Whether the configuration is another one than the open file began with.
    changed: bool,
    open: Option<Open>,
    unfit: BTreeMap<Unfit, (u64, Option<Codec>)>,
}

struct Open {
    file: PathBuf,
    codec: Codec,
    out: Elementary,
    frames: u64,
}

impl Track {
    pub(super) fn new(stream: &Stream, name: &str, is_audio: bool, id: TrackId) -> Self {
        let kind = if is_audio { "audio" } else { "video" };
        let name = match id {
            TrackId::DEFAULT => format!("{name}.{kind}"),
            id => format!("{name}.{kind}{id}"),
        };
        Self {
            origin: stream.origin.clone(),
            name,
            files: 0,
            configured: Configured::default(),
            changed: false,
            open: None,
            unfit: BTreeMap::new(),
        }
    }

    pub(super) fn take(
        &mut self,
        media: &Media,
        place: &Place<'_>,
        report: &mut Report,
    ) -> Result<(), Error> {
        match media {
            Media::VideoConfiguration { configuration, .. } => {
                // Parameter sets stand in front of each key frame: nothing else has to change.
                self.configured.video = Some(configuration.clone());
            }
            Media::AudioConfiguration { configuration, .. } => {
                let before = self.configured.audio.replace(configuration.clone());
                self.changed |= before.is_some() && before != self.configured.audio;
            }
            Media::Sample(sample) => self.frame(sample, place, report)?,
            _ => {}
        }
        Ok(())
    }

    fn frame(&mut self, sample: &Sample, place: &Place<'_>, report: &mut Report) -> Result<(), Error> {
        let goes_on = self
            .open
            .as_ref()
            .is_some_and(|open| open.codec == sample.codec && !self.changed);
        if !goes_on {
            self.close(report)?;
            match self.begin(sample, place)? {
                Ok(open) => self.open = Some(open),
                Err(unfit) => self.count(unfit, sample.codec),
            }
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let written = open
            .out
            .frame(sample, &self.configured)
            .map_err(|source| Error::Write {
                file: open.file.clone(),
                source,
            })?;
        match written {
            Ok(()) => open.frames += 1,
            Err(unfit) => self.count(unfit, sample.codec),
        }
        Ok(())
    }

    fn begin(&mut self, first: &Sample, place: &Place<'_>) -> Result<Result<Open, Unfit>, Error> {
        let Some(extension) = extension(first.codec) else {
            return Ok(Err(Unfit::Codec));
        };
        if !Elementary::can_begin(first, &self.configured) {
            return Ok(Err(Unfit::Configuration));
        }
        self.files += 1;
        self.changed = false;
        let name = match self.files {
            1 => format!("{}.{extension}", self.name),
            part => format!("{}.part{part}.{extension}", self.name),
        };
        let (file, created) = place.create(&name)?;
        let out = Elementary::begin(created, first, &self.configured).map_err(|source| Error::Write {
            file: file.clone(),
            source,
        })?;
        Ok(Ok(Open {
            file,
            codec: first.codec,
            out,
            frames: 0,
        }))
    }

    fn count(&mut self, unfit: Unfit, codec: Codec) {
        let (count, which) = self.unfit.entry(unfit).or_default();
        *count += 1;
        *which = Some(codec);
    }

    fn close(&mut self, report: &mut Report) -> Result<(), Error> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let bytes = open.out.finish().map_err(|source| Error::Write {
            file: open.file.clone(),
            source,
        })?;
        report.files.push(Extracted {
            file: open.file,
            stream: self.origin.clone(),
            codec: codec_name(open.codec),
            frames: open.frames,
            bytes,
        });
        Ok(())
    }

    pub(super) fn finish(mut self, report: &mut Report) -> Result<(), Error> {
        self.close(report)?;
        for (unfit, (count, codec)) in self.unfit {
            let codec = codec.map(codec_name).unwrap_or_default();
            let why = match unfit {
                Unfit::Codec => format!("{codec} has no file format of its own; --flv keeps it"),
                Unfit::Configuration => {
                    format!("their {codec} configuration is missing, or not to be said in the file's format")
                }
                Unfit::Frame => format!("they are no frames of {codec}"),
            };
            report
                .warnings
                .push(format!("{}: {count} frames left out: {why}", self.name));
        }
        Ok(())
    }
}

/// The name that `rtmp inspect` has for it.
fn codec_name(codec: Codec) -> String {
    match codec {
        Codec::Video(codec) => video_codec(codec, true),
        Codec::Audio(codec) => audio_codec(codec),
    }
}
