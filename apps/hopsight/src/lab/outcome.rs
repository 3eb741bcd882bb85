//! What came of a played session: gathered from what the endpoints say, held
//! against the card.

use super::scene::Said;
use crate::json::text;
use hopsight_lab::{Card, Expect, Fault, Later, Person, Task, Told, problems};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long is waited for a verdict that nobody expects, and for a better one
/// than the expected one when the evidence is kept.
const QUIET: Duration = Duration::from_secs(4);

/// When everything has been said that will be said of a path that was answered.
const SPOKEN: Duration = Duration::from_millis(6500);

/// When everything has been said of what went wrong while the picture was shown:
/// two checks in vain, the silence of a neighbour, the relay.
const AFTERMATH: Duration = Duration::from_secs(9);

/// How one end sends and receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Path {
    kind: String,
    transport: String,
}

impl Path {
    fn is_as(&self, expect: &Expect) -> bool {
        let transport = expect.transport.as_ref();
        let is_kind = expect.path == "any" || self.kind == expect.path;
        is_kind && transport.is_none_or(|expected| *expected == self.transport)
    }
}

/// What came of the session.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    answered: Option<Instant>,
    first_picture: Option<Duration>,
    broken: Option<Instant>,
    is_parted: bool,
    paths: [Option<Path>; 2],
    verdict: Option<Value>,
    ended: bool,
    person: Person,
}

impl Outcome {
    /// Nothing yet, of a session that ends with this person.
    pub(super) fn of(person: Person) -> Self {
        Self {
            person,
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, said: &Said) {
        let event = &said.event;
        let end = usize::from(said.place == "viewer");
        match text(event, "event") {
            "answered" => {
                self.answered.get_or_insert_with(Instant::now);
            }
            "path" if !self.is_parted => {
                if let Some(path) = self.paths.get_mut(end) {
                    *path = Some(Path {
                        kind: text(event, "kind").to_owned(),
                        transport: text(event, "transport").to_owned(),
                    });
                }
            }
            "first-frame" if said.place == "viewer" => {
                let since = self.answered.map(|answered| answered.elapsed());
                self.first_picture = since.or(Some(Duration::ZERO));
            }
            "verdict" => self.verdict = Some(event.clone()),
            "left" if self.broken.is_none() => {
                self.ended |= said.place == super::scene::place(self.person);
            }
            _ => {}
        }
    }

    /// Whether nothing more needs to be heard.
    pub(super) fn is_complete(&self, card: &Card, expect: &Expect, keeps: bool) -> bool {
        let sees = self.first_picture.is_some() && self.paths.iter().all(Option::is_some);
        let is_told = expect.is_verdict() && !keeps && self.against(card, expect).is_empty();
        self.ended || (sees && is_told)
    }

    /// When this goes wrong, once the picture has come.
    pub(super) fn comes_at(&self, later: &Later) -> Option<tokio::time::Instant> {
        let picture = self.answered? + self.first_picture?;
        let at = picture + Duration::from_millis(later.after_picture_ms);
        Some(tokio::time::Instant::from_std(at))
    }

    /// This went wrong while the picture was shown. An end that is gone has no
    /// path any more, so the one that it had counts.
    pub(super) fn broken(&mut self, fault: &Fault) {
        self.broken = Some(Instant::now());
        self.is_parted |= matches!(fault, Fault::ProgramKilled { .. } | Fault::Unplugged { .. });
    }

    /// Until when to listen at most, once the session was answered.
    pub(super) fn until(&self, expect: &Expect, keeps: bool) -> Option<tokio::time::Instant> {
        let is_as_expected = self.verdict.is_some() == expect.is_verdict();
        let is_quick = is_as_expected && (keeps || !expect.is_verdict());
        let while_ = if is_quick { QUIET } else { SPOKEN };
        let answered = self.answered?;
        self.first_picture?;
        if let Some(broken) = self.broken {
            return Some(tokio::time::Instant::from_std(broken + AFTERMATH));
        }
        Some(tokio::time::Instant::from_std(answered + while_))
    }

    /// Everything that is not as the card says.
    pub(super) fn against(&self, card: &Card, expect: &Expect) -> Vec<String> {
        let mut found = match card.act.run {
            Task::Share => self.paths_against(expect),
            Task::Check => Vec::new(),
        };
        let told: Option<Told> = self
            .verdict
            .clone()
            .and_then(|verdict| serde_json::from_value(verdict).ok());
        match problems(card, expect, told.as_ref()) {
            Ok(others) => found.extend(others),
            Err(error) => found.push(error.to_string()),
        }
        found
    }

    fn paths_against(&self, expect: &Expect) -> Vec<String> {
        let mut found = Vec::new();
        for (place, path) in ["sharer", "viewer"].iter().zip(&self.paths) {
            let is_right = match path {
                Some(path) => path.is_as(expect),
                None => expect.path == "none",
            };
            if !is_right {
                found.push(format!(
                    "the {place}'s path is {path:?}, expected {} {}",
                    expect.path,
                    expect.transport.as_deref().unwrap_or_default()
                ));
            }
        }
        if self.first_picture.is_none() && expect.has_picture() {
            found.push("no picture came".to_owned());
        }
        found
    }

    pub(super) fn as_json(&self, card: &Card, icmp: &str, problems: &[String]) -> Value {
        let picture = self
            .first_picture
            .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
        json!({
            "event": "lab",
            "card": card.name,
            "icmp": icmp,
            "as_expected": problems.is_empty(),
            "problems": problems,
            "picture_ms": picture,
            "paths": self.paths,
            "verdict": self.verdict,
        })
    }

    pub(super) fn as_text(&self, problems: &[String]) -> String {
        let verdict = self
            .verdict
            .as_ref()
            .and_then(|event| serde_json::from_value(event.clone()).ok())
            .map_or_else(String::new, |verdict| {
                hopsight_report::verdicts(hopsight_report::Question::WhyNotDirect, &[verdict], None)
            });
        let end = if problems.is_empty() {
            "as the card says"
        } else {
            "not as the card says"
        };
        format!("\n{verdict}\n{end}")
    }
}
