//! Where a path is cut into application and stream name.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

/// Cuts a path, with its query, as FFmpeg does (`rtmp_open` of FFmpeg 5.1) and its users expect: see
/// [`RtmpUrl`](super::RtmpUrl) for the rules. A path of one segment is the application, unless that `is_known` from
/// elsewhere: then it is the name.
pub(super) fn split(path: &str, is_known: bool) -> (&str, Cow<'_, str>) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(name) = query.split('&').find_map(|pair| pair.strip_prefix("slist=")) {
        return (path, typed(name));
    }
    if let Some(name) = path.strip_prefix("ondemand/") {
        return ("ondemand", typed(name));
    }
    let whole = if is_known { ("", path) } else { (path, "") };
    let (app, rest) = cut(path, place)
        .and_then(|at| path.split_at_checked(at))
        .unwrap_or(whole);
    (app, typed(rest.strip_prefix('/').unwrap_or(rest)))
}

/// The slash between application and name.
fn cut(path: &str, place: &str) -> Option<usize> {
    let mut slashes = place.match_indices('/').map(|(at, _)| at);
    let Some(first) = slashes.next() else {
        // `live?vhost=a.example/name`: the query of an application.
        return path.rfind('/');
    };
    let Some(second) = slashes.next() else {
        return Some(first);
    };
    // `app/mp4:folder/clip`: what has a type is a name already, and no instance.
    let is_instance = place
        .get(first..second)
        .is_some_and(|segment| !segment.contains(':'));
    Some(if is_instance { second } else { first })
}

/// The name as servers of recordings want it: with the type of MP4 files before it, without the ending of FLV files.
fn typed(name: &str) -> Cow<'_, str> {
    let is_mp4 = name.ends_with(".mp4") || name.ends_with(".f4v");
    if is_mp4 && !name.contains(':') {
        return format!("mp4:{name}").into();
    }
    Cow::Borrowed(name.strip_suffix(".flv").unwrap_or(name))
}
