//! Sessions in networks with and without a fault, played with the real binary
//! in real namespaces.

use crate::program::{Run, cards, folder, run};
use serde_json::Value;

#[test]
fn a_missing_route_is_named_and_the_picture_comes_by_relay_twenty_times() {
    for round in 1..=20 {
        let outcome = played("inter-vlan");

        let picture = outcome["picture_ms"].as_u64().unwrap();
        assert!(
            picture <= 5000,
            "round {round}: the picture took {picture} ms"
        );
        assert_eq!(outcome["verdict"]["code"], "no-route", "round {round}");
        assert_eq!(outcome["verdict"]["confidence"], "proven", "round {round}");
    }
}

#[test]
fn in_a_healthy_network_the_picture_goes_straight_and_nobody_is_blamed() {
    let outcome = played("healthy");

    let direct = serde_json::json!({"kind": "direct", "transport": "udp"});
    assert_eq!(outcome["paths"], serde_json::json!([direct, direct]));
    assert_eq!(outcome["verdict"], Value::Null);
}

#[test]
fn every_card_ends_as_it_says() {
    for card in cards() {
        let outcome = played(&card);

        let picture = outcome["picture_ms"].as_u64().unwrap();
        assert!(picture <= 5000, "{card}: the picture took {picture} ms");
    }
}

#[test]
fn where_routers_say_nothing_the_edge_between_them_is_named_and_the_case_can_be_judged_elsewhere() {
    let file = folder("case").join("silent.json").display().to_string();
    let ended = run(&[
        "lab",
        "inter-vlan",
        "--icmp",
        "silent",
        "--case",
        &file,
        "--json",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let outcome = ended.events().pop().unwrap();

    let judged = run(&["explain", &file, "--json"]);
    let again = run(&["explain", &file, "--json"]);

    assert_eq!((judged.code, &judged.out), (0, &again.out));
    let verdict = &judged.events()[0];
    for field in ["code", "confidence", "culprit", "remedy"] {
        assert_eq!(verdict[field], outcome["verdict"][field], "{field}");
    }
    assert_eq!(verdict["code"], "silent-drop");
    assert_eq!(verdict["culprit"]["kind"], "edge-between");
}

#[test]
fn the_sign_in_port_alone_is_enough() {
    let outcome = played("only-sign-in-port");

    assert!(outcome["picture_ms"].as_u64().unwrap() <= 3000, "{outcome}");
}

#[test]
fn where_only_tls_passes_the_picture_comes_inside_tls() {
    let outcome = played("only-tls");

    let inside = serde_json::json!({"kind": "relay", "transport": "tls"});
    assert_eq!(outcome["paths"], serde_json::json!([inside, inside]));
    assert!(outcome["picture_ms"].as_u64().unwrap() <= 3000, "{outcome}");
}

#[test]
fn the_whole_failure_of_the_seed_is_two_faults_and_the_picture_comes_all_the_same() {
    let ended = run(&["lab", "inter-vlan", "--also", "relay-unreachable", "--json"]);

    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
    let outcome = ended.events().pop().unwrap();
    assert_eq!(outcome["verdict"]["code"], "no-route");
    assert_eq!(
        outcome["verdict"]["also"],
        serde_json::json!(["relay-unreachable"])
    );
    assert!(outcome["picture_ms"].as_u64().unwrap() <= 5000, "{outcome}");
}

/// Plays a card; the last event holds what came of it.
fn played(card: &str) -> Value {
    let ended: Run = run(&["lab", card, "--json"]);
    let outcome = ended.events().pop().unwrap_or_default();
    assert_eq!(ended.code, 0, "{card}\n{}\n{}", ended.out, ended.err);
    outcome
}
