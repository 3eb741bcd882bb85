//! Every card of the project, judged from the facts that were recorded when it
//! was played in the lab (`hopsight lab NAME --case FILE`), and compared with
//! what the card expects.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by failing"
)]

use hopsight_diagnosis::{Case, Names, Verdict, diagnose};
use hopsight_evidence::CaseFile;
use hopsight_lab::{Card, IcmpPolicy, Told};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_card_gives_the_verdict_that_it_expects_from_its_recorded_facts() {
    for (card, icmp) in recordings() {
        let name = format!("{}{}", card.name, icmp.suffix());
        assert_eq!(problems(&card, icmp), [""; 0], "{name}");
    }
}

#[test]
fn every_recorded_case_belongs_to_a_card() {
    let known: BTreeSet<String> = cards().into_iter().map(|card| card.name).collect();
    for entry in std::fs::read_dir(recorded("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".json");
        let name = name
            .trim_end_matches(".silent")
            .trim_end_matches(".limited");
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn a_recorded_case_gives_the_same_verdicts_in_any_order_of_its_facts() {
    for card in cards() {
        let case = case(&card.name);
        let mut turned = case.clone();
        turned.facts.reverse();

        assert_eq!(verdicts(&turned), verdicts(&case), "{}", card.name);
    }
}

/// Everything in which the main verdict is not as the card expects.
fn problems(card: &Card, icmp: IcmpPolicy) -> Vec<String> {
    let verdicts = verdicts(&case(&format!("{}{}", card.name, icmp.suffix())));
    let told = verdicts.first().map(|verdict| {
        let json = serde_json::to_value(verdict).unwrap();
        serde_json::from_value::<Told>(json).unwrap()
    });
    hopsight_lab::problems(card, card.expected(icmp), told.as_ref()).unwrap()
}

/// Every card with each policy for which its facts were recorded.
fn recordings() -> Vec<(Card, IcmpPolicy)> {
    let of = |card: Card| {
        let policies = IcmpPolicy::ALL.into_iter();
        let known = policies.filter(|icmp| {
            let file = format!("{}{}.json", card.name, icmp.suffix());
            *icmp == IcmpPolicy::Normal || recorded(&file).exists()
        });
        known.map(|icmp| (card.clone(), icmp)).collect::<Vec<_>>()
    };
    cards().into_iter().flat_map(of).collect()
}

fn verdicts(case: &CaseFile) -> Vec<Verdict> {
    let names = Names {
        sharer: case.sharer.clone(),
        viewer: case.viewer.clone(),
    };
    diagnose(&Case {
        facts: &case.facts,
        names: &names,
    })
}

fn case(name: &str) -> CaseFile {
    let file = recorded(&format!("{name}.json"));
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    CaseFile::read(&text).unwrap()
}

fn recorded(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../cards/recorded")
        .join(file)
}

fn cards() -> Vec<Card> {
    Card::all().into_iter().map(Result::unwrap).collect()
}
