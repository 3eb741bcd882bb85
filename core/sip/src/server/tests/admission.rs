//! What is promised about admission.

use super::*;
use crate::digest::{Algorithm, Challenge, Credentials, ha1};
use hopsight_kit::Redacted;

#[test]
fn a_request_under_somebody_elses_name_is_refused() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let forged = request(&Method::Message, &bob(), &bob(), &bob(), 1).finish();

    assert_eq!(lines(&bench.receive(1, &forged)), ["1 403"]);
}

#[test]
fn a_tls_flow_is_known_after_one_digest() {
    let mut bench = Bench::new();
    open_tls(&mut bench);
    let challenge = challenged(&mut bench, Some(alices()));
    assert_eq!(challenge.status(), Some(401));

    let authorised = register(&alice(), 1, 2)
        .header(
            "Authorization",
            credentials(&challenge, "secret", &Method::Register),
        )
        .finish();
    let actions = bench.receive(1, &authorised);
    let actions = bench.find(&actions, Some(alices()));

    assert_eq!(lines(&actions), ["1 200"]);
    assert_eq!(bench.server.identity(FlowId(1)), Some(&identity("alice")));
    let renewal = register(&alice(), 1, 3).finish();
    assert_eq!(lines(&bench.receive(1, &renewal)), ["1 200"]);
}

#[test]
fn a_wrong_secret_and_an_unknown_name_are_told_alike() {
    for account in [Some(alices()), None] {
        let mut bench = Bench::new();
        open_tls(&mut bench);
        let challenge = challenged(&mut bench, account.clone());
        let authorised = register(&alice(), 1, 2)
            .header(
                "Authorization",
                credentials(&challenge, "guess", &Method::Register),
            )
            .finish();
        let actions = bench.receive(1, &authorised);
        let actions = bench.find(&actions, account);

        assert_eq!(lines(&actions), ["1 401"]);
        assert!(
            on(&actions, 1)
                .bytes()
                .starts_with(b"SIP/2.0 401 Wrong Name Or Secret")
        );
        assert_eq!(bench.server.identity(FlowId(1)), None);
    }
}

#[test]
fn a_flow_that_did_not_sign_in_calls_nobody() {
    let mut bench = Bench::new();
    open_tls(&mut bench);
    bench.sign_in(2, "bob");

    let actions = bench.receive(1, &invite(&bob()).finish());

    assert_eq!(lines(&bench.find(&actions, None)), ["1 407"]);
}

#[test]
fn md5_is_asked_for_and_taken_only_where_the_account_has_it() {
    for (account, asked, line) in [
        (with_md5(), Algorithm::Md5, "1 200"),
        (alices(), Algorithm::Sha256, "1 401"),
    ] {
        let mut bench = Bench::new();
        open_tls(&mut bench);
        let challenge = challenged(&mut bench, Some(account.clone()));
        let challenge = challenge.header("WWW-Authenticate").unwrap();
        let challenge = Challenge::read(challenge).unwrap();
        assert_eq!(challenge.algorithm, asked);

        let weak = Challenge {
            algorithm: Algorithm::Md5,
            ..challenge
        };
        let (method, uri) = (&Method::Register, "sip:hopsight.internal");
        let answer = Credentials::answer(&weak, "alice", &old_key(), method, uri, "c", 1);
        let authorised = register(&alice(), 1, 2)
            .header("Authorization", answer.to_string())
            .finish();
        let actions = bench.receive(1, &authorised);
        assert_eq!(lines(&bench.find(&actions, Some(account))), [line]);
    }
}

#[test]
fn whoever_says_that_it_knows_sha256_is_asked_for_that() {
    let mut bench = Bench::new();
    open_tls(&mut bench);
    let hint = "Digest username=\"alice\", realm=\"hopsight.internal\", nonce=\"\", \
                uri=\"sip:hopsight.internal\", response=\"\", algorithm=SHA-256";
    let first = register(&alice(), 1, 1)
        .header("Authorization", hint)
        .finish();
    let actions = bench.receive(1, &first);
    let challenge = on(&bench.find(&actions, Some(with_md5())), 1);

    let challenge = Challenge::strongest(&challenge).unwrap();
    assert_eq!(challenge.algorithm, Algorithm::Sha256);
}

#[test]
fn conflicting_lengths_get_400_and_nothing_else_happens() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let twice = invite(&bob()).header("Content-Length", "5").finish();

    assert_eq!(lines(&bench.receive(1, &twice)), ["1 400"]);
}

#[test]
fn a_barred_account_loses_its_flows() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");

    let actions = bench.feed(Input::Barred { uri: alice() });

    let offline = Action::PresenceChanged {
        uri: alice(),
        online: false,
    };
    assert_eq!(actions, [offline, Action::Close { flow: FlowId(1) }]);
}

#[test]
fn the_flow_address_is_written_into_the_top_via() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");

    let forwarded = on(&bench.receive(1, &invite(&bob()).finish()), 2);

    let vias = forwarded.values("Via");
    assert!(vias[0].starts_with("SIP/2.0/WSS hopsight.internal;branch=z9hG4bK"));
    assert!(vias[1].ends_with(";received=192.0.2.1"));
}

fn open_tls(bench: &mut Bench) {
    bench.feed(Input::FlowOpened {
        flow: FlowId(1),
        remote: ([192, 0, 2, 1], 40_000).into(),
        transport: FlowTransport::Tls,
        identity: None,
    });
}

fn alices() -> Account {
    account("alice", &["other device", "secret"])
}

/// The same, and a device that knows MD5 only.
fn with_md5() -> Account {
    Account {
        ha1_md5: vec![old_key()],
        ..alices()
    }
}

fn old_key() -> Redacted<String> {
    let secret = Redacted::new("secret".to_owned());
    ha1("alice", DOMAIN, &secret, Algorithm::Md5)
}

/// What a first REGISTER without any answer gets.
fn challenged(bench: &mut Bench, account: Option<Account>) -> Message {
    let actions = bench.receive(1, &register(&alice(), 1, 1).finish());
    on(&bench.find(&actions, account), 1)
}

fn credentials(challenge: &Message, secret: &str, method: &Method) -> String {
    let challenge = Challenge::strongest(challenge).unwrap();
    let secret = Redacted::new(secret.to_owned());
    let ha1 = ha1("alice", DOMAIN, &secret, Algorithm::Sha256);
    let uri = format!("sip:{DOMAIN}");
    Credentials::answer(&challenge, "alice", &ha1, method, &uri, "c", 1).to_string()
}
