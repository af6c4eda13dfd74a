//! Who and where: `user:password@host:port`.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::UrlError;

/// What stands between `://` and the path (RFC 3986 §3.2), as written.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// Without `@`.
    pub(super) user_info: Option<String>,
    /// An IPv6 address has its brackets.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl Authority {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        // The last one: passwords have them, unescaped (FFmpeg reads them so), hosts do not.
        let (user_info, place) = match text.rsplit_once('@') {
            Some((user_info, place)) => (Some(user_info), place),
            None => (None, text),
        };
        let (host, port) = if place.starts_with('[') {
            let (host, rest) = place.split_once(']').ok_or(UrlError::BadIpv6)?;
            check_ipv6(host.strip_prefix('[').unwrap_or(host))?;
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port),
                None if rest.is_empty() => None,
                None => return Err(UrlError::BadPort),
            };
            (format!("{host}]"), port)
        } else {
            let (host, port) = match place.split_once(':') {
                Some((_, port)) if port.contains(':') => return Err(UrlError::Ipv6WithoutBrackets),
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            };
            check_name(host)?;
            (host.to_owned(), port)
        };
        Ok(Self {
            user_info: user_info.map(str::to_owned),
            host,
            port: port.map(parse_port).transpose()?,
        })
    }

    /// The host as a resolver takes it: an IPv6 address without its brackets, the mark before its zone as `%`
    /// (RFC 6874 has it as `%25` in URLs).
    pub(super) fn bare_host(&self) -> Cow<'_, str> {
        let bare = self
            .host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        match bare {
            None => Cow::Borrowed(&self.host),
            Some(address) => match address.split_once("%25") {
                Some((address, zone)) => format!("{address}%{zone}").into(),
                None => Cow::Borrowed(address),
            },
        }
    }

    /// What precedes the first colon, with escapes resolved.
    pub(super) fn user(&self) -> Option<Cow<'_, str>> {
        let user_info = self.user_info.as_deref()?;
        Some(unescape(
            user_info.split_once(':').map_or(user_info, |(user, _)| user),
        ))
    }

    pub(super) fn password(&self) -> Option<Cow<'_, str>> {
        let (_, password) = self.user_info.as_deref()?.split_once(':')?;
        Some(unescape(password))
    }
}

/// The characters of names and of IPv4 addresses (RFC 3986 §3.2.2), without escapes: resolvers know none.
fn check_name(host: &str) -> Result<(), UrlError> {
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    match host.chars().find(|&c| !is_good(c)) {
        Some(c) => Err(UrlError::BadHost(c)),
        None => Ok(()),
    }
}

fn check_ipv6(address: &str) -> Result<(), UrlError> {
    let (address, zone) = address.split_once('%').unwrap_or((address, "-"));
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    // The `25` of an escaped mark alone is no zone.
    if address.parse::<Ipv6Addr>().is_err() || zone.is_empty() || zone == "25" || !zone.chars().all(is_good) {
        return Err(UrlError::BadIpv6);
    }
    Ok(())
}

/// Digits without leading zeros: so a port is shown as it was written.
fn parse_port(text: &str) -> Result<u16, UrlError> {
    if text.starts_with(['0', '+']) {
        return Err(UrlError::BadPort);
    }
    text.parse().map_err(|_| UrlError::BadPort)
}

/// Resolves `%XX` (RFC 3986 §2.1). What is no escape stands for itself, and so does what would not be UTF-8.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let escape = behind.first_chunk::<2>().filter(|_| byte == b'%');
        if let Some(value) = escape.and_then(|digits| hex_value(*digits)) {
            bytes.push(value);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = behind;
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The byte that two hexadecimal digits say.
pub(super) fn hex_value(digits: [u8; 2]) -> Option<u8> {
    let digits = std::str::from_utf8(&digits).ok()?;
    // `from_str_radix` takes a sign, too.
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}
