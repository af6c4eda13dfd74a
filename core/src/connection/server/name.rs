//! From what a client puts into `tcUrl`, `app` and the stream's name to one name for the stream.
//!
//! Clients cut `rtmp://host/live/x/y/z` into application and stream name at different slashes (FFmpeg after the
//! second segment, GStreamer at the last), so what names a stream is the whole path, joined again.

use crate::limits::Limits;

/// A stream as a client asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamName {
    /// Application and stream name joined, `live/key`: without query, leading or trailing slashes, file type
    /// prefix (`mp4:`) or the default instance (`_definst_`).
    pub path: String,
    /// The queries of the stream's name, of `app` and of `tcUrl` in this order, joined by `&`, untouched
    /// otherwise: a signed query must stay as it was signed.
    pub query: String,
}

/// Why a name can't name a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Neither the application nor the stream's name says anything, or only the application does.
    #[error("the stream key is empty")]
    Empty,
    /// More bytes than [`Limits::max_stream_name_len`].
    #[error("the stream name is {len} bytes long, {limit} are allowed")]
    TooLong {
        /// Bytes.
        len: usize,
        /// [`Limits::max_stream_name_len`].
        limit: usize,
    },
    /// A control character, or `.` or `..` as a segment: it could become a line of a log or a path of a file.
    #[error("the stream name holds a control character or a relative path")]
    Forbidden,
}

impl StreamName {
    /// Joins what a client sent: `tcUrl` and `app` of its `connect`, and the name in its `publish` or `play`.
    /// Connections do it; hosts need it to try their [`Policy`](crate::session::Policy).
    ///
    /// ```
    /// use rtmp_core::connection::server::StreamName;
    /// use rtmp_core::limits::Limits;
    ///
    /// let name = StreamName::new("rtmp://host/live", "live", "key?token=1", &Limits::default())?;
    /// assert_eq!((name.path.as_str(), name.query.as_str()), ("live/key", "token=1"));
    /// # Ok::<(), rtmp_core::connection::server::NameError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NameError`], when nothing usable is left.
    pub fn new(tc_url: &str, app: &str, name: &str, limits: &Limits) -> Result<Self, NameError> {
        if name.len() > limits.max_stream_name_len {
            return Err(NameError::TooLong {
                len: name.len(),
                limit: limits.max_stream_name_len,
            });
        }
        let (app, app_query) = split_query(app);
        let (name, name_query) = split_query(name);
        let (_, tc_url_query) = split_query(tc_url);
        let app = app_path(app);
        let name = strip_type(name.trim_matches('/')).trim_start_matches('/');
        let path = match (app, name) {
            // `rtmp://host/live` with an empty key: taking "live" for the key would hide the mistake.
            (app, "") if !app.contains('/') => return Err(NameError::Empty),
            (app, "") => app.to_owned(),
            ("", name) => name.to_owned(),
            (app, name) => format!("{app}/{name}"),
        };
        if path.chars().any(char::is_control) || path.split('/').any(|s| s == "." || s == "..") {
            return Err(NameError::Forbidden);
        }
        // FFmpeg and librtmp copy the query of app into tcUrl: said once is enough.
        let tc_url_query = if tc_url_query == app_query {
            ""
        } else {
            tc_url_query
        };
        let queries = [name_query, app_query, tc_url_query];
        let query = queries
            .into_iter()
            .filter(|q| !q.is_empty())
            .collect::<Vec<_>>()
            .join("&");
        Ok(Self { path, query })
    }
}

/// An application without its query, slashes around it, and the default instance.
pub(crate) fn app_path(app: &str) -> &str {
    let app = split_query(app).0.trim_matches('/');
    app.strip_suffix("/_definst_").unwrap_or(app)
}

fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

/// FFmpeg puts `mp4:` before a name that ends in `.mp4`; GStreamer does not.
fn strip_type(name: &str) -> &str {
    ["mp4:", "flv:", "mp3:", "f4v:"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(app: &str, name: &str) -> Result<(String, String), NameError> {
        StreamName::new("rtmp://h/live", app, name, &Limits::default()).map(|n| (n.path, n.query))
    }

    fn path(app: &str, stream: &str) -> String {
        name(app, stream).unwrap().0
    }

    #[test]
    fn ffmpeg_and_gstreamer_cut_a_url_differently_and_meet() {
        assert_eq!(path("live/x", "y/z"), "live/x/y/z");
        assert_eq!(path("live/x/y", "z"), "live/x/y/z");
    }

    #[test]
    fn slashes_file_types_and_the_default_instance_are_no_part_of_the_name() {
        assert_eq!(path("live/", "/key"), "live/key");
        assert_eq!(path("live/_definst_", "key"), "live/key");
        assert_eq!(path("live", "mp4:clip.mp4"), "live/clip.mp4");
        assert_eq!(path("live", "/mp4:/clip.mp4/"), "live/clip.mp4");
    }

    #[test]
    fn queries_are_kept_as_they_are_and_joined() {
        assert_eq!(
            name("live?a=%2F", "key?token=b+c"),
            Ok(("live/key".into(), "token=b+c&a=%2F".into()))
        );
    }

    #[test]
    fn a_query_that_app_and_tc_url_both_carry_is_taken_once() {
        let limits = Limits::default();
        let name = StreamName::new("rtmp://h/live?a=1", "live?a=1", "key", &limits).unwrap();
        assert_eq!(name.query, "a=1");
    }

    /// OBS with multitrack video puts everything into the URL and leaves the key empty.
    #[test]
    fn a_key_may_stand_in_the_application() {
        assert_eq!(name("live/key?s=1", ""), Ok(("live/key".into(), "s=1".into())));
        assert_eq!(name("live/key", "?s=1"), Ok(("live/key".into(), "s=1".into())));
    }

    #[test]
    fn an_application_may_be_empty() {
        assert_eq!(path("", "key"), "key");
    }

    #[test]
    fn a_name_that_says_nothing_or_could_harm_is_refused() {
        assert_eq!(name("live", ""), Err(NameError::Empty));
        assert_eq!(name("", ""), Err(NameError::Empty));
        assert_eq!(name("live", "../etc"), Err(NameError::Forbidden));
        assert_eq!(name("live", "a\nb"), Err(NameError::Forbidden));
        assert_eq!(
            name("live", &"k".repeat(1025)),
            Err(NameError::TooLong {
                len: 1025,
                limit: 1024
            })
        );
    }
}
