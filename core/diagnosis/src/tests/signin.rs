//! Signing in and inviting, by example.

use super::catalogue::decisive;
use super::facts::{
    CORE_A, DESK1, DESK2, FRONT_END, LEAF, ahead, certificate, certificate_at, connection,
    looked_up, server, stands_for, told, trace,
};
use super::story::{Story, address, asked, inside, silent};
use crate::{Code, Confidence, Culprit, CulpritKind};
use hopsight_evidence::{
    CertificateProblem, IcmpKind, Observation, Side, SignallingRequest, TcpOutcome,
};
use std::net::SocketAddr;

#[test]
fn a_name_that_is_not_found_is_the_names_service() {
    assert_eq!(
        decisive(Code::NameResolution).named(Code::NameResolution),
        Some((Confidence::Proven, wrong_name()))
    );
}

#[test]
fn a_name_that_leads_elsewhere_than_the_server_states_is_as_wrong() {
    let story = astray();

    assert_eq!(
        story.said(),
        [(Code::NameResolution, Confidence::Proven)],
        "what answers at the wrong address says nothing about the server"
    );
    assert_eq!(
        story.named(Code::NameResolution),
        Some((Confidence::Proven, wrong_name()))
    );
}

#[test]
fn a_name_with_two_views_is_right_when_the_server_shows_itself_there() {
    let mut story = inside(|one| {
        one.tell(FRONT_END, stands_for(vec![server().ip()]))
            .tell(DESK1, looked_up(&[ELSEWHERE], None))
    });
    story.tell(DESK1, certificate_at(elsewhere(), LEAF, None));

    assert_eq!(story.said(), []);
}

#[test]
fn an_address_that_nobody_contradicts_is_taken_for_the_servers() {
    let story = astray().without(|one| matches!(one, Observation::NameStandsFor { .. }));

    assert_eq!(story.verdict(Code::NameResolution), None);
}

#[test]
fn a_connection_that_vanishes_is_cut_behind_the_last_router_that_answered() {
    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![[172, 16, 1, 1].into(), server().ip()],
    );
    assert_eq!(
        decisive(Code::SigninPortBlocked).named(Code::SigninPortBlocked),
        Some((Confidence::Located, culprit.on(&[Side::Sharer])))
    );
}

#[test]
fn where_no_router_answered_only_the_side_of_a_cut_is_known() {
    let story = inside(|one| one.tell(DESK1, connection(0, TcpOutcome::Silent, None)));

    let culprit = Culprit::new(
        CulpritKind::EdgeBetween,
        vec![address(Side::Sharer).ip(), server().ip()],
    );
    assert_eq!(
        story.named(Code::SigninPortBlocked),
        Some((Confidence::SideOnly, culprit.on(&[Side::Sharer])))
    );
    assert_eq!(story.rivals(Code::SigninPortBlocked), [Code::NoRouteOnHost]);
}

#[test]
fn a_router_that_turns_connections_to_the_server_back_is_named() {
    for kind in [IcmpKind::NetworkUnreachable, IcmpKind::Prohibited] {
        let story = turned_back(kind, 2);
        let culprit = Culprit::new(CulpritKind::Router, vec![CORE_A.into()]);
        assert_eq!(
            story.named(Code::SigninPortBlocked),
            Some((Confidence::Proven, culprit.on(&[Side::Sharer])))
        );
        assert_eq!(story.rivals(Code::SigninPortBlocked), []);
    }
}

#[test]
fn a_router_that_holds_the_servers_address_for_unreachable_may_be_right() {
    let at_once = turned_back(IcmpKind::HostUnreachable, 2);
    assert_eq!(
        at_once.said(),
        [(Code::SigninPortBlocked, Confidence::Leading)]
    );
    assert_eq!(
        at_once.rivals(Code::SigninPortBlocked),
        [Code::ServerNotListening]
    );

    let waited = turned_back(IcmpKind::HostUnreachable, 3066);
    let (confidence, culprit) = waited.named(Code::SigninPortBlocked).unwrap();
    assert_eq!(confidence, Confidence::Located);
    assert_eq!(culprit.kind, CulpritKind::EdgeBetween);
}

