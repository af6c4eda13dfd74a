/// How a [`Muxer`](super::Muxer) writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MuxOptions {
    /// In which form.
    pub spelling: MuxSpelling,
    /// Which configurations.
    pub configurations: Configurations,
}

impl MuxOptions {
    /// Writes again what a demuxer has read, in the same form, and nothing beside it.
    #[must_use]
    pub const fn as_given() -> Self {
        Self {
            spelling: MuxSpelling::AsGiven,
            configurations: Configurations::AsGiven,
        }
    }
}

/// The form of tag headers, where a codec has more than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MuxSpelling {
    /// As it was, if it comes out of a message. What is new is written as FFmpeg and OBS do: legacy for the codecs
    /// that Adobe has numbered, on the default track; all else enhanced.
    #[default]
    AsGiven,
    /// Legacy, for the default track of a codec that has a number. Of such a track all that legacy headers cannot
    /// say is left out: channel layouts, colours, nanoseconds, the end of audio.
    Legacy,
    /// Enhanced, for all codecs that have a FourCC.
    Enhanced,
}

/// Whether configurations are made of what is in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Configurations {
    /// Where none is given, or frames bring other parameters than the one in force, a configuration is made of the
    /// parameter sets, the sequence header or the ADTS header, and written in front. Frames that cannot be decoded
    /// for lack of one are refused.
    #[default]
    FromStream,
    /// Only what is given is written.
    AsGiven,
}
