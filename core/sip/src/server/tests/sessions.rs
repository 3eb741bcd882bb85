//! What is promised about sessions.

use super::*;
use crate::dialog::Dialog;

#[test]
fn an_invitation_goes_out_only_when_it_is_recorded() {
    let mut bench = bench();
    let actions = bench.receive(1, &session_invite("viewer").finish());
    let (_, event, then, otherwise) = record(&actions);

    let invited = SessionEvent::Invited {
        session: session(),
        by: identity("alice"),
        endpoint: endpoint("alice", 1),
        role: Role::Viewer,
        purpose: SessionPurpose::Share,
        to: bob(),
    };
    assert_eq!(event, &invited);
    assert_eq!(lines(&actions), Vec::<String>::new());
    assert_eq!(then.first(), Some(&candidates(Role::Viewer, &["10.0.0.5"])));
    assert_eq!(lines(then), ["2 INVITE"]);
    assert_eq!(lines(otherwise), ["1 503"]);
}

#[test]
fn a_check_is_recorded_as_one_and_the_callee_is_told() {
    let mut bench = bench();
    let invite = session_invite("sharer").header("Hopsight-Purpose", "check");
    let actions = bench.receive(1, &invite.finish());

    let (_, event, then, _) = record(&actions);
    assert!(matches!(
        event,
        SessionEvent::Invited {
            purpose: SessionPurpose::Check,
            ..
        }
    ));
    let forwarded = on(then, 2);
    assert_eq!(forwarded.header("Hopsight-Purpose"), Some("check"));
}

#[test]
fn the_200_goes_back_only_when_the_consent_is_recorded() {
    let mut bench = bench();
    let actions = bench.receive(1, &session_invite("viewer").finish());
    let forwarded = on(record(&actions).2, 2);

    let actions = bench.receive(2, &with_sdp(&forwarded, "203.0.113.7"));
    let (_, event, then, otherwise) = record(&actions);

    let answered = SessionEvent::Answered {
        session: session(),
        by: identity("bob"),
        endpoint: endpoint("bob", 2),
        consent: Consent {
            by: identity("bob"),
            viewer: identity("alice"),
            given: ConsentGiven::WithAnswer,
        },
    };
    assert_eq!(event, &answered);
    assert_eq!(lines(&actions), Vec::<String>::new());
    assert_eq!(
        then.first(),
        Some(&candidates(Role::Sharer, &["203.0.113.7"]))
    );
    assert_eq!(lines(then), ["1 200"]);
    assert_eq!(lines(otherwise), ["1 503"]);
}

#[test]
fn a_sharer_who_invites_has_agreed_by_that() {
    let mut bench = bench();
    let actions = bench.receive(1, &session_invite("sharer").finish());
    let forwarded = on(record(&actions).2, 2);
    let actions = bench.receive(2, &answer(&forwarded, 200, "b"));

    let SessionEvent::Answered { consent, .. } = record(&actions).1 else {
        panic!("{actions:?}");
    };
    let expected = Consent {
        by: identity("alice"),
        viewer: identity("bob"),
        given: ConsentGiven::WithInvitation,
    };
    assert_eq!(consent, &expected);
}

#[test]
fn what_could_not_be_recorded_comes_to_nothing() {
    let mut bench = bench();
    let actions = bench.receive(1, &session_invite("viewer").finish());
    let (id, _, then, _) = record(&actions);
    let forwarded = on(then, 2);

    let after = bench.feed(Input::NotRecorded { record: id });
    let late = bench.receive(2, &answer(&forwarded, 200, "b"));

    assert_eq!(after, [Action::Count("sip.not-recorded")]);
    assert_eq!(lines(&late), Vec::<String>::new());
}

#[test]
fn nobody_goes_on_ringing_when_an_answer_could_not_be_recorded() {
    let mut bench = bench();
    bench.sign_in(3, "bob");
    let actions = bench.receive(1, &session_invite("viewer").finish());
    let (first, second) = (on(record(&actions).2, 2), on(record(&actions).2, 3));
    bench.receive(3, &answer(&second, 180, "b3"));

    let actions = bench.receive(2, &answer(&first, 200, "b2"));
    let (id, _, then, otherwise) = record(&actions);
    assert_eq!(lines(then), ["1 200", "3 CANCEL"]);
    assert_eq!(lines(otherwise), ["1 503", "3 CANCEL"]);

    bench.feed(Input::NotRecorded { record: id });
    let refused = bench.receive(3, &answer(&second, 487, "b3"));
    assert_eq!(lines(&refused), ["3 ACK"]);
}

#[test]
fn an_invitation_that_reaches_nobody_is_recorded_as_refused() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let asked = bench.receive(1, &session_invite("viewer").finish());
    let Some(Action::FindAccount { request, .. }) = asked.last() else {
        panic!("{asked:?}");
    };

    let actions = bench.feed(Input::AccountFound {
        request: *request,
        account: None,
    });
    let (_, event, then, otherwise) = record(&actions);

    let refused = SessionEvent::Refused {
        session: session(),
        caller: identity("alice"),
        status: 404,
    };
    assert_eq!(event, &refused);
    assert_eq!(lines(then), ["1 404"]);
    assert_eq!(then, otherwise);
}

#[test]
fn a_refusal_is_recorded_and_told_either_way() {
    let mut bench = bench();
    let actions = bench.receive(1, &session_invite("viewer").finish());
    let forwarded = on(record(&actions).2, 2);

    let actions = bench.receive(2, &answer(&forwarded, 603, "b"));
    let (_, event, then, otherwise) = record(&actions);

    let refused = SessionEvent::Refused {
        session: session(),
        caller: identity("alice"),
        status: 603,
    };
    assert_eq!(event, &refused);
    assert_eq!(lines(then), ["1 603"]);
    assert_eq!(then, otherwise);
}

