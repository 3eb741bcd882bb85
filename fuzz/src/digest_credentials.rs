//! Authorization and Proxy-Authorization: credentials that were read are written
//! and read as the same, and none that comes from outside proves a secret.

use hopsight_kit::{Redacted, Timestamp};
use hopsight_sip::Method;
use hopsight_sip::digest::{Algorithm, Credentials, Expected, NonceKey, ha1};
use std::time::Duration;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(credentials) = Credentials::read(text) else {
        return;
    };
    assert_eq!(
        Credentials::read(&credentials.to_string()).as_ref(),
        Ok(&credentials)
    );
    let shown = format!("{credentials:?}");
    assert!(shown.contains("hidden"), "{shown}");
    proves_nothing(&credentials);
}

/// The key that signs nonces is known to no input.
fn proves_nothing(credentials: &Credentials) {
    let secret = Redacted::new("secret".to_owned());
    let algorithm = Algorithm::Sha256;
    let ha1 = ha1("alice", "hopsight.internal", &secret, algorithm);
    let expected = Expected {
        realm: "hopsight.internal",
        ha1: &ha1,
        algorithm,
        method: &Method::Register,
        key: &NonceKey::new([7; 32]),
        lifetime: Duration::from_secs(300),
    };
    let wall = Timestamp::from_unix_seconds(1_000);
    assert!(credentials.verify(&expected, wall).is_err());
}
