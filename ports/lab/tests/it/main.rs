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
use hopsight_lab::{Card, Expect};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_card_gives_the_verdict_that_it_expects_from_its_recorded_facts() {
    for card in cards() {
        let name = &card.name;
        assert_eq!(problems(&judged(name), &card.expect), [""; 0], "{name}");
        if let Some(expected) = &card.expect_silent {
            let name = format!("{name}.silent");
            assert_eq!(problems(&judged(&name), expected), [""; 0], "{name}");
        }
    }
}

#[test]
fn every_recorded_case_belongs_to_a_card() {
    let known: BTreeSet<String> = cards().into_iter().map(|card| card.name).collect();
    for entry in std::fs::read_dir(recorded("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".json").trim_end_matches(".silent");
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

/// Everything in which the main verdict is not as expected.
fn problems(verdicts: &[Verdict], expected: &Expect) -> Vec<String> {
    let main = verdicts.first();
    let mut problems = Vec::new();
    let code = main.map(|verdict| verdict.code.as_str());
    if code != expected.code.as_deref() {
        problems.push(format!("the code is {code:?}"));
    }
    let confidence = main.map(|verdict| verdict.confidence.word());
    if expected.confidence.is_some() && confidence != expected.confidence.as_deref() {
        problems.push(format!("the confidence is {confidence:?}"));
    }
    let culprit = main.and_then(|verdict| verdict.culprit.as_ref());
    let named = culprit.map_or(&[][..], |culprit| &culprit.addresses);
    let is_innocent = |address| !expected.culprits.contains(address);
    if !expected.culprits.is_empty() && (named.is_empty() || named.iter().any(is_innocent)) {
        problems.push(format!("it blames {named:?}"));
    }
    let also = main.map_or(&[][..], |verdict| &verdict.also);
    if !also.iter().map(|code| code.as_str()).eq(&expected.also) {
        problems.push(format!("it reports {also:?} as well"));
    }
    let rivals = main.map_or(&[][..], |verdict| &verdict.cannot_tell_apart);
    for wanted in &expected.rivals {
        if !rivals.iter().any(|rival| rival.code.as_str() == wanted) {
            problems.push(format!("it does not say that it may be {wanted}"));
        }
    }
    problems
}

fn judged(name: &str) -> Vec<Verdict> {
    verdicts(&case(name))
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
