//! What is promised about routing.

use super::*;
use crate::dialog::Dialog;
use crate::flow_token::{FlowToken, Leg};

#[test]
fn requests_within_a_dialog_find_both_ends() {
    let mut call = Call::up();

    let bye = call.caller_request(&Method::Bye);
    assert_eq!(lines(&call.bench.receive(1, &bye)), ["2 BYE"]);
    let info = call.callee_request(&Method::Info);
    assert_eq!(lines(&call.bench.receive(2, &info)), ["1 INFO"]);
}

#[test]
fn the_ack_of_a_200_goes_on_without_a_transaction() {
    let mut call = Call::up();
    let ack = call
        .caller
        .acknowledge(1)
        .header("Via", "SIP/2.0/WSS c.invalid;branch=z9hG4bKack");
    let ack = ack.finish();

    let once = call.bench.receive(1, &ack);
    let again = call.bench.receive(1, &ack);

    assert_eq!(lines(&once), ["2 ACK"]);
    assert_eq!(once, again);
    assert_eq!(on(&once, 2).values("Route"), Vec::<&str>::new());
}

#[test]
fn an_end_that_came_back_on_another_flow_is_found() {
    let mut call = Call::up();
    call.bench.feed(Input::FlowClosed { flow: FlowId(2) });
    let gone = call.caller_request(&Method::Info);
    assert_eq!(lines(&call.bench.receive(1, &gone)), ["1 430"]);
    call.bench.open(9, "bob");
    let again = register(&bob(), 2, 5).finish();
    call.bench.receive(9, &again);

    let bye = call.caller_request(&Method::Bye);
    assert_eq!(lines(&call.bench.receive(1, &bye)), ["9 BYE"]);
}

#[test]
fn a_forged_token_is_refused() {
    let mut call = Call::up();
    let leg = |flow, name: &str| Leg {
        flow,
        endpoint: EndpointKey::of(&format!("sip:{name}@{DOMAIN}"), ""),
    };
    let forged = FlowToken {
        caller: leg(1, "alice"),
        callee: leg(2, "bob"),
    };
    let forged = forged.sign(&NodeKey::new([66; 32]));
    let bytes = call
        .caller_request(&Method::Bye)
        .edit()
        .set_header("Route", &format!("<sip:{forged}@{DOMAIN};lr>"))
        .finish();

    let actions = call.bench.receive(1, &Message::read(&bytes).unwrap());

    assert_eq!(lines(&actions), ["1 403"]);
    assert_eq!(
        actions.first(),
        Some(&Action::Count("sip.flow-token-refused"))
    );
}

#[test]
fn a_token_serves_its_own_two_ends_only() {
    let mut call = Call::up();
    call.bench.sign_in(7, "mallory");
    let mallory = format!("<sip:mallory@{DOMAIN}>;tag=m");
    let bytes = call
        .caller_request(&Method::Bye)
        .edit()
        .set_header("From", &mallory)
        .finish();

    let actions = call.bench.receive(7, &Message::read(&bytes).unwrap());

    assert_eq!(lines(&actions), ["7 403"]);
}

#[test]
fn who_asks_and_who_answers_is_vouched_for() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let lie = "\"Bob\" <sip:bob@hopsight.internal>";
    let invite = invite(&bob()).header("P-Asserted-Identity", lie).finish();

    let forwarded = on(&bench.receive(1, &invite), 2);
    let ringing = on(&bench.receive(2, &answer(&forwarded, 180, "b")), 1);

    assert_eq!(
        forwarded.values("P-Asserted-Identity"),
        ["\"ALICE\" <sip:alice@hopsight.internal>"]
    );
    assert_eq!(
        ringing.values("P-Asserted-Identity"),
        ["\"BOB\" <sip:bob@hopsight.internal>"]
    );
}

