//! What is promised about tests.

use super::*;
use crate::message::{Builder, Method};
use crate::server::{Role, SessionPurpose};
use hopsight_kit::{Redacted, SeededRandom};
use std::time::Duration;

#[test]
fn a_refresh_without_sdp_is_answered_with_its_timer() {
    let mut bob = Bench::in_call();
    let update = bob.by_caller("UPDATE", 2);
    let update = update
        .header("Supported", "timer")
        .header("Session-Expires", "90;refresher=uac")
        .finish();

    let answer = bob.receive(&update).sent();

    assert_eq!(answer[0].status(), Some(200));
    assert_eq!(
        answer[0].header("Session-Expires"),
        Some("90;refresher=uac")
    );
    assert_eq!(answer[0].header("Require"), Some("timer"));
}

#[test]
fn a_caller_that_stops_refreshing_is_gone() {
    let mut bob = Bench::in_call();
    let update = bob.by_caller("UPDATE", 2);
    let update = update
        .header("Session-Expires", "90;refresher=uac")
        .finish();
    bob.receive(&update);

    assert_eq!(bob.wait(Duration::from_secs(59)).0, []);
    let end = bob.wait(Duration::from_secs(1));

    assert_eq!(end.sent()[0].method(), Some(&Method::Bye));
    let reason = "SIP;cause=408;text=\"Session timer ran out\"".to_owned();
    assert_eq!(
        end.events(),
        [Event::Ended {
            call: bob.call,
            reason
        }]
    );
}

#[test]
fn new_sdp_within_a_call_is_the_drivers_to_answer() {
    let mut bob = Bench::in_call();
    let reinvite = bob.by_caller("INVITE", 2);
    let reinvite = reinvite
        .header("Contact", "<sip:a@x.invalid>")
        .body("application/sdp", "v=1")
        .finish();

    let offered = bob.receive(&reinvite);
    assert_eq!(
        offered.events(),
        [Event::Offered {
            call: bob.call,
            sdp: "v=1".into()
        }]
    );
    let (call, now) = (bob.call, bob.now);
    let answer = Outputs(bob.agent.accept(call, "v=2", now, &mut bob.random)).sent();

    assert_eq!(
        (answer[0].status(), answer[0].body()),
        (Some(200), &b"v=2"[..])
    );
    assert_eq!(answer[0].to().unwrap().tag(), Some(bob.tag.as_str()));
}

#[test]
fn an_answer_is_repeated_until_its_ack_and_then_given_up() {
    let mut bob = Bench::alerting();
    let (call, now) = (bob.call, bob.now);
    let first = Outputs(bob.agent.accept(call, "v=0", now, &mut bob.random)).sent();

    let again = bob.wait(Duration::from_millis(500)).sent();
    assert_eq!(first, again);
    let end = bob.wait(Duration::from_secs(32));

    assert_eq!(end.sent().last().unwrap().method(), Some(&Method::Bye));
    assert_eq!(bob.agent.calls(), 0);
}

#[test]
fn capabilities_are_told_and_unknown_methods_are_not_allowed() {
    let mut bob = Bench::new();
    let ask = |method: &str| {
        bare(method, 1)
            .header("To", "<sip:bob@hopsight.internal>")
            .finish()
    };

    assert_eq!(bob.receive(&ask("OPTIONS")).sent()[0].status(), Some(200));
    assert_eq!(bob.receive(&ask("SUBSCRIBE")).sent()[0].status(), Some(405));
}

#[test]
fn an_unknown_requirement_is_named() {
    let mut bob = Bench::new();
    let invite = invite().header("Require", "timer, 100rel").finish();

    let refused = bob.receive(&invite).sent();

    assert_eq!(refused[0].status(), Some(420));
    assert_eq!(refused[0].header("Unsupported"), Some("100rel"));
}

#[test]
fn the_second_endpoint_to_answer_is_acknowledged_and_turned_away() {
    let mut alice = Bench::new();
    let invite = alice.invite_bob();
    let first = answer(&invite, 200, "b1");
    let second = answer(&invite, 200, "b2");

    let taken = alice.receive(&first);
    let turned_away = alice.receive(&second).sent();

    assert!(matches!(taken.events()[..], [Event::Answered { .. }]));
    let methods: Vec<Option<&Method>> = turned_away.iter().map(Message::method).collect();
    assert_eq!(methods, [Some(&Method::Ack), Some(&Method::Bye)]);
    assert_eq!(turned_away[1].to().unwrap().tag(), Some("b2"));
    assert_eq!(alice.agent.calls(), 1);
}

#[test]
fn candidates_wait_for_a_dialog_and_then_go_to_each_that_rings() {
    let mut alice = Bench::new();
    let invite = alice.invite_bob();
    let (call, now) = (CallHandle(1), alice.now);
    let early = alice
        .agent
        .info(call, "x/y", b"one", now, &mut alice.random);
    assert_eq!(early, []);

    let first = alice.receive(&answer(&invite, 180, "b1")).sent();
    let second = alice.receive(&answer(&invite, 180, "b2")).sent();

    assert_eq!(
        (first[0].method(), first[0].body()),
        (Some(&Method::Info), &b"one"[..])
    );
    assert_eq!(second[0].to().unwrap().tag(), Some("b2"));
}

