//! SDP and its fragments: every list has an end, every value a form, and what is
//! said twice is said once.

use hopsight_sip::server::Description;

pub(crate) fn run(bytes: &[u8]) {
    for content_type in ["application/sdp", "application/trickle-ice-sdpfrag"] {
        let Some(told) = Description::of(content_type, bytes) else {
            continue;
        };
        has_limits(&told);
        let mut twice = told.clone();
        twice.extend(told.clone());
        assert_eq!(twice, told);
    }
    assert_eq!(Description::of("text/plain", bytes), None);
}

fn has_limits(told: &Description) {
    assert!(told.candidates.len() <= 64 && told.hidden.len() <= 64);
    assert!(told.candidates.iter().all(|one| !one.ip().is_unspecified()));
    assert!(told.hidden.iter().all(|name| name.len() <= 64));
    assert!(told.codecs.len() <= 16);
    let is_plain = |codec: &String| codec.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(told.codecs.iter().all(is_plain));
    let is_hash = |digits: &String| digits.len() == 64 && digits.bytes().all(is_digit);
    assert!(told.fingerprint.as_ref().is_none_or(is_hash));
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}
