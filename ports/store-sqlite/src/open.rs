//! Decides how the file is opened, made, and brought up to date.

use crate::error::failed;
use hopsight_store::{StoreError, StoreErrorKind};
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

const TRIED: &str = "open the database";
const READERS: u32 = 4;
/// How long a statement waits for a lock that another process holds.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// How long an operation waits for its turn.
const TURN_PATIENCE: Duration = Duration::from_secs(10);

/// The steps from an empty file to the present schema. A step that was shipped
/// is never edited.
const STEPS: [(i64, &str, &str); 4] = [
    (
        1,
        "what is kept",
        include_str!("../migrations/0001_what_is_kept.sql"),
    ),
    (
        2,
        "sessions without detail",
        include_str!("../migrations/0002_sessions_without_detail.sql"),
    ),
    (
        3,
        "networks",
        include_str!("../migrations/0003_networks.sql"),
    ),
    (
        4,
        "devices with md5",
        include_str!("../migrations/0004_devices_with_md5.sql"),
    ),
];

/// The pool of the one writer and the pool of the readers.
pub(crate) async fn open(path: &Path) -> Result<(SqlitePool, SqlitePool), StoreError> {
    make_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(LOCK_PATIENCE)
        .synchronous(SqliteSynchronous::Full);
    let writing = options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("secure_delete", "ON");
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(TURN_PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None);
    let writer = pool.clone().max_connections(1);
    let writer = writer.connect_with(writing).await.map_err(failed(TRIED))?;
    bring_up_to_date(&writer, &STEPS).await?;
    let readers = pool.max_connections(READERS);
    let readers = readers.connect_lazy_with(options.read_only(true));
    Ok((writer, readers))
}

/// SQLite gives its side files the rights of the file itself.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let opened = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    let Err(error) = opened else {
        return Ok(());
    };
    let kind = if error.kind() == ErrorKind::StorageFull {
        StoreErrorKind::Full
    } else {
        StoreErrorKind::Unavailable
    };
    let detail = format!("{}: {error}", path.display());
    Err(StoreError::new(TRIED, kind, detail))
}

async fn bring_up_to_date(
    writer: &SqlitePool,
    steps: &[(i64, &'static str, &'static str)],
) -> Result<(), StoreError> {
    let steps = steps
        .iter()
        .map(|(version, description, sql)| {
            let sql = sql.into_sql_str();
            Migration::new(
                *version,
                (*description).into(),
                MigrationType::Simple,
                sql,
                false,
            )
        })
        .collect();
    let migrator = Migrator::with_migrations(steps);
    migrator.run(writer).await.map_err(outdated)
}

fn outdated(error: MigrateError) -> StoreError {
    let newest = STEPS.last().map_or(0, |(version, ..)| *version);
    if let MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) = error {
        return failed(TRIED)(source);
    }
    if let MigrateError::VersionMissing(version) = error
        && version > newest
    {
        let detail = format!(
            "its schema has version {version}, and this program knows versions up to {newest}"
        );
        return StoreError::new(TRIED, StoreErrorKind::Newer, detail);
    }
    StoreError::new(TRIED, StoreErrorKind::Corrupt, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row;

    #[tokio::test]
    async fn what_an_earlier_version_kept_is_there_after_the_newest_step() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let pool = SqlitePoolOptions::new().max_connections(1);
        let writer = pool.connect_with(options).await.unwrap();
        bring_up_to_date(&writer, &STEPS[..1]).await.unwrap();
        let sql = "INSERT INTO sessions (id, created, state, detail)
            VALUES ('01J00000000000000000000000', 7, 'answered', '{}')";
        sqlx::query(sql).execute(&writer).await.unwrap();

        bring_up_to_date(&writer, &STEPS).await.unwrap();

        let row = sqlx::query("SELECT * FROM sessions")
            .fetch_one(&writer)
            .await
            .unwrap();
        let kept: (i64, String) = (row.get("created"), row.get("state"));
        assert_eq!(kept, (7, "answered".to_owned()));
        assert!(row.try_get::<String, _>("detail").is_err());
    }
}
