//! Web sessions.

use crate::SqliteStore;
use crate::error::failed;
use crate::rows::{hash, hash_in, time, time_in};
use hopsight_kit::Timestamp;
use hopsight_store::{StoreError, TokenHash, WebSession};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(crate) async fn add(store: &SqliteStore, session: &WebSession) -> Result<(), StoreError> {
    let sql = "INSERT INTO web_sessions (cookie, account, created, expires) VALUES (?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(hash(&session.cookie))
        .bind(&session.account)
        .bind(time(session.created))
        .bind(time(session.expires))
        .execute(&store.writer)
        .await
        .map_err(failed("add the web session"))?;
    Ok(())
}

pub(crate) async fn one(
    store: &SqliteStore,
    cookie: &TokenHash,
    now: Timestamp,
) -> Result<Option<WebSession>, StoreError> {
    sqlx::query("SELECT * FROM web_sessions WHERE cookie = ? AND expires > ?")
        .bind(hash(cookie))
        .bind(time(now))
        .try_map(|row| read(&row))
        .fetch_optional(&store.readers)
        .await
        .map_err(failed("read the web session"))
}

pub(crate) async fn end(store: &SqliteStore, cookie: &TokenHash) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM web_sessions WHERE cookie = ?")
        .bind(hash(cookie))
        .execute(&store.writer)
        .await
        .map_err(failed("end the web session"))?;
    Ok(())
}

pub(crate) async fn end_of(
    store: &SqliteStore,
    account: &str,
    except: Option<&TokenHash>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM web_sessions WHERE account = ? AND cookie IS NOT ?")
        .bind(account)
        .bind(except.map(hash))
        .execute(&store.writer)
        .await
        .map_err(failed("end the web sessions"))?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<WebSession, sqlx::Error> {
    Ok(WebSession {
        cookie: hash_in(row, "cookie")?,
        account: row.try_get("account")?,
        created: time_in(row, "created")?,
        expires: time_in(row, "expires")?,
    })
}
