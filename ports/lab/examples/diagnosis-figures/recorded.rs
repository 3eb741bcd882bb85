//! What the figures are counted over: the recorded cases with what the engine
//! makes of their facts, and the lines of a file of results.

use hopsight_diagnosis::{Case, Names, diagnose};
use hopsight_evidence::{CaseFile, Fact, Observation, Observer, Side, TurnMethod};
use hopsight_lab::{Card, IcmpPolicy, Told};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// A recorded play.
pub(super) struct Recording {
    pub(super) card: Card,
    pub(super) icmp: IcmpPolicy,
    pub(super) case: CaseFile,
}

/// A line of a file of results.
pub(super) struct Line {
    pub(super) card: Card,
    pub(super) icmp: IcmpPolicy,
    pub(super) told: Option<Told>,
    pub(super) picture_ms: Option<u64>,
}

pub(super) fn recordings() -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cards/recorded");
    let of = |card: Card| {
        let read = |icmp: IcmpPolicy| {
            let file = folder.join(format!("{}{}.json", card.name, icmp.suffix()));
            let text = std::fs::read_to_string(file).ok()?;
            let (card, case) = (card.clone(), CaseFile::read(&text).unwrap());
            Some(Recording { card, icmp, case })
        };
        let found: Vec<_> = IcmpPolicy::ALL.into_iter().filter_map(read).collect();
        found
    };
    let cards = Card::all().into_iter().map(Result::unwrap);
    cards.flat_map(of).collect()
}

pub(super) fn played(file: &str) -> Vec<Line> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter_map(|line| line_of(&line)).collect()
}

/// `None` for a card that is no longer there.
fn line_of(line: &Value) -> Option<Line> {
    let text = |name| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let icmp = IcmpPolicy::ALL
        .into_iter()
        .find(|icmp| icmp.word() == text("icmp"))?;
    let told = line.get("verdict").cloned();
    Some(Line {
        card: Card::named(text("card")).ok()?,
        icmp,
        told: told.and_then(|told| serde_json::from_value(told).ok()),
        picture_ms: line.get("picture_ms").and_then(Value::as_u64),
    })
}

/// What the engine makes of facts, the main verdict first.
pub(super) fn judged(case: &CaseFile, facts: &[Fact]) -> Vec<Told> {
    let names = Names {
        sharer: case.sharer.clone(),
        viewer: case.viewer.clone(),
    };
    let verdicts = diagnose(&Case {
        facts,
        names: &names,
    });
    let told = verdicts
        .iter()
        .map(|one| serde_json::to_value(one).unwrap());
    told.map(|one| serde_json::from_value(one).unwrap())
        .collect()
}

/// What is left when the end of `side` is a browser: exactly what its page tells
/// (apps/web/src/evidence). It sends nothing that measures, so the other end has not
/// received anything of that kind either.
pub(super) fn with_browser(case: &CaseFile, side: Side) -> Vec<Fact> {
    let browser = Observer::from(side);
    let own = case.facts.iter().filter(|fact| fact.observer == browser);
    let own: Vec<&Fact> = own.collect();
    let facts = case.facts.iter();
    facts
        .filter(|fact| !is_of_probes(&fact.observation))
        .filter_map(|fact| {
            if fact.observer != browser {
                return Some(fact.clone());
            }
            let observation = as_a_page_tells(fact, &own)?;
            Some(Fact {
                observation,
                ..fact.clone()
            })
        })
        .collect()
}

/// Whether datagrams arrived that only a native end sends.
fn is_of_probes(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::ProbesArrived { .. }
            | Observation::SizesArrived { .. }
            | Observation::RunArrived { .. }
    )
}

/// So long nothing has arrived before a page calls a flow stopped (milliseconds).
const PAGE_WAITS: u64 = 4000;

fn as_a_page_tells(fact: &Fact, own: &[&Fact]) -> Option<Observation> {
    let mut told = fact.observation.clone();
    if let Observation::Checks { refused, .. } = &mut told {
        *refused = 0;
    } else if let Observation::RelayAllocated { mapped, .. } = &mut told {
        *mapped = None;
    } else if let Observation::RelaySilent { connected, .. } = &mut told {
        *connected = false;
    } else if let Observation::FlowStopped { silent_ms, .. } = &mut told {
        *silent_ms = (*silent_ms).max(PAGE_WAITS);
    }
    a_page_tells(fact, own).then_some(told)
}

fn a_page_tells(fact: &Fact, own: &[&Fact]) -> bool {
    if let Observation::TurnResult { method, code, .. } = fact.observation {
        return method == TurnMethod::Allocate && code.is_some_and(|code| code >= 300);
    }
    if let Observation::FlowStopped { silent_ms, .. } = fact.observation {
        let begun = fact.at - Duration::from_millis(silent_ms);
        let last = own.iter().map(|one| one.at).max();
        return last.is_some_and(|at| at.since(begun) >= Duration::from_millis(PAGE_WAITS));
    }
    if let Observation::RelaySilent { .. } = fact.observation {
        return !has_allocation(&fact.observation, own);
    }
    matches!(
        fact.observation,
        Observation::Candidate { .. }
            | Observation::Checks { .. }
            | Observation::PathChosen { .. }
            | Observation::Dtls { .. }
            | Observation::FirstFrame { .. }
            | Observation::RelayAllocated { .. }
            | Observation::Capture { .. }
            | Observation::Pictures { .. }
    )
}

/// Whether the same leg to the relay came up: a page tells of it one or the other.
fn has_allocation(silence: &Observation, own: &[&Fact]) -> bool {
    let Observation::RelaySilent {
        server, transport, ..
    } = silence
    else {
        return false;
    };
    own.iter().any(|fact| {
        matches!(&fact.observation, Observation::RelayAllocated { server: at, transport: by, .. }
            if at == server && by == transport)
    })
}
