//! WWW-Authenticate and Proxy-Authenticate: a challenge that was read is written
//! and read as the same, and only SHA-256 is ever answered.

use hopsight_sip::digest::{Algorithm, Challenge};
use hopsight_sip::{Builder, Message};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(challenge) = Challenge::read(text) {
        assert_eq!(Challenge::read(&challenge.to_string()), Ok(challenge));
    }
    for name in ["WWW-Authenticate", "Proxy-Authenticate"] {
        let refusal = Builder::response_to(&request(), 401, "Unauthorized");
        let refusal = refusal.header(name, text).header(name, SOUND).finish();
        let strongest = Challenge::strongest(&refusal).expect("a sound one stands there");
        assert_eq!(strongest.algorithm, Algorithm::Sha256);
    }
}

const SOUND: &str = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";

fn request() -> Message {
    let text = b"REGISTER sip:r SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1\r\n\r\n";
    Message::read(text).expect("a request")
}
