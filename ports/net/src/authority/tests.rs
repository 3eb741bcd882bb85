//! The authority by example: made once, kept private, never overwritten.

use super::*;
use hopsight_testkit::Folder;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const DAY: u64 = 24 * 3600;

#[test]
fn an_authority_is_made_once_and_loaded_afterwards() {
    let place = Folder::new();

    let made = Authority::open_or_make(place.path(), day(0)).unwrap();
    let loaded = Authority::open_or_make(place.path(), day(1)).unwrap();

    assert_eq!(made.fingerprint(), loaded.fingerprint());
    assert_eq!(made.certificate_pem(), loaded.certificate_pem());
}

#[test]
fn keys_are_for_their_owner_only() {
    let place = Folder::new();
    let authority = Authority::open_or_make(place.path(), day(0)).unwrap();
    authority.server_identity(&names(), day(0)).unwrap();
    let mode = |name: &str| fs::metadata(place.file(name)).unwrap().permissions().mode() & 0o777;

    assert_eq!([mode(KEY_FILE), mode("server.pem")], [0o600, 0o600]);

    fs::set_permissions(place.file(KEY_FILE), fs::Permissions::from_mode(0o644)).unwrap();
    Authority::open_or_make(place.path(), day(0)).unwrap();
    assert_eq!(mode(KEY_FILE), 0o600);
}

#[test]
fn a_server_certificate_stays_until_a_month_before_its_end() {
    let place = Folder::new();
    let authority = Authority::open_or_make(place.path(), day(0)).unwrap();
    let first = authority.server_identity(&names(), day(0)).unwrap();

    let later = authority.server_identity(&names(), day(59)).unwrap();
    let renewed = authority.server_identity(&names(), day(61)).unwrap();

    assert_eq!(first.expires, day(90));
    assert_eq!(later.chain, first.chain);
    assert_eq!(renewed.expires, day(151));
    assert_eq!(renewed.chain[1], first.chain[1]);
}

#[test]
fn a_server_certificate_is_made_anew_for_other_names() {
    let place = Folder::new();
    let authority = Authority::open_or_make(place.path(), day(0)).unwrap();
    let first = authority.server_identity(&names(), day(0)).unwrap();
    let mut more = names();
    more.reverse();
    let reordered = authority.server_identity(&more, day(0)).unwrap();
    more.push("10.0.0.2".to_owned());

    let changed = authority.server_identity(&more, day(0)).unwrap();

    assert_eq!(reordered.chain, first.chain);
    assert_ne!(changed.chain[0], first.chain[0]);
}

#[test]
fn a_name_that_is_none_is_refused_by_name() {
    let place = Folder::new();
    let authority = Authority::open_or_make(place.path(), day(0)).unwrap();

    let error = authority
        .server_identity(&["not a name".to_owned()], day(0))
        .unwrap_err();

    assert_eq!(
        error.to_string(),
        "`not a name` can stand in no certificate: it is neither a host name nor an IP address"
    );
}

#[test]
fn an_authority_without_its_key_is_not_overwritten() {
    let place = Folder::new();
    let authority = Authority::open_or_make(place.path(), day(0)).unwrap();
    fs::remove_file(place.file(KEY_FILE)).unwrap();

    let error = Authority::open_or_make(place.path(), day(0)).unwrap_err();

    assert!(matches!(error, AuthorityError::KeyMissing { .. }));
    let kept = fs::read_to_string(place.file(CERTIFICATE_FILE)).unwrap();
    assert_eq!(kept, authority.certificate_pem());
}

#[test]
fn a_key_of_another_authority_is_noticed() {
    let (one, two) = (Folder::new(), Folder::new());
    Authority::open_or_make(one.path(), day(0)).unwrap();
    Authority::open_or_make(two.path(), day(0)).unwrap();
    fs::copy(two.file(KEY_FILE), one.file(KEY_FILE)).unwrap();

    let error = Authority::open_or_make(one.path(), day(0)).unwrap_err();

    let file = one.file(CERTIFICATE_FILE);
    let expected = format!(
        "{} is damaged: it does not belong to the key beside it",
        file.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_expired_authority_says_so() {
    let place = Folder::new();
    Authority::open_or_make(place.path(), day(0)).unwrap();

    let error = Authority::open_or_make(place.path(), day(3650)).unwrap_err();

    assert!(matches!(error, AuthorityError::Expired { .. }));
}

#[test]
fn an_identity_hides_its_key() {
    let place = Folder::new();
    let authority = Authority::open_or_make(place.path(), day(0)).unwrap();
    let identity = authority.server_identity(&names(), day(0)).unwrap();

    let shown = format!("{identity:?}");

    assert!(shown.starts_with("ServerIdentity { certificates: 2, expires: "));
    assert!(!format!("{authority:?}").contains("PRIVATE"));
}

fn names() -> Vec<String> {
    ["hopsight.internal", "10.0.0.1", "2001:db8::1"]
        .map(String::from)
        .to_vec()
}

fn day(number: u64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + number * DAY)
}
