//! What a certificate says of itself, as far as who loads one, or is shown one, has to know (RFC 5280 §4.1).

#![deny(clippy::arithmetic_side_effects)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use rustls::pki_types::UnixTime;

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0] EXPLICIT`: the version's tag.
const VERSION: u8 = 0xa0;
/// `[3] EXPLICIT`: that of the extensions.
const EXTENSIONS: u8 = 0xa3;
/// `[2]` and `[7] IMPLICIT`: those of a `dNSName` and an `iPAddress` among the subject's alternative names.
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

/// 2.5.4.3.
const COMMON_NAME: &[u8] = b"\x55\x04\x03";
/// 2.5.4.10.
const ORGANIZATION: &[u8] = b"\x55\x04\x0a";
/// 2.5.29.17.
const ALTERNATIVE_NAME: &[u8] = b"\x55\x1d\x11";

/// The parts of a certificate that bind it to others, and to a time. Nothing of it has been verified.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline<'a> {
    /// Who signed it, as DER.
    pub issuer: &'a [u8],
    /// Whose it is, as DER.
    pub subject: &'a [u8],
    /// It is of no use before.
    pub not_before: UnixTime,
    /// It is of no use afterwards.
    pub not_after: UnixTime,
    /// What follows the subject: its key, and extensions.
    rest: &'a [u8],
}

impl<'a> Outline<'a> {
    /// Reads a certificate in DER; `None` if it is none.
    pub fn read(mut der: &'a [u8]) -> Option<Self> {
        let mut certificate = expect(&mut der, SEQUENCE)?;
        let mut body = expect(&mut certificate, SEQUENCE)?;
        if body.first() == Some(&VERSION) {
            element(&mut body)?;
        }
        let _serial_number = expect(&mut body, INTEGER)?;
        let _signature_algorithm = expect(&mut body, SEQUENCE)?;
        let issuer = expect(&mut body, SEQUENCE)?;
        let mut validity = expect(&mut body, SEQUENCE)?;
        let subject = expect(&mut body, SEQUENCE)?;
        Some(Self {
            issuer,
            subject,
            not_before: time(&mut validity)?,
            not_after: time(&mut validity)?,
            rest: body,
        })
    }

    /// The one who signed it is the one whose it is.
    pub fn is_self_signed(&self) -> bool {
        self.issuer == self.subject
    }

    /// What the issuer is called: its common name, or else its organization.
    pub fn issuer_name(&self) -> Option<&'a str> {
        attribute(self.issuer, COMMON_NAME).or_else(|| attribute(self.issuer, ORGANIZATION))
    }

    /// What the subject is called, likewise. The hosts that it is for are [others](Self::hosts).
    pub fn subject_name(&self) -> Option<&'a str> {
        attribute(self.subject, COMMON_NAME).or_else(|| attribute(self.subject, ORGANIZATION))
    }

    /// The names and addresses of hosts that it is for (RFC 5280 §4.2.1.6), the first so many.
    pub fn hosts(&self, most: usize) -> Vec<String> {
        let mut hosts = Vec::new();
        let mut names = self.alternative_names().unwrap_or_default();
        while let Some((tag, content)) = element(&mut names)
            && hosts.len() < most
        {
            match tag {
                DNS_NAME => hosts.extend(std::str::from_utf8(content).map(str::to_owned)),
                IP_ADDRESS => hosts.extend(address(content).map(|address| address.to_string())),
                _ => {}
            }
        }
        hosts
    }

    fn alternative_names(&self) -> Option<&'a [u8]> {
        let mut rest = self.rest;
        let mut extensions = loop {
            let (tag, mut content) = element(&mut rest)?;
            if tag == EXTENSIONS {
                break expect(&mut content, SEQUENCE)?;
            }
        };
        loop {
            let mut extension = expect(&mut extensions, SEQUENCE)?;
            if expect(&mut extension, OBJECT_IDENTIFIER)? != ALTERNATIVE_NAME {
                continue;
            }
            let (mut tag, mut value) = element(&mut extension)?;
            // Whether it is critical.
            if tag == BOOLEAN {
                (tag, value) = element(&mut extension)?;
            }
            return if tag == OCTET_STRING {
                expect(&mut value, SEQUENCE)
            } else {
                None
            };
        }
    }
}

/// An attribute of a name (RFC 5280 §4.1.2.4), if it is text of the usual kinds.
fn attribute<'a>(mut name: &'a [u8], wanted: &[u8]) -> Option<&'a str> {
    loop {
        let mut set = expect(&mut name, SET)?;
        let mut pair = expect(&mut set, SEQUENCE)?;
        if expect(&mut pair, OBJECT_IDENTIFIER)? == wanted {
            let (_, text) = element(&mut pair)?;
            return std::str::from_utf8(text).ok();
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).into());
    let v6 = || <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).into());
    v4.or_else(|_| v6()).ok()
}

/// Takes one element (X.690 §8.1): its tag, and what is in it.
fn element<'a>(input: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&[tag, first], rest) = input.split_first_chunk()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // Longer lengths say first in how many bytes they are; a certificate has less than 16 MB.
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let len = digits
                .iter()
                .fold(0, |len, &digit| (len << 8) | usize::from(digit));
            (len, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    *input = rest;
    Some((tag, content))
}

fn expect<'a>(input: &mut &'a [u8], wanted: u8) -> Option<&'a [u8]> {
    let (tag, content) = element(input)?;
    (tag == wanted).then_some(content)
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ` (RFC 5280 §4.1.2.5).
fn time(input: &mut &[u8]) -> Option<UnixTime> {
    let (tag, text) = element(input)?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (digits, rest) = text.split_at_checked(2)?;
            let year = number(digits)?;
            let century = if year < 50 { 2000 } else { 1900 };
            (year.checked_add(century)?, rest)
        }
        GENERALIZED_TIME => {
            let (digits, rest) = text.split_at_checked(4)?;
            (number(digits)?, rest)
        }
        _ => return None,
    };
    let (digits, zone) = rest.split_at_checked(10)?;
    let mut fields = digits.chunks(2).map(number);
    let mut field = || fields.next().flatten();
    let (month, day, hour, minute, second) = (field()?, field()?, field()?, field()?, field()?);
    if zone != b"Z" || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let seconds = days_since_1970(year, month, day)?
        .checked_mul(24)?
        .checked_add(hour)?
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)?;
    // A certificate from before 1970 began in 1970.
    let seconds = u64::try_from(seconds).unwrap_or(0);
    Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
}

