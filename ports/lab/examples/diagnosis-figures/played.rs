//! The rows over the played cards: what was told, how soon, and how alike.

use crate::recorded::Line;
use crate::tally::{Share, Tally};
use hopsight_lab::{IcmpPolicy, Task, Told};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Verdicts that wait for a neighbour to stay silent (about three seconds).
const WAITING: &[&str] = &[
    "wrong-gateway",
    "peer-host-gone",
    "client-isolation",
    "overlapping-subnet",
];

pub(super) fn rows(played: &[Line]) -> Vec<String> {
    let plays = grouped(played);
    let first = |icmp: IcmpPolicy| {
        let lines = plays.iter().filter(move |((_, of), _)| *of == icmp);
        let lines = lines.filter_map(|(_, lines)| lines.first());
        Tally::of(lines.map(|line| {
            let told = line.told.iter().cloned().collect();
            (&line.card, line.card.expected(icmp), told)
        }))
    };
    let [normal, limited, silent] = IcmpPolicy::ALL.map(first);
    let cards: BTreeSet<&str> = plays.keys().map(|(card, _)| *card).collect();
    let mut rows = vec![
        format!(
            "| cards and plays | | {} and {} |",
            cards.len(),
            played.len()
        ),
        format!("| exact, ICMP normal | ≥ 90 % | {} |", normal.exact.text()),
        format!("| exact, ICMP rate-limited | | {} |", limited.exact.text()),
        format!("| exact, ICMP silent | ≥ 60 % | {} |", silent.exact.text()),
        format!(
            "| false alarms on healthy networks | 0 | {} |",
            normal.alarms.text()
        ),
    ];
    rows.extend(timed_rows(played, &plays));
    rows
}

type Plays<'a> = BTreeMap<(&'a str, IcmpPolicy), Vec<&'a Line>>;

fn timed_rows(played: &[Line], plays: &Plays<'_>) -> Vec<String> {
    let times = |waits: bool| {
        let said = |line: &&Line| {
            let told = line.told.as_ref();
            told.is_some_and(|told| WAITING.contains(&told.code.as_str()) == waits)
        };
        let mut times: Vec<u64> = played.iter().filter(said).filter_map(said_after).collect();
        times.sort_unstable();
        times
    };
    let (others, waiting) = (times(false), times(true));
    let mut pictures = Share::default();
    for line in played.iter().filter(|line| both_can_sign_in(line)) {
        pictures.count(line.picture_ms.is_some_and(|after| after <= 5000));
    }
    let mut same = Share::default();
    for lines in plays.values().filter(|lines| lines.len() >= 3) {
        let said: BTreeSet<_> = lines
            .iter()
            .map(|line| essence(line.told.as_ref()))
            .collect();
        same.count(said.len() == 1);
    }
    vec![
        format!(
            "| verdict after the first unanswered check, or the later fault, p50 and p95 | ≤ 1.0 s, ≤ 2.8 s | {} and {} |",
            at(&others, 50),
            at(&others, 95)
        ),
        format!(
            "| where a neighbour is waited for, p95 | ≤ 3.5 s | {} |",
            at(&waiting, 95)
        ),
        format!(
            "| picture within 5 s of the answer when both can sign in | 100 % | {} |",
            pictures.text()
        ),
        format!(
            "| same verdict in three repeats | ≥ 99 % | {} |",
            same.text()
        ),
    ]
}

/// How long after the first unanswered check the verdict was told. Where the fault
/// comes while the picture is shown, every check before it was answered, so there
/// it is counted from the fault.
fn said_after(line: &Line) -> Option<u64> {
    let said = line.told.as_ref()?.verdict_ms?;
    let later = line.card.later.iter();
    let first = later.map(|later| later.after_picture_ms).min();
    let fault = first.map_or(0, |after| after + line.picture_ms.unwrap_or(0));
    Some(said.saturating_sub(fault))
}

fn both_can_sign_in(line: &Line) -> bool {
    line.card.act.run == Task::Share && line.card.expected(line.icmp).has_picture()
}

fn grouped(played: &[Line]) -> Plays<'_> {
    let mut groups = Plays::new();
    for line in played {
        groups
            .entry((&line.card.name, line.icmp))
            .or_default()
            .push(line);
    }
    groups
}

/// What makes two verdicts the same: code, confidence, culprit, further causes.
fn essence(told: Option<&Told>) -> Option<(String, String, Vec<IpAddr>, Vec<String>)> {
    let told = told?;
    Some((
        told.code.clone(),
        told.confidence.clone(),
        told.addresses().to_vec(),
        told.also.clone(),
    ))
}

/// The time below which `percent` of them lie.
fn at(sorted: &[u64], percent: usize) -> String {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).map_or_else(
        || "-".to_owned(),
        |time| format!("{:.2} s", *time as f64 / 1000.0),
    )
}
