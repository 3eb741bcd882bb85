//! Plays every card under every policy, two at a time, each in namespaces and a
//! process of its own; adds what came of each to a file and leaves out what that
//! file holds already.

use super::{own_program, policy};
use crate::command_line::Lab;
use crate::failure::Failure;
use crate::json::{text, with};
use hopsight_kit::{Random, SeededRandom};
use hopsight_lab::{Author, Card, CardError, IcmpPolicy, bound};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::process::Command;

/// How many networks run at a time.
const WORKERS: usize = 2;

/// One session to be played.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Play {
    round: u64,
    card: String,
    /// The file of a card that is not the project's own.
    file: Option<PathBuf>,
    icmp: IcmpPolicy,
    is_second: bool,
}

impl Play {
    fn name(&self) -> String {
        format!("{}{}", self.card, self.icmp.suffix())
    }
}

/// What the workers share.
struct Desk {
    waiting: Vec<Play>,
    played: Vec<Value>,
    results: Option<PathBuf>,
    cases: Option<PathBuf>,
    json: bool,
}

pub(super) async fn play(wanted: &Lab, json: bool) -> Result<(), Failure> {
    let done = wanted.results.as_deref().map_or_else(Vec::new, earlier);
    if let Some(folder) = &wanted.case {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::failed(format!("{} cannot be made: {error}", folder.display()))
        })?;
    }
    let mut waiting = plays(wanted)?;
    waiting.retain(|play| !done.iter().any(|line| is_of(line, play)));
    waiting.reverse();
    let desk = Arc::new(Mutex::new(Desk {
        waiting,
        played: done,
        results: wanted.results.clone(),
        cases: wanted.case.clone(),
        json,
    }));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| tokio::spawn(work(Arc::clone(&desk))))
        .collect();
    for worker in workers {
        let ended = worker.await;
        ended.map_err(|error| Failure::failed(format!("a worker of the lab: {error}")))??;
    }
    let desk = lock(&desk);
    summary(&desk.played, json)
}

/// Everything that was asked for, in order.
fn plays(wanted: &Lab) -> Result<Vec<Play>, Failure> {
    let policies = match wanted.icmp {
        Some(icmp) => vec![policy(icmp)],
        None => IcmpPolicy::ALL.to_vec(),
    };
    let cards = match &wanted.cards {
        Some(folder) => cards_in(folder)?,
        None => cards_of(Card::all().into_iter().map(|card| (None, card)))?,
    };
    let cards = match wanted.draw {
        Some(count) => drawn(cards, count, wanted.seed),
        None => cards,
    };
    let mut plays: Vec<Play> = Vec::new();
    for round in 1..=u64::from(wanted.rounds) {
        for (file, card) in &cards {
            plays.extend(policies.iter().map(|icmp| Play {
                round,
                card: card.name.clone(),
                file: file.clone(),
                icmp: *icmp,
                is_second: card.author == Author::Second,
            }));
        }
    }
    Ok(plays)
}

/// A card, and its file when it is not the project's own.
type Found = (Option<PathBuf>, Card);

fn cards_of(
    read: impl Iterator<Item = (Option<PathBuf>, Result<Card, CardError>)>,
) -> Result<Vec<Found>, Failure> {
    read.map(|(file, card)| {
        let card = card.map_err(|error| Failure::usage(error.to_string()))?;
        Ok((file, card))
    })
    .collect()
}

/// The cards in a folder, by the names of their files.
fn cards_in(folder: &Path) -> Result<Vec<Found>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        Failure::usage(format!(
            "the folder {} cannot be read: {error}",
            folder.display()
        ))
    })?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    cards_of(files.into_iter().map(|file| {
        let card = Card::in_file(&file);
        (Some(file), card)
    }))
}

/// So many of the cards, the same ones for the same seed.
fn drawn(mut cards: Vec<Found>, count: usize, seed: u64) -> Vec<Found> {
    let mut random = SeededRandom::new(seed);
    while cards.len() > count {
        let among = u64::try_from(cards.len()).unwrap_or(1);
        let out = usize::try_from(random.below(among)).unwrap_or_default();
        cards.remove(out);
    }
    cards
}