#[test]
fn what_a_router_says_of_an_address_that_a_wrong_name_may_have_led_to_proves_nothing() {
    let mut story = turned_back(IcmpKind::NetworkUnreachable, 2);
    story.tell(DESK1, looked_up(&[[10, 21, 185, 20]], None));

    assert_eq!(
        story.said(),
        [(Code::SigninPortBlocked, Confidence::Leading)]
    );
    assert_eq!(
        story.rivals(Code::SigninPortBlocked),
        [Code::NameResolution]
    );
}

#[test]
fn neither_the_server_nor_the_own_pc_nor_a_word_about_another_port_is_a_router() {
    for (about, offender) in [
        (server(), server().ip()),
        (server(), address(Side::Sharer).ip()),
        (SocketAddr::new(server().ip(), 9), CORE_A.into()),
    ] {
        let mut story = decisive(Code::SigninPortBlocked);
        story
            .networks()
            .refusal_about(Side::Sharer, about, offender, IcmpKind::Prohibited, 2);
        let (_, culprit) = story.named(Code::SigninPortBlocked).unwrap();
        assert_eq!(culprit.kind, CulpritKind::EdgeBetween, "{offender}");
    }
}

#[test]
fn a_server_that_showed_its_certificate_was_reached() {
    let mut story = decisive(Code::SigninPortBlocked);
    story.tell(DESK1, certificate(LEAF, None));
    assert_eq!(story.said(), []);

    let accepted = inside(|one| one.tell(DESK1, connection(2, TcpOutcome::Accepted, None)));
    assert_eq!(accepted.said(), []);
}

#[test]
fn a_refusal_at_the_servers_own_distance_is_a_service_that_does_not_run() {
    let culprit = Culprit::new(CulpritKind::Service, vec![server().ip()]);
    assert_eq!(
        decisive(Code::ServerNotListening).named(Code::ServerNotListening),
        Some((Confidence::Leading, culprit))
    );
    assert_eq!(
        decisive(Code::ServerNotListening).rivals(Code::ServerNotListening),
        [Code::MiddleboxReset],
        "the last router before the server may refuse in its name"
    );
}

#[test]
fn a_name_that_led_where_no_server_is_may_be_wrong_itself() {
    let came_by = |what: Observation| {
        inside(|one| {
            one.tell(DESK1, looked_up(&[[10, 21, 185, 20]], None))
                .tell(DESK1, what)
        })
    };
    let refused = came_by(connection(3, TcpOutcome::Refused, Some(4)));
    assert_eq!(
        refused.rivals(Code::ServerNotListening),
        [Code::NameResolution, Code::MiddleboxReset]
    );

    let silent = came_by(connection(2, TcpOutcome::Silent, None));
    assert_eq!(
        silent.said(),
        [(Code::SigninPortBlocked, Confidence::Leading)]
    );
    assert_eq!(
        silent.rivals(Code::SigninPortBlocked),
        [Code::NameResolution]
    );

    let strange = came_by(certificate(LEAF, Some(CertificateProblem::Untrusted)));
    assert_eq!(
        strange.rivals(Code::TlsIntercepted),
        [Code::NameResolution, Code::CertificateInvalid]
    );
}

#[test]
fn a_refusal_from_an_unknown_distance_may_be_forged() {
    let story = inside(|one| one.tell(DESK1, connection(0, TcpOutcome::Refused, None)));

    assert_eq!(
        story.said(),
        [(Code::ServerNotListening, Confidence::Leading)]
    );
    assert_eq!(
        story.rivals(Code::ServerNotListening),
        [Code::MiddleboxReset]
    );
}

