//! Streams that servers hand on to one another.

mod back_off;
mod timeline;

pub use back_off::BackOff;
pub use timeline::Timeline;
