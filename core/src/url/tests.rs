//! URLs as people paste them.

use proptest::prelude::*;

use super::*;
use crate::amf0::{Object, Value};

fn url(text: &str) -> RtmpUrl {
    text.parse().map_err(|error| (text, error)).unwrap()
}

fn error(text: &str) -> UrlError {
    text.parse::<RtmpUrl>().unwrap_err()
}

/// Application and name of a URL.
fn parts(text: &str) -> (String, String) {
    let url = url(text);
    assert_eq!(url.to_string(), text, "it is shown as it was written");
    (url.app().to_owned(), url.name().into_owned())
}

/// Application and name of a path.
fn cut(path: &str) -> (String, String) {
    parts(&format!("rtmp://h{path}"))
}

fn pair(app: &str, name: &str) -> (String, String) {
    (app.to_owned(), name.to_owned())
}

#[test]
fn a_path_is_cut_where_ffmpeg_cuts_it() {
    assert_eq!(cut("/live/key"), pair("live", "key"));
    assert_eq!(cut("/a/b/c"), pair("a/b", "c"));
    assert_eq!(cut("/live/x/y/z"), pair("live/x", "y/z"));
    assert_eq!(cut("/live"), pair("live", ""));
    assert_eq!(cut("/live?token=1"), pair("live?token=1", ""));
    assert_eq!(cut("/ondemand/a/b"), pair("ondemand", "a/b"));
    assert_eq!(cut("/live/x?slist=key&a=1"), pair("live/x?slist=key&a=1", "key"));
    assert_eq!(cut("/app/mp4:dir/file"), pair("app", "mp4:dir/file"));
    assert_eq!(cut("/live/room/"), pair("live/room", ""));
    assert_eq!(cut("/live/"), pair("live", ""));
    assert_eq!(cut("//live/key"), pair("/live", "key"));
}

#[test]
fn who_says_the_application_elsewhere_has_the_name_in_the_path() {
    // As FFmpeg 5.1 sends them with `-rtmp_app foo`.
    for (path, name) in [("x", "x"), ("x/y", "y"), ("x/y/z", "z"), ("x?a=1", "x?a=1")] {
        let url = url(&format!("rtmp://h/{path} app=foo"));
        assert_eq!((url.app(), &*url.name()), ("foo", name));
    }
}

#[test]
fn a_url_may_name_a_server_only() {
    for text in ["rtmp://h", "rtmp://h/", "rtmps://h:1"] {
        assert_eq!(parts(text), pair("", ""));
    }
    assert_eq!(url("rtmp://h").tc_url(), "rtmp://h/");
}

#[test]
fn recordings_are_named_as_ffmpeg_names_them() {
    assert_eq!(cut("/vod/clip.flv"), pair("vod", "clip"));
    assert_eq!(cut("/vod/clip.mp4"), pair("vod", "mp4:clip.mp4"));
    assert_eq!(cut("/vod/clip.f4v"), pair("vod", "mp4:clip.f4v"));
    assert_eq!(cut("/vod/mp4:clip.mp4"), pair("vod", "mp4:clip.mp4"));
    assert_eq!(cut("/vod/clip.flv?a=1"), pair("vod", "clip.flv?a=1"));
}

#[test]
fn a_query_is_untouched_wherever_it_stands() {
    assert_eq!(
        cut("/live/key?token=a/b+c%2F=="),
        pair("live", "key?token=a/b+c%2F==")
    );
    assert_eq!(cut("/live/room/key?a=x:y/z"), pair("live/room", "key?a=x:y/z"));
    assert_eq!(
        cut("/live?vhost=a.example/key"),
        pair("live?vhost=a.example", "key")
    );
    assert_eq!(cut("/live/?token=1"), pair("live", "?token=1"));
    assert_eq!(cut("?token=1"), pair("?token=1", ""));
}