#[test]
fn a_refusal_of_the_sign_in_is_a_matter_of_policy() {
    for (status, reason) in [(401, "Unauthorized"), (403, "Forbidden"), (407, "Refused")] {
        assert_eq!(
            asked(SignallingRequest::SignIn, status, reason).named(Code::SigninRefused),
            Some((Confidence::Proven, policy(Side::Sharer))),
            "{status}"
        );
    }
    assert_eq!(asked(SignallingRequest::SignIn, 503, "Busy").said(), []);
}

#[test]
fn a_clock_that_is_far_off_explains_a_refused_sign_in_better() {
    let mut story = decisive(Code::SigninRefused);
    story
        .tell(FRONT_END, ahead(Side::Sharer, -7_200_000))
        .tell(FRONT_END, ahead(Side::Viewer, 0));

    assert_eq!(story.said(), [(Code::ClockSkew, Confidence::Proven)]);
}

#[test]
fn a_clock_beyond_every_window_is_the_fault_of_its_pc() {
    let culprit = Culprit::new(CulpritKind::Host, vec![address(Side::Viewer).ip()]);
    assert_eq!(
        decisive(Code::ClockSkew).named(Code::ClockSkew),
        Some((Confidence::Proven, culprit.on(&[Side::Viewer])))
    );
}

#[test]
fn two_clocks_that_are_off_alike_have_a_server_whose_clock_is_wrong() {
    let mut story = without_clocks();
    story
        .tell(FRONT_END, ahead(Side::Sharer, 3_590_000))
        .tell(FRONT_END, ahead(Side::Viewer, 3_600_000));

    assert_eq!(
        story.named(Code::ClockSkew),
        Some((
            Confidence::Located,
            Culprit::new(CulpritKind::Service, Vec::new())
        ))
    );
}

#[test]
fn a_clock_that_no_other_confirms_is_located_only() {
    let mut story = without_clocks();
    story.tell(FRONT_END, ahead(Side::Viewer, 3_600_000));

    let (confidence, culprit) = story.named(Code::ClockSkew).unwrap();
    assert_eq!(confidence, Confidence::Located);
    assert_eq!(culprit.addresses, [address(Side::Viewer).ip()]);
}

#[test]
fn without_the_servers_time_refused_credentials_may_be_either() {
    let story = without_clocks();

    assert_eq!(story.verdict(Code::ClockSkew), None);
    assert_eq!(
        story
            .verdict(Code::RelayCredentials)
            .map(|one| one.confidence),
        Some(Confidence::Located)
    );
    assert_eq!(story.rivals(Code::RelayCredentials), [Code::ClockSkew]);
}

#[test]
fn a_clock_within_the_window_or_without_a_refusal_is_no_fault() {
    let mut near = without_clocks();
    near.tell(FRONT_END, ahead(Side::Viewer, 299_000));
    assert_eq!(near.verdict(Code::ClockSkew), None);
    assert_eq!(near.rivals(Code::RelayCredentials), []);

    let far = silent(|one| one.tell(FRONT_END, ahead(Side::Viewer, 3_600_000)));
    assert_eq!(far.verdict(Code::ClockSkew), None);
}

#[test]
fn a_skewed_clock_without_harm_does_not_hide_the_other_ends() {
    let mut story = without_clocks();
    story
        .tell(FRONT_END, ahead(Side::Sharer, -3_600_000))
        .tell(FRONT_END, ahead(Side::Viewer, 3_600_000));

    let (_, culprit) = story.named(Code::ClockSkew).unwrap();
    assert_eq!(culprit.addresses, [address(Side::Viewer).ip()]);
}

#[test]
fn an_invitation_that_is_forbidden_is_a_matter_of_policy() {
    assert_eq!(
        decisive(Code::NotPermitted).named(Code::NotPermitted),
        Some((Confidence::Proven, policy(Side::Sharer)))
    );
}

