//! The trace of 2011, explained by the binary. The log block stands in
//! tests/data with its source named; the whole article is read too where it
//! lies beside the project.

use crate::program::run;
use serde_json::{Value, json};

const BLOCK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/desktop-sharing-2011.txt"
);
const ARTICLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/seed/desktop-sharing-2011.txt"
);

#[test]
fn the_trace_of_2011_is_a_missing_route_and_an_unreachable_relay() {
    let explained = run(&["explain", BLOCK, "--json"]);

    assert_eq!(explained.code, 0, "{}", explained.err);
    assert_seed(&explained.events());
}

#[test]
fn the_article_around_the_trace_changes_nothing() {
    if !std::path::Path::new(ARTICLE).exists() {
        eprintln!(
            "the article of 2011 does not lie beside the project; only its log block was read"
        );
        return;
    }
    let explained = run(&["explain", ARTICLE, "--json"]);

    assert_eq!(explained.code, 0, "{}", explained.err);
    assert_seed(&explained.events());
}

#[test]
fn a_firewall_that_is_known_to_be_off_is_no_rival() {
    let explained = run(&[
        "explain",
        BLOCK,
        "--json",
        "--fact",
        "host-firewall=off@a",
        "--fact",
        "host-firewall=off@b",
    ]);

    assert_eq!(
        rivals(&explained.events()[0]),
        ["ports-filtered", "silent-drop"]
    );
}

#[test]
fn a_file_that_is_no_trace_is_told_so() {
    let explained = run(&[
        "explain",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);

    assert_eq!(explained.code, 1);
    assert!(
        explained.err.contains("known trace format"),
        "{}",
        explained.err
    );
}

fn assert_seed(verdicts: &[Value]) {
    let main = &verdicts[0];
    let short = json!({
        "code": main["code"],
        "confidence": main["confidence"],
        "kind": main["culprit"]["kind"],
        "also": main["also"],
    });
    assert_eq!(
        short,
        json!({
            "code": "no-route",
            "confidence": "leading",
            "kind": "router",
            "also": ["relay-unreachable"],
        })
    );
    assert_eq!(
        rivals(main),
        ["host-firewall-in", "ports-filtered", "silent-drop"]
    );
    let proof = main["evidence"].to_string();
    assert!(
        proof.contains("0x20") && proof.contains("caller"),
        "{proof}"
    );
}

/// The codes that the verdict cannot tell apart; each must name its test.
fn rivals(verdict: &Value) -> Vec<String> {
    let rivals = verdict["cannot_tell_apart"].as_array().unwrap();
    let mut codes: Vec<String> = rivals
        .iter()
        .filter(|rival| !rival["test"].as_str().unwrap().is_empty())
        .map(|rival| rival["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes
}