#[test]
fn the_bye_of_either_end_ends_the_session_once() {
    let mut up = Up::new();
    let bye = up.callee_request(&Method::Bye, "Reason", "SIP;cause=200;text=\"Done\"");

    let actions = up.bench.receive(2, &bye);
    let (_, event, then, otherwise) = record(&actions);

    let ended = SessionEvent::Ended {
        session: session(),
        by: Some(identity("bob")),
        reason: "SIP;cause=200;text=\"Done\"".into(),
    };
    assert_eq!(event, &ended);
    assert_eq!(lines(then), ["1 BYE"]);
    assert_eq!(then, otherwise);
}

#[test]
fn trickled_candidates_of_a_party_are_told_and_of_nobody_else() {
    let mut up = Up::new();
    let info = up.callee_request(&Method::Info, "X", "y");
    let info = Message::read(&trickle(&info)).unwrap();

    let actions = up.bench.receive(2, &info);

    assert_eq!(
        actions.first(),
        Some(&candidates(Role::Viewer, &["198.51.100.3"]))
    );
    assert_eq!(lines(&actions), ["1 INFO"]);
}

#[test]
fn a_call_id_in_use_cannot_be_taken_over() {
    let mut up = Up::new();
    up.bench.sign_in(5, "mallory");
    let mallory = format!("sip:mallory@{DOMAIN}");
    let invite = request(&Method::Invite, &mallory, &bob(), &bob(), 1)
        .header("Contact", "<sip:m@x.invalid>")
        .header("Hopsight-Session", SESSION)
        .header("Hopsight-Role", "viewer")
        .finish();
    let bytes = invite
        .edit()
        .set_header("Call-ID", "call-of-alice@hopsight.internal")
        .finish();

    let actions = up.bench.receive(5, &Message::read(&bytes).unwrap());

    assert_eq!(lines(&actions), ["5 400"]);
}

#[test]
fn a_dead_flow_ends_no_session_and_its_timer_does() {
    let mut up = Up::new();
    let gone = up.bench.feed(Input::FlowClosed { flow: FlowId(2) });
    let offline = Action::PresenceChanged {
        uri: bob(),
        online: false,
    };
    assert_eq!(gone, [offline]);
    let before = up.bench.wait(Duration::from_secs(1831));
    let after = up.bench.wait(Duration::from_secs(1));

    let is_record = |action: &&Action| matches!(action, Action::Record { .. });
    assert_eq!(before.iter().filter(is_record).count(), 0);
    let ended = SessionEvent::Ended {
        session: session(),
        by: None,
        reason: String::new(),
    };
    assert_eq!(record(&after).1, &ended);
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    bench
}

fn session_invite(role: &str) -> Builder {
    let sdp = "v=0\r\na=candidate:1 1 udp 1 10.0.0.5 5000 typ host\r\n";
    invite(&bob())
        .header("Hopsight-Session", SESSION)
        .header("Hopsight-Role", role)
        .body("application/sdp", sdp)
}

fn with_sdp(request: &Message, address: &str) -> Message {
    let sdp = format!("v=0\r\na=candidate:1 1 udp 1 {address} 5000 typ host\r\n");
    Builder::response_to(request, 200, "OK")
        .copy(request, "Record-Route")
        .header("Contact", "<sip:b@x.invalid>")
        .header("Session-Expires", "1800;refresher=uac")
        .to_tag("b")
        .body("application/sdp", sdp)
        .finish()
}

fn trickle(info: &Message) -> Vec<u8> {
    let body = "a=candidate:1 1 udp 1 198.51.100.3 5000 typ host\r\n";
    let mut edit = info.edit();
    edit.set_header("Content-Type", "application/trickle-ice-sdpfrag")
        .set_header("Content-Length", &body.len().to_string());
    let mut bytes = edit.finish();
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

fn candidates(by: Role, addresses: &[&str]) -> Action {
    let candidates = addresses
        .iter()
        .map(|text| format!("{text}:5000").parse().unwrap())
        .collect();
    Action::Described {
        session: session(),
        by,
        description: Description {
            candidates,
            ..Description::default()
        },
    }
}

fn endpoint(name: &str, flow: u64) -> Endpoint {
    Endpoint {
        uri: format!("sip:{name}@{DOMAIN}"),
        instance: format!("urn:uuid:{flow}"),
        flow: FlowId(flow),
    }
}

/// The one record among the actions.
fn record(actions: &[Action]) -> (RecordId, &SessionEvent, &[Action], &[Action]) {
    let mut records = actions.iter().filter_map(|action| {
        let Action::Record {
            record,
            event,
            then,
            otherwise,
        } = action
        else {
            return None;
        };
        Some((*record, event, then.as_slice(), otherwise.as_slice()))
    });
    let first = records.next().unwrap();
    assert_eq!(records.next(), None);
    first
}

/// A session between Alice on flow 1 and Bob on flow 2.
struct Up {
    bench: Bench,
    callee: Dialog,
}

impl Up {
    fn new() -> Self {
        let mut bench = bench();
        let actions = bench.receive(1, &session_invite("sharer").finish());
        let forwarded = on(record(&actions).2, 2);
        bench.receive(2, &with_sdp(&forwarded, "203.0.113.7"));
        Self {
            callee: Dialog::of_callee(&forwarded, "b").unwrap(),
            bench,
        }
    }

    fn callee_request(&mut self, method: &Method, header: &str, value: &str) -> Message {
        self.callee
            .request(method)
            .header(
                "Via",
                format!("SIP/2.0/WSS b.invalid;branch=z9hG4bK{method}"),
            )
            .header(header, value)
            .finish()
    }
}
