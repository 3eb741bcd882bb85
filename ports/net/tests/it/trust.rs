//! Who is believed: the authority that was pinned, for the names it vouched
//! for, and nobody else.

use crate::house::{House, now};
use hopsight_evidence::{CertificateProblem, Observation};
use hopsight_kit::{Fingerprint, Timestamp};
use hopsight_net::{
    Authority, ConnectError, OnePortSettings, ServerIdentity, Trust, certificate_seen, connect_sip,
};
use hopsight_testkit::Folder;
use rcgen::{CertificateParams, KeyPair};

#[tokio::test]
async fn the_pinned_authority_is_believed_by_name_and_by_address() {
    let house = House::open(OnePortSettings::default());

    for host in ["localhost", "127.0.0.1"] {
        let flow = connect_sip(&house.named(host), &house.trust()).await;
        assert_eq!(flow.unwrap().remote, house.address, "{host}");
    }
}

#[tokio::test]
async fn the_authority_of_a_file_is_believed() {
    let house = House::open(OnePortSettings::default());
    let pem = house.authority.certificate_pem();
    let trust = Trust::from_pem(pem.as_bytes()).unwrap();

    connect_sip(&house.named("localhost"), &trust)
        .await
        .unwrap();
}

#[tokio::test]
async fn another_authority_is_refused_and_both_fingerprints_are_named() {
    let house = House::open(OnePortSettings::default());
    let expected = Fingerprint([7; 32]);

    let flow = connect_sip(&house.named("localhost"), &Trust::Authority(expected)).await;

    let seen = house.authority.fingerprint();
    assert_eq!(
        reason(flow.unwrap_err()),
        format!("it was not issued by the authority {expected}; the chain it shows ends in {seen}")
    );
}

#[tokio::test]
async fn another_authority_than_that_of_the_file_is_refused() {
    let house = House::open(OnePortSettings::default());
    let folder = Folder::new();
    let other = Authority::open_or_make(folder.path(), now()).unwrap();
    let trust = Trust::from_pem(other.certificate_pem().as_bytes()).unwrap();

    let flow = connect_sip(&house.named("localhost"), &trust).await;

    assert_eq!(
        reason(flow.unwrap_err()),
        "its certificate was not issued by an authority that you trust"
    );
}

#[tokio::test]
async fn a_name_that_the_authority_did_not_vouch_for_is_refused() {
    let folder = Folder::new();
    let authority = Authority::open_or_make(folder.path(), now()).unwrap();
    let names = ["hopsight.internal".to_owned()];
    let identity = authority.server_identity(&names, now()).unwrap();
    let settings = OnePortSettings::default();
    let house = House::with_identity(settings, authority, &identity, folder);

    let flow = connect_sip(&house.named("localhost"), &house.trust()).await;

    let reason = reason(flow.unwrap_err());
    assert!(reason.contains("localhost"), "{reason}");
}

#[tokio::test]
async fn a_chain_that_only_shows_the_pinned_certificate_is_refused() {
    let folder = Folder::new();
    let authority = Authority::open_or_make(folder.path(), now()).unwrap();
    let names = ["localhost".to_owned()];
    let real = authority.server_identity(&names, now()).unwrap();
    let key = KeyPair::generate().unwrap();
    let forged = CertificateParams::new(names.to_vec()).unwrap();
    let forged = forged.self_signed(&key).unwrap();
    let forged = ServerIdentity {
        chain: vec![forged.der().clone(), real.chain[1].clone()],
        key: key.serialize_der().try_into().unwrap(),
        expires: real.expires,
    };
    let settings = OnePortSettings::default();
    let house = House::with_identity(settings, authority, &forged, folder);

    let flow = connect_sip(&house.named("localhost"), &house.trust()).await;

    reason(flow.unwrap_err());
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let folder = Folder::new();
    let long_ago = Timestamp::from_unix_seconds(now().unix_seconds() - 200 * 24 * 3600);
    let authority = Authority::open_or_make(folder.path(), long_ago).unwrap();
    let names = ["localhost".to_owned()];
    let expired = authority.server_identity(&names, long_ago).unwrap();
    let settings = OnePortSettings::default();
    let house = House::with_identity(settings, authority, &expired, folder);

    let flow = connect_sip(&house.named("localhost"), &house.trust()).await;

    let reason = reason(flow.unwrap_err());
    assert!(reason.contains("expired"), "{reason}");
    let (_, problem) = problem_of(&house, "localhost", &house.trust()).await;
    assert_eq!(problem, Some(CertificateProblem::Expired));
}

#[tokio::test]
async fn the_certificate_that_was_shown_is_told_whether_or_not_it_is_believed() {
    let house = House::open(OnePortSettings::default());
    let stranger = Trust::Authority(Fingerprint([7; 32]));

    let believed = problem_of(&house, "localhost", &house.trust()).await;
    let pem = Trust::from_pem(house.authority.certificate_pem().as_bytes()).unwrap();
    let believed_by_file = problem_of(&house, "localhost", &pem).await;
    let wrong_name = problem_of(&house, "other.example", &house.trust()).await;
    let untrusted = problem_of(&house, "localhost", &stranger).await;

    let leaf = believed.0.clone();
    assert_eq!(leaf.len(), 64);
    assert_eq!(believed, (leaf.clone(), None));
    assert_eq!(believed_by_file, (leaf.clone(), None));
    let wrong = Some(CertificateProblem::WrongName);
    assert_eq!(wrong_name, (leaf.clone(), wrong));
    assert_eq!(untrusted, (leaf, Some(CertificateProblem::Untrusted)));
}

async fn problem_of(
    house: &House,
    host: &str,
    trust: &Trust,
) -> (String, Option<CertificateProblem>) {
    let seen = certificate_seen(&house.named(host), house.address, trust).await;
    let Observation::CertificateSeen { leaf, problem, .. } = seen.unwrap() else {
        panic!("a look at a certificate gives a certificate");
    };
    (leaf, problem)
}

fn reason(error: ConnectError) -> String {
    assert!(!error.may_retry(), "{error}");
    let ConnectError::Untrusted { reason, .. } = error else {
        panic!("{error}");
    };
    reason
}
