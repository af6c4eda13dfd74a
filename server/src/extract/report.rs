//! What has been written.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// A new file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extracted {
    /// Where it is.
    pub file: PathBuf,
    /// The stream's place in a capture, in words; empty for that of an FLV file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stream: String,
    /// Its codec by FFmpeg's name, as `rtmp inspect` has it; or `flv`.
    pub codec: String,
    /// Frames in it; of an FLV file its tags.
    pub frames: u64,
    /// Its size.
    pub bytes: u64,
}

/// All new files, and what is not in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The files, in the order in which they were finished.
    pub files: Vec<Extracted>,
    /// Whether the file that they are from is neither cut short nor damaged.
    pub is_whole: bool,
    /// What was left out, and why, in sentences.
    pub warnings: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |extracted: &Extracted| extracted.file.display().to_string();
        let width =
            |cell: &dyn Fn(&Extracted) -> String| self.files.iter().map(|file| cell(file).len()).max();
        let names = width(&name).unwrap_or_default();
        let codecs = width(&|file| file.codec.clone()).unwrap_or_default();
        for file in &self.files {
            let Extracted {
                codec, frames, bytes, ..
            } = file;
            let name = name(file);
            writeln!(
                f,
                "{name:names$}  {codec:codecs$}  {frames:>7} frames  {bytes:>10} bytes"
            )?;
        }
        Ok(())
    }
}
