//! `hopsight explain`: the verdict for a trace file, or for a session of this
//! machine, judged anew from its stored facts.

use crate::command_line::Explain;
use crate::failure::Failure;
use crate::state;
use hopsight_configuration as configuration;
use hopsight_diagnosis::{Case, Names, Verdict, diagnose};
use hopsight_evidence::{CaseFile, Claim, Fact, Observation, Observer, Side, Timeline};
use hopsight_kit::{Random, SessionId, Timestamp};
use hopsight_net::Entropy;
use hopsight_report::{ExplainedCall, ExplainedTrace, Question, explained, verdicts};
use hopsight_store::SessionRecord;
use hopsight_trace::TracedSession;
use serde_json::json;
use std::path::Path;

pub(crate) async fn run(wanted: Explain, json: bool) -> Result<(), Failure> {
    let stated = wanted
        .facts
        .iter()
        .map(|text| stated(text))
        .collect::<Result<Vec<_>, _>>()?;
    let file = Path::new(&wanted.what);
    match wanted.what.parse::<SessionId>() {
        Ok(id) if !file.exists() => session(&id, &wanted, &stated, json).await,
        Ok(_) | Err(_) => trace(file, &stated, json),
    }
}

/// Reads `NAME=VALUE@HOST`.
fn stated(text: &str) -> Result<Observation, Failure> {
    let parts = text
        .split_once('=')
        .and_then(|(name, rest)| Some((name, rest.split_once('@')?)));
    let Some((name, (value, place))) = parts else {
        return Err(Failure::usage(format!(
            "--fact `{text}` has another form\n  write NAME=VALUE@HOST, for example host-firewall=off@10.102.0.139"
        )));
    };
    Ok(Observation::Stated {
        name: name.to_owned(),
        value: value.to_owned(),
        place: place.to_owned(),
    })
}

async fn session(
    id: &SessionId,
    wanted: &Explain,
    stated: &[Observation],
    json: bool,
) -> Result<(), Failure> {
    let configuration = configuration::load(wanted.config.as_deref(), std::env::vars())?;
    let store = state::existing(&configuration.state).await?;
    let record = state::session(&*store, id).await?;
    let read = store
        .facts(id)
        .await
        .map_err(|error| state::refused(&error))?;
    let mut timeline = Timeline::resume(id.clone(), read.value);
    timeline.take_in(Observer::Administrator, claimed(stated));
    let found = judged(timeline.facts(), &names(&record));
    let question = match record.path {
        Some(_) => Question::WhyNotDirect,
        None => Question::WhyNoPicture,
    };
    show(id.as_str(), question, &found, json);
    Ok(())
}

/// The evidence of a session, written by this program anywhere.
fn case(file: &Path, text: &str, stated: &[Observation], json: bool) -> Result<(), Failure> {
    let case = CaseFile::read(text)
        .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    let names = Names {
        sharer: case.sharer.clone(),
        viewer: case.viewer.clone(),
    };
    let has_picture = |fact: &Fact| matches!(fact.observation, Observation::PathChosen { .. });
    let question = if case.facts.iter().any(has_picture) {
        Question::WhyNotDirect
    } else {
        Question::WhyNoPicture
    };
    let mut timeline = Timeline::resume(case.session.clone(), case.facts);
    timeline.take_in(Observer::Administrator, claimed(stated));
    let found = judged(timeline.facts(), &names);
    show(case.session.as_str(), question, &found, json);
    Ok(())
}

fn show(what: &str, question: Question, found: &[Verdict], json: bool) {
    if json {
        found
            .iter()
            .for_each(|verdict| println!("{}", json!(verdict)));
    } else if found.is_empty() {
        println!("{what}: nothing in it shows a fault");
    } else {
        print!("{}", verdicts(question, found, None));
    }
}

fn names(record: &SessionRecord) -> Names {
    let name = |side| {
        let party = record.parties.iter().find(|party| party.side == side);
        party.map(|party| party.display_name.clone())
    };
    Names {
        sharer: name(Side::Sharer),
        viewer: name(Side::Viewer),
    }
}

fn judged(facts: &[Fact], names: &Names) -> Vec<Verdict> {
    diagnose(&Case { facts, names })
}

fn trace(file: &Path, stated: &[Observation], json: bool) -> Result<(), Failure> {
    let bytes = std::fs::read(file).map_err(|error| {
        Failure::failed(format!(
            "{} cannot be read: {error}\n  give a trace file, or the id of a session",
            file.display()
        ))
    })?;
    if let Some(text) = str::from_utf8(&bytes)
        .ok()
        .filter(|text| CaseFile::is_one(text))
    {
        return case(file, text, stated, json);
    }
    let read = hopsight_trace::read(&bytes);
    if read.value.format.is_none() {
        return Err(Failure::failed(format!(
            "{}: no SIP message in a known trace format\n  known so far: client logs of Communicator and Lync (*.uccapilog), also copied from a web page",
            file.display()
        )));
    }
    let id = SessionId::draw(Timestamp::default(), &mut Entropy as &mut dyn Random);
    let calls: Vec<Call> = read
        .value
        .sessions
        .iter()
        .map(|traced| Call::judge(&id, traced, stated))
        .collect();
    if json {
        let found = calls.iter().flat_map(|call| &call.verdicts);
        found.for_each(|verdict| println!("{}", json!(verdict)));
        return Ok(());
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let shown: Vec<ExplainedCall<'_>> = calls.iter().map(Call::shown).collect();
    let text = explained(&ExplainedTrace {
        file: &name,
        calls: &shown,
        remarks: &read.remarks,
    });
    print!("{text}");
    Ok(())
}

/// One call of a trace, judged.
struct Call {
    began: String,
    carried_in: Option<String>,
    facts: Vec<Fact>,
    verdicts: Vec<Verdict>,
}

impl Call {
    fn judge(id: &SessionId, traced: &TracedSession, stated: &[Observation]) -> Self {
        let mut timeline = Timeline::new(id.clone());
        timeline.take_in(Observer::Administrator, traced.claims());
        timeline.take_in(Observer::Administrator, claimed(stated));
        let facts = timeline.facts().to_vec();
        Self {
            began: traced.began.to_string().chars().take(16).collect(),
            carried_in: traced
                .summaries
                .first()
                .map(|carried| carried.method.clone()),
            verdicts: judged(&facts, &Names::default()),
            facts,
        }
    }

    fn shown(&self) -> ExplainedCall<'_> {
        ExplainedCall {
            began: &self.began,
            carried_in: self.carried_in.as_deref(),
            facts: &self.facts,
            verdicts: &self.verdicts,
        }
    }
}

/// Whoever hands in a trace vouches for it, and for what they know beside it.
fn claimed(stated: &[Observation]) -> Vec<Claim> {
    let claim = |observation: &Observation| Claim {
        at: Timestamp::default(),
        observation: observation.clone(),
    };
    stated.iter().map(claim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_fact_has_a_name_a_value_and_a_place() {
        assert_eq!(
            stated("host-firewall=off@10.102.0.139").unwrap(),
            Observation::Stated {
                name: "host-firewall".into(),
                value: "off".into(),
                place: "10.102.0.139".into(),
            }
        );
        assert!(stated("host-firewall").is_err());
    }
}
