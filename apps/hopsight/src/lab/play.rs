//! Inside the namespaces: builds the network of a card, starts a server and two
//! endpoints in it, follows their events and holds the outcome against the card.

use super::case;
use super::scene::{Said, Scene};
use crate::command_line::{Icmp, Lab};
use crate::failure::Failure;
use crate::json::{text, with};
use hopsight_lab::{Card, Expect, Fault, Network, Topology};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a session may take to come to everything that a card expects.
const WITHIN: Duration = Duration::from_secs(15);

/// How long is waited for a verdict that nobody expects.
const QUIET: Duration = Duration::from_secs(4);

pub(super) async fn play(card: &Card, wanted: &Lab, json: bool) -> Result<(), Failure> {
    let failed = |error: String| Failure::failed(error);
    let topology = card.topology().map_err(|error| failed(error.to_string()))?;
    let mut faults = card.fault.clone();
    faults.extend(second_fault(&topology, wanted.also.as_deref())?);
    let network = Network::build(topology, &faults).map_err(|error| failed(error.to_string()))?;
    if wanted.icmp == Icmp::Silent {
        network
            .silence_routers()
            .map_err(|error| failed(error.to_string()))?;
    }
    let mut expect = card.expected(wanted.icmp == Icmp::Silent).clone();
    expect.also.extend(wanted.also.clone());
    let expect = &expect;
    tell(
        json,
        &json!({"event": "network", "card": card.name, "title": card.title}),
        || format!("{}\n", card.title),
    );
    let mut scene = Scene::start(&network).await?;
    let outcome = follow(&mut scene, expect, json).await;
    scene.stop().await;
    if let Some(file) = &wanted.case {
        case::write(file).await?;
    }
    let problems = outcome.against(expect);
    tell(json, &outcome.as_json(card, &problems), || {
        outcome.as_text(&problems)
    });
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
        let codes: Vec<&str> = topology
            .also
            .iter()
            .map(|also| also.code.as_str())
            .collect();
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

/// Follows both endpoints until everything expected has come, and no longer.
async fn follow(scene: &mut Scene, expect: &Expect, json: bool) -> Outcome {
    let mut outcome = Outcome::default();
    let deadline = tokio::time::Instant::now() + WITHIN;
    loop {
        let until = outcome
            .quiet_until(expect)
            .unwrap_or(deadline)
            .min(deadline);
        match tokio::time::timeout_at(until, scene.said()).await {
            Err(_) | Ok(None) => return outcome,
            Ok(Some(said)) => {
                show(&said, json);
                outcome.take(&said);
            }
        }
        if outcome.is_complete(expect) {
            return outcome;
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

/// How one end sends and receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Path {
    kind: String,
    transport: String,
}

impl Path {
    fn is_as(&self, expect: &Expect) -> bool {
        self.kind == expect.path
            && expect
                .transport
                .as_ref()
                .is_none_or(|expected| *expected == self.transport)
    }
}

/// What came of the session.
#[derive(Debug, Default)]
struct Outcome {
    answered: Option<Instant>,
    first_picture: Option<Duration>,
    paths: [Option<Path>; 2],
    verdict: Option<Value>,
    ended: Option<String>,
}

impl Outcome {
    fn take(&mut self, said: &Said) {
        let event = &said.event;
        let end = usize::from(said.place == "viewer");
        match text(event, "event") {
            "answered" => {
                self.answered.get_or_insert_with(Instant::now);
            }
            "path" => {
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
            "ended" => self.ended = Some(text(event, "reason").to_owned()),
            _ => {}
        }
    }

    fn is_complete(&self, expect: &Expect) -> bool {
        let sees = self.first_picture.is_some() && self.paths.iter().all(Option::is_some);
        let is_told = expect.code.is_some() && self.against(expect).is_empty();
        self.ended.is_some() || (sees && is_told)
    }

    /// When nobody expects a verdict: until when to listen for one all the same.
    fn quiet_until(&self, expect: &Expect) -> Option<tokio::time::Instant> {
        let answered = self.answered?;
        expect
            .code
            .is_none()
            .then(|| tokio::time::Instant::from_std(answered + QUIET))
    }

    /// Everything that is not as the card says.
    fn against(&self, expect: &Expect) -> Vec<String> {
        let mut problems = Vec::new();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let verdict = self.verdict.as_ref();
        let (code, confidence) = (
            text(verdict.map(|v| &v["code"])),
            text(verdict.map(|v| &v["confidence"])),
        );
        for (place, path) in ["sharer", "viewer"].iter().zip(&self.paths) {
            if !path.as_ref().is_some_and(|path| path.is_as(expect)) {
                problems.push(format!(
                    "the {place}'s path is {path:?}, expected {} {}",
                    expect.path,
                    expect.transport.as_deref().unwrap_or_default()
                ));
            }
        }
        if self.first_picture.is_none() {
            problems.push("no picture came".to_owned());
        }
        if code != expect.code {
            problems.push(format!(
                "the verdict is {code:?}, expected {:?}",
                expect.code
            ));
        }
        if expect.confidence.is_some() && confidence != expect.confidence {
            problems.push(format!(
                "its confidence is {confidence:?}, expected {:?}",
                expect.confidence
            ));
        }
        for rival in expect.rivals.iter().filter(|code| !self.admits(code)) {
            problems.push(format!("it does not say that it may be {rival} as well"));
        }
        for code in expect.also.iter().filter(|code| !self.names(code)) {
            problems.push(format!(
                "it does not report {code}, which is at fault as well"
            ));
        }
        if !self.blames(expect) {
            problems.push(format!(
                "it names {:?}, expected one of {:?}",
                self.culprits(),
                expect.culprits
            ));
        }
        problems
    }

    /// Whether the verdict reports `code` as a further cause.
    fn names(&self, code: &str) -> bool {
        let also = self
            .verdict
            .as_ref()
            .and_then(|verdict| verdict.get("also")?.as_array());
        also.into_iter().flatten().any(|one| one == code)
    }

    /// Whether the verdict names `code` among what it cannot tell apart.
    fn admits(&self, code: &str) -> bool {
        let rivals = self
            .verdict
            .as_ref()
            .and_then(|verdict| verdict.get("cannot_tell_apart")?.as_array());
        let mut rivals = rivals.into_iter().flatten();
        rivals.any(|rival| text(rival, "code") == code)
    }

    fn blames(&self, expect: &Expect) -> bool {
        let expected: Vec<String> = expect.culprits.iter().map(ToString::to_string).collect();
        let named = self.culprits();
        expected.is_empty() || (!named.is_empty() && named.iter().all(|one| expected.contains(one)))
    }

    fn culprits(&self) -> Vec<String> {
        let addresses = self
            .verdict
            .as_ref()
            .and_then(|verdict| verdict.pointer("/culprit/addresses")?.as_array());
        let addresses = addresses.into_iter().flatten();
        addresses
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect()
    }

    fn as_json(&self, card: &Card, problems: &[String]) -> Value {
        let picture = self
            .first_picture
            .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
        json!({
            "event": "lab",
            "card": card.name,
            "as_expected": problems.is_empty(),
            "problems": problems,
            "picture_ms": picture,
            "paths": self.paths,
            "verdict": self.verdict,
        })
    }

    fn as_text(&self, problems: &[String]) -> String {
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
