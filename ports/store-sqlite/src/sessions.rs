//! Session records and consents.

use crate::SqliteStore;
use crate::error::{corrupt, failed};
use crate::rows::{time, time_if_in, time_in, word, word_in};
use hopsight_kit::SessionId;
use hopsight_store::{Consent, Party, SessionQuery, SessionRecord, SessionState, StoreError};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

pub(crate) async fn put(store: &SqliteStore, record: &SessionRecord) -> Result<(), StoreError> {
    let attempt = async {
        let mut transaction = store.writer.begin_with("BEGIN IMMEDIATE").await?;
        put_row(&mut transaction, record).await?;
        sqlx::query("DELETE FROM parties WHERE session = ?")
            .bind(record.id.as_str())
            .execute(&mut *transaction)
            .await?;
        for (position, party) in (0_i64..).zip(&record.parties) {
            put_party(&mut transaction, &record.id, position, party).await?;
        }
        transaction.commit().await
    };
    attempt.await.map_err(failed("keep the session record"))
}

pub(crate) async fn one(
    store: &SqliteStore,
    id: &SessionId,
) -> Result<Option<SessionRecord>, StoreError> {
    let query = sqlx::query("SELECT * FROM sessions WHERE id = ?").bind(id.as_str());
    let records = read_records(store, query).await?;
    Ok(records.into_iter().next())
}

pub(crate) async fn several(
    store: &SqliteStore,
    query: &SessionQuery,
) -> Result<Vec<SessionRecord>, StoreError> {
    let sql = "SELECT * FROM sessions
        WHERE (?1 IS NULL OR id IN (SELECT session FROM parties WHERE account = ?1))
        AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3";
    let query = sqlx::query(sql)
        .bind(query.party.as_ref())
        .bind(query.before.as_ref().map(SessionId::as_str))
        .bind(i64::from(query.limit));
    read_records(store, query).await
}

pub(crate) async fn add_consent(store: &SqliteStore, consent: &Consent) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO consents (session, by_account, viewer, at) VALUES (?, ?, ?, ?)")
        .bind(consent.session.as_str())
        .bind(&consent.by)
        .bind(&consent.viewer)
        .bind(time(consent.at))
        .execute(&store.writer)
        .await
        .map_err(failed("keep the consent"))?;
    Ok(())
}

pub(crate) async fn consents(
    store: &SqliteStore,
    session: &SessionId,
) -> Result<Vec<Consent>, StoreError> {
    sqlx::query("SELECT * FROM consents WHERE session = ? ORDER BY at, rowid")
        .bind(session.as_str())
        .try_map(|row| read_consent(&row))
        .fetch_all(&store.readers)
        .await
        .map_err(failed("read the consents"))
}

/// The session a row belongs to.
pub(crate) fn session_in(row: &SqliteRow, column: &str) -> Result<SessionId, sqlx::Error> {
    let id: String = row.try_get(column)?;
    id.parse().map_err(|_| corrupt(column))
}

async fn put_row(
    connection: &mut SqliteConnection,
    record: &SessionRecord,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO sessions (id, created, state, ended, outcome, path)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET created = excluded.created,
        state = excluded.state, ended = excluded.ended, outcome = excluded.outcome,
        path = excluded.path";
    sqlx::query(sql)
        .bind(record.id.as_str())
        .bind(time(record.created))
        .bind(record.state.as_str())
        .bind(record.ended.map(time))
        .bind(&record.outcome)
        .bind(&record.path)
        .execute(connection)
        .await?;
    Ok(())
}

async fn put_party(
    connection: &mut SqliteConnection,
    session: &SessionId,
    position: i64,
    party: &Party,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO parties (session, position, side, account, uri, display_name)
        VALUES (?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(session.as_str())
        .bind(position)
        .bind(word(&party.side)?)
        .bind(&party.account)
        .bind(&party.uri)
        .bind(&party.display_name)
        .execute(connection)
        .await?;
    Ok(())
}

async fn read_records(
    store: &SqliteStore,
    query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<Vec<SessionRecord>, StoreError> {
    let attempt = async {
        let mut transaction = store.readers.begin().await?;
        let rows = query.fetch_all(&mut *transaction).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut record = read_record(row)?;
            record.parties = parties(&mut transaction, &record.id).await?;
            records.push(record);
        }
        Ok(records)
    };
    attempt.await.map_err(failed("read the session records"))
}

async fn parties(
    connection: &mut SqliteConnection,
    session: &SessionId,
) -> Result<Vec<Party>, sqlx::Error> {
    sqlx::query("SELECT * FROM parties WHERE session = ? ORDER BY position")
        .bind(session.as_str())
        .try_map(|row| read_party(&row))
        .fetch_all(connection)
        .await
}

fn read_record(row: &SqliteRow) -> Result<SessionRecord, sqlx::Error> {
    let state: String = row.try_get("state")?;
    Ok(SessionRecord {
        id: session_in(row, "id")?,
        created: time_in(row, "created")?,
        parties: Vec::new(),
        state: SessionState::from_word(&state).ok_or_else(|| corrupt("state"))?,
        ended: time_if_in(row, "ended")?,
        outcome: row.try_get("outcome")?,
        path: row.try_get("path")?,
    })
}

fn read_party(row: &SqliteRow) -> Result<Party, sqlx::Error> {
    Ok(Party {
        side: word_in(row, "side")?,
        account: row.try_get("account")?,
        uri: row.try_get("uri")?,
        display_name: row.try_get("display_name")?,
    })
}

fn read_consent(row: &SqliteRow) -> Result<Consent, sqlx::Error> {
    Ok(Consent {
        session: session_in(row, "session")?,
        by: row.try_get("by_account")?,
        viewer: row.try_get("viewer")?,
        at: time_in(row, "at")?,
    })
}
