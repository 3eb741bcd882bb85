//! Decides how an explained trace looks: the answer of each call first, then
//! who measured, which legs failed, what else it may be, what decides; the
//! remarks about the file last.

use crate::layout::{hanging, rows_at};
use hopsight_diagnosis::Verdict;
use hopsight_evidence::{CallParty, Fact, Observation, Stage, ice_warnings};
use hopsight_kit::{Place, Remark};
use std::collections::BTreeSet;

/// A trace and what it was found to say.
#[derive(Clone, Copy, Debug)]
pub struct ExplainedTrace<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Its calls.
    pub calls: &'a [ExplainedCall<'a>],
    /// What was not as it should be in the file.
    pub remarks: &'a [Remark],
}

/// One call of a trace.
#[derive(Clone, Copy, Debug)]
pub struct ExplainedCall<'a> {
    /// Its first message by the log owner's clock, to the minute.
    pub began: &'a str,
    /// The method of the message that carried the summary, when there is one.
    pub carried_in: Option<&'a str>,
    /// What is known of it.
    pub facts: &'a [Fact],
    /// What that amounts to.
    pub verdicts: &'a [Verdict],
}

/// The explained trace as text, 80 columns wide.
#[must_use]
pub fn explained(trace: &ExplainedTrace<'_>) -> String {
    let failed = trace
        .calls
        .iter()
        .filter(|call| !call.verdicts.is_empty())
        .count();
    let calls = counted(trace.calls.len(), "session");
    let remarks = counted(trace.remarks.len(), "remark");
    let mut text = hanging(
        "",
        &format!("{}: {calls}, {failed} failed, {remarks}", trace.file),
    );
    for call in trace.calls {
        text.push('\n');
        text.push_str(&one(call));
    }
    if !trace.remarks.is_empty() {
        text.push_str("\nabout the file\n");
        let lines = trace.remarks.iter().map(remark);
        text.push_str(&lines.collect::<String>());
    }
    text
}

fn one(call: &ExplainedCall<'_>) -> String {
    let summary = Summary::find(call.facts);
    let modality = summary.as_ref().map_or("call", |one| named(one.modality));
    let Some(main) = call.verdicts.first() else {
        return hanging(
            "",
            &format!("{} {modality}: nothing in it shows a fault", call.began),
        );
    };
    let mut text = hanging("", &headline(call, modality, main));
    for verdict in call.verdicts {
        text.push_str(&hanging("  ", &verdict.user));
    }
    text.push_str(&row("also", &also(call.verdicts)));
    if let Some(summary) = &summary {
        text.push_str(&row("measured by", &[summary.measured(call.carried_in)]));
        text.push_str(&summary.legs());
    }
    text.push_str(&considered(call.verdicts));
    text
}

fn headline(call: &ExplainedCall<'_>, modality: &str, main: &Verdict) -> String {
    let (code, confidence) = (main.code, main.confidence.word());
    format!("{} {modality} failed: {code} · {confidence}", call.began)
}

/// The further independent causes, each with its confidence.
fn also(verdicts: &[Verdict]) -> Vec<String> {
    let others = verdicts.iter().skip(1);
    others
        .map(|one| format!("{} · {}", one.code, one.confidence.word()))
        .collect()
}

/// What else it may be, what it is not, which tests decide, what to change.
fn considered(verdicts: &[Verdict]) -> String {
    let mut seen = BTreeSet::new();
    let rivals = verdicts.iter().flat_map(|one| &one.cannot_tell_apart);
    let codes: Vec<&str> = rivals
        .clone()
        .filter(|rival| seen.insert(rival.code))
        .map(|rival| rival.code.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    let tests: Vec<String> = rivals
        .filter(|rival| seen.insert(&rival.test))
        .map(|rival| format!("{}: {}", rival.code, rival.test))
        .collect();
    let not: Vec<String> = verdicts
        .iter()
        .flat_map(|one| &one.excluded)
        .map(|one| format!("{}: {}", one.code, one.because))
        .collect();
    let remedies: Vec<String> = verdicts
        .iter()
        .map(|one| format!("{}: {}", one.code, one.remedy))
        .collect();
    let codes = if codes.is_empty() {
        Vec::new()
    } else {
        vec![codes.join(", ")]
    };
    [
        row("may also be", &codes),
        row("not", &not),
        row("decides", &tests),
        row("remedy", &remedies),
    ]
    .concat()
}

struct Summary<'a> {
    modality: &'a str,
    mask: u32,
    by: CallParty,
    by_peer: bool,
    absent: &'a [String],
    unknown: &'a [String],
}

