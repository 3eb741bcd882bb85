//! Sessions in networks with and without a fault, played with the real binary
//! in real namespaces.

use crate::program::{Run, folder, hopsight, run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

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
fn routes_that_lack_or_lead_nowhere_are_named() {
    end_as_they_say(&[
        "branch-neither-route",
        "branch-no-return",
        "branch-no-route",
        "gate-a-no-route",
        "gate-b-unreachable",
        "null-route",
        "wan-null-route",
    ]);
}

#[test]
fn filters_on_the_way_are_named() {
    end_as_they_say(&[
        "admin-prohibited",
        "core-drops-early",
        "core-prohibits-early",
        "core-prohibits-foreign",
        "gate-b-drops-udp",
        "high-ports-dropped",
        "nat-branch-prohibits",
        "quiet-core-drops",
        "udp-dropped",
    ]);
}

#[test]
fn faults_of_the_machines_themselves_are_named() {
    end_as_they_say(&[
        "both-out",
        "host-and-router",
        "host-filter-in",
        "host-filter-out",
        "host-without-route",
        "lan-host-firewall",
        "pc-a-drops-in",
        "viewer-wrong-gateway",
    ]);
}

#[test]
fn odd_networks_in_which_all_is_well_are_left_in_peace() {
    end_as_they_say(&[
        "fine-asymmetric",
        "fine-containers",
        "fine-dual-stack",
        "fine-nat-both",
        "fine-nat-branch",
        "fine-one-lan",
        "fine-stateful-both",
        "fine-vpn-aside",
    ]);
}

#[test]
fn a_lab_that_is_killed_half_way_leaves_nothing_behind() {
    let mut lab = hopsight()
        .args(["lab", "inter-vlan", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(lab.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"registered\"") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the lab ended early");
    }

    lab.kill().unwrap();
    lab.wait().unwrap();

    // Server and endpoints hold these pipes open as long as they live.
    let mut rest = Vec::new();
    said.read_to_end(&mut rest).unwrap();
    lab.stderr.take().unwrap().read_to_end(&mut rest).unwrap();
}

#[test]
fn results_are_resumed_where_they_were_left() {
    let file = folder("matrix").join("results.jsonl");
    let file = file.display().to_string();
    let all = |draw: &str| {
        let what = [
            "lab", "--all", "--icmp", "normal", "--draw", draw, "--seed", "3",
        ];
        run(&[&what[..], &["--results", &file, "--json"]].concat())
    };

    let played = all("2").events();
    let again = all("2").events();

    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!((played.len(), again.len(), kept.lines().count()), (3, 1, 2));
    assert_eq!(played.last(), again.last());
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

/// Plays each card; the picture comes within five seconds in all of them.
fn end_as_they_say(cards: &[&str]) {
    for card in cards {
        let outcome = played(card);

        let picture = outcome["picture_ms"].as_u64().unwrap();
        assert!(picture <= 5000, "{card}: the picture took {picture} ms");
    }
}

/// Plays a card; the last event holds what came of it.
fn played(card: &str) -> Value {
    let ended: Run = run(&["lab", card, "--json"]);
    let outcome = ended.events().pop().unwrap_or_default();
    assert_eq!(ended.code, 0, "{card}\n{}\n{}", ended.out, ended.err);
    outcome
}
