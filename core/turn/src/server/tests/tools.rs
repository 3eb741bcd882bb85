//! Foreign tools with grants of their own, quotas, and how loud the relay is.

use super::harness::*;
use crate::message::{AttributeKind, Method, Writer};
use crate::values::{Action, Counter};
use crate::{Command, ToolGrant};
use hopsight_evidence::Side;
use hopsight_kit::{Redacted, Timestamp};
use std::time::Duration;

#[test]
fn a_tool_reaches_the_peers_that_its_grant_names_and_no_others() {
    let mut relay = relay();
    let mut tool = tool(&relay, 600);
    relay.allocate(&mut tool);

    assert_eq!(relay.permit(&mut tool, address("8.8.8.8:1")), 0);
    assert_eq!(relay.permit(&mut tool, address("8.8.4.4:1")), 403);
    assert_eq!(relay.bind(&mut tool, 0x4000, address("8.8.8.9:1")), 0);
    // Named, and refused like anybody's.
    assert_eq!(relay.permit(&mut tool, address("127.0.0.1:1")), 403);
    assert_eq!(relay.permit(&mut tool, address("10.0.0.1:1")), 403);
    relay.take();
    relay.indicate(&tool, address("8.8.8.8:1"), b"data");
    assert_eq!(relay.take()[0], Action::Count(Counter::Forwarded));
}

#[test]
fn a_tool_may_use_the_channel_numbers_of_rfc_5766_and_nobody_else() {
    let mut relay = relay();
    let mut tool = tool(&relay, 600);
    relay.allocate(&mut tool);
    let codes = [0x3FFF, 0x7FFF, 0x8000].map(|number| {
        let host = u16::from(number == 0x7FFF);
        relay.bind(&mut tool, number, ([8, 8, 8, 8], 1000 + host).into())
    });

    assert_eq!(codes, [400, 0, 400]);
}

#[test]
fn a_tool_may_hold_as_much_as_a_person() {
    let mut relay = Relay::with(|settings| {
        settings.tool_key = Some(KEY);
        settings.allocations_per_grant = 1;
        settings.allocations_per_person = 2;
    });
    let codes = [1, 2, 3].map(|host| {
        let mut tool = tool(&relay, 600);
        tool.at = udp(host);
        let request = relay
            .request(Method::Allocate)
            .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
        relay.ask(&mut tool, request).code
    });

    assert_eq!(codes, [0, 0, 486]);
}

#[test]
fn the_operator_is_told_once_that_a_tool_came_and_the_front_end_never() {
    let mut relay = relay();
    let mut tool = tool(&relay, 600);
    relay.allocate(&mut tool);
    relay.permit(&mut tool, address("8.8.4.4:1"));

    let admitted = relay
        .actions
        .iter()
        .filter(|action| matches!(action, Action::ToolAdmitted { .. }));
    assert_eq!(admitted.count(), 1);
    assert_eq!(relay.observations(), []);
}

#[test]
fn a_tool_with_another_password_peer_or_time_is_unauthorized() {
    let mut relay = relay();
    let good = tool(&relay, 600);
    let mut expired = tool(&relay, 600);
    let mut changed = good.clone();
    changed.username = good.username.replace("8.8.8.0/24", "0.0.0.0/0");
    let mut longer = good.clone();
    longer.username = good.username.replace(".1000600.", ".9000600.");
    let mut guessed = good.clone();
    guessed.password = Redacted::new("guessed".to_owned());
    for client in [&mut changed, &mut longer, &mut guessed] {
        assert_eq!(relay.refresh(client, 600), 401);
    }
    assert_ne!(longer.username, good.username);
    relay.seconds = 600;
    assert_eq!(relay.refresh(&mut expired, 600), 401);

    let mut nobody = Relay::new();
    let mut client = good;
    assert_eq!(nobody.refresh(&mut client, 600), 401);
}

#[test]
fn a_tool_ends_with_its_grant_whatever_it_holds() {
    let mut relay = relay();
    let mut tool = tool(&relay, 60);
    relay.allocate(&mut tool);
    relay.tick_at(59);
    assert!(relay.server.holds(&tool.at));

    relay.tick_at(60);

    assert!(!relay.server.holds(&tool.at));
    assert_eq!(relay.refresh(&mut tool, 600), 401);
}

