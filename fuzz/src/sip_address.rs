//! What stands inside SIP headers: URIs, addresses, Via values, parameters. What
//! is written of one is read as the same.

use hopsight_sip::message::Parameters;
use hopsight_sip::{NameAddr, Uri, Via};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(uri) = Uri::parse(text) {
        uri_holds(&uri, text);
    }
    if let Ok(address) = NameAddr::parse(text) {
        assert_eq!(NameAddr::parse(&address.to_string()), Ok(address.clone()));
        let tagged = address.with_parameter("tag", "a b");
        assert_eq!(tagged.tag(), Some("a b"));
        assert_eq!(NameAddr::parse(&tagged.to_string()), Ok(tagged));
    }
    if let Ok(via) = Via::parse(text) {
        assert_eq!(Via::parse(&via.to_string()), Ok(via.clone()));
        let seen = via.with_parameter("received", "2001:db8::1");
        assert_eq!(seen.parameter("received"), Some("2001:db8::1"));
        assert_eq!(seen.sent_by(), via.sent_by());
    }
    let parameters = Parameters::parse(text);
    assert_eq!(Parameters::parse(&parameters.to_string()), parameters);
}

fn uri_holds(uri: &Uri, text: &str) {
    assert_eq!(uri.as_str(), text);
    assert_eq!(Uri::parse(uri.as_str()).as_ref(), Ok(uri));
    let parts = [
        Some(uri.scheme()),
        uri.user(),
        Some(uri.host()),
        uri.headers(),
    ];
    assert!(parts.into_iter().flatten().all(|part| text.contains(part)));
    if uri.is_sip() {
        assert!(!uri.host().is_empty());
        assert!(
            uri.address_of_record()
                .ends_with(&uri.host().to_ascii_lowercase())
        );
    }
}