impl<'a> Summary<'a> {
    fn find(facts: &'a [Fact]) -> Option<Self> {
        facts.iter().find_map(|fact| {
            let Observation::LegacyMediaDebug {
                modality,
                ice_warn,
                measured_by,
                measured_by_peer,
                keys_absent,
                keys_unknown,
                ..
            } = &fact.observation
            else {
                return None;
            };
            Some(Self {
                modality,
                mask: *ice_warn,
                by: *measured_by,
                by_peer: *measured_by_peer,
                absent: keys_absent,
                unknown: keys_unknown,
            })
        })
    }

    fn measured(&self, carried_in: Option<&str>) -> String {
        let party = match self.by {
            CallParty::Caller => "the caller",
            CallParty::Callee => "the callee",
        };
        let message = carried_in.map_or_else(|| "message".to_owned(), str::to_owned);
        if self.by_peer {
            return format!("the other PC, {party} (this log received the {message})");
        }
        format!("this PC, {party} (this log sent the {message})")
    }

    /// Every bit of the mask: the leg that it speaks of, and what it says.
    fn legs(&self) -> String {
        let mut direct = self.said(Stage::Check, HOST_TO_HOST);
        if let Some(first) = direct.first_mut() {
            first.insert_str(0, "failed; ");
        }
        let mut relay = self.said(Stage::Gather, u32::MAX);
        if self.mask & NO_RELAY != 0
            && let Some(first) = relay.first_mut()
        {
            first.insert_str(0, "unreachable; ");
        }
        if self.absent.iter().any(|key| key == "RemoteMR") {
            relay.push("no key RemoteMR: the peer offered no relay".to_owned());
        }
        [
            row("direct", &direct),
            row("other paths", &self.said(Stage::Check, !HOST_TO_HOST)),
            row("relay", &relay),
            row("policy", &self.said(Stage::Policy, u32::MAX)),
            row("unknown", &self.unknown()),
        ]
        .concat()
    }

    fn said(&self, stage: Stage, bits: u32) -> Vec<String> {
        let (known, _) = ice_warnings(self.mask & bits);
        known
            .into_iter()
            .filter(|warning| warning.stage == stage)
            .map(|warning| {
                let noise = if warning.is_expected_noise {
                    " (expected in calls that work, too)"
                } else {
                    ""
                };
                format!("ICEWarn {:#x}: {}{noise}", warning.bit, warning.meaning)
            })
            .collect()
    }

    fn unknown(&self) -> Vec<String> {
        let (_, unexplained) = ice_warnings(self.mask);
        let emptied = (!self.unknown.is_empty())
            .then(|| format!("emptied in this copy: {}", self.unknown.join(", ")));
        let bits = (unexplained != 0)
            .then(|| format!("ICEWarn {unexplained:#x}: no verified source explains it"));
        emptied.into_iter().chain(bits).collect()
    }
}

/// Checks from host to host failed.
const HOST_TO_HOST: u32 = 0x20;
/// The relay could not be contacted at all.
const NO_RELAY: u32 = 0x1;

fn named(modality: &str) -> &str {
    match modality {
        "application-sharing" => "desktop sharing",
        "" => "call",
        other => other,
    }
}

fn row(label: &str, texts: &[String]) -> String {
    rows_at(label, texts, LABEL)
}

fn remark(remark: &Remark) -> String {
    let place = match remark.place {
        Place::Byte(byte) => format!("byte {byte}"),
        Place::Line(line) => format!("line {line}"),
        Place::Whole => "whole".to_owned(),
    };
    rows_at(&place, std::slice::from_ref(&remark.problem), LABEL)
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

/// Where the text of a row begins.
const LABEL: usize = 19;