#[test]
fn each_scheme_has_its_port() {
    let port = |text| (url(text).scheme(), url(text).port(), url(text).written_port());
    assert_eq!(port("rtmp://h/a/b"), (Scheme::Rtmp, 1935, None));
    assert_eq!(port("rtmps://h/a/b"), (Scheme::Rtmps, 443, None));
    assert_eq!(port("rtmps://h:1936/a/b"), (Scheme::Rtmps, 1936, Some(1936)));
    assert_eq!(url("RTMPS://Host/a/b").to_string(), "rtmps://Host/a/b");
}

#[test]
fn a_host_is_a_name_or_an_address() {
    for (text, host) in [
        ("rtmp://a-b.example/live/k", "a-b.example"),
        ("rtmp://192.0.2.1/live/k", "192.0.2.1"),
        ("rtmp://[2001:db8::1]/live/k", "2001:db8::1"),
        ("rtmp://[2001:DB8:0:0::1]:19350/live/k", "2001:DB8:0:0::1"),
        ("rtmp://[fe80::1%25eth0]/live/k", "fe80::1%eth0"),
        ("rtmp://[fe80::1%eth0]/live/k", "fe80::1%eth0"),
    ] {
        assert_eq!(url(text).host(), host);
        assert_eq!(url(text).to_string(), text);
    }
}

#[test]
fn tc_url_is_the_url_up_to_the_application_without_the_user() {
    for (text, tc_url) in [
        ("rtmp://h/live/key?token=1", "rtmp://h/live"),
        ("rtmp://me:pw@h/live/key", "rtmp://h/live"),
        ("rtmp://h:1935/live/room/key", "rtmp://h:1935/live/room"),
        ("rtmps://[::1]:443/live/key", "rtmps://[::1]:443/live"),
        ("rtmp://h/live?vhost=v/key", "rtmp://h/live?vhost=v"),
        ("rtmp://h/live/key tcUrl=rtmp://other/x", "rtmp://other/x"),
        ("rtmp://h/a/b/c app=a", "rtmp://h/a"),
    ] {
        assert_eq!(url(text).tc_url(), tc_url, "{text}");
    }
}

#[test]
fn user_and_password_precede_the_last_at_sign() {
    let who = |text| {
        let url = url(text);
        (
            url.user().map(Cow::into_owned),
            url.password().map(Cow::into_owned),
        )
    };
    let some = |user: &str, password: &str| (Some(user.to_owned()), Some(password.to_owned()));
    assert_eq!(who("rtmp://h/a/b"), (None, None));
    assert_eq!(who("rtmp://me@h/a/b"), (Some("me".into()), None));
    assert_eq!(who("rtmp://me:@h/a/b"), some("me", ""));
    assert_eq!(who("rtmp://me:p@ss:w@h/a/b"), some("me", "p@ss:w"));
    assert_eq!(who("rtmp://m%65:%2F%3f%C3%A4@h/a/b"), some("me", "/?ä"));
    // What is no escape, or none of UTF-8, stands for itself.
    assert_eq!(who("rtmp://me:50%+%f%zz@h/a/b"), some("me", "50%+%f%zz"));
    assert_eq!(who("rtmp://me:%ff@h/a/b"), some("me", "%ff"));
    assert_eq!(who("rtmp://x:y@h/a/b pubUser=me pubPasswd=pw"), some("me", "pw"));
    assert_eq!(url("rtmp://h/a/b?mail=me@x").user(), None);
}

#[test]
fn what_is_secret_is_not_shown_in_logs() {
    let text = "rtmp://me:pw1@h/live/key pubUser=me2 pubPasswd=pw2 token=pw3 conn=S:pw4 buffer=9";
    let url = url(text);
    for shown in [url.redacted(), format!("{url:?}"), format!("{:?}", url.options())] {
        assert!(!shown.contains("pw") && !shown.contains("me"), "{shown}");
        assert!(shown.contains("buffer=9"), "{shown}");
    }
    assert_eq!(
        url.redacted(),
        "rtmp://***@h/live/key token=*** pubUser=*** pubPasswd=*** buffer=9 conn=***"
    );
}

