//! What is promised to endpoints with several flows, with proxies in front of them,
//! and to whoever addresses one of them.

use super::registration::share_asked;
use super::*;

const INSTANCE: &str = "+sip.instance=\"<urn:uuid:desk>\"";

#[test]
fn each_flow_of_an_endpoint_is_kept_and_an_invitation_takes_the_newer_one() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let first = bench.sign_in_by(2, "bob", 1);
    bench.wait(Duration::from_secs(1));
    let second = bench.sign_in_by(3, "bob", 2);

    assert_eq!(on(&first, 2).header("Require"), Some("outbound"));
    let contacts = [1, 2].map(|number| {
        let seconds = 298 + number;
        format!("<sip:b@x.invalid>;{INSTANCE};reg-id={number};expires={seconds}")
    });
    assert_eq!(on(&second, 3).values("Contact"), contacts);
    let invite = invite(&bob()).finish();
    assert_eq!(lines(&bench.receive(1, &invite)), ["3 INVITE"]);
}

#[test]
fn an_invitation_on_a_flow_that_closes_goes_out_again_on_the_other() {
    let (mut bench, asked) = asked_on_the_newer_flow();

    let actions = bench.feed(Input::FlowClosed { flow: FlowId(3) });
    assert_eq!(on(&actions, 2), asked);
    let accepted = bench.receive(2, &answer(&asked, 200, "b"));
    assert_eq!(lines(&accepted), ["1 200"]);
}

#[test]
fn a_flow_that_a_proxy_has_lost_is_forgotten_and_the_other_one_tried() {
    let (mut bench, asked) = asked_on_the_newer_flow();

    let actions = bench.receive(3, &answer(&asked, 430, "p"));
    assert_eq!(lines(&actions), ["3 ACK", "2 INVITE"]);
    let flows: Vec<FlowId> = bench.server.bindings(&bob()).map(|one| one.flow).collect();
    assert_eq!(flows, [FlowId(2)]);
}

#[test]
fn proxies_in_front_of_an_endpoint_are_on_the_way_of_its_requests() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.open(2, "bob");
    let path = ["<sip:near.invalid;lr>", "<sip:far.invalid;lr;ob>"];
    let register = register(&bob(), 2, 1)
        .header("Path", path.join(", "))
        .finish();
    let told = on(&bench.receive(2, &register), 2);

    assert_eq!(told.values("Path"), path);
    let asked = on(&bench.receive(1, &invite(&bob()).finish()), 2);
    assert_eq!(asked.values("Route"), path);
    assert_eq!(asked.request_uri(), Some("sip:c2@x.invalid;transport=ws"));
}

#[test]
fn a_first_proxy_that_keeps_no_flows_is_told_of() {
    let mut bench = Bench::new();
    bench.open(2, "bob");
    let named = |path: &str| {
        let contact = format!("<sip:b@x.invalid>;{INSTANCE};reg-id=1");
        relayed(&Method::Register, &bob(), &format!("sip:{DOMAIN}"), 1)
            .header("Contact", contact)
            .header("Path", path)
            .finish()
    };
    let lacks = bench.prove(2, &named("<sip:edge.invalid;lr>"));
    assert_eq!(lines(&lacks), ["2 439"]);
    let keeps = bench.prove(2, &named("<sip:edge.invalid;lr;ob>"));
    assert_eq!(lines(&keeps), ["2 200"]);
}

#[test]
fn an_endpoint_is_told_its_way_and_the_names_under_which_others_reach_it() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(3, "bob");
    bench.open(2, "bob");
    let register = register(&bob(), 2, 1).header("Supported", "gruu").finish();
    let told = on(&bench.receive(2, &register), 2);

    let way = format!("<sip:{DOMAIN};lr>");
    assert_eq!(told.header("Service-Route"), Some(way.as_str()));
    let contacts = told.contacts();
    let own = contacts.iter().find(|one| one.user() == Some("c2"));
    let names = ["pub-gruu", "temp-gruu"].map(|name| own.unwrap().parameter(name).unwrap());
    assert_eq!(names[0], format!("{};gr=urn:uuid:2", bob()));
    for (sequence, name) in (1..).zip(names) {
        let alice = format!("sip:alice@{DOMAIN}");
        let options = request(&Method::Options, &alice, name, name, sequence).finish();
        let asked = bench.receive(1, &options);
        assert_eq!(lines(&asked), ["2 OPTIONS"], "{name}");
        let uri = on(&asked, 2).request_uri().map(str::to_owned);
        assert_eq!(uri.as_deref(), Some("sip:c2@x.invalid;transport=ws"));
    }
}

#[test]
fn a_share_gives_its_owner_no_other_name() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let share = register(&format!("sip:share.L1@{DOMAIN}"), 1, 1).header("Supported", "gruu");
    let actions = bench.receive(1, &share.finish());
    let request = share_asked(&actions);
    let share = Some(Share {
        owner: identity("alice"),
        state: ShareState::Open,
    });
    let told = on(&bench.feed(Input::ShareFound { request, share }), 1);

    let contact = told.contacts().remove(0);
    assert_eq!(contact.parameter("pub-gruu"), None);
    assert_eq!(contact.parameter("temp-gruu"), None);
}

#[test]
fn a_temporary_name_ends_with_its_registration_and_none_can_be_made_up() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.open(2, "bob");
    let register = register(&bob(), 2, 1).header("Supported", "gruu");
    let told = on(&bench.receive(2, &register.finish()), 2);
    let contacts = told.contacts();
    let name = contacts[0].parameter("temp-gruu").unwrap().to_owned();
    bench.feed(Input::FlowClosed { flow: FlowId(2) });
    let ask = |bench: &mut Bench, name: &str, sequence| {
        let alice = format!("sip:alice@{DOMAIN}");
        let options = request(&Method::Options, &alice, name, name, sequence).finish();
        lines(&bench.receive(1, &options))
    };

    assert_eq!(ask(&mut bench, &name, 1), ["1 480"]);
    let forged = name.replacen("sip:g", "sip:gf", 1);
    assert_eq!(ask(&mut bench, &forged, 2), ["1 404"]);
}

#[test]
fn what_the_registrar_does_not_know_cannot_be_required_of_it() {
    let mut bench = Bench::new();
    bench.open(1, "alice");
    let wants = |tags: &str| register(&alice(), 1, 1).header("Require", tags).finish();

    let refused = bench.receive(1, &wants("outbound, moon"));
    assert_eq!(lines(&refused), ["1 420"]);
    assert_eq!(on(&refused, 1).header("Unsupported"), Some("moon"));
}

/// Bob has flows 2 and 3, and Alice's invitation went out on the newer one.
fn asked_on_the_newer_flow() -> (Bench, Message) {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in_by(2, "bob", 1);
    bench.wait(Duration::from_secs(1));
    bench.sign_in_by(3, "bob", 2);
    let asked = on(&bench.receive(1, &invite(&bob()).finish()), 3);
    (bench, asked)
}

impl Bench {
    /// Opens a flow and registers one of the flows of the same endpoint on it.
    fn sign_in_by(&mut self, flow: u64, name: &str, number: u32) -> Vec<Action> {
        self.open(flow, name);
        let uri = format!("sip:{name}@{DOMAIN}");
        let contact = format!("<sip:b@x.invalid>;{INSTANCE};reg-id={number}");
        let to = format!("sip:{DOMAIN}");
        let register = request(&Method::Register, &uri, &to, &uri, number);
        self.receive(flow, &register.header("Contact", contact).finish())
    }
}
