//! What is peculiar to SQLite: full disks, newer schemas, unreadable rows.

use crate::SqliteStore;
use hopsight_evidence::Observer;
use hopsight_kit::{Place, Remark, SeededRandom, SessionId, Timestamp};
use hopsight_store::{SessionRecord, SessionState, Store, StoreErrorKind, StoredVerdict};
use hopsight_testkit::Folder;
use serde_json::json;
use sqlx::AssertSqlSafe;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

hopsight_store::conformance_tests!(empty);

#[tokio::test]
async fn a_closed_store_is_read_again_as_it_was() {
    let place = Folder::new();
    let record = record();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    store.put_session(&record).await.unwrap();
    store.close().await;

    let store = SqliteStore::open(&file(&place)).await.unwrap();

    assert_eq!(store.session(&record.id).await.unwrap(), Some(record));
}

#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    let place = Folder::new();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    store.ready().await.unwrap();

    let mut modes = Vec::new();
    for entry in fs::read_dir(place.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        modes.push(mode & 0o777);
    }

    assert_eq!(modes, [0o600; 3]);
}

#[tokio::test]
async fn a_write_is_synced_through_a_log_before_it_is_acknowledged() {
    let place = Folder::new();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    let pragma = async |name: &str| {
        let sql = AssertSqlSafe(format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"));
        let value = sqlx::query_scalar::<_, String>(sql);
        value.fetch_one(&store.writer).await.unwrap()
    };

    assert_eq!(pragma("journal_mode").await, "wal");
    assert_eq!(pragma("synchronous").await, "2");
    assert_eq!(pragma("foreign_keys").await, "1");
}

#[tokio::test]
async fn a_full_disk_is_said_so_and_writing_goes_on_when_there_is_room() {
    let place = Folder::new();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    let record = record();
    store.put_session(&record).await.unwrap();
    limit_pages(&store, 1).await;
    let large = StoredVerdict {
        session: record.id.clone(),
        at: Timestamp::default(),
        verdict: json!({"text": "x".repeat(1 << 20)}),
    };

    let error = store.add_verdict(&large).await.unwrap_err();

    assert_eq!(error.kind, StoreErrorKind::Full);
    assert_eq!(
        error.to_string(),
        "could not keep the verdict: database or disk is full"
    );
    assert!(error.remedy().starts_with("Free space"));
    assert_eq!(store.verdicts(&record.id).await.unwrap(), []);
    limit_pages(&store, 1_000_000).await;
    store.add_verdict(&large).await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused_with_both_versions() {
    let place = Folder::new();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum,
        execution_time) VALUES (999, 'later', TRUE, x'00', 0)";
    sqlx::query(sql).execute(&store.writer).await.unwrap();
    store.close().await;

    let error = SqliteStore::open(&file(&place)).await.unwrap_err();

    assert_eq!(error.kind, StoreErrorKind::Newer);
    assert_eq!(
        error.to_string(),
        "could not open the database: its schema has version 999, and this program knows versions up to 4"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Folder::new();
    fs::write(file(&place), "Dear diary, ".repeat(1000)).unwrap();

    let error = SqliteStore::open(&file(&place)).await.unwrap_err();

    assert_eq!(error.kind, StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_missing_folder_is_said_so() {
    let place = Folder::new();

    let error = SqliteStore::open(&place.file("none/file.sqlite")).await;

    assert_eq!(error.unwrap_err().kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_fact_of_an_unknown_kind_is_remarked_not_lost_silently() {
    let place = Folder::new();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    let record = record();
    store.put_session(&record).await.unwrap();
    let sql = "INSERT INTO facts (session, id, observer, fact) VALUES (?, 4, 'relay', '{}')";
    let insert = sqlx::query(sql).bind(record.id.as_str());
    insert.execute(&store.writer).await.unwrap();

    let read = store.facts(&record.id).await.unwrap();

    assert_eq!(read.value, []);
    let remark = Remark {
        place: Place::Whole,
        problem: "fact 4 is of a kind that this version does not know".into(),
    };
    assert_eq!(read.remarks, [remark]);
    let none = store.replace_facts(&record.id, Observer::Relay, Vec::new());
    assert_eq!(none.await.unwrap(), []);
}

async fn limit_pages(store: &SqliteStore, pages: u32) {
    let sql = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(sql).execute(&store.writer).await.unwrap();
}

fn record() -> SessionRecord {
    let made = Timestamp::from_unix_seconds(2);
    let id = SessionId::draw(made, &mut SeededRandom::new(1));
    SessionRecord {
        state: SessionState::Invited,
        ..SessionRecord::new(id, Vec::new(), made)
    }
}

/// An empty store and the folder of its file.
async fn empty() -> (Arc<dyn Store>, Folder) {
    let place = Folder::new();
    let store = SqliteStore::open(&file(&place)).await.unwrap();
    (Arc::new(store), place)
}

fn file(place: &Folder) -> PathBuf {
    place.file("hopsight.sqlite")
}