#[test]
fn all_grants_of_one_person_together_have_a_quota() {
    let mut relay = Relay::with(|settings| {
        settings.allocations_per_grant = 2;
        settings.allocations_per_person = 3;
    });
    let codes: Vec<u16> = [
        (1, "ann"),
        (1, "ann"),
        (1, "ann"),
        (2, "ann"),
        (3, "ann"),
        (4, "bob"),
    ]
    .into_iter()
    .zip(1..)
    .map(|((number, owner), host)| {
        let mut client = relay.grant(&session(number), Side::Sharer, udp(host));
        relay.command(Command::Grant {
            session: session(number),
            side: Side::Sharer,
            owner: owner.to_owned(),
            username: client.username.clone(),
            password: client.password.clone(),
            expires: relay.wall() + Duration::from_secs(600),
        });
        let request = relay
            .request(Method::Allocate)
            .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
        relay.ask(&mut client, request).code
    })
    .collect();

    assert_eq!(codes, [0, 0, 486, 0, 486, 0]);
}

#[test]
fn the_relay_as_a_whole_has_a_quota() {
    let mut relay = Relay::with(|settings| settings.allocations = 1);
    let mut one = relay.grant(&session(1), Side::Sharer, udp(1));
    let mut two = relay.grant(&session(2), Side::Sharer, udp(2));
    relay.allocate(&mut one);
    let request = relay
        .request(Method::Allocate)
        .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);

    assert_eq!(relay.ask(&mut two, request).code, 508);
}

/// RFC 8489 makes two kinds of answers longer than the shortest question: the
/// address in a Binding answer, and realm and nonce in a challenge. Nothing may
/// be longer than they are, and the budget of a network bounds their number.
#[test]
fn no_unauthenticated_answer_is_longer_than_the_rfc_makes_it() {
    let mut relay = Relay::new();
    let known = relay.grant(&session(1), Side::Sharer, udp(1));
    let signed = |writer: Writer| writer.sign(&known.key()).finish();
    let mut longest_challenge = 0;
    for method in [
        Method::Allocate,
        Method::Refresh,
        Method::CreatePermission,
        Method::ChannelBind,
    ] {
        let bare = relay.request(method).finish();
        let incomplete = signed(relay.request(method));
        let stale = known.sign(relay.request(method));
        let strange = relay.request(method).raw(0x7777, &[0; 4]).finish();
        let length =
            |bytes: &[u8], relay: &mut Relay| relay.send(udp(1), bytes).unwrap().bytes.len();

        assert!(length(&incomplete, &mut relay) <= incomplete.len());
        assert!(length(&stale, &mut relay) <= stale.len());
        for question in [&bare, &strange] {
            longest_challenge = longest_challenge.max(length(question, &mut relay));
        }
    }
    assert_eq!(longest_challenge, 20 + 8 + (4 + 20) + (4 + 24));

    let binding = relay.request(Method::Binding).finish();
    let strange = relay.request(Method::Binding).raw(0x7777, &[0; 4]).finish();
    assert_eq!(relay.send(udp(1), &binding).unwrap().bytes.len(), 20 + 12);
    assert_eq!(
        relay.send(udp(1), &strange).unwrap().bytes.len(),
        20 + 8 + 8
    );
}

fn relay() -> Relay {
    Relay::with(|settings| settings.tool_key = Some(KEY))
}

fn tool(relay: &Relay, seconds: u64) -> Client {
    let grant = ToolGrant {
        session: session(7),
        expires: Timestamp::from_unix_seconds(relay.wall().unix_seconds() + seconds),
        peers: ["8.8.8.0/24", "127.0.0.1", "10.0.0.0/8"]
            .map(|text| text.parse().unwrap())
            .to_vec(),
    };
    let username = grant.username();
    Client {
        at: udp(1),
        password: ToolGrant::password(&username, &KEY),
        username,
        nonce: String::new(),
    }
}

const KEY: Redacted<[u8; 32]> = Redacted::new([3; 32]);
