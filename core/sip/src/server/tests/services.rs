//! What is promised about services.

use super::*;

#[test]
fn facts_are_delivered_with_their_true_sender_and_answered_202() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let facts = message_to(&format!("sip:diagnosis@{DOMAIN}"))
        .header("Hopsight-Session", SESSION)
        .header("P-Asserted-Identity", "<sip:bob@hopsight.internal>")
        .body("application/hopsight-facts+json", "{\"claims\":[]}")
        .finish();

    let actions = bench.receive(1, &facts);

    let delivered = Action::Deliver {
        from: identity("alice"),
        endpoint: endpoint("alice", 1),
        session: Some(session()),
        content_type: "application/hopsight-facts+json".into(),
        body: b"{\"claims\":[]}".to_vec(),
    };
    assert_eq!(actions.first(), Some(&delivered));
    assert_eq!(lines(&actions), ["1 202"]);
}

#[test]
fn a_verdict_goes_to_one_endpoint_or_to_all() {
    let mut bench = Bench::new();
    bench.sign_in(2, "bob");
    bench.sign_in(3, "bob");
    let mut send = |to| {
        bench.feed(Input::Send {
            to,
            session: Some(session()),
            content_type: "application/hopsight-verdict+json".into(),
            body: b"{}".to_vec(),
        })
    };

    let one = send(Recipient::Endpoint(endpoint("bob", 3)));
    let all = send(Recipient::Everyone(bob()));

    assert_eq!(lines(&one), ["3 MESSAGE"]);
    assert_eq!(lines(&all), ["2 MESSAGE", "3 MESSAGE"]);
    let verdict = on(&one, 3);
    assert_eq!(verdict.header("Hopsight-Session"), Some(SESSION));
    assert_eq!(
        verdict.from().unwrap().uri().as_str(),
        "sip:diagnosis@hopsight.internal"
    );
    assert_eq!(verdict.strict(), Ok(()));
}

#[test]
fn a_verdict_for_nobody_is_counted() {
    let mut bench = Bench::new();

    let actions = bench.feed(Input::Send {
        to: Recipient::Everyone(bob()),
        session: None,
        content_type: "text/plain".into(),
        body: Vec::new(),
    });

    assert_eq!(actions, [Action::Count("sip.message-undeliverable")]);
}

#[test]
fn an_endpoint_that_is_registered_is_asked_whether_it_is_there() {
    let mut bench = Bench::new();
    bench.sign_in(2, "bob");
    let ask = |endpoint| Input::Ask { endpoint };

    let actions = bench.feed(ask(endpoint("bob", 2)));

    let options = on(&actions, 2);
    assert_eq!(options.method(), Some(&Method::Options));
    assert_eq!(options.header("CSeq"), Some("1 OPTIONS"));
    assert_eq!(bench.feed(ask(endpoint("carol", 9))), []);
}

#[test]
fn the_server_tells_what_it_can() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let alice = format!("sip:alice@{DOMAIN}");
    let here = format!("sip:{DOMAIN}");
    let options = request(&Method::Options, &alice, &here, &here, 1).finish();

    let told = on(&bench.receive(1, &options), 1);

    assert_eq!(told.status(), Some(200));
    assert_eq!(
        told.header("Allow"),
        Some(
            "REGISTER, OPTIONS, INVITE, ACK, CANCEL, BYE, INFO, MESSAGE, UPDATE, SUBSCRIBE, NOTIFY"
        )
    );
}

fn message_to(uri: &str) -> Builder {
    request(
        &Method::Message,
        &format!("sip:alice@{DOMAIN}"),
        uri,
        uri,
        1,
    )
}

fn endpoint(name: &str, flow: u64) -> Endpoint {
    Endpoint {
        uri: format!("sip:{name}@{DOMAIN}"),
        instance: format!("urn:uuid:{flow}"),
        flow: FlowId(flow),
    }
}
