//! Decides what a network engineer receives who was not there: what fails
//! since when, the proof, what to change, how to see that it works.

use crate::json::written;
use crate::layout::hanging;
use crate::words::{listed, plain, title};
use hopsight_diagnosis::{Evidence, Verdict};
use hopsight_session::record::{Party, SessionRecord};
use std::net::IpAddr;

/// The ticket about a session's verdicts as plain text; `None` when there is
/// nothing to mend.
#[must_use]
pub fn ticket(record: &SessionRecord, verdicts: &[Verdict]) -> Option<String> {
    let main = verdicts.first()?;
    let mut text = hanging("", &heading(main));
    text.push('\n');
    text.push_str(&hanging("", &what_fails(record)));
    for verdict in verdicts {
        text.push_str(&section(verdict));
    }
    text.push_str("\nHow to verify\n");
    let verify = "share again between the same two PCs; the path is then shown as \"direct\"";
    text.push_str(&hanging("  - ", verify));
    text.push_str(&format!("\nCase {}\n", record.id));
    Some(text)
}

fn heading(main: &Verdict) -> String {
    let addresses = main.culprit.iter().flat_map(|culprit| &culprit.addresses);
    let addresses: Vec<String> = addresses.map(IpAddr::to_string).collect();
    if addresses.is_empty() {
        return title(main.code).to_owned();
    }
    format!("{}: {}", title(main.code), listed(&addresses))
}

fn what_fails(record: &SessionRecord) -> String {
    let names: Vec<String> = record.parties.iter().map(named).collect();
    format!(
        "Desktop sharing between {} does not run directly; first seen {}.",
        listed(&names),
        written(record.created)
    )
}

fn named(party: &Party) -> String {
    format!("{} ({})", party.display_name, party.uri)
}

fn section(verdict: &Verdict) -> String {
    let (code, confidence) = (verdict.code, verdict.confidence.word());
    let mut text = format!("\n{code} · {confidence}\n");
    text.push_str(&hanging("  ", &verdict.admin));
    let proof: Vec<String> = verdict
        .evidence
        .lines()
        .map(|line: &Evidence| line.says().to_owned())
        .collect();
    text.push_str(&list("Proof", &proof));
    let excluded: Vec<String> = verdict
        .excluded
        .iter()
        .map(|one| format!("{}: {}", plain(one.code), one.because))
        .collect();
    text.push_str(&list("Excluded", &excluded));
    let rivals: Vec<String> = verdict
        .cannot_tell_apart
        .iter()
        .map(|one| format!("{}; to decide: {}", plain(one.code), one.test))
        .collect();
    text.push_str(&list("May also be", &rivals));
    let steps: Vec<String> = verdict.remedy.split("; ").map(str::to_owned).collect();
    text.push_str(&list("What to change", &steps));
    text
}

fn list(heading: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: String = items.iter().map(|item| hanging("  - ", item)).collect();
    format!("\n{heading}\n{items}")
}
