//! Any text as a URL, and any text as application and name: what can be read is shown so that the same is read again, and
//! secrets are not shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::amf0::{self, Value};
use rtmp_core::limits::Limits;
use rtmp_core::url::RtmpUrl;

fuzz_target!(|input: (&str, &str, &str)| {
    let (text, app, name) = input;
    let Ok(url) = text.parse::<RtmpUrl>() else { return };
    let shown = url.to_string();
    // What may stand as it is may have to be escaped, which can make a long one too long.
    if shown.len() <= RtmpUrl::MAX_LEN {
        assert_eq!(shown.parse().as_ref(), Ok(&url));
    }
    if !text.contains([' ', '\t']) {
        assert!(shown.eq_ignore_ascii_case(text.trim_ascii()));
        assert!(shown.contains(url.app()) && url.path().contains(url.name().trim_start_matches("mp4:")));
    }
    assert!(!url.host().is_empty() && url.port() != 0);
    for redacted in [url.redacted(), format!("{url:?}")] {
        let authority = redacted.split(['/', '?', ' ']).nth(2).unwrap_or_default();
        assert!(authority.contains("***@") || !authority.contains('@'));
    }
    let mut bytes = Vec::new();
    for argument in url.options().conn.iter().cloned() {
        amf0::encode(&Value::from(argument), &mut bytes);
    }
    assert!(amf0::decode_all(&bytes, &Limits::default()).is_ok());

    let other = url.with_app(app).with_name(name);
    assert_eq!((other.app(), &*other.name()), (app, name));
    let shown = other.to_string();
    if shown.len() <= RtmpUrl::MAX_LEN {
        assert_eq!(shown.parse(), Ok(other));
    }
});
