//! What the records of codecs of NAL units have in common.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::media::config::VideoConfiguration;
use crate::media::nal::LengthSize;

/// Bytes of the lengths in front of units; `None` for codecs without NAL units.
pub(crate) fn length_size(configuration: &VideoConfiguration) -> Option<LengthSize> {
    match configuration {
        VideoConfiguration::Avc(record) => Some(record.length_size()),
        VideoConfiguration::Hevc(record) => Some(record.length_size()),
        VideoConfiguration::Vvc(record) => Some(record.length_size()),
        VideoConfiguration::Av1(_)
        | VideoConfiguration::Vp8(_)
        | VideoConfiguration::Vp9(_)
        | VideoConfiguration::Other(..) => None,
    }
}

/// All parameter sets, in the order in which a decoder wants them; none for codecs without NAL units.
pub(crate) fn parameter_sets(configuration: &VideoConfiguration) -> SmallVec<[Bytes; 4]> {
    match configuration {
        VideoConfiguration::Avc(record) => record.parameter_sets().cloned().collect(),
        VideoConfiguration::Hevc(record) => record.parameter_sets().cloned().collect(),
        VideoConfiguration::Vvc(record) => record.parameter_sets().cloned().collect(),
        VideoConfiguration::Av1(_)
        | VideoConfiguration::Vp8(_)
        | VideoConfiguration::Vp9(_)
        | VideoConfiguration::Other(..) => SmallVec::new(),
    }
}
