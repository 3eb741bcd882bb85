//! What is promised where a proxy brings the requests of several people on one flow.

use super::*;
use crate::digest::{Challenge, Credentials};
use crate::flow_token::FlowToken;

#[test]
fn each_request_that_a_proxy_brings_proves_whose_it_is() {
    let mut bench = Bench::new();
    bench.proxy(7);
    let (alice, bob) = (alice(), bob());
    let first = bench.prove(7, &enrol(&alice, 1));
    assert_eq!(lines(&first), ["7 200"]);
    let second = bench.prove(7, &enrol(&bob, 1));
    assert_eq!(lines(&second), ["7 200"]);

    let invite = relayed(&Method::Invite, &alice, &bob, 2).finish();
    let asked = bench.prove(7, &invite);
    assert_eq!(lines(&asked), ["7 INVITE"]);
    let asked = sent(&asked).pop().unwrap().1;
    let asserted = format!("\"ALICE\" <{alice}>");
    assert_eq!(asked.header("P-Asserted-Identity"), Some(asserted.as_str()));
    assert_eq!(asked.request_uri(), Some("sip:bob@behind.invalid"));
}

#[test]
fn nobody_behind_a_proxy_speaks_for_a_neighbour() {
    let mut bench = Bench::new();
    bench.proxy(7);
    for who in [alice(), bob()] {
        bench.prove(7, &enrol(&who, 1));
    }
    let forged = relayed(&Method::Invite, &alice(), &bob(), 2).finish();

    let refused = bench.prove_as(7, &forged, "bob");
    assert_eq!(lines(&refused), ["7 403"]);
}

#[test]
fn both_ends_of_a_dialog_may_stand_behind_the_same_proxy() {
    let mut bench = Bench::new();
    bench.proxy(7);
    for who in [alice(), bob()] {
        bench.prove(7, &enrol(&who, 1));
    }
    let invite = relayed(&Method::Invite, &alice(), &bob(), 2).finish();
    let asked = sent(&bench.prove(7, &invite)).pop().unwrap().1;
    let accepted = on(&bench.receive(7, &answer(&asked, 200, "b")), 7);
    let route = accepted.header("Record-Route").unwrap().to_owned();

    let within = |from: &str, uri: &str| {
        let bye = relayed(&Method::Bye, from, uri, 3);
        bye.header("Route", route.as_str()).finish()
    };
    let by_mallory = within(&format!("sip:mallory@{DOMAIN}"), "sip:b@x.invalid");
    assert_eq!(lines(&bench.prove(7, &by_mallory)), ["7 403"]);
    for (from, uri) in [(bob(), "sip:a@x.invalid"), (alice(), "sip:b@x.invalid")] {
        let sent_on = bench.prove(7, &within(&from, uri));
        assert_eq!(lines(&sent_on), ["7 BYE"]);
        let token = FlowToken::verify(user_of(&route), &NodeKey::new([1; 32])).unwrap();
        let identity = bench.server.registrar.of(&from).next().unwrap().by.clone();
        let far = bench.server.far_end(&token, FlowId(7), &identity).unwrap();
        assert_ne!(bench.server.who_is(far).unwrap().uri, from);
    }
}

/// The token in a Record-Route value.
fn user_of(route: &str) -> &str {
    let rest = route.split_once("<sip:").unwrap().1;
    rest.split_once('@').unwrap().0
}

/// A request that passed a proxy.
pub(super) fn relayed(method: &Method, from: &str, uri: &str, sequence: u32) -> Builder {
    let name = from.trim_start_matches("sip:");
    let branch = format!("z9hG4bK{method}{sequence}{}", name.replace(['@', '.'], ""));
    let is_register = *method == Method::Register;
    let to = if is_register { from } else { uri };
    Builder::request(method, uri)
        .header("Via", format!("SIP/2.0/TLS edge.invalid;branch={branch}e"))
        .header("Via", format!("SIP/2.0/UDP client.invalid;branch={branch}"))
        .header("Max-Forwards", "69")
        .header("From", format!("<{from}>;tag=f-{name}"))
        .header("To", format!("<{to}>"))
        .header("Call-ID", format!("call-of-{name}"))
        .header("CSeq", format!("{sequence} {method}"))
}

fn enrol(who: &str, sequence: u32) -> Message {
    let user = who
        .trim_start_matches("sip:")
        .replace(DOMAIN, "behind.invalid");
    relayed(&Method::Register, who, &format!("sip:{DOMAIN}"), sequence)
        .header("Contact", format!("<sip:{user}>"))
        .finish()
}

impl Bench {
    fn proxy(&mut self, flow: u64) {
        self.feed(Input::FlowOpened {
            flow: FlowId(flow),
            remote: ([192, 0, 2, 7], 40_000).into(),
            transport: FlowTransport::Tls,
            identity: None,
        });
    }

    /// Sends a request again with the answer to its challenge, and finds the account.
    pub(super) fn prove(&mut self, flow: u64, request: &Message) -> Vec<Action> {
        let name = request.from().unwrap().user().unwrap().to_owned();
        self.prove_as(flow, request, &name)
    }

    fn prove_as(&mut self, flow: u64, request: &Message, name: &str) -> Vec<Action> {
        let actions = self.receive(flow, &again(request, "a"));
        let known = Some(account(name, &["secret"]));
        let challenge = on(&self.find(&actions, known.clone()), flow);
        let challenge = Challenge::strongest(&challenge).unwrap();
        let ha1 = &known.as_ref().unwrap().ha1_sha256[0];
        let (method, uri) = (request.method().unwrap(), request.request_uri().unwrap());
        let answer = Credentials::answer(&challenge, name, ha1, method, uri, "c", 1);
        let header = if *method == Method::Register {
            "Authorization"
        } else {
            "Proxy-Authorization"
        };
        let repeated = again(request, "b");
        let bytes = repeated
            .edit()
            .append_header(header, &answer.to_string())
            .finish();
        let actions = self.receive(flow, &Message::read(&bytes).unwrap());
        self.find(&actions, known)
    }
}

/// The same request in a transaction of its own.
fn again(request: &Message, mark: &str) -> Message {
    let via = request.via_top().unwrap();
    let branch = format!("{}{mark}", via.branch().unwrap());
    let via = via.with_parameter("branch", &branch).to_string();
    let bytes = request.edit().replace_first_value("Via", &via).finish();
    Message::read(&bytes).unwrap()
}
