//! `hopsight sessions [ID]`: what happened, from the store of this machine.

use crate::command_line::Sessions;
use crate::failure::Failure;
use crate::json::with;
use crate::state;
use hopsight_configuration as configuration;
use hopsight_diagnosis::Verdict;
use hopsight_kit::SessionId;
use hopsight_report::Question;
use hopsight_store::{SessionQuery, SessionRecord, Store, StoredVerdict};
use serde_json::{Value, json};

/// So many sessions are listed.
const PAGE: u32 = 100;

pub(crate) async fn run(wanted: Sessions, json: bool) -> Result<(), Failure> {
    let configuration = configuration::load(wanted.config.as_deref(), std::env::vars())?;
    let store = state::existing(&configuration.state).await?;
    match wanted.id {
        None => list(&*store, json).await,
        Some(id) if wanted.ticket => ticket(&*store, &id).await,
        Some(id) => show(&*store, &id, json).await,
    }
}

async fn list(store: &dyn Store, json: bool) -> Result<(), Failure> {
    let query = SessionQuery {
        party: None,
        before: None,
        limit: PAGE,
    };
    let records = store
        .sessions(&query)
        .await
        .map_err(|error| state::refused(&error))?;
    if records.is_empty() && !json {
        println!("no session yet; `hopsight share` begins one");
    }
    for record in &records {
        let verdicts = newest(store, &record.id).await?;
        if json {
            println!("{}", as_json(record, &verdicts));
        } else {
            println!("{}", line(record, verdicts.first()));
        }
    }
    Ok(())
}

async fn show(store: &dyn Store, id: &str, json: bool) -> Result<(), Failure> {
    let (record, verdicts) = known(store, id).await?;
    if json {
        println!("{}", as_json(&record, &verdicts));
        return Ok(());
    }
    println!("{}", line(&record, verdicts.first()));
    let question = match record.path {
        Some(_) => Question::WhyNotDirect,
        None => Question::WhyNoPicture,
    };
    let text = hopsight_report::verdicts(question, &verdicts, Some(record.id.as_str()));
    if !text.is_empty() {
        print!("\n{text}");
    }
    Ok(())
}

async fn ticket(store: &dyn Store, id: &str) -> Result<(), Failure> {
    let (record, verdicts) = known(store, id).await?;
    let text = hopsight_report::ticket(&record, &verdicts).ok_or_else(|| {
        Failure::failed(format!(
            "session {id} has no verdict, so there is nothing to mend"
        ))
    })?;
    print!("{text}");
    Ok(())
}

/// A session and the verdicts that were told last.
async fn known(store: &dyn Store, id: &str) -> Result<(SessionRecord, Vec<Verdict>), Failure> {
    let id: SessionId = id
        .parse()
        .map_err(|error| Failure::usage(format!("`{id}`: {error}")))?;
    let record = state::session(store, &id).await?;
    let verdicts = newest(store, &id).await?;
    Ok((record, verdicts))
}

/// The verdicts that were told last.
async fn newest(store: &dyn Store, id: &SessionId) -> Result<Vec<Verdict>, Failure> {
    let stored = store
        .verdicts(id)
        .await
        .map_err(|error| state::refused(&error))?;
    let last = stored.iter().map(|one| one.at).max();
    Ok(stored
        .into_iter()
        .filter(|one| Some(one.at) == last)
        .filter_map(|StoredVerdict { verdict, .. }| serde_json::from_value(verdict).ok())
        .collect())
}

fn as_json(record: &SessionRecord, verdicts: &[Verdict]) -> Value {
    let shown = hopsight_front_end::record_as_json(record);
    with(shown, "verdicts", json!(verdicts))
}

fn line(record: &SessionRecord, verdict: Option<&Verdict>) -> String {
    let names: Vec<&str> = record
        .parties
        .iter()
        .map(|party| party.display_name.as_str())
        .collect();
    let why = verdict.map_or_else(String::new, |verdict| {
        format!("   {} · {}", verdict.code, verdict.confidence.word())
    });
    let state = if record.is_check() {
        "check"
    } else {
        record.state.as_str()
    };
    format!(
        "{}  {:<24} {state:<9} {:<11}{why}",
        record.id,
        names.join(" → "),
        record.path.as_deref().unwrap_or("no path"),
    )
}
