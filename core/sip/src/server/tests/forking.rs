//! What is promised about forking.

use super::*;

#[test]
fn an_invite_goes_to_every_endpoint_but_the_callers() {
    let mut bench = two_bobs();
    bench.sign_in(4, "alice");

    let actions = bench.receive(1, &invite(&bob()).finish());

    assert_eq!(lines(&actions), ["2 INVITE", "3 INVITE"]);
    assert_eq!(
        on(&actions, 2).request_uri(),
        Some("sip:c2@x.invalid;transport=ws")
    );
}

#[test]
fn a_request_spreads_no_wider_than_it_may() {
    for (breadth, sent, share) in [
        ("1", &["1 440"][..], None),
        ("5", &["2 INVITE", "3 INVITE"], Some("2")),
    ] {
        let mut bench = two_bobs();
        let invite = invite(&bob()).header("Max-Breadth", breadth).finish();
        let actions = bench.receive(1, &invite);

        assert_eq!(lines(&actions), sent);
        let first = super::sent(&actions).remove(0).1;
        assert_eq!(first.header("Max-Breadth"), share);
    }
}

#[test]
fn nothing_provisional_goes_back_to_a_request_that_is_no_invite() {
    let mut bench = two_bobs();
    let options = request(&Method::Options, &alice(), &bob(), &bob(), 1).finish();
    let asked = bench.receive(1, &options);
    let (first, second) = (on(&asked, 2), on(&asked, 3));

    assert_eq!(
        lines(&bench.receive(2, &answer(&first, 183, "b2"))),
        Vec::<String>::new()
    );
    assert_eq!(
        lines(&bench.receive(3, &answer(&second, 200, "b3"))),
        ["1 200"]
    );
}

#[test]
fn the_first_answer_wins_and_the_others_are_cancelled() {
    let mut bench = two_bobs();
    let forked = bench.receive(1, &invite(&bob()).finish());
    let (first, second) = (on(&forked, 2), on(&forked, 3));
    assert_eq!(
        lines(&bench.receive(2, &answer(&first, 180, "b2"))),
        ["1 180"]
    );
    assert_eq!(
        lines(&bench.receive(3, &answer(&second, 180, "b3"))),
        ["1 180"]
    );

    let actions = bench.receive(2, &answer(&first, 200, "b2"));

    assert_eq!(lines(&actions), ["1 200", "3 CANCEL"]);
    let refused = answer(&second, 487, "b3");
    assert_eq!(lines(&bench.receive(3, &refused)), ["3 ACK"]);
}

#[test]
fn a_cancel_waits_for_the_first_provisional_response() {
    let mut bench = two_bobs();
    let forked = bench.receive(1, &invite(&bob()).finish());
    let (first, second) = (on(&forked, 2), on(&forked, 3));
    assert_eq!(
        lines(&bench.receive(2, &answer(&first, 200, "b2"))),
        ["1 200"]
    );

    assert_eq!(
        lines(&bench.receive(3, &answer(&second, 180, "b3"))),
        ["3 CANCEL"]
    );
}

#[test]
fn a_decline_cancels_the_others_and_goes_back_when_all_are_done() {
    let mut bench = two_bobs();
    let forked = bench.receive(1, &invite(&bob()).finish());
    let (first, second) = (on(&forked, 2), on(&forked, 3));
    bench.receive(3, &answer(&second, 180, "b3"));

    assert_eq!(
        lines(&bench.receive(2, &answer(&first, 603, "b2"))),
        ["2 ACK", "3 CANCEL"]
    );
    assert_eq!(
        lines(&bench.receive(3, &answer(&second, 487, "b3"))),
        ["3 ACK", "1 603"]
    );
}

#[test]
fn busy_tells_more_than_silence() {
    let mut bench = two_bobs();
    let forked = bench.receive(1, &invite(&bob()).finish());
    bench.receive(2, &answer(&on(&forked, 2), 486, "b2"));

    let actions = bench.wait(Duration::from_secs(32));

    assert_eq!(lines(&actions), ["1 100", "1 486"]);
}

