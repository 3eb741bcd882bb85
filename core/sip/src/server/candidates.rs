//! Decides which addresses a body names as ICE candidates, for the relay's
//! permissions.
//!
//! Takes SDP (RFC 8839) or an sdpfrag (RFC 8840). Names such as `….local` and
//! lines of another form are passed over: a permission needs a literal
//! address. Whether a permission is given at all is left to the relay.

use std::collections::BTreeSet;
use std::net::IpAddr;

/// The literal candidate addresses of `body`, each once, in order.
#[must_use]
pub fn candidate_addresses(content_type: &str, body: &[u8]) -> Vec<IpAddr> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let is_sdp = SDP_TYPES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(media_type));
    if !is_sdp {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(body);
    let addresses: BTreeSet<IpAddr> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("a=candidate:"))
        .filter_map(candidate_address)
        .take(MOST_ADDRESSES)
        .collect();
    addresses.into_iter().collect()
}

/// `foundation component transport priority ADDRESS port typ …`
fn candidate_address(candidate: &str) -> Option<IpAddr> {
    let address: IpAddr = candidate.split_ascii_whitespace().nth(4)?.parse().ok()?;
    (!address.is_unspecified()).then_some(address)
}

const SDP_TYPES: [&str; 2] = ["application/sdp", "application/trickle-ice-sdpfrag"];
const MOST_ADDRESSES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_addresses_are_found_and_names_are_not() {
        let body = b"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n\
            a=candidate:1 1 udp 2113937151 4c6a.local 5000 typ host\r\n\
            a=candidate:2 1 UDP 2113937151 10.0.0.5 5000 typ host\r\n\
            a=candidate:3 1 udp 1677729535 203.0.113.9 5000 typ srflx raddr 0.0.0.0 rport 0\r\n\
            a=candidate:4 1 udp 100 2001:db8::1 5000 typ relay\r\n\
            a=candidate:broken\r\n";
        let expected: Vec<IpAddr> = ["10.0.0.5", "203.0.113.9", "2001:db8::1"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();

        assert_eq!(
            candidate_addresses("Application/SDP; charset=utf-8", body),
            expected
        );
        assert_eq!(
            candidate_addresses("application/trickle-ice-sdpfrag", body),
            expected
        );
        assert_eq!(
            candidate_addresses("text/plain", body),
            Vec::<IpAddr>::new()
        );
    }
}