#[test]
fn somebody_who_is_not_signed_in_is_nobodys_path_to_judge() {
    let nobody = Culprit::new(CulpritKind::Service, Vec::new()).on(&[Side::Viewer]);
    for status in [404, 410, 480, 604] {
        assert_eq!(
            asked(SignallingRequest::Invite, status, "Nobody").named(Code::PeerNotRegistered),
            Some((Confidence::Proven, nobody.clone())),
            "{status}"
        );
    }
}

#[test]
fn a_request_that_a_server_does_not_know_is_that_servers() {
    let service = Culprit::new(CulpritKind::Service, Vec::new());
    for status in [415, 420, 504] {
        assert_eq!(
            asked(SignallingRequest::Invite, status, "Unknown").named(Code::RequestNotSupported),
            Some((Confidence::Proven, service.clone())),
            "{status}"
        );
    }
}

#[test]
fn a_person_who_declines_or_hangs_up_is_no_fault() {
    for status in [486, 487, 603] {
        let story = asked(SignallingRequest::Invite, status, "Declined");
        assert_eq!(story.said(), [], "{status}");
    }
}

#[test]
fn what_was_refused_once_is_no_fault_of_a_picture_that_runs() {
    for code in [
        Code::NameResolution,
        Code::SigninPortBlocked,
        Code::ServerNotListening,
        Code::SigninRefused,
        Code::TlsIntercepted,
    ] {
        let mut story = decisive(code);
        story.candidates().direct();
        assert_eq!(story.said(), [], "{code}");
    }
}

#[test]
fn a_refused_sign_in_does_not_hide_a_missing_route() {
    let mut story = decisive(Code::NoRoute);
    story.tell(DESK2, told(SignallingRequest::SignIn, 403, "Forbidden"));

    assert_eq!(
        story.said(),
        [
            (Code::SigninRefused, Confidence::Proven),
            (Code::NoRoute, Confidence::Proven)
        ]
    );
    assert_eq!(story.verdicts()[0].also, [Code::NoRoute]);
}

#[test]
fn what_a_refused_sign_in_explains_is_not_undetermined_as_well() {
    let mut story = silent(|one| one);
    story.tell(DESK2, told(SignallingRequest::SignIn, 403, "Forbidden"));

    assert_eq!(story.said(), [(Code::SigninRefused, Confidence::Proven)]);
}

/// A connection that ends behindthe first router, of which another one tells.
fn turned_back(kind: IcmpKind, after_ms: u64) -> Story {
    inside(|one| {
        one.tell(DESK1, connection(1, TcpOutcome::Unreachable, None))
            .refusal_about(Side::Sharer, server(), CORE_A.into(), kind, after_ms)
    })
}

/// The name leads to a machine that is not the server and refuses.
fn astray() -> Story {
    inside(|one| {
        one.tell(FRONT_END, stands_for(vec![server().ip()]))
            .tell(DESK1, looked_up(&[ELSEWHERE], None))
            .tell(
                DESK1,
                Observation::TcpTrace {
                    destination: elsewhere(),
                    highest: 12,
                    hops: Vec::new(),
                    outcome: TcpOutcome::Refused,
                    reset_at: Some(1),
                },
            )
            .tell(DESK1, trace(elsewhere(), &[]))
    })
}

fn without_clocks() -> Story {
    decisive(Code::ClockSkew).without(|one| matches!(one, Observation::ClockAhead { .. }))
}

fn wrong_name() -> Culprit {
    Culprit::new(CulpritKind::Service, Vec::new())
        .called("share.example")
        .on(&[Side::Sharer])
}

fn policy(side: Side) -> Culprit {
    Culprit::new(CulpritKind::Policy, Vec::new()).on(&[side])
}

fn elsewhere() -> SocketAddr {
    SocketAddr::new(ELSEWHERE.into(), 443)
}

const ELSEWHERE: [u8; 4] = [192, 0, 2, 1];
