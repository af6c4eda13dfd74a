//! Addresses that leave no room for one another.

use std::fmt;
use std::net::IpAddr;

use rtmp_core::host::ListenAddr;

/// Two addresses of which one can be listened at, and then not the other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{one} and {other} are one place: leave one of them out, or choose another port")]
pub struct Clash {
    one: Asked,
    other: Asked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    is_tls: bool,
    address: ListenAddr,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = if self.is_tls { "--tls-listen" } else { "--listen" };
        write!(f, "{option} {}", self.address)
    }
}

impl Clash {
    /// Whether a server could listen at all of these, with RTMP and with RTMPS, as far as they themselves say.
    ///
    /// # Errors
    ///
    /// The first two of which it could not.
    pub fn check(plain: &[ListenAddr], tls: &[ListenAddr]) -> Result<(), Self> {
        let asked = |is_tls| {
            move |address: &ListenAddr| Asked {
                is_tls,
                address: address.clone(),
            }
        };
        let mut before: Vec<Asked> = Vec::new();
        for other in plain.iter().map(asked(false)).chain(tls.iter().map(asked(true))) {
            if let Some(one) = before.iter().find(|one| is_same(&one.address, &other.address)) {
                let one = one.clone();
                return Err(Self { one, other });
            }
            before.push(other);
        }
        Ok(())
    }
}

fn is_same(one: &ListenAddr, other: &ListenAddr) -> bool {
    match (one, other) {
        // Port 0 is another one each time.
        (ListenAddr::Tcp(one), ListenAddr::Tcp(other)) => {
            let (a, b) = (one.ip(), other.ip());
            one.port() == other.port() && one.port() != 0 && (a == b || takes(a, b) || takes(b, a))
        }
        (one, other) => one == other,
    }
}

/// Whether listening at one address takes the other as well: `[::]` takes IPv4, too.
fn takes(all: IpAddr, one: IpAddr) -> bool {
    all.is_unspecified() && (all.is_ipv6() || one.is_ipv4())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clash(plain: &[&str], tls: &[&str]) -> Option<String> {
        let addresses =
            |texts: &[&str]| -> Vec<ListenAddr> { texts.iter().map(|text| text.parse().unwrap()).collect() };
        let checked = Clash::check(&addresses(plain), &addresses(tls));
        checked.err().map(|clash| clash.to_string())
    }

    #[test]
    fn what_is_asked_for_twice_is_named_with_its_options() {
        let said = clash(&["127.0.0.1:1935", "127.0.0.1:1935"], &[]).unwrap();
        assert!(
            said.starts_with("--listen 127.0.0.1:1935 and --listen 127.0.0.1:1935 are"),
            "{said}"
        );
        let said = clash(&[":1935"], &["192.0.2.1:1935"]).unwrap();
        assert!(
            said.starts_with("--listen [::]:1935 and --tls-listen 192.0.2.1:1935"),
            "{said}"
        );
        assert!(clash(&["unix:/run/a", "unix:/run/a"], &[]).is_some());
        assert!(clash(&["0.0.0.0:1935", "127.0.0.1:1935"], &[]).is_some());
    }

    #[test]
    fn others_leave_room() {
        assert_eq!(clash(&["127.0.0.1:0", "127.0.0.1:0"], &["127.0.0.1:0"]), None);
        assert_eq!(
            clash(&["127.0.0.1:1", "[::1]:1", "127.0.0.2:1"], &["[::1]:2"]),
            None
        );
        assert_eq!(clash(&["0.0.0.0:1", "[::1]:1", "unix:/run/a"], &[]), None);
    }
}
