//! Streams that servers hand on to one another.

mod back_off;
mod loops;
mod pattern;
mod settings;
mod timeline;

pub use back_off::BackOff;
pub use pattern::{Pattern, PatternError, Template, TemplateError};
pub use settings::{PullSettings, PushSettings, RelayError, RelaySettings, TrustSettings};
pub use timeline::Timeline;
