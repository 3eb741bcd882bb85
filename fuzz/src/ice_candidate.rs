//! ICE candidates of the other end: none of them makes this end knock at its own
//! doors, and what is taken is an address with a port.

use hopsight_evidence::Transport;
use hopsight_path::{read_candidate, read_fragment};
use std::net::IpAddr;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let fragment = read_fragment(text);
    for attribute in &fragment.candidates {
        assert!(attribute.starts_with("candidate:") && !attribute.contains('\n'));
        is_taken_only_if_plain(attribute);
    }
    is_taken_only_if_plain(text);
}

fn is_taken_only_if_plain(attribute: &str) {
    let Some(told) = read_candidate(attribute, false) else {
        return;
    };
    let plain = told.address.ip().to_canonical();
    let is_broadcast = plain == IpAddr::from([255; 4]);
    assert!(
        !plain.is_loopback() && !plain.is_multicast() && !plain.is_unspecified() && !is_broadcast,
        "{plain}"
    );
    assert!(matches!(told.transport, Transport::Udp | Transport::Tcp));
    assert!(read_candidate(attribute, true).is_some());
}