#[test]
fn what_cannot_be_forwarded_says_why() {
    let hops = invite(&bob())
        .finish()
        .edit()
        .set_header("Max-Forwards", "0")
        .finish();
    let cases = [
        (Message::read(&hops).unwrap(), 483),
        (invite(&bob()).header("Proxy-Require", "x").finish(), 420),
        (invite("sip:bob@elsewhere.example").finish(), 404),
        (invite("tel:+4930").finish(), 416),
        (
            invite(&bob())
                .header("Route", "<sip:elsewhere.example;lr>")
                .finish(),
            403,
        ),
    ];
    for (message, status) in cases {
        let mut bench = Bench::new();
        bench.sign_in(1, "alice");
        bench.sign_in(2, "bob");

        assert_eq!(lines(&bench.receive(1, &message)), [format!("1 {status}")]);
    }
}

#[test]
fn a_request_that_comes_back_unchanged_is_a_loop() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.open(2, "alice");
    let own = format!("sip:bob@{DOMAIN}");
    let invite = invite(&own).finish();
    bench.sign_in(3, "bob");
    let forwarded = on(&bench.receive(1, &invite), 3);
    let back = forwarded
        .edit()
        .set_request_uri(&own)
        .remove_header("Record-Route")
        .finish();
    let back = Message::read(&back).unwrap();

    assert_eq!(lines(&bench.receive(2, &back)), ["2 482"]);
}

#[test]
fn unknown_methods_are_proxied() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let benotify = Method::Other("BENOTIFY".into());
    let alice = format!("sip:alice@{DOMAIN}");
    let message = request(&benotify, &alice, &bob(), &bob(), 1).finish();

    let actions = bench.receive(1, &message);
    assert_eq!(lines(&actions), ["2 BENOTIFY"]);
    assert_eq!(
        lines(&bench.receive(2, &answer(&on(&actions, 2), 200, "b"))),
        ["1 200"]
    );
}

#[test]
fn somebody_away_is_told_from_somebody_unknown() {
    let account = account("bob", &[]);
    for (account, line) in [(Some(account), "1 480"), (None, "1 404")] {
        let mut bench = Bench::new();
        bench.sign_in(1, "alice");
        let actions = bench.receive(1, &invite(&bob()).finish());
        let [Action::FindAccount { request, .. }] = actions[..] else {
            panic!("{actions:?}");
        };

        assert_eq!(
            lines(&bench.feed(Input::AccountFound { request, account })),
            [line]
        );
    }
}

#[test]
fn a_guest_calls_no_people() {
    let mut bench = Bench::new();
    bench.sign_in(1, "guest.x");
    bench.sign_in(2, "bob");
    let guest = format!("sip:guest.x@{DOMAIN}");
    let message = request(&Method::Invite, &guest, &bob(), &bob(), 1)
        .header("Contact", "<sip:g@x.invalid>")
        .finish();

    assert_eq!(lines(&bench.receive(1, &message)), ["1 403"]);
}

#[test]
fn a_store_that_does_not_answer_is_a_503() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.receive(1, &invite(&bob()).finish());

    assert_eq!(
        lines(&bench.wait(Duration::from_secs(10))),
        ["1 100", "1 503"]
    );
}

/// Alice on flow 1 in a call with Bob on flow 2.
struct Call {
    bench: Bench,
    caller: Dialog,
    callee: Dialog,
}

impl Call {
    fn up() -> Self {
        let mut bench = Bench::new();
        bench.sign_in(1, "alice");
        bench.sign_in(2, "bob");
        let invite = invite(&bob()).finish();
        let forwarded = on(&bench.receive(1, &invite), 2);
        let ok = on(&bench.receive(2, &answer(&forwarded, 200, "b")), 1);
        Self {
            caller: Dialog::of_caller(&invite, &ok).unwrap(),
            callee: Dialog::of_callee(&forwarded, "b").unwrap(),
            bench,
        }
    }

    fn caller_request(&mut self, method: &Method) -> Message {
        with_via(self.caller.request(method), "caller")
    }

    fn callee_request(&mut self, method: &Method) -> Message {
        with_via(self.callee.request(method), "callee")
    }
}

fn with_via(request: Builder, who: &str) -> Message {
    let unbranched = request.clone().finish();
    let cseq = unbranched.header("CSeq").unwrap().replace(' ', "");
    request
        .header(
            "Via",
            format!("SIP/2.0/WSS {who}.invalid;branch=z9hG4bK{who}{cseq}"),
        )
        .finish()
}
