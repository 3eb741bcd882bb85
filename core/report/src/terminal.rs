//! Decides how verdicts look in a terminal: the answer, what to do, the proof.

use crate::layout::{hanging, rows};
use crate::words::plain;
use hopsight_diagnosis::{Code, Evidence, Verdict};

/// The question that the verdicts answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// There is a picture, through the relay.
    WhyNotDirect,
    /// There is no picture.
    WhyNoPicture,
    /// Nothing was to be shown yet: signing in failed, or a check found a fault.
    WhatIsWrong,
}

/// The verdicts of one session, the main one first. `case` names the session
/// for `hopsight explain`. Empty when there is nothing to explain.
#[must_use]
pub fn verdicts(question: Question, verdicts: &[Verdict], case: Option<&str>) -> String {
    let mut text = String::new();
    for (place, verdict) in verdicts.iter().enumerate() {
        let heading = match (place, question) {
            (0, Question::WhyNotDirect) => "why not direct",
            (0, Question::WhyNoPicture) => "why no picture",
            (0, Question::WhatIsWrong) => "what is wrong",
            _ => "also",
        };
        if place > 0 {
            text.push('\n');
        }
        text.push_str(&block(heading, verdict));
        text.push_str(&rows("also", &untold(verdict, verdicts)));
    }
    if let Some(case) = case.filter(|_| !verdicts.is_empty()) {
        text.push_str(&rows("case", &[format!("hopsight explain {case}")]));
    }
    text
}

fn block(heading: &str, verdict: &Verdict) -> String {
    let (code, confidence) = (verdict.code, verdict.confidence.word());
    let mut text = format!("{heading:<17}{code} · {confidence}\n");
    for sentence in sentences(&verdict.user) {
        text.push_str(&hanging("  ", sentence));
    }
    text.push('\n');
    let proof: Vec<String> = verdict.evidence.lines().map(said).collect();
    text.push_str(&rows("way", &crate::way::drawn(verdict)));
    text.push_str(&rows("proof", &proof));
    let not: Vec<String> = verdict
        .excluded
        .iter()
        .map(|one| format!("{} ({}): {}", plain(one.code), one.code, one.because))
        .collect();
    text.push_str(&rows("not", &not));
    let rivals: Vec<String> = verdict
        .cannot_tell_apart
        .iter()
        .map(|one| {
            format!(
                "{} ({}); to decide: {}",
                plain(one.code),
                one.code,
                one.test
            )
        })
        .collect();
    text.push_str(&rows("may be", &rivals));
    text.push_str(&rows("remedy", &steps(&verdict.remedy)));
    text
}

/// The further causes that no verdict of its own tells here: an end is told the main one
/// whole, and the others by name.
fn untold(verdict: &Verdict, told: &[Verdict]) -> Vec<String> {
    let is_told = |code: &&Code| told.iter().any(|one| one.code == **code);
    let untold = verdict.also.iter().filter(|code| !is_told(code));
    untold
        .map(|code| format!("{} ({code})", plain(*code)))
        .collect()
}

fn said(line: &Evidence) -> String {
    line.says().to_owned()
}

/// What it means stands on its own line, what to do on the next.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(". ").map(str::trim)
}

fn steps(remedy: &str) -> Vec<String> {
    remedy.split("; ").map(str::to_owned).collect()
}