/// What a file of results holds; a line that was cut off is left out.
fn earlier(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn is_of(line: &Value, play: &Play) -> bool {
    let round = line.get("round").and_then(Value::as_u64);
    text(line, "card") == play.card
        && text(line, "icmp") == play.icmp.word()
        && round == Some(play.round)
}

fn lock(desk: &Mutex<Desk>) -> std::sync::MutexGuard<'_, Desk> {
    desk.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn work(desk: Arc<Mutex<Desk>>) -> Result<(), Failure> {
    loop {
        let (play, cases) = {
            let mut desk = lock(&desk);
            let Some(play) = desk.waiting.pop() else {
                return Ok(());
            };
            (play, desk.cases.clone())
        };
        let line = play_one(&play, cases.as_deref()).await?;
        lock(&desk).keep(line)?;
    }
}

/// Plays one card in a process of its own; its last word is the result.
async fn play_one(play: &Play, cases: Option<&Path>) -> Result<Value, Failure> {
    let mut command = Command::from(bound(own_program()?));
    match &play.file {
        Some(file) => command.arg("lab").arg(file),
        None => command.args(["lab", &play.card]),
    };
    command
        .args(["--icmp", play.icmp.word(), "--json"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(folder) = cases {
        let file = folder.join(format!("{}.json", play.name()));
        command.arg("--case").arg(file);
    }
    let output = command.output().await;
    let output = output.map_err(|error| {
        Failure::failed(format!("{} could not be played: {error}", play.name()))
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().rev().find_map(|line| {
        let event: Value = serde_json::from_str(line).ok()?;
        (text(&event, "event") == "lab").then_some(event)
    });
    let line = last.unwrap_or_else(|| {
        let why = String::from_utf8_lossy(&output.stderr);
        json!({
            "event": "lab", "card": play.card, "icmp": play.icmp.word(),
            "as_expected": false, "problems": [why.trim()],
            "picture_ms": null, "paths": [null, null], "verdict": null,
        })
    });
    let author = if play.is_second { "second" } else { "first" };
    Ok(with(
        with(line, "round", play.round.into()),
        "author",
        author.into(),
    ))
}

impl Desk {
    /// Adds a result to the file first, then to what will be summed up.
    fn keep(&mut self, line: Value) -> Result<(), Failure> {
        if let Some(file) = &self.results {
            let added = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(file)
                .and_then(|mut open| writeln!(open, "{line}"));
            added.map_err(|error| {
                Failure::failed(format!("{} cannot be written: {error}", file.display()))
            })?;
        }
        if self.json {
            println!("{line}");
        } else {
            println!("{}", row(&line));
        }
        self.played.push(line);
        Ok(())
    }
}

fn row(line: &Value) -> String {
    let problems: Vec<&str> = line
        .get("problems")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let verdict = line.pointer("/verdict/code").and_then(Value::as_str);
    let end = if problems.is_empty() {
        verdict.unwrap_or("nothing to say").to_owned()
    } else {
        format!("NOT AS THE CARD SAYS: {}", problems.join("; "))
    };
    format!("{:<26} {:<8} {end}", text(line, "card"), text(line, "icmp"))
}

/// Fails when something is not as its card says.
fn summary(played: &[Value], json: bool) -> Result<(), Failure> {
    let is_right = |line: &&Value| line.get("as_expected") == Some(&Value::Bool(true));
    let right = played.iter().filter(is_right).count();
    let cards: BTreeSet<&str> = played.iter().map(|line| text(line, "card")).collect();
    if json {
        println!(
            "{}",
            json!({"event": "lab-all", "cards": cards.len(), "plays": played.len(), "as_expected": right})
        );
    } else {
        println!(
            "\n{} cards, {} plays, {right} as their card says",
            cards.len(),
            played.len()
        );
    }
    if right == played.len() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{} plays did not end as their card says",
        played.len() - right
    )))
}
