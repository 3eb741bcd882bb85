//! What is known of pairs of networks.

use crate::SqliteStore;
use crate::error::{corrupt, failed};
use crate::rows::{json, json_in, time, time_in, word, word_in};
use hopsight_kit::SessionId;
use hopsight_store::{NetworkPair, StoreError, WorkingPath};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(crate) async fn put_pair(store: &SqliteStore, pair: &NetworkPair) -> Result<(), StoreError> {
    let sql = "INSERT INTO network_pairs
        (sharer, viewer, state, since, seen, code, confidence, session)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sharer, viewer) DO UPDATE SET
        state = excluded.state, since = excluded.since, seen = excluded.seen,
        code = excluded.code, confidence = excluded.confidence, session = excluded.session";
    let attempt = async {
        sqlx::query(sql)
            .bind(&pair.sharer)
            .bind(&pair.viewer)
            .bind(word(&pair.state)?)
            .bind(time(pair.since))
            .bind(time(pair.seen))
            .bind(&pair.code)
            .bind(&pair.confidence)
            .bind(pair.session.as_ref().map(SessionId::as_str))
            .execute(&store.writer)
            .await
    };
    attempt.await.map_err(failed("keep the pair of networks"))?;
    Ok(())
}

pub(crate) async fn pair(
    store: &SqliteStore,
    sharer: &str,
    viewer: &str,
) -> Result<Option<NetworkPair>, StoreError> {
    sqlx::query("SELECT * FROM network_pairs WHERE sharer = ? AND viewer = ?")
        .bind(sharer)
        .bind(viewer)
        .try_map(|row| read_pair(&row))
        .fetch_optional(&store.readers)
        .await
        .map_err(failed("read the pair of networks"))
}

pub(crate) async fn pairs(store: &SqliteStore) -> Result<Vec<NetworkPair>, StoreError> {
    sqlx::query("SELECT * FROM network_pairs ORDER BY sharer, viewer")
        .try_map(|row| read_pair(&row))
        .fetch_all(&store.readers)
        .await
        .map_err(failed("read the pairs of networks"))
}

pub(crate) async fn put_path(store: &SqliteStore, path: &WorkingPath) -> Result<(), StoreError> {
    let sql = "INSERT INTO working_paths (from_network, to_network, destination, hops, seen)
        VALUES (?, ?, ?, ?, ?) ON CONFLICT (from_network, to_network) DO UPDATE SET
        destination = excluded.destination, hops = excluded.hops, seen = excluded.seen";
    let attempt = async {
        sqlx::query(sql)
            .bind(&path.from)
            .bind(&path.to)
            .bind(path.destination.to_string())
            .bind(json(&path.hops)?)
            .bind(time(path.seen))
            .execute(&store.writer)
            .await
    };
    attempt.await.map_err(failed("keep the working path"))?;
    Ok(())
}

pub(crate) async fn path(
    store: &SqliteStore,
    from: &str,
    to: &str,
) -> Result<Option<WorkingPath>, StoreError> {
    sqlx::query("SELECT * FROM working_paths WHERE from_network = ? AND to_network = ?")
        .bind(from)
        .bind(to)
        .try_map(|row| read_path(&row))
        .fetch_optional(&store.readers)
        .await
        .map_err(failed("read the working path"))
}

fn read_pair(row: &SqliteRow) -> Result<NetworkPair, sqlx::Error> {
    let session: Option<String> = row.try_get("session")?;
    let session = session.map(|id| id.parse()).transpose();
    Ok(NetworkPair {
        sharer: row.try_get("sharer")?,
        viewer: row.try_get("viewer")?,
        state: word_in(row, "state")?,
        since: time_in(row, "since")?,
        seen: time_in(row, "seen")?,
        code: row.try_get("code")?,
        confidence: row.try_get("confidence")?,
        session: session.map_err(|_| corrupt("session"))?,
    })
}

fn read_path(row: &SqliteRow) -> Result<WorkingPath, sqlx::Error> {
    let destination: String = row.try_get("destination")?;
    Ok(WorkingPath {
        from: row.try_get("from_network")?,
        to: row.try_get("to_network")?,
        destination: destination.parse().map_err(|_| corrupt("destination"))?,
        hops: json_in(row, "hops")?,
        seen: time_in(row, "seen")?,
    })
}
