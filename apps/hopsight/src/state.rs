//! The state folder of a deployment on this machine: database, node key and
//! certificate authority. Picks the database; nobody else knows which it is.

use crate::failure::Failure;
use hopsight_kit::{Random, Redacted, SessionId};
use hopsight_net::{Clock, Entropy};
use hopsight_store::{SessionRecord, Store, StoreError};
use hopsight_store_sqlite::SqliteStore;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Opens the store in `folder`, making both when they do not exist.
pub(crate) async fn store(folder: &Path) -> Result<Arc<dyn Store>, Failure> {
    make_folder(folder)?;
    let file = folder.join("hopsight.sqlite");
    let store = SqliteStore::open(&file)
        .await
        .map_err(|error| refused(&error))?;
    Ok(Arc::new(store))
}

/// Opens the store of a deployment that exists; reading makes none.
pub(crate) async fn existing(folder: &Path) -> Result<Arc<dyn Store>, Failure> {
    if !folder.join("hopsight.sqlite").is_file() {
        return Err(nothing_in(folder));
    }
    store(folder).await
}

/// The record of a session that must be there.
pub(crate) async fn session(store: &dyn Store, id: &SessionId) -> Result<SessionRecord, Failure> {
    let found = store.session(id).await.map_err(|error| refused(&error))?;
    found.ok_or_else(|| {
        Failure::failed(format!(
            "there is no session {id}\n  `hopsight sessions` lists them"
        ))
    })
}

/// The key that signs flow tokens, the same over restarts.
pub(crate) fn node_key(folder: &Path) -> Result<Redacted<[u8; 32]>, Failure> {
    let file = folder.join("node.key");
    if let Ok(bytes) = std::fs::read(&file) {
        let key = bytes.try_into().map_err(|_| {
            Failure::failed(format!(
                "{} is damaged\n  remove it; running sessions have to be set up anew",
                file.display()
            ))
        })?;
        return Ok(Redacted::new(key));
    }
    let mut key = [0; 32];
    Entropy.fill(&mut key);
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut open| open.write_all(&key).and_then(|()| open.sync_all()))
        .map_err(|error| not_writable(&file, &error))?;
    Ok(Redacted::new(key))
}

/// The same of a deployment that exists.
pub(crate) fn existing_node_key(folder: &Path) -> Result<Redacted<[u8; 32]>, Failure> {
    if !folder.join("node.key").is_file() {
        return Err(nothing_in(folder));
    }
    node_key(folder)
}

fn nothing_in(folder: &Path) -> Failure {
    Failure::failed(format!(
        "there is no deployment in {}\n  name its configuration with --config FILE, or its folder with HOPSIGHT_STATE",
        folder.display()
    ))
}

/// A failure of the store, in words.
pub(crate) fn refused(error: &StoreError) -> Failure {
    Failure::failed(format!("{error}\n  {}", error.remedy()))
}

/// The clock of this process.
pub(crate) fn clock() -> Clock {
    Clock::start()
}

pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| not_writable(folder, &error))
}

fn not_writable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!(
        "{} cannot be written: {error}\n  name another folder as `state`, or give this user the right to write there",
        path.display()
    ))
}
