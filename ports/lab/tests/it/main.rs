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
use hopsight_lab::{Card, IcmpPolicy, Short, Task, Told};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_recorded_case_is_judged_as_its_card_says_unless_it_is_listed_as_short() {
    let short = Short::all().unwrap();
    for (card, icmp) in recordings() {
        let name = format!("{}{}", card.name, icmp.suffix());
        let problems = problems(&card, icmp);
        let mut listed = short.iter().filter(|one| !one.live);
        if listed.any(|one| one.is_about(&card.name, icmp)) {
            assert_ne!(
                problems, [""; 0],
                "{name} is as its card says: strike it from cards/short.toml"
            );
        } else {
            assert_eq!(problems, [""; 0], "{name}");
        }
    }
}

#[test]
fn every_card_was_recorded_with_routers_that_speak_unless_nobody_calls_anybody() {
    for card in cards() {
        let is_call = card.act.run == Task::Share;
        assert_eq!(
            recorded(&format!("{}.json", card.name)).exists(),
            is_call,
            "{}",
            card.name
        );
    }
}

#[test]
fn the_list_of_what_falls_short_names_known_cards_once_each() {
    let known: BTreeSet<String> = cards().into_iter().map(|card| card.name).collect();
    let mut seen = BTreeSet::new();
    for short in Short::all().unwrap() {
        assert!(known.contains(&short.card), "{}", short.card);
        assert!(
            IcmpPolicy::ALL.iter().any(|icmp| icmp.word() == short.icmp),
            "{}",
            short.icmp
        );
        assert!(
            seen.insert((short.card.clone(), short.icmp.clone())),
            "{} twice",
            short.card
        );
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
    for (card, icmp) in recordings() {
        let name = format!("{}{}", card.name, icmp.suffix());
        let case = case(&name);
        let mut turned = case.clone();
        turned.facts.reverse();

        assert_eq!(verdicts(&turned), verdicts(&case), "{name}");
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
            recorded(&file).exists()
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
