//! What `--json` says of a file.

use serde::Serialize;

use super::flv::{Damaged, Flv};
use super::media_facts::StreamFacts;
use super::track_facts::TracksFacts;

/// The facts of a file.
#[derive(Debug, Serialize)]
pub struct FlvFacts<'a> {
    file: String,
    bytes: u64,
    sha256: &'a str,
    tags: u64,
    media: &'a StreamFacts,
    #[serde(flatten)]
    tracks: TracksFacts,
    /// The first twenty.
    damages: Vec<DamageFacts>,
    #[serde(skip_serializing_if = "is_zero")]
    more_damages: u64,
}

#[derive(Debug, Serialize)]
struct DamageFacts {
    byte: u64,
    passed_over_bytes: u64,
    damage: String,
}

impl<'a> FlvFacts<'a> {
    /// The facts of the file of this name.
    pub fn of(flv: &'a Flv, file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            bytes: flv.bytes,
            sha256: &flv.sha256,
            tags: flv.tags,
            media: &flv.media,
            tracks: TracksFacts::of([(None, &flv.tracks)]),
            damages: flv.damages.first.iter().map(DamageFacts::of).collect(),
            more_damages: flv.damages.more,
        }
    }
}

impl DamageFacts {
    fn of(damaged: &Damaged) -> Self {
        Self {
            byte: damaged.offset,
            passed_over_bytes: damaged.len,
            damage: damaged.damage.to_string(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
