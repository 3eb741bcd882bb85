//! Inside the namespaces: builds the network of a card, starts a server and two
//! endpoints in it, follows their events and holds the outcome against the card.

use super::outcome::Outcome;
use super::scene::{Said, Scene};
use super::{case, policy};
use crate::command_line::Lab;
use crate::failure::Failure;
use crate::json::{text, with};
use hopsight_lab::{Card, Expect, Fault, Network, Topology};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// How long a session may take to come to everything that a card expects.
const WITHIN: Duration = Duration::from_secs(15);

pub(super) async fn play(card: &Card, wanted: &Lab, json: bool) -> Result<(), Failure> {
    let failed = |error: String| Failure::failed(error);
    let icmp = policy(wanted.icmp.unwrap_or_default());
    let topology = card.topology().map_err(|error| failed(error.to_string()))?;
    let mut faults = card.fault.clone();
    faults.extend(second_fault(&topology, wanted.also.as_deref())?);
    let mut at_once = card
        .known_names()
        .map_err(|error| failed(error.to_string()))?;
    if !card.act.late {
        at_once.extend(faults.iter().cloned());
    }
    let network = Network::build(topology, &card.router, &at_once)
        .map_err(|error| failed(error.to_string()))?;
    network
        .speak(icmp)
        .map_err(|error| failed(error.to_string()))?;
    let mut expect = card.expected(icmp).clone();
    expect.also.extend(wanted.also.clone());
    tell(
        json,
        &json!({"event": "network", "card": card.name, "title": card.title}),
        || format!("{}\n", card.title),
    );
    let late = if card.act.late { &faults[..] } else { &[] };
    let mut scene = Scene::start(&network, card, late, &expect).await?;
    let keeps = wanted.case.is_some();
    let outcome = follow(&mut scene, &network, card, (&expect, keeps), json).await?;
    scene.stop().await;
    let problems = outcome.against(card, &expect);
    tell(json, &outcome.as_json(card, icmp.word(), &problems), || {
        outcome.as_text(&problems)
    });
    if let Some(file) = &wanted.case {
        case::write(file).await?;
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "card {}: {}",
        card.name,
        problems.join("; ")
    )))
}

/// The fault of that code that any card in this network can have as well.
fn second_fault(topology: &Topology, code: Option<&str>) -> Result<Option<Fault>, Failure> {
    let Some(code) = code else {
        return Ok(None);
    };
    let known = topology.also.iter().find(|also| also.code == code);
    let known = known.ok_or_else(|| {
        let codes = topology.also.iter().map(|also| also.code.as_str());
        let codes: Vec<&str> = codes.collect();
        Failure::usage(format!(
            "--also {code}: the network {} knows no such second fault\n  it knows: {}",
            topology.name,
            codes.join(", ")
        ))
    })?;
    Ok(Some(known.fault.clone()))
}

fn tell(json: bool, line: &Value, text: impl Fn() -> String) {
    if json {
        println!("{line}");
    } else {
        println!("{}", text());
    }
}

/// Follows both endpoints until everything expected has come, and no longer;
/// when the evidence is kept, until nothing better can come. What goes wrong
/// later is brought about meanwhile.
async fn follow(
    scene: &mut Scene,
    network: &Network,
    card: &Card,
    (expect, keeps): (&Expect, bool),
    json: bool,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::of(card.act.person);
    let mut later = card.later.iter().collect::<VecDeque<_>>();
    let mut deadline = Instant::now() + WITHIN;
    loop {
        let next = later.front().and_then(|next| outcome.comes_at(next));
        let until = next.or_else(|| outcome.until(expect, keeps));
        let until = until.unwrap_or(deadline).min(deadline);
        match tokio::time::timeout_at(until, scene.said()).await {
            Err(_) if next.is_some_and(|at| at <= Instant::now()) => {
                if let Some(broken) = later.pop_front() {
                    scene.bring(network, &broken.fault)?;
                    outcome.broken(&broken.fault);
                }
                deadline = Instant::now() + WITHIN;
            }
            Err(_) | Ok(None) => return Ok(outcome),
            Ok(Some(said)) => {
                show(&said, json);
                scene.follow(&said)?;
                outcome.take(&said);
            }
        }
        if outcome.is_complete(card, expect, keeps || !later.is_empty()) {
            return Ok(outcome);
        }
    }
}

fn show(said: &Said, json: bool) {
    let event = with(said.event.clone(), "place", said.place.into());
    if json {
        println!("{event}");
        return;
    }
    let what = text(&event, "event");
    let detail = match what {
        "path" => format!(
            "{} over {}",
            text(&event, "kind"),
            text(&event, "transport")
        ),
        "verdict" => format!("{} · {}", text(&event, "code"), text(&event, "confidence")),
        "ended" => text(&event, "reason").to_owned(),
        "stats" => return,
        _ => String::new(),
    };
    println!("  {:<9}{what:<13}{detail}", said.place);
}