#[test]
fn a_challenged_invitation_is_sent_again_with_credentials() {
    let mut alice = Bench::new();
    let invite = alice.invite_bob();
    let challenge =
        "Digest realm=\"hopsight.internal\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    let challenged = Builder::response_to(&invite, 407, "Who")
        .to_tag("s")
        .header("Proxy-Authenticate", challenge)
        .finish();

    let again = alice.receive(&challenged).sent();

    assert_eq!(again[0].method(), Some(&Method::Ack));
    assert_eq!(again[1].cseq(), Some((2, Method::Invite)));
    assert!(again[1].header("Proxy-Authorization").is_some());
    assert_eq!(again[1].body(), b"v=0");
    let (call, status) = (CallHandle(1), 407);
    let refused = Builder::response_to(&again[1], 407, "Who").to_tag("s");
    let refused = refused.header("Proxy-Authenticate", challenge).finish();
    let reason = "Who".to_owned();
    assert_eq!(
        alice.receive(&refused).events(),
        [Event::Refused {
            call,
            status,
            reason
        }]
    );
}

struct Bench {
    agent: UserAgent,
    random: SeededRandom,
    now: Moment,
    call: CallHandle,
    tag: String,
}

struct Outputs(Vec<Output>);

impl Outputs {
    fn sent(&self) -> Vec<Message> {
        let sent = self.0.iter().filter_map(|output| match output {
            Output::Send(bytes) => Some(Message::read(bytes).unwrap()),
            Output::Event(_) => None,
        });
        sent.collect()
    }

    fn events(&self) -> Vec<Event> {
        let events = self.0.iter().filter_map(|output| match output {
            Output::Send(_) => None,
            Output::Event(event) => Some(event.clone()),
        });
        events.collect()
    }
}

impl Bench {
    fn new() -> Self {
        let secret = Redacted::new("s".to_owned());
        let settings = Settings::new("bob", "hopsight.internal", &secret, "urn:uuid:1");
        let mut random = SeededRandom::new(1);
        let mut agent = UserAgent::new(settings);
        let register = Outputs(agent.flow_opened(Moment::START, &mut random)).sent();
        let registered = Builder::response_to(&register[0], 200, "OK")
            .header("Expires", "100000")
            .finish();
        agent.received(registered.bytes(), Moment::START, &mut random);
        Self {
            agent,
            random,
            now: Moment::START,
            call: CallHandle(1),
            tag: String::new(),
        }
    }

    /// Alice's invitation rings.
    fn alerting() -> Self {
        let mut bench = Self::new();
        let ringing = bench.receive(&invite().finish()).sent();
        bench.tag = ringing[0].to().unwrap().tag().unwrap().to_owned();
        bench
    }

    /// Alice's invitation is accepted and acknowledged.
    fn in_call() -> Self {
        let mut bench = Self::alerting();
        let (call, now) = (bench.call, bench.now);
        bench.agent.accept(call, "v=0", now, &mut bench.random);
        let ack = bench.by_caller("ACK", 1).finish();
        let confirmed = bench.receive(&ack).events();
        assert_eq!(confirmed, [Event::Confirmed { call }]);
        bench
    }

    fn receive(&mut self, message: &Message) -> Outputs {
        assert_eq!(message.strict(), Ok(()));
        Outputs(
            self.agent
                .received(message.bytes(), self.now, &mut self.random),
        )
    }

    fn wait(&mut self, span: Duration) -> Outputs {
        self.now = self.now + span;
        Outputs(self.agent.tick(self.now, &mut self.random))
    }

    /// A request of Alice within the call.
    fn by_caller(&self, method: &str, sequence: u32) -> Builder {
        let to = format!("<sip:bob@hopsight.internal>;tag={}", self.tag);
        bare(method, sequence).header("To", to)
    }

    fn invite_bob(&mut self) -> Message {
        let invitation = Invitation {
            to: "sip:bob@hopsight.internal".into(),
            session: None,
            role: Role::Sharer,
            purpose: SessionPurpose::Share,
            sdp: "v=0".into(),
        };
        let (call, outputs) = self.agent.invite(&invitation, self.now, &mut self.random);
        self.agent
            .calls
            .iter()
            .for_each(|(known, _)| assert_eq!(*known, call));
        Outputs(outputs).sent().remove(0)
    }
}

fn bare(method: &str, sequence: u32) -> Builder {
    Builder::request(&Method::from(method), "sip:bob@x.invalid")
        .header(
            "Via",
            format!("SIP/2.0/TLS s;branch=z9hG4bK{method}{sequence}"),
        )
        .header("Max-Forwards", "70")
        .header("From", "<sip:alice@hopsight.internal>;tag=a")
        .header("Call-ID", "c")
        .header("CSeq", format!("{sequence} {method}"))
}

fn invite() -> Builder {
    bare("INVITE", 1)
        .header("To", "<sip:bob@hopsight.internal>")
        .header("Contact", "<sip:a@x.invalid>")
        .body("application/sdp", "v=0")
}

fn answer(invite: &Message, status: u16, tag: &str) -> Message {
    Builder::response_to(invite, status, "As Said")
        .header("Contact", "<sip:b@x.invalid>")
        .to_tag(tag)
        .finish()
}
