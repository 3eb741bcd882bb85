//! Decides what a body says about the media of whoever sent it: ICE candidates,
//! codecs, the certificate of the DTLS handshake.
//!
//! Takes SDP (RFC 8839, RFC 8122) or an sdpfrag (RFC 8840), both hostile text:
//! every list has a limit, and a line of another form is passed over. Whether a
//! candidate becomes a permission of the relay is left to the relay.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// What one party said about its media. The text in it is hostile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Literal candidate addresses.
    pub candidates: BTreeSet<SocketAddr>,
    /// Candidates that are a name (`….local`, RFC 8839, section 5.1): a relay
    /// or a trace can do nothing with them.
    pub hidden: BTreeSet<String>,
    /// The video codecs by their encoding names, the preferred one first.
    pub codecs: Vec<String>,
    /// SHA-256 of the certificate, as 64 lower-case hexadecimal digits.
    pub fingerprint: Option<String>,
}

impl Description {
    /// What `body` says; none when it is of another type or says nothing.
    #[must_use]
    pub fn of(content_type: &str, body: &[u8]) -> Option<Self> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let is_sdp = SDP_TYPES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(media_type));
        if !is_sdp {
            return None;
        }
        let text = String::from_utf8_lossy(body);
        let mut description = Self::default();
        let mut is_video = false;
        for line in text.lines().take(MOST_LINES).map(str::trim) {
            if let Some(media) = line.strip_prefix("m=") {
                is_video = media.starts_with("video ");
            } else if let Some(attribute) = line.strip_prefix("a=") {
                description.attribute(attribute, is_video);
            }
        }
        (description != Self::default()).then_some(description)
    }

    /// Takes over what a later body said: candidates are added, the rest is
    /// said anew or stays.
    pub fn extend(&mut self, later: Self) {
        for address in later.candidates {
            insert(&mut self.candidates, address);
        }
        for name in later.hidden {
            insert(&mut self.hidden, name);
        }
        if !later.codecs.is_empty() {
            self.codecs = later.codecs;
        }
        if later.fingerprint.is_some() {
            self.fingerprint = later.fingerprint;
        }
    }

    /// The addresses of its candidates, each once, in order.
    #[must_use]
    pub fn addresses(&self) -> Vec<IpAddr> {
        let addresses: BTreeSet<IpAddr> = self.candidates.iter().map(SocketAddr::ip).collect();
        addresses.into_iter().collect()
    }

    fn attribute(&mut self, attribute: &str, is_video: bool) {
        let Some((name, value)) = attribute.split_once(':') else {
            return;
        };
        match name {
            "candidate" => self.candidate(value),
            "fingerprint" => self.fingerprint = fingerprint(value).or(self.fingerprint.take()),
            "rtpmap" if is_video => self.codec(value),
            _ => {}
        }
    }

    /// `foundation component transport priority ADDRESS port typ …`
    fn candidate(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace().skip(4);
        let (Some(address), Some(port)) = (words.next(), words.next()) else {
            return;
        };
        let Ok(port) = port.parse::<u16>() else {
            return;
        };
        match address.parse::<IpAddr>() {
            Ok(address) if address.is_unspecified() => {}
            Ok(address) => insert(&mut self.candidates, SocketAddr::new(address, port)),
            Err(_) if address.len() <= LONGEST_NAME => {
                insert(&mut self.hidden, address.to_ascii_lowercase());
            }
            Err(_) => {}
        }
    }

    /// `payload-type ENCODING-NAME/clock-rate` (RFC 8866, section 6.6).
    fn codec(&mut self, value: &str) {
        let name = value.split_once(' ').map(|(_, encoding)| encoding);
        let name = name.and_then(|encoding| encoding.split('/').next());
        let Some(name) = name.map(str::to_ascii_uppercase) else {
            return;
        };
        let is_plain = !name.is_empty()
            && name.len() <= LONGEST_CODEC
            && name.bytes().all(|byte| byte.is_ascii_graphic());
        let carries_pictures = !REPAIRS.contains(&name.as_str());
        if is_plain
            && carries_pictures
            && !self.codecs.contains(&name)
            && self.codecs.len() < MOST_CODECS
        {
            self.codecs.push(name);
        }
    }
}

/// `sha-256 AB:CD:…`; other hashes are of no use for a comparison.
fn fingerprint(value: &str) -> Option<String> {
    let (hash, digits) = value.split_once(' ')?;
    let digits: String = digits.trim().split(':').collect();
    let is_sound = hash.eq_ignore_ascii_case("sha-256")
        && digits.len() == 64
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sound.then(|| digits.to_ascii_lowercase())
}

fn insert<T: Ord>(known: &mut BTreeSet<T>, one: T) {
    if known.len() < MOST_CANDIDATES {
        known.insert(one);
    }
}

const SDP_TYPES: [&str; 2] = ["application/sdp", "application/trickle-ice-sdpfrag"];
/// Payloads that repair others and carry no picture of their own.
const REPAIRS: [&str; 4] = ["RTX", "RED", "ULPFEC", "FLEXFEC-03"];
const MOST_CANDIDATES: usize = 64;
const MOST_CODECS: usize = 16;
const MOST_LINES: usize = 2000;
const LONGEST_CODEC: usize = 16;
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &[u8] = b"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\n\
        a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
        a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=rtpmap:98 h264/90000\r\n\
        a=candidate:1 1 udp 2113937151 4C6a.local 5000 typ host\r\n\
        a=candidate:2 1 UDP 2113937151 10.0.0.5 5000 typ host\r\n\
        a=candidate:3 1 udp 1677729535 203.0.113.9 5000 typ srflx raddr 0.0.0.0 rport 0\r\n\
        a=candidate:broken\r\n";

    #[test]
    fn an_offer_tells_candidates_codecs_and_certificate() {
        let told = Description::of("Application/SDP; charset=utf-8", OFFER);

        let expected = Description {
            candidates: sockets(&["10.0.0.5:5000", "203.0.113.9:5000"]),
            hidden: ["4c6a.local".to_owned()].into(),
            codecs: vec!["VP8".to_owned(), "H264".to_owned()],
            fingerprint: Some("00112233445566778899aabbccddeeff".repeat(2)),
        };
        assert_eq!(told, Some(expected));
        assert_eq!(Description::of("text/plain", OFFER), None);
    }

    #[test]
    fn what_comes_later_is_added_and_forgets_nothing() {
        let mut told = Description::of("application/sdp", OFFER).unwrap();
        let later = b"a=candidate:4 1 udp 100 2001:db8::1 5000 typ relay\r\n";
        told.extend(Description::of("application/trickle-ice-sdpfrag", later).unwrap());

        assert_eq!(told.addresses().len(), 3);
        assert_eq!(told.codecs.len(), 2);
        assert!(told.fingerprint.is_some());
    }

    #[test]
    fn a_body_that_never_ends_is_read_up_to_a_limit() {
        let mut body = String::from("m=video 9 x 1\r\na=fingerprint:sha-256 xx\r\n");
        for port in 1..5000 {
            body.push_str(&format!(
                "a=candidate:1 1 udp 1 10.0.0.1 {port} typ host\r\n"
            ));
            body.push_str(&format!("a=rtpmap:{port} CODEC{port}/1\r\n"));
        }
        let told = Description::of("application/sdp", body.as_bytes()).unwrap();

        assert_eq!((told.candidates.len(), told.codecs.len()), (64, 16));
        assert_eq!(told.fingerprint, None);
    }

    fn sockets(texts: &[&str]) -> BTreeSet<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }
}