#[test]
fn obs_has_all_of_the_path_for_the_application() {
    let url = url("rtmp://h/live/room?a=1").with_key("key?token=1");
    assert_eq!((url.app(), &*url.name()), ("live/room?a=1", "key?token=1"));
    assert_eq!(url.tc_url(), "rtmp://h/live/room?a=1");
    assert_eq!(
        url.to_string(),
        "rtmp://h/live/room?a=1 app=live/room?a=1 playpath=key?token=1"
    );
    assert_eq!(url.to_string().parse(), Ok(url));
}

#[test]
fn what_is_said_otherwise_is_shown_and_read_again() {
    let url = url("rtmp://h/a/b/c").with_app("a b\\c\n").with_name("d\u{85}");
    assert_eq!(
        url.to_string(),
        r"rtmp://h/a/b/c app=a\20b\5cc\0a playpath=d\c2\85"
    );
    assert_eq!(url.to_string().parse(), Ok(url));
}

#[test]
fn librtmp_has_options_behind_the_url() {
    let text = "rtmp://h:1935/live/a/b  live=1 playPath=b app=live/a TCURL=rtmp://x/y swfUrl=http://s/p.swf \
        pageUrl=http://p/ flashVer=WIN\\2010,0,32,18 token=secret timeout=15 buffer=2000 start=1 stop=4294967295 \
        subscribe=b conn=B:1 conn=S:auth:me conn=Z: conn=O:1 conn=NN:code:1.23 conn=NS:flag:ok conn=NO:in:1 conn=NB:x:0 \
        conn=O:0 conn=O:0 conn=N:-2";
    let url = url(text);
    assert_eq!((url.app(), &*url.name()), ("live/a", "b"));
    assert_eq!(url.tc_url(), "rtmp://x/y");
    let options = url.options();
    assert_eq!(options.live, Some(Live::Live));
    assert_eq!(options.swf_url.as_deref(), Some("http://s/p.swf"));
    assert_eq!(options.page_url.as_deref(), Some("http://p/"));
    assert_eq!(options.flash_ver.as_deref(), Some("WIN 10,0,32,18"));
    assert_eq!(options.token.as_deref(), Some("secret"));
    assert_eq!(options.subscribe.as_deref(), Some("b"));
    assert_eq!((options.timeout, options.buffer), (Some(15), Some(2000)));
    assert_eq!((options.start, options.stop), (Some(1), Some(u32::MAX)));
    let arguments: Vec<Value<'_>> = options.conn.iter().cloned().map(Value::from).collect();
    let inner = Object::new().with("x", Value::Boolean(false));
    let object = Object::new()
        .with("code", 1.23)
        .with("flag", "ok")
        .with("in", Value::Object(inner));
    assert_eq!(
        arguments,
        [
            Value::Boolean(true),
            Value::from("auth:me"),
            Value::Null,
            Value::Object(object),
            Value::Number(-2.0),
        ]
    );
    assert_eq!(url.to_string().parse(), Ok(url));
}

#[test]
fn ffmpeg_calls_the_same_options_otherwise() {
    let url = url("rtmp://h/a/b/c -rtmp_live recorded -rtmp_app a rtmp_playpath=b/c rtmp_buffer=100");
    assert_eq!((url.app(), &*url.name()), ("a", "b/c"));
    assert_eq!(
        (url.options().live, url.options().buffer),
        (Some(Live::Recorded), Some(100))
    );
    assert_eq!(
        url.to_string(),
        "rtmp://h/a/b/c app=a playpath=b/c buffer=100 live=recorded"
    );
    for (text, live) in [
        ("any", Live::Any),
        ("-1", Live::Live),
        ("0", Live::Any),
        ("YES", Live::Live),
    ] {
        assert_eq!(
            self::url(&format!("rtmp://h live={text}")).options().live,
            Some(live)
        );
    }
}

