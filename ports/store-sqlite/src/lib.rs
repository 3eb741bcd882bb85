//! The store in one SQLite file: everything that a single server keeps.
//!
//! One connection writes, four read (write-ahead log). A write is synced to the
//! disk before its future gives success. The file and what stands beside it
//! (`-wal`, `-shm`) are for their owner only, because digest keys are in it.

#![forbid(unsafe_code)]

mod accounts;
mod error;
mod evidence;
mod links;
mod networks;
mod open;
mod retention;
mod rows;
mod sessions;
mod store;
mod web_sessions;

#[cfg(test)]
mod tests;

use hopsight_store::StoreError;
use sqlx::sqlite::SqlitePool;
use std::path::Path;

/// A store in one SQLite file. Clones share it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the store at `path`, makes it when there is none, and brings an
    /// older one up to date. The folder must exist.
    ///
    /// # Errors
    /// `Newer` when a newer version of the program wrote the file, `Corrupt`
    /// when it is no such store, `Unavailable` when it cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let (writer, readers) = open::open(path).await?;
        Ok(Self { writer, readers })
    }

    /// Writes everything into the one file and closes it. Operations that come
    /// later fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
