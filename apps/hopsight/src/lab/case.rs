//! Writes what the played session left in the store as a case file, to be judged
//! again anywhere.

use super::STATE;
use crate::failure::Failure;
use crate::state;
use hopsight_evidence::{CaseFile, Side, Timeline};
use hopsight_store::{SessionQuery, SessionRecord};
use std::path::Path;

/// The newest session of the played deployment.
pub(super) async fn write(file: &Path) -> Result<(), Failure> {
    let store = state::existing(Path::new(STATE)).await?;
    let query = SessionQuery {
        party: None,
        before: None,
        limit: 1,
    };
    let records = store
        .sessions(&query)
        .await
        .map_err(|error| state::refused(&error))?;
    let record = records
        .into_iter()
        .next()
        .ok_or_else(|| Failure::failed("nobody called anybody, so there is no case to write"))?;
    let facts = store
        .facts(&record.id)
        .await
        .map_err(|error| state::refused(&error))?;
    let (sharer, viewer) = (name(&record, Side::Sharer), name(&record, Side::Viewer));
    let newest = Timeline::resume(record.id.clone(), facts.value);
    let case = CaseFile::new(record.id, sharer, viewer, newest.facts().to_vec());
    std::fs::write(file, case.write())
        .map_err(|error| Failure::failed(format!("{} cannot be written: {error}", file.display())))
}

fn name(record: &SessionRecord, side: Side) -> Option<String> {
    let party = record.parties.iter().find(|party| party.side == side);
    party.map(|party| party.display_name.clone())
}
