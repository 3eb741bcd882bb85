//! What is promised about registration.

use super::*;

#[test]
fn a_registration_tells_its_time_and_brings_the_person_online() {
    let mut bench = Bench::new();
    let actions = bench.sign_in(1, "alice");

    let online = Action::PresenceChanged {
        uri: alice(),
        online: true,
    };
    assert_eq!(actions.first(), Some(&online));
    assert_eq!(
        on(&actions, 1).header("Contact"),
        Some("<sip:c1@x.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";expires=300")
    );
}

#[test]
fn a_person_goes_offline_with_the_last_flow() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");

    let actions = bench.feed(Input::FlowClosed { flow: FlowId(1) });

    assert_eq!(
        actions,
        [Action::PresenceChanged {
            uri: alice(),
            online: false
        }]
    );
}

#[test]
fn a_person_goes_offline_at_the_expiry_not_before() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");

    assert_eq!(bench.wait(Duration::from_secs(299)), []);
    let offline = Action::PresenceChanged {
        uri: alice(),
        online: false,
    };
    assert_eq!(bench.wait(Duration::from_secs(1)), [offline]);
}

#[test]
fn nobody_registers_somebody_elses_address() {
    let mut bench = Bench::new();
    bench.open(1, "alice");
    let theirs = request(
        &Method::Register,
        &alice(),
        &format!("sip:{DOMAIN}"),
        &bob(),
        1,
    )
    .header("Contact", contact(1))
    .finish();

    assert_eq!(lines(&bench.receive(1, &theirs)), ["1 403"]);
}

#[test]
fn only_its_owner_registers_a_share() {
    for (owner, status) in [("alice", "1 200"), ("bob", "1 403")] {
        let mut bench = Bench::new();
        bench.open(1, "alice");
        let share = register(&format!("sip:share.L1@{DOMAIN}"), 1, 1).finish();
        let actions = bench.receive(1, &share);
        let request = share_asked(&actions);
        let found = Some(Share {
            owner: identity(owner),
            state: ShareState::Open,
        });

        let actions = bench.feed(Input::ShareFound {
            request,
            share: found,
        });

        assert_eq!(lines(&actions), [status]);
    }
}

#[test]
fn an_ended_share_is_gone() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let to = format!("sip:share.L1@{DOMAIN}");
    let request = share_asked(&bench.receive(1, &invite(&to).finish()));
    let found = Some(Share {
        owner: identity("bob"),
        state: ShareState::Gone,
    });

    let actions = bench.feed(Input::ShareFound {
        request,
        share: found,
    });

    assert_eq!(lines(&actions), ["1 410"]);
}

#[test]
fn too_short_a_registration_is_told_the_shortest() {
    let mut bench = Bench::new();
    bench.open(1, "alice");
    let brief = register(&alice(), 1, 1).header("Expires", "10").finish();

    let refused = on(&bench.receive(1, &brief), 1);

    assert_eq!(
        (refused.status(), refused.header("Min-Expires")),
        (Some(423), Some("30"))
    );
}

#[test]
fn everything_can_be_unregistered_at_once() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let all = request(
        &Method::Register,
        &alice(),
        &format!("sip:{DOMAIN}"),
        &alice(),
        9,
    )
    .header("Contact", "*")
    .header("Expires", "0")
    .finish();

    let actions = bench.receive(1, &all);

    let offline = Action::PresenceChanged {
        uri: alice(),
        online: false,
    };
    assert_eq!(actions.first(), Some(&offline));
    assert_eq!(on(&actions, 1).header("Contact"), None);
}

pub(super) fn share_asked(actions: &[Action]) -> LookupId {
    actions
        .iter()
        .find_map(|action| {
            let Action::FindShare { request, link } = action else {
                return None;
            };
            (link == "L1").then_some(*request)
        })
        .unwrap()
}
