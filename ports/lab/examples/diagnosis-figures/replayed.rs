//! The rows over the recorded cases, judged anew by the engine of this checkout.

use crate::recorded::{Recording, judged, with_browser};
use crate::tally::Tally;
use hopsight_diagnosis::{Case, Names, diagnose};
use hopsight_evidence::{CaseFile, Observation, Observer, Side};
use hopsight_lab::{Author, IcmpPolicy, Score};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The plays in which an innocent party was blamed, or anybody in a healthy
/// network.
pub(super) fn wrongly(recordings: &[Recording]) -> String {
    let is_wrong = |one: &&Recording| {
        let told = judged(&one.case, &one.case.facts);
        let expect = one.card.expected(one.icmp);
        let score = Score::of(&one.card, expect, &told, None).unwrap();
        score.blames_innocent || score.is_false_alarm
    };
    let wrong = recordings.iter().filter(is_wrong);
    let names: Vec<String> = wrong
        .map(|one| format!("{}{}", one.card.name, one.icmp.suffix()))
        .collect();
    if names.is_empty() {
        return "nobody".to_owned();
    }
    names.join(", ")
}

/// The plays, routers speaking and both ends native, of which the verdict is not
/// the smallest that the facts can tell.
pub(super) fn inexact(recordings: &[Recording]) -> String {
    let is_inexact = |one: &&Recording| {
        let told = judged(&one.case, &one.case.facts);
        let score = Score::of(&one.card, &one.card.expect, &told, None).unwrap();
        one.icmp == IcmpPolicy::Normal && score.is_exact == Some(false)
    };
    let names: Vec<&str> = recordings
        .iter()
        .filter(is_inexact)
        .map(|one| one.card.name.as_str())
        .collect();
    names.join(", ")
}

/// The plays whose side or direction is wrong when one end, named behind the
/// card, is a browser.
pub(super) fn astray(recordings: &[Recording]) -> String {
    let normal = recordings
        .iter()
        .filter(|one| one.icmp == IcmpPolicy::Normal);
    let sides = normal.flat_map(|one| [(one, Side::Sharer), (one, Side::Viewer)]);
    let wrong = sides.filter(|(one, side)| {
        score_with_browser(one, *side).is_seen_side_and_direction == Some(false)
    });
    let names: Vec<String> = wrong
        .map(|(one, side)| format!("{} ({side})", one.card.name))
        .collect();
    names.join(", ")
}

/// Which recordings a column counts.
type Select = fn(&Recording) -> bool;

fn every(_: &Recording) -> bool {
    true
}

fn of_the_second(one: &Recording) -> bool {
    one.card.author == Author::Second
}

fn row(name: &str, goal: &str, text: &dyn Fn(Select) -> String) -> String {
    format!(
        "| {name} | {goal} | {} | {} |",
        text(every),
        text(of_the_second)
    )
}

fn native(recordings: &[Recording], icmp: IcmpPolicy, select: Select) -> Tally {
    let chosen = recordings.iter();
    let chosen = chosen.filter(|one| one.icmp == icmp && select(one));
    Tally::of(chosen.map(|one| {
        let told = judged(&one.case, &one.case.facts);
        (&one.card, one.card.expected(icmp), told)
    }))
}

/// Each case twice: once with a browser at either end.
fn half_browser(recordings: &[Recording], select: Select) -> Tally {
    let chosen = recordings.iter();
    let chosen = chosen.filter(|one| one.icmp == IcmpPolicy::Normal && select(one));
    let mut tally = Tally::default();
    for (one, side) in chosen.flat_map(|one| [(one, Side::Sharer), (one, Side::Viewer)]) {
        tally.add(score_with_browser(one, side));
    }
    tally
}

fn score_with_browser(one: &Recording, side: Side) -> Score {
    let told = judged(&one.case, &with_browser(&one.case, side));
    Score::of(&one.card, &one.card.expect, &told, Some(side)).unwrap()
}

