//! What a person reads at the start: where to point OBS, ffmpeg and a player.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use anstyle::{AnsiColor, Style};
use rtmp_core::host::{DEFAULT_PORT, ListenAddr};

use crate::listen::TLS_PORT;

const COMMAND: Style = AnsiColor::Cyan.on_default();
const HEADING: Style = Style::new().bold();

/// Prints it to the standard error, with colours only for a terminal.
pub(super) fn show(addresses: &[ListenAddr], tls: &[ListenAddr]) {
    // Without a place for it there is nobody to read it.
    let _ = anstream::stderr().write_all(text(addresses, tls, this_machine()).as_bytes());
}

/// `machine` is what others call this machine by.
fn text(addresses: &[ListenAddr], tls: &[ListenAddr], machine: IpAddr) -> String {
    let mut text = String::new();
    let plain =
        first(addresses).map(|address| format!("rtmp://{}/live", host(address, machine, DEFAULT_PORT)));
    let secret = first(tls).map(|address| format!("rtmps://{}/live", host(address, machine, TLS_PORT)));
    let Some(url) = plain.as_ref().or(secret.as_ref()) else {
        return text;
    };
    let mut line = |name: &str, what: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {HEADING}{name:<8}{HEADING:#}{COMMAND}{what}{COMMAND:#}");
    };
    line("OBS", &format!("Server: {url}   Stream key: room"));
    line("ffmpeg", &format!("ffmpeg -re -i FILE -c copy -f flv {url}/room"));
    line("player", &format!("ffplay {url}/room"));
    if let (Some(_), Some(url)) = (&plain, &secret) {
        line(
            "RTMPS",
            &format!("{url}/room, under the name that the certificate is for"),
        );
    }
    text
}

fn first(addresses: &[ListenAddr]) -> Option<SocketAddr> {
    addresses.iter().find_map(|address| match address {
        ListenAddr::Tcp(address) => Some(*address),
        ListenAddr::Unix(_) => None,
    })
}

/// Host and port of a URL that leads to `address`, and need not say the `usual` port.
fn host(address: SocketAddr, machine: IpAddr, usual: u16) -> String {
    let ip = if address.ip().is_unspecified() {
        machine
    } else {
        address.ip()
    };
    match (ip.is_loopback(), address.port() == usual) {
        (true, true) if address.ip().is_unspecified() => "localhost".to_owned(),
        (_, true) => match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        },
        (_, false) => SocketAddr::new(ip, address.port()).to_string(),
    }
}

/// The address that packets to others leave from. Nothing is sent to find out.
fn this_machine() -> IpAddr {
    // An address for documentation (RFC 5737): any that is not in the local network would do.
    let elsewhere = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
    let address = socket.and_then(|socket| socket.connect(elsewhere).and_then(|()| socket.local_addr()));
    address.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

    fn plain(addresses: &[&str], machine: IpAddr) -> String {
        plain_with_tls(addresses, &[], machine)
    }

    fn plain_with_tls(addresses: &[&str], tls: &[&str], machine: IpAddr) -> String {
        let parse = |all: &[&str]| all.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        let text = text(&parse(addresses), &parse(tls), machine);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn rtmps_is_named_next_to_rtmp_or_in_its_place() {
        let both = plain_with_tls(&["[::]:1935"], &["[::]:443"], MACHINE);
        assert!(both.contains("ffplay rtmp://198.51.100.7/live/room\n"), "{both}");
        assert!(
            both.contains("RTMPS   rtmps://198.51.100.7/live/room, "),
            "{both}"
        );
        let alone = plain_with_tls(&["unix:/run/rtmp"], &["127.0.0.1:1936"], MACHINE);
        assert!(
            alone.contains("ffplay rtmps://127.0.0.1:1936/live/room\n"),
            "{alone}"
        );
    }

    #[test]
    fn the_lines_are_ready_to_be_pasted() {
        assert_eq!(
            plain(&["unix:/run/rtmp", "[::]:1935"], MACHINE),
            "  OBS     Server: rtmp://198.51.100.7/live   Stream key: room\n\
             \x20 ffmpeg  ffmpeg -re -i FILE -c copy -f flv rtmp://198.51.100.7/live/room\n\
             \x20 player  ffplay rtmp://198.51.100.7/live/room\n"
        );
    }

    #[test]
    fn a_url_names_the_port_only_if_it_is_not_the_usual_one() {
        assert!(plain(&["127.0.0.1:1936"], MACHINE).contains("rtmp://127.0.0.1:1936/live "));
        assert!(plain(&["[::1]:1935"], MACHINE).contains("rtmp://[::1]/live "));
        assert!(plain(&["[::]:1935"], Ipv4Addr::LOCALHOST.into()).contains("rtmp://localhost/live "));
    }

    #[test]
    fn a_unix_socket_has_no_url() {
        assert_eq!(plain(&["unix:/run/rtmp"], MACHINE), "");
    }
}