#[test]
fn each_fault_has_an_error_that_says_what_to_write() {
    use OptionError as O;
    let cases: [(&str, UrlError, &str); 44] = [
        ("", UrlError::NoScheme, "rtmp://HOST"),
        ("live/key", UrlError::NoScheme, "rtmp://HOST"),
        ("://h/a/b", UrlError::NoScheme, "rtmp://HOST"),
        ("h/a?u=http://x", UrlError::NoScheme, "rtmp://HOST"),
        (
            "RTMPT://h/a/b",
            UrlError::UnsupportedScheme("rtmpt".into()),
            "rtmps://",
        ),
        (
            "rtmpe://h/a/b",
            UrlError::UnsupportedScheme("rtmpe".into()),
            "cipher",
        ),
        (
            "http://h/a/b",
            UrlError::UnsupportedScheme("http".into()),
            "write rtmp://",
        ),
        ("rtmp://", UrlError::NoHost, "HOST"),
        ("rtmp:///live/key", UrlError::NoHost, "HOST"),
        ("rtmp://me:pw@/live/key", UrlError::NoHost, "HOST"),
        ("rtmp://:1935/live/key", UrlError::NoHost, "HOST"),
        ("rtmp://h#x/live/key", UrlError::BadHost('#'), "'#'"),
        ("rtmp://h%41/live/key", UrlError::BadHost('%'), "'%'"),
        ("rtmp://bücher.example/live/key", UrlError::BadHost('ü'), "xn--"),
        ("rtmp://::1/live/key", UrlError::Ipv6WithoutBrackets, "[::1]"),
        ("rtmp://[::1/live/key", UrlError::BadIpv6, "2001:db8::1"),
        ("rtmp://[[::1]]/live/key", UrlError::BadIpv6, "2001:db8::1"),
        ("rtmp://[h]/live/key", UrlError::BadIpv6, "2001:db8::1"),
        ("rtmp://[fe80::1%25]/live/key", UrlError::BadIpv6, "2001:db8::1"),
        ("rtmp://[::1]x/live/key", UrlError::BadPort, "HOST:PORT"),
        ("rtmp://h:/live/key", UrlError::BadPort, "HOST:PORT"),
        ("rtmp://h:0/live/key", UrlError::BadPort, "HOST:PORT"),
        ("rtmp://h:+1/live/key", UrlError::BadPort, "HOST:PORT"),
        ("rtmp://h:65536/live/key", UrlError::BadPort, "65535"),
        ("rtmp://me:p/w@h/live/key", UrlError::BadPort, "%2F"),
        ("rtmp://h/li\nve/key", UrlError::ControlCharacter('\n'), "U+000A"),
        // As web pages have them before and behind what is copied.
        (
            "\u{FEFF}rtmp://h/live/key",
            UrlError::ControlCharacter('\u{FEFF}'),
            "U+FEFF",
        ),
        (
            "rtmp://h/live/key\u{200B}",
            UrlError::ControlCharacter('\u{200B}'),
            "one line",
        ),
        (
            "rtmp://h/live/key\u{A0}live=1",
            UrlError::ControlCharacter('\u{A0}'),
            "U+00A0",
        ),
        ("rtmp://h/live/my key", O::NotAnOption.into(), r"\20"),
        ("rtmp://h/live/key -rtmp_live", O::NotAnOption.into(), r"\20"),
        (
            "rtmp://h/live/key lief=1",
            O::Unknown("lief".into()).into(),
            "live",
        ),
        (
            "rtmp://h/live/key swfVfy=1",
            O::Unsupported("swfvfy".into()).into(),
            "leave it out",
        ),
        (
            "rtmp://h/live/key buffer=1s",
            O::BadNumber("buffer").into(),
            "number",
        ),
        ("rtmp://h/live/key live=2", O::BadLive.into(), "recorded"),
        (r"rtmp://h/live/key app=a\2", O::BadEscape.into(), r"\5c"),
        (r"rtmp://h/live/key app=a\+1", O::BadEscape.into(), r"\5c"),
        (r"rtmp://h/live/key app=\ff", O::BadEscape.into(), r"\5c"),
        (
            "rtmp://h/a/b conn=x",
            O::Conn(ConnError::NoValue).into(),
            "S:TEXT",
        ),
        (
            "rtmp://h/a/b conn=N:inf",
            O::Conn(ConnError::NoValue).into(),
            "N:NUMBER",
        ),
        (
            "rtmp://h/a/b conn=NS:a:b",
            O::Conn(ConnError::NoObject).into(),
            "conn=O:1",
        ),
        (
            "rtmp://h/a/b conn=O:1 conn=S:a",
            O::Conn(ConnError::NoName).into(),
            "NS:NAME",
        ),
        (
            "rtmp://h/a/b conn=O:0",
            O::Conn(ConnError::NotOpen).into(),
            "leave",
        ),
        (
            "rtmp://h/a/b conn=O:1",
            O::Conn(ConnError::NotClosed).into(),
            "conn=O:0",
        ),
    ];
    for (text, expected, remedy) in cases {
        let error = error(text);
        assert_eq!(error, expected, "{text}");
        assert!(error.to_string().contains(remedy), "{text}: {error}");
    }
}