pub(super) fn rows(recordings: &[Recording]) -> Vec<String> {
    let normal = |select| native(recordings, IcmpPolicy::Normal, select);
    let mean = |tally: &Tally| tally.stretch as f64 / tally.exact.of.max(1) as f64;
    let mut rows = vec![
        row(
            "code, culprit and further causes exact, ICMP normal, both ends native",
            "≥ 90 %",
            &|s| normal(s).exact.text(),
        ),
        row(
            "culprit inside the named set (at most 2 addresses)",
            "≥ 97 %",
            &|s| normal(s).inside.text(),
        ),
        row("nodes in what is named, mean", "", &|s| {
            format!("{:.2}", mean(&normal(s)))
        }),
        row("innocent party blamed", "≤ 1 %", &|s| {
            normal(s).blamed.text()
        }),
        row("of which with confidence `proven`", "0", &|s| {
            normal(s).blamed_as_proven.to_string()
        }),
        row("false alarms on healthy networks", "0", &|s| {
            normal(s).alarms.text()
        }),
    ];
    rows.extend(harder_rows(recordings));
    rows
}

fn harder_rows(recordings: &[Recording]) -> Vec<String> {
    let silent = |select| native(recordings, IcmpPolicy::Silent, select);
    let browser = |select| half_browser(recordings, select);
    vec![
        row("ICMP silent: exact", "≥ 60 %", &|s| {
            silent(s).exact.text()
        }),
        row("ICMP silent: side and direction right", "≥ 98 %", &|s| {
            silent(s).ways.text()
        }),
        row("ICMP silent: innocent party blamed", "≤ 1 %", &|s| {
            silent(s).blamed.text()
        }),
        row(
            "one end a browser: side and direction right, where somebody can see the side",
            "≥ 95 %",
            &|s| browser(s).seen_ways.text(),
        ),
        row(
            "the same, a side asked for where the lost packets are the browser's own as well",
            "",
            &|s| browser(s).ways.text(),
        ),
        row(
            "one end a browser: innocent party blamed",
            "≤ 1 %",
            &|s| browser(s).blamed.text(),
        ),
        row("one end a browser: false alarms", "0", &|s| {
            browser(s).alarms.text()
        }),
        probe_row(recordings),
        format!(
            "| inference from stored facts, one core | ≥ 5,000 a second | {} | |",
            pace(recordings)
        ),
    ]
}

/// The datagrams of probes of one end of which its facts tell: hop limits, sizes
/// and runs.
fn probes(case: &CaseFile, end: Observer) -> u64 {
    let facts = case.facts.iter().filter(|fact| fact.observer == end);
    let counts = facts.map(|fact| {
        if let Observation::Trace { highest, .. } | Observation::SizedTrace { highest, .. } =
            &fact.observation
        {
            return u64::from(*highest);
        }
        if let Observation::SizesSent { sizes, .. } = &fact.observation {
            return sizes.len() as u64;
        }
        if let Observation::RunSent { count, .. } = &fact.observation {
            return u64::from(*count);
        }
        0
    });
    counts.sum()
}

fn probe_row(recordings: &[Recording]) -> String {
    let of = |healthy: bool| {
        let chosen = recordings
            .iter()
            .filter(|one| one.card.is_healthy() == healthy);
        let ends = [Observer::Sharer, Observer::Viewer];
        let mut counts: Vec<u64> = chosen
            .flat_map(|one| ends.map(|end| probes(&one.case, end)))
            .collect();
        counts.sort_unstable();
        let most = counts.last().copied().unwrap_or_default();
        (
            counts.get(counts.len() / 2).copied().unwrap_or_default(),
            most,
        )
    };
    let (failing, working) = (of(false), of(true));
    format!(
        "| probes a side of which the facts tell, median and most: with a fault; without | ≤ 60; ≤ 12 | {} and {}; {} and {} | |",
        failing.0, failing.1, working.0, working.1
    )
}

/// Cases judged in a second by one thread.
fn pace(recordings: &[Recording]) -> String {
    let begin = Instant::now();
    let mut cases = 0_u32;
    while begin.elapsed() < Duration::from_secs(2) {
        for one in recordings {
            let names = Names {
                sharer: one.case.sharer.clone(),
                viewer: one.case.viewer.clone(),
            };
            black_box(diagnose(&Case {
                facts: &one.case.facts,
                names: &names,
            }));
            cases += 1;
        }
    }
    format!(
        "{:.0} a second",
        f64::from(cases) / begin.elapsed().as_secs_f64()
    )
}