fn number(digits: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(digits).ok()?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The Gregorian calendar, with years that begin in March: a leap day is the last of its year then.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_early = month < 3;
    let year = year.checked_sub(i64::from(is_early))?;
    let month_of_year = month.checked_sub(if is_early { -9 } else { 3 })?;
    let day_of_year = month_of_year
        .checked_mul(153)?
        .checked_add(2)?
        .checked_div(5)?
        .checked_add(day)?;
    let leap_days = (year / 4).checked_sub(year / 100)?.checked_add(year / 400)?;
    // From 0000-03-01 to 1970-01-01, and the day's being counted from 1.
    year.checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(day_of_year)?
        .checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tag: u8, text: &str) -> Option<u64> {
        let mut der = vec![tag, u8::try_from(text.len()).unwrap()];
        der.extend_from_slice(text.as_bytes());
        time(&mut &der[..]).map(|time| time.as_secs())
    }

    #[test]
    fn times_of_both_forms_are_read() {
        assert_eq!(seconds(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(seconds(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(seconds(GENERALIZED_TIME, "20000229120000Z"), Some(951_825_600));
        assert_eq!(seconds(GENERALIZED_TIME, "20000301000000Z"), Some(951_868_800));
        // What a certificate without an end says (RFC 5280 §4.1.2.5).
        assert_eq!(
            seconds(GENERALIZED_TIME, "99991231235959Z"),
            Some(253_402_300_799)
        );
        assert_eq!(seconds(UTC_TIME, "500101000000Z"), Some(0), "1950");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "7001010000",
            "7001010000000",
            "701301000000Z",
            "700100000000Z",
            "+00101000000Z",
        ] {
            assert_eq!(seconds(UTC_TIME, text), None, "{text}");
        }
        assert_eq!(seconds(SEQUENCE, "700101000000Z"), None);
    }

    #[test]
    fn a_certificate_says_what_its_hosts_are_called() {
        let names = ["live.example", "*.live.example", "127.0.0.1", "::1"].map(str::to_owned);
        let mut parameters = rcgen::CertificateParams::new(names.to_vec()).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        for (attribute, text) in [
            (rcgen::DnType::CountryName, "AT"),
            (rcgen::DnType::OrganizationName, "Example"),
        ] {
            parameters.distinguished_name.push(attribute, text);
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let outline = Outline::read(certificate.der()).unwrap();
        assert_eq!(outline.hosts(9), names);
        assert_eq!(outline.hosts(2), names[..2]);
        assert_eq!(
            (outline.subject_name(), outline.issuer_name()),
            (Some("Example"), Some("Example"))
        );
        assert!(outline.is_self_signed());

        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, "the studio's");
        parameters.subject_alt_names.clear();
        let certificate = parameters.self_signed(&key).unwrap();
        let outline = Outline::read(certificate.der()).unwrap();
        assert_eq!(
            (outline.subject_name(), outline.hosts(9)),
            (Some("the studio's"), Vec::new())
        );
    }

    #[test]
    fn a_certificate_says_whose_it_is_and_for_how_long() {
        let mut parameters = rcgen::CertificateParams::new(vec!["live.example".into()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2024, 2, 29);
        parameters.not_after = rcgen::date_time_ymd(2050, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let outline = Outline::read(certificate.der()).unwrap();
        assert_eq!(outline.not_before.as_secs(), 1_709_164_800);
        assert_eq!(outline.not_after.as_secs(), 2_524_608_000);
        assert_eq!(outline.issuer, outline.subject);
        for len in 0..certificate.der().len() {
            assert_eq!(
                Outline::read(&certificate.der()[..len]),
                None,
                "a part of it is none"
            );
        }
    }
}
