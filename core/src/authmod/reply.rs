//! What a client puts behind `app` and `tcUrl` to say who it is.

#![deny(clippy::arithmetic_side_effects)]

use super::Mode;

/// The parameters of a reply. Values are as they are: none is escaped, and the `+`, `/` and `=` of base64 stand for
/// themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply<'a> {
    /// `None` if the mode is not known.
    pub(super) mode: Option<Mode>,
    pub(super) user: Option<&'a str>,
    /// Its own challenge (Adobe).
    pub(super) challenge: Option<&'a str>,
    /// The server's, sent back (Adobe).
    pub(super) opaque: Option<&'a str>,
    /// The server's, sent back (Limelight).
    pub(super) nonce: Option<&'a str>,
    /// Its own (Limelight).
    pub(super) client_nonce: Option<&'a str>,
    /// How often the nonce has been used (Limelight).
    pub(super) nonce_count: Option<&'a str>,
    pub(super) response: Option<&'a str>,
}

impl<'a> Reply<'a> {
    /// Reads it off an application's name; `None` if there is none. Another query may precede it, behind a question mark of
    /// its own.
    pub(crate) fn parse(app: &'a str) -> Option<Self> {
        let (_, query) = app.split_once("authmod=")?;
        let mut pairs = query.split('&');
        let mut reply = Self {
            mode: pairs.next().and_then(Mode::parse),
            ..Self::default()
        };
        for (key, value) in pairs.filter_map(|pair| pair.split_once('=')) {
            match key {
                "user" => reply.user = Some(value),
                "challenge" => reply.challenge = Some(value),
                "opaque" => reply.opaque = Some(value),
                "nonce" => reply.nonce = Some(value),
                "cnonce" => reply.client_nonce = Some(value),
                "nc" => reply.nonce_count = Some(value),
                "response" => reply.response = Some(value),
                _ => {}
            }
        }
        Some(reply)
    }

    /// An application or a `tcUrl` without what proves a password; `None` if nothing in it does. Whoever read it in a log could
    /// try passwords on it, and repeat it for as long as its challenge is good.
    pub(crate) fn redacted(text: &'a str) -> Option<String> {
        Self::parse(text)?.response?;
        let (before, query) = text.split_once("authmod=")?;
        let blank = |pair| match pair {
            pair if str::starts_with(pair, "response=") => "response=",
            pair => pair,
        };
        let query: Vec<_> = query.split('&').map(blank).collect();
        Some(format!("{before}authmod={}", query.join("&")))
    }

    /// Whose password it proves, if it is the last of the three; whether the proof is good is another question.
    pub(crate) fn proves(&self) -> Option<&'a str> {
        self.response.and(self.user)
    }
}
