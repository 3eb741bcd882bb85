//! Counts how good the verdicts are: over the recorded cases, judged anew, and
//! over the results of played ones (`hopsight lab --all --results FILE`).
//! Prints the table of docs/diagnosis-figures.md. `diagnosis-figures [FILE]`;
//! called by `cargo xtask bench diagnosis`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement ends at the first thing that is wrong"
)]

use hopsight_diagnosis::{Case, Names, diagnose};
use hopsight_evidence::{CaseFile, Fact, Observation, Observer, Side};
use hopsight_lab::{Author, Card, Expect, IcmpPolicy, Score, Short, Task, Told};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::hint::black_box;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let recordings = recordings();
    let results = std::env::args().nth(1);
    let played = results.map_or_else(Vec::new, |file| played(&file));
    print!("{}", page(&recordings, &played));
}

/// A recorded play.
struct Recording {
    card: Card,
    icmp: IcmpPolicy,
    case: CaseFile,
}

/// A line of a file of results.
struct Line {
    card: Card,
    icmp: IcmpPolicy,
    told: Option<Told>,
    picture_ms: Option<u64>,
}

fn recordings() -> Vec<Recording> {
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

fn played(file: &str) -> Vec<Line> {
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
fn judged(case: &CaseFile, facts: &[Fact]) -> Vec<Told> {
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

/// What is left when the end of `side` is a browser: its candidates, how its
/// checks fared, and what its relay answered. It sends nothing that measures, so
/// the other end has not received anything of that kind either.
fn with_browser(case: &CaseFile, side: Side) -> Vec<Fact> {
    let browser = match side {
        Side::Sharer => Observer::Sharer,
        Side::Viewer => Observer::Viewer,
    };
    let facts = case.facts.iter();
    facts
        .filter(|fact| fact.observer != browser || a_browser_has(&fact.observation))
        .filter(|fact| !is_of_probes(&fact.observation))
        .cloned()
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

fn a_browser_has(observation: &Observation) -> bool {
    matches!(
        observation,
        Observation::Candidate { .. }
            | Observation::Checks { .. }
            | Observation::PathChosen { .. }
            | Observation::Dtls { .. }
            | Observation::FirstFrame { .. }
            | Observation::TurnResult { .. }
            | Observation::RelaySilent { .. }
            | Observation::RelayAllocated { .. }
    )
}

/// What a careful administrator at the sharer's PC would name: the router whose
/// error stands in the traceroute, else the last router that answered, else the
/// PC's own gateway. `None` when a ping comes back.
fn by_hand(case: &CaseFile) -> Option<IpAddr> {
    let viewer = case.facts.iter().find_map(viewer_address)?;
    let seen = || {
        let facts = case.facts.iter();
        facts.filter(|fact| fact.observer == Observer::Sharer)
    };
    let error = seen().find_map(|fact| offender(fact, viewer));
    error
        .or_else(|| seen().find_map(|fact| last_hop(fact, viewer)))
        .or_else(|| seen().find_map(|fact| gateway(fact, viewer)))
        .or_else(|| seen().find_map(own_address))
}

fn viewer_address(fact: &Fact) -> Option<IpAddr> {
    let Observation::SignedInFrom { side, address } = &fact.observation else {
        return None;
    };
    (*side == Side::Viewer).then(|| address.ip())
}

fn offender(fact: &Fact, viewer: IpAddr) -> Option<IpAddr> {
    let Observation::IcmpError {
        destination,
        offender,
        ..
    } = &fact.observation
    else {
        return None;
    };
    (destination.ip() == viewer).then_some(*offender)
}

fn last_hop(fact: &Fact, viewer: IpAddr) -> Option<IpAddr> {
    let Observation::Trace {
        destination, hops, ..
    } = &fact.observation
    else {
        return None;
    };
    let last = hops.iter().max_by_key(|hop| hop.ttl);
    last.filter(|_| destination.ip() == viewer)
        .map(|hop| hop.address)
}

fn gateway(fact: &Fact, viewer: IpAddr) -> Option<IpAddr> {
    let Observation::Route {
        destination, via, ..
    } = &fact.observation
    else {
        return None;
    };
    via.filter(|_| *destination == viewer)
}

fn own_address(fact: &Fact) -> Option<IpAddr> {
    let Observation::Interface { address, .. } = &fact.observation else {
        return None;
    };
    Some(*address)
}

/// Counts of one group.
#[derive(Default)]
struct Tally {
    exact: Share,
    inside: Share,
    stretch: usize,
    blamed: Share,
    blamed_as_proven: usize,
    alarms: Share,
    ways: Share,
    seen_ways: Share,
}

/// So many of so many.
#[derive(Clone, Copy, Default)]
struct Share {
    hits: usize,
    of: usize,
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += usize::from(hit);
    }

    fn count_if_known(&mut self, hit: Option<bool>) {
        if let Some(hit) = hit {
            self.count(hit);
        }
    }

    fn text(self) -> String {
        let whole = 100.0 * self.hits as f64 / self.of.max(1) as f64;
        if self.of == 0 {
            return "-".to_owned();
        }
        format!("{whole:.1} % ({} of {})", self.hits, self.of)
    }
}

impl Tally {
    fn add(&mut self, score: Score) {
        if score.is_exact.is_none() {
            self.alarms.count(score.is_false_alarm);
            return;
        }
        self.exact.count_if_known(score.is_exact);
        self.inside.count_if_known(score.is_inside);
        self.ways.count_if_known(score.is_side_and_direction);
        self.seen_ways
            .count_if_known(score.is_seen_side_and_direction);
        self.stretch += score.stretch;
        self.blamed.count(score.blames_innocent);
        self.blamed_as_proven += usize::from(score.blames_innocent_as_proven);
    }

    fn of<'a>(scored: impl Iterator<Item = (&'a Card, &'a Expect, Vec<Told>)>) -> Self {
        let mut tally = Self::default();
        for (card, expect, told) in scored {
            tally.add(Score::of(card, expect, &told, None).unwrap());
        }
        tally
    }
}

fn page(recordings: &[Recording], played: &[Line]) -> String {
    let mut page = String::new();
    let mut say = |line: String| writeln!(page, "{line}").unwrap();
    say("# How good the verdicts are\n".to_owned());
    say(
        "Written by `cargo xtask bench diagnosis`. Recorded cases are judged anew by the engine"
            .to_owned(),
    );
    say(
        "of this checkout; played ones come from `hopsight lab --all --results FILE`. A label is"
            .to_owned(),
    );
    say("a set, and what physics leaves open it leaves open too ([lab.md](lab.md)).\n".to_owned());
    say("| figure | to reach | all cards | of the second author |\n|---|---|---|---|".to_owned());
    for row in replayed_rows(recordings) {
        say(row);
    }
    say(format!("\nBlamed wrongly: {}.", wrongly(recordings)));
    say(format!(
        "\nSide or direction wrong with a browser at one end: {}.",
        astray(recordings)
    ));
    say("\n## Played\n\n| figure | to reach | reached |\n|---|---|---|".to_owned());
    for row in played_rows(played) {
        say(row);
    }
    say("\n## Beside it: ping and traceroute at the sharer's PC\n".to_owned());
    say(beside(recordings));
    say("\n## What falls short\n\n| card | ICMP | what came | why |\n|---|---|---|---|".to_owned());
    for short in Short::all().unwrap() {
        say(format!(
            "| {} | {} | {} | {} |",
            short.card, short.icmp, short.came, short.why
        ));
    }
    page
}

/// The plays in which an innocent party was blamed, or anybody in a healthy
/// network.
fn wrongly(recordings: &[Recording]) -> String {
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

/// The plays whose side or direction is wrong when one end, named behind the
/// card, is a browser.
fn astray(recordings: &[Recording]) -> String {
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

fn replayed_rows(recordings: &[Recording]) -> Vec<String> {
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
        if let Observation::Trace { highest, .. } = &fact.observation {
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

/// Verdicts that wait for a neighbour to stay silent (about three seconds).
const WAITING: &[&str] = &[
    "wrong-gateway",
    "peer-host-gone",
    "client-isolation",
    "overlapping-subnet",
];

fn played_rows(played: &[Line]) -> Vec<String> {
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
        let told = played.iter().filter_map(|line| line.told.as_ref());
        let told = told.filter(|told| WAITING.contains(&told.code.as_str()) == waits);
        let mut times: Vec<u64> = told.filter_map(|told| told.verdict_ms).collect();
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
            "| verdict after the first unanswered check, p50 and p95 | ≤ 1.0 s, ≤ 2.8 s | {} and {} |",
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

fn both_can_sign_in(line: &Line) -> bool {
    line.card.act.run == Task::Share && line.card.expected(line.icmp).path != "none"
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

fn beside(recordings: &[Recording]) -> String {
    let mut lines = String::new();
    for icmp in [IcmpPolicy::Normal, IcmpPolicy::Silent] {
        let (mut right, mut wrong) = (Share::default(), Share::default());
        for one in recordings.iter().filter(|one| one.icmp == icmp) {
            let expect = one.card.expected(icmp);
            if !expect.is_verdict() || expect.culprits.is_empty() || expect.path == "direct" {
                continue;
            }
            let owners = one.card.owners().unwrap();
            let guilty = one.card.guilty(expect);
            let named = by_hand(&one.case).and_then(|address| owners.get(&address).cloned());
            let is_right = named.as_ref().is_some_and(|node| guilty.contains(node));
            right.count(is_right);
            wrong.count(named.is_some() && !is_right);
        }
        writeln!(
            lines,
            "ICMP {}: names a guilty node in {}, an innocent one in {}. No code, no direction, no remedy.",
            icmp.word(),
            right.text(),
            wrong.text()
        )
        .unwrap();
    }
    lines
        + "\nThe administrator is taken to name the router whose error stands in the traceroute,\nelse the last router that answered, else the PC's own gateway or the PC itself: computed\nfrom what the sharer's end recorded on the media's own path, which is kinder than a\ntraceroute on other ports.\n"
}
