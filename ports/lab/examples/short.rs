//! Prints cards/short.toml anew: every recorded case that is not judged as its
//! card says, and every play of a file of results that did not end so. What is
//! known of the reasons is kept. `short [FILE] > NEW`, then read it and move it
//! to its place; the reasons are for a person to write.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for developers ends at the first thing that is wrong"
)]

use hopsight_diagnosis::{Case, Names, diagnose};
use hopsight_evidence::CaseFile;
use hopsight_lab::{Card, IcmpPolicy, Short, Task, Told, problems};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const HEAD: &str = "\
# Plays in which the product does not yet end as the card says. The label stays;
# what came instead and why stands here until the product keeps it. A test fails
# when one of these is mended and still listed. Written by the example `short` of
# ports/lab, all but the reasons.
";

fn main() {
    let mut found: BTreeMap<(String, IcmpPolicy), (bool, String)> = BTreeMap::new();
    for card in Card::all().into_iter().map(Result::unwrap) {
        for icmp in IcmpPolicy::ALL {
            if let Some(came) = replayed(&card, icmp) {
                found.insert((card.name.clone(), icmp), (false, came));
            }
        }
    }
    for file in std::env::args().skip(1) {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            if let Some((play, came)) = played(&serde_json::from_str(line).unwrap()) {
                found.entry(play).or_insert((true, came));
            }
        }
    }
    print!("{HEAD}");
    let known = Short::all().unwrap();
    for ((card, icmp), (live, came)) in found {
        let why = known.iter().find(|short| short.card == card);
        let why = why.map_or("not looked into", |short| &short.why);
        println!("\n[[short]]\ncard = {card:?}\nicmp = {:?}", icmp.word());
        if live {
            println!("live = true");
        }
        println!("came = {:?}\nwhy = {why:?}", came.replace('"', "'"));
    }
}

/// What is wrong with what the engine makes of the recorded facts.
fn replayed(card: &Card, icmp: IcmpPolicy) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cards/recorded");
    let file = folder.join(format!("{}{}.json", card.name, icmp.suffix()));
    let case = CaseFile::read(&std::fs::read_to_string(file).ok()?).unwrap();
    let names = Names {
        sharer: case.sharer.clone(),
        viewer: case.viewer.clone(),
    };
    let verdicts = diagnose(&Case {
        facts: &case.facts,
        names: &names,
    });
    let told: Option<Told> = verdicts
        .first()
        .map(|main| serde_json::from_value(serde_json::to_value(main).unwrap()).unwrap());
    let problems = problems(card, card.expected(icmp), told.as_ref()).unwrap();
    (!problems.is_empty()).then(|| problems.join("; "))
}

/// What was wrong with a play: the picture and its path, and where nothing was
/// recorded, the verdict.
fn played(line: &Value) -> Option<((String, IcmpPolicy), String)> {
    let text = |name| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let icmp = IcmpPolicy::ALL
        .into_iter()
        .find(|icmp| icmp.word() == text("icmp"))?;
    let card = Card::named(text("card")).ok()?;
    let told = line.get("verdict").cloned();
    let told: Option<Told> = told.and_then(|told| serde_json::from_value(told).ok());
    let mut wrong = Vec::new();
    if card.act.run == Task::Check {
        wrong = problems(&card, card.expected(icmp), told.as_ref()).unwrap();
    }
    let said = line.get("problems").and_then(Value::as_array);
    let said = said.into_iter().flatten().filter_map(Value::as_str);
    let is_of_the_picture = |said: &&str| said.contains("path is") || said.contains("no picture");
    wrong.extend(said.filter(is_of_the_picture).map(str::to_owned));
    let late = line.get("picture_ms").and_then(Value::as_u64);
    wrong.extend(
        late.filter(|after| *after > 5000)
            .map(|after| format!("the picture took {after} ms")),
    );
    (!wrong.is_empty()).then(|| ((card.name, icmp), wrong.join("; ")))
}