#[test]
fn the_caller_can_take_it_back() {
    let mut bench = two_bobs();
    let invite = invite(&bob()).finish();
    let forked = bench.receive(1, &invite);
    bench.receive(2, &answer(&on(&forked, 2), 180, "b2"));
    bench.receive(3, &answer(&on(&forked, 3), 180, "b3"));

    assert_eq!(
        lines(&bench.receive(1, &cancel(&invite))),
        ["1 200", "2 CANCEL", "3 CANCEL"]
    );
    assert_eq!(
        lines(&bench.receive(2, &answer(&on(&forked, 2), 487, "b2"))),
        ["2 ACK"]
    );
    assert_eq!(
        lines(&bench.receive(3, &answer(&on(&forked, 3), 487, "b3"))),
        ["3 ACK", "1 487"]
    );
}

#[test]
fn nobody_else_can_take_it_back() {
    let mut bench = two_bobs();
    bench.sign_in(5, "mallory");
    let invite = invite(&bob()).finish();
    bench.receive(1, &invite);

    assert_eq!(lines(&bench.receive(5, &cancel(&invite))), ["5 481"]);
}

#[test]
fn ringing_ends_after_timer_c() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let forked = bench.receive(1, &invite(&bob()).finish());
    bench.receive(2, &answer(&on(&forked, 2), 180, "b"));

    assert_eq!(
        lines(&bench.wait(Duration::from_secs(184))),
        Vec::<String>::new()
    );
    assert_eq!(lines(&bench.wait(Duration::from_secs(1))), ["2 CANCEL"]);
    assert_eq!(lines(&bench.wait(Duration::from_secs(32))), ["1 408"]);
}

#[test]
fn an_endpoint_that_left_while_ringing_is_given_up_soon() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let forked = bench.receive(1, &invite(&bob()).finish());
    bench.receive(2, &answer(&on(&forked, 2), 180, "b"));
    bench.feed(Input::FlowClosed { flow: FlowId(2) });

    assert_eq!(lines(&bench.wait(Duration::from_secs(8))), ["1 480"]);
}

#[test]
fn vias_joined_by_commas_lose_one_value_only() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let forwarded = on(&bench.receive(1, &invite(&bob()).finish()), 2);
    let ringing = answer(&forwarded, 180, "b");
    let joined = forwarded.values("Via").join(", ");
    let bytes = ringing.edit().set_header("Via", &joined).finish();
    let actions = bench.receive(2, &Message::read(&bytes).unwrap());

    assert_eq!(on(&actions, 1).values("Via"), [forwarded.values("Via")[1]]);
}

#[test]
fn a_response_of_somebody_who_was_not_asked_is_dropped() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    bench.sign_in(3, "mallory");
    let forwarded = on(&bench.receive(1, &invite(&bob()).finish()), 2);

    let actions = bench.receive(3, &answer(&forwarded, 200, "m"));

    assert_eq!(actions, [Action::Count("sip.response-astray")]);
}

#[test]
fn a_full_table_answers_503() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    bench.server.transactions = Transactions::new(0);

    let refused = on(&bench.receive(1, &invite(&bob()).finish()), 1);

    assert_eq!(refused.status(), Some(503));
    assert!(refused.header("Retry-After").is_some());
}

/// Alice on flow 1, Bob on 2 and 3.
fn two_bobs() -> Bench {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    bench.sign_in(3, "bob");
    bench
}

fn cancel(invite: &Message) -> Message {
    Builder::request(&Method::Cancel, invite.request_uri().unwrap())
        .copy(invite, "Via")
        .header("Max-Forwards", "70")
        .copy(invite, "From")
        .copy(invite, "To")
        .copy(invite, "Call-ID")
        .header("CSeq", "1 CANCEL")
        .finish()
}