#[test]
fn objects_are_nested_to_a_limit() {
    let nested = |depth: usize| {
        let open = " conn=NO:x:1".repeat(depth - 1);
        format!("rtmp://h/a/b conn=O:1{open}{}", " conn=O:0".repeat(depth))
    };
    assert!(nested(8).parse::<RtmpUrl>().is_ok());
    assert_eq!(
        error(&nested(9)),
        UrlError::Option(OptionError::Conn(ConnError::TooDeep))
    );
}

#[test]
fn a_url_has_a_limited_length() {
    let text = |len: usize| format!("rtmp://h/live/{}", "k".repeat(len - 14));
    assert!(text(RtmpUrl::MAX_LEN).parse::<RtmpUrl>().is_ok());
    assert_eq!(
        error(&text(RtmpUrl::MAX_LEN + 1)),
        UrlError::TooLong {
            len: RtmpUrl::MAX_LEN + 1
        }
    );
}

#[test]
fn what_was_pasted_with_blanks_around_it_is_taken_without() {
    assert_eq!(url(" \trtmp://h/live/key\r\n"), url("rtmp://h/live/key"));
}

proptest! {
    #[test]
    fn without_options_the_text_comes_back_letter_by_letter(
        scheme in "rtmps?",
        user in "([a-z%@:]{0,9}@)?",
        host in "([a-z0-9.-]{1,12}|\\[[0-9a-f]{1,4}::[0-9a-f]{1,4}(%[a-z0-9]{1,4})?\\])",
        port in "(:[1-9][0-9]{0,3})?",
        path in "([/?][!-~äöü]{0,40})?",
    ) {
        let text = format!("{scheme}://{user}{host}{port}{path}");
        // A zone of two digits may be the mark of an escape.
        prop_assume!(!text.contains("%25]"));
        prop_assert_eq!(url(&text).to_string(), text);
    }

    #[test]
    fn whatever_is_read_is_written_so_that_the_same_is_read(
        text in "rtmp://(u:p@)?h(:1)?/[a-z/?:.]{0,20}( (app|conn|live|token|x|buffer)=[NSBZO01:a\\\\]{0,9}){0,4}",
    ) {
        if let Ok(url) = text.parse::<RtmpUrl>() {
            prop_assert_eq!(url.to_string().parse(), Ok(url.clone()));
            prop_assert!(!url.redacted().contains("u:p@"));
        }
    }

    #[test]
    fn application_and_name_are_all_of_the_path(path in "/[a-z/]{0,30}") {
        let (app, name) = cut(&path);
        prop_assume!(!path.starts_with("/ondemand/"));
        let slash = if path[1..].contains('/') { "/" } else { "" };
        let joined = format!("/{app}{slash}{name}");
        prop_assert_eq!(joined, path);
    }

    #[test]
    fn no_text_breaks_it(text in ".{0,60}", app in ".{0,20}", name in ".{0,20}") {
        let _ = text.parse::<RtmpUrl>();
        let url = url("rtmp://h/a/b").with_app(app.clone()).with_name(name.clone());
        let again: RtmpUrl = url.to_string().parse().unwrap();
        prop_assert_eq!((again.app(), &*again.name()), (&*app, &*name));
    }
}
