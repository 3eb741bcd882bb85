//! The endpoint by example: no media before consent, none after a stop.

use super::*;

#[test]
fn an_invited_sharer_starts_media_only_after_consent_to_a_named_peer() {
    let (mut endpoint, asked) = Endpoint::invited(Side::Sharer, Some(desk2()));
    assert_eq!(asked, [Action::AskConsent(desk2())]);
    assert_eq!(endpoint.handle(Event::PathOpened(direct())), []);

    let actions = endpoint.handle(Event::ConsentGiven);

    assert_eq!(actions, [Action::Accept, Action::StartMedia(Side::Sharer)]);
    assert_eq!(endpoint.peer(), Some(&desk2()));
}

#[test]
fn an_invitation_without_a_verified_identity_asks_nobody() {
    let (endpoint, actions) = Endpoint::invited(Side::Sharer, None);

    let reject = Action::Reject {
        status: 403,
        reason: "Identity Not Verified",
    };
    assert_eq!(actions, [reject]);
    assert_eq!(endpoint.state(), &State::Ended(EndReason::NotVerified));
}

#[test]
fn a_check_is_answered_without_asking_and_never_starts_media() {
    let (mut callee, accepted) = Endpoint::invited_to_check(Side::Viewer, Some(desk2()));
    let (mut caller, invited) = Endpoint::inviting_to_check(Side::Sharer, &desk2().uri);

    assert_eq!(accepted, [Action::Accept]);
    assert_eq!(invited, [Action::Invite]);
    let answered = Event::Accepted { by: Some(desk2()) };
    assert_eq!(caller.handle(answered), []);
    assert_eq!(callee.handle(Event::ConsentGiven), []);
    for end in [&mut caller, &mut callee] {
        assert_eq!(end.handle(Event::PathOpened(direct())), []);
        assert_eq!(end.state(), &State::Connected(direct()));
    }
}

#[test]
fn a_check_without_a_verified_identity_is_refused() {
    let (endpoint, _) = Endpoint::invited_to_check(Side::Viewer, None);

    assert_eq!(endpoint.state(), &State::Ended(EndReason::NotVerified));
}

#[test]
fn a_stop_ends_media_and_says_goodbye_in_the_same_step() {
    let mut endpoint = connected();

    let goodbye = Action::Bye {
        text: "stopped".to_owned(),
    };
    assert_eq!(endpoint.handle(Event::Stopped), [Action::EndMedia, goodbye]);
    assert_eq!(endpoint.handle(Event::Stopped), []);
}

#[test]
fn a_stop_before_the_answer_takes_the_invitation_back() {
    let (mut endpoint, _) = Endpoint::inviting(Side::Sharer, &desk2().uri);
    endpoint.handle(Event::Rang);

    assert_eq!(endpoint.handle(Event::Stopped), [Action::Cancel]);
    let crossed = endpoint.handle(Event::Accepted { by: Some(desk2()) });
    let goodbye = Action::Bye {
        text: "stopped before the answer arrived".to_owned(),
    };
    assert_eq!(crossed, [goodbye]);
}

#[test]
fn a_sharer_shows_nothing_to_somebody_it_did_not_invite() {
    let (mut endpoint, _) = Endpoint::inviting(Side::Sharer, "sip:desk3@example.org");

    let actions = endpoint.handle(Event::Accepted { by: Some(desk2()) });

    let goodbye = Action::Bye {
        text: "the identity of whoever accepted is not verified".to_owned(),
    };
    assert_eq!(actions, [goodbye]);
    assert_eq!(endpoint.state(), &State::Ended(EndReason::NotVerified));
}

#[test]
fn a_viewer_may_be_answered_by_the_owner_of_a_share_link() {
    let (mut endpoint, _) = Endpoint::inviting(Side::Viewer, "sip:share.ab12@example.org");

    let actions = endpoint.handle(Event::Accepted { by: Some(desk2()) });

    assert_eq!(actions, [Action::StartMedia(Side::Viewer)]);
}

#[test]
fn a_refusal_at_this_machine_declines_and_starts_nothing() {
    let (mut endpoint, _) = Endpoint::invited(Side::Viewer, Some(desk2()));

    let decline = Action::Reject {
        status: 603,
        reason: "Decline",
    };
    assert_eq!(endpoint.handle(Event::ConsentRefused), [decline]);
    assert_eq!(endpoint.handle(Event::ConsentGiven), []);
}

#[test]
fn no_order_of_events_starts_media_before_consent_or_after_the_end() {
    let events = [
        Event::Rang,
        Event::Accepted { by: Some(desk2()) },
        Event::PathOpened(direct()),
        Event::Withdrawn,
        Event::Stopped,
        Event::ConsentRefused,
        Event::HungUp {
            reason: String::new(),
        },
    ];
    for first in &events {
        for second in &events {
            let (mut endpoint, _) = Endpoint::invited(Side::Sharer, Some(desk2()));
            let mut actions = endpoint.handle(first.clone());
            actions.extend(endpoint.handle(second.clone()));
            assert!(!actions.contains(&Action::StartMedia(Side::Sharer)));
        }
    }
}

fn connected() -> Endpoint {
    let (mut endpoint, _) = Endpoint::inviting(Side::Sharer, &desk2().uri);
    endpoint.handle(Event::Accepted { by: Some(desk2()) });
    endpoint.handle(Event::PathOpened(direct()));
    assert_eq!(endpoint.state(), &State::Connected(direct()));
    endpoint
}

fn desk2() -> VerifiedIdentity {
    VerifiedIdentity {
        uri: "sip:desk2@example.org".to_owned(),
        display_name: "Desk 2".to_owned(),
    }
}

fn direct() -> PathUsed {
    PathUsed {
        kind: PathKind::Direct,
        transport: Transport::Udp,
    }
}
