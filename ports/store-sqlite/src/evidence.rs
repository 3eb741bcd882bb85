//! Facts and verdicts.

use crate::SqliteStore;
use crate::error::{failed, not_found};
use crate::rows::{json, json_in, time, time_in, word};
use crate::sessions::session_in;
use hopsight_evidence::{Fact, FactId, Observer};
use hopsight_kit::{Place, Read, Remark, SessionId};
use hopsight_store::{StoreError, StoreErrorKind, StoredVerdict};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

const KEEP_FACTS: &str = "keep the facts";

/// Adds facts, after taking away what `replaced` said before.
pub(crate) async fn append(
    store: &SqliteStore,
    session: &SessionId,
    replaced: Option<Observer>,
    mut facts: Vec<Fact>,
) -> Result<Vec<Fact>, StoreError> {
    let belongs = |fact: &Fact| {
        fact.session == *session && replaced.is_none_or(|observer| observer == fact.observer)
    };
    if !facts.iter().all(belongs) {
        let detail = "one belongs to another session or observer";
        return Err(StoreError::new(KEEP_FACTS, StoreErrorKind::Invalid, detail));
    }
    let attempt = async {
        let mut transaction = store.writer.begin_with("BEGIN IMMEDIATE").await?;
        let Some(first) = take_numbers(&mut transaction, session, facts.len()).await? else {
            return Ok(false);
        };
        if let Some(observer) = replaced {
            sqlx::query("DELETE FROM facts WHERE session = ? AND observer = ?")
                .bind(session.as_str())
                .bind(word(&observer)?)
                .execute(&mut *transaction)
                .await?;
        }
        for (number, fact) in (first..).zip(&mut facts) {
            fact.id = FactId(number);
            insert(&mut transaction, fact).await?;
        }
        transaction.commit().await?;
        Ok(true)
    };
    match attempt.await.map_err(failed(KEEP_FACTS))? {
        true => Ok(facts),
        false => Err(not_found(KEEP_FACTS)),
    }
}

pub(crate) async fn facts(
    store: &SqliteStore,
    session: &SessionId,
) -> Result<Read<Vec<Fact>>, StoreError> {
    let rows = sqlx::query("SELECT id, fact FROM facts WHERE session = ? ORDER BY id")
        .bind(session.as_str())
        .fetch_all(&store.readers)
        .await
        .map_err(failed("read the facts"))?;
    let mut read = Read::clean(Vec::with_capacity(rows.len()));
    for row in &rows {
        match json_in(row, "fact") {
            Ok(fact) => read.value.push(fact),
            Err(_) => read.remarks.push(Remark {
                place: Place::Whole,
                problem: unreadable(row),
            }),
        }
    }
    Ok(read)
}

pub(crate) async fn add_verdict(
    store: &SqliteStore,
    verdict: &StoredVerdict,
) -> Result<(), StoreError> {
    let attempt = async {
        sqlx::query("INSERT INTO verdicts (session, at, verdict) VALUES (?, ?, ?)")
            .bind(verdict.session.as_str())
            .bind(time(verdict.at))
            .bind(json(&verdict.verdict)?)
            .execute(&store.writer)
            .await
    };
    attempt.await.map_err(failed("keep the verdict"))?;
    Ok(())
}

pub(crate) async fn verdicts(
    store: &SqliteStore,
    session: &SessionId,
) -> Result<Vec<StoredVerdict>, StoreError> {
    sqlx::query("SELECT * FROM verdicts WHERE session = ? ORDER BY position")
        .bind(session.as_str())
        .try_map(|row| read_verdict(&row))
        .fetch_all(&store.readers)
        .await
        .map_err(failed("read the verdicts"))
}

/// Takes so many numbers of a session for good and gives the first; none when
/// there is no such session.
async fn take_numbers(
    connection: &mut SqliteConnection,
    session: &SessionId,
    count: usize,
) -> Result<Option<u32>, sqlx::Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let sql = "UPDATE sessions SET next_fact = next_fact + ?1 WHERE id = ?2
        RETURNING next_fact - ?1 AS first";
    let row = sqlx::query(sql)
        .bind(count)
        .bind(session.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get::<u32, _>("first")).transpose()
}

async fn insert(connection: &mut SqliteConnection, fact: &Fact) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO facts (session, id, observer, fact) VALUES (?, ?, ?, ?)")
        .bind(fact.session.as_str())
        .bind(fact.id.0)
        .bind(word(&fact.observer)?)
        .bind(json(fact)?)
        .execute(connection)
        .await?;
    Ok(())
}

fn unreadable(row: &SqliteRow) -> String {
    match row.try_get::<u32, _>("id") {
        Ok(number) => format!("fact {number} is of a kind that this version does not know"),
        Err(_) => "a fact has no number".to_owned(),
    }
}

fn read_verdict(row: &SqliteRow) -> Result<StoredVerdict, sqlx::Error> {
    Ok(StoredVerdict {
        session: session_in(row, "session")?,
        at: time_in(row, "at")?,
        verdict: json_in(row, "verdict")?,
    })
}
