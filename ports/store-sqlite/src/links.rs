//! Sign-in links and share links.

use crate::SqliteStore;
use crate::error::{failed, not_found};
use crate::rows::{hash, hash_in, time, time_if_in, time_in};
use hopsight_kit::Timestamp;
use hopsight_store::{Opening, ShareLink, SignInLink, SignInLinkUse, StoreError, TokenHash};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

pub(crate) async fn add_sign_in(store: &SqliteStore, link: &SignInLink) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sign_in_links (token, account, expires) VALUES (?, ?, ?)")
        .bind(hash(&link.token))
        .bind(&link.account)
        .bind(time(link.expires))
        .execute(&store.writer)
        .await
        .map_err(failed("add the sign-in link"))?;
    Ok(())
}

/// One statement uses the link up; the questions about a refused one come
/// after, in the same turn of the writer.
pub(crate) async fn use_sign_in(
    store: &SqliteStore,
    token: &TokenHash,
    now: Timestamp,
) -> Result<SignInLinkUse, StoreError> {
    let attempt = async {
        let mut writer = store.writer.acquire().await?;
        let sql = "UPDATE sign_in_links SET used = ?2
            WHERE token = ?1 AND used IS NULL AND expires > ?2 RETURNING account";
        let used = sqlx::query(sql)
            .bind(hash(token))
            .bind(time(now))
            .fetch_optional(&mut *writer)
            .await?;
        if let Some(row) = used {
            let account = row.try_get("account")?;
            return Ok(SignInLinkUse::Accepted { account });
        }
        let kept = sqlx::query("SELECT expires, used FROM sign_in_links WHERE token = ?")
            .bind(hash(token))
            .fetch_optional(&mut *writer)
            .await?;
        let Some(row) = kept else {
            return Ok(SignInLinkUse::Unknown);
        };
        match time_if_in(&row, "used")? {
            Some(at) => Ok(SignInLinkUse::AlreadyUsed { at }),
            None => time_in(&row, "expires").map(|at| SignInLinkUse::Expired { at }),
        }
    };
    attempt.await.map_err(failed("use the sign-in link"))
}

pub(crate) async fn add_share(store: &SqliteStore, link: &ShareLink) -> Result<(), StoreError> {
    let attempt = async {
        let mut transaction = store.writer.begin_with("BEGIN IMMEDIATE").await?;
        let sql = "INSERT INTO share_links (id, token, owner, created, expires, withdrawn)
            VALUES (?, ?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(&link.id)
            .bind(hash(&link.token))
            .bind(&link.owner)
            .bind(time(link.created))
            .bind(time(link.expires))
            .bind(link.withdrawn.map(time))
            .execute(&mut *transaction)
            .await?;
        for opening in &link.opened {
            insert_opening(&mut transaction, &link.id, opening).await?;
        }
        transaction.commit().await
    };
    attempt.await.map_err(failed("add the share link"))
}

pub(crate) async fn share(store: &SqliteStore, id: &str) -> Result<Option<ShareLink>, StoreError> {
    let sql = "SELECT * FROM share_links WHERE id = ?";
    let links = read_links(store, sqlx::query(sql).bind(id)).await?;
    Ok(links.into_iter().next())
}

pub(crate) async fn share_by_token(
    store: &SqliteStore,
    token: &TokenHash,
) -> Result<Option<ShareLink>, StoreError> {
    let sql = "SELECT * FROM share_links WHERE token = ?";
    let links = read_links(store, sqlx::query(sql).bind(hash(token))).await?;
    Ok(links.into_iter().next())
}

pub(crate) async fn shares_of(
    store: &SqliteStore,
    owner: &str,
) -> Result<Vec<ShareLink>, StoreError> {
    let sql = "SELECT * FROM share_links WHERE owner = ? ORDER BY created DESC, rowid";
    read_links(store, sqlx::query(sql).bind(owner)).await
}

pub(crate) async fn withdraw(
    store: &SqliteStore,
    id: &str,
    owner: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    const TRIED: &str = "withdraw the share link";
    let sql = "UPDATE share_links SET withdrawn = coalesce(withdrawn, ?)
        WHERE id = ? AND owner = ?";
    let done = sqlx::query(sql)
        .bind(time(at))
        .bind(id)
        .bind(owner)
        .execute(&store.writer)
        .await;
    match done.map_err(failed(TRIED))?.rows_affected() {
        0 => Err(not_found(TRIED)),
        _ => Ok(()),
    }
}

pub(crate) async fn note_opening(
    store: &SqliteStore,
    id: &str,
    opening: &Opening,
) -> Result<(), StoreError> {
    let attempt = async {
        let mut writer = store.writer.acquire().await?;
        insert_opening(&mut writer, id, opening).await
    };
    attempt
        .await
        .map_err(failed("note who opened the share link"))
}

async fn insert_opening(
    connection: &mut SqliteConnection,
    link: &str,
    opening: &Opening,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO openings (link, account, display_name, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (link, account) DO NOTHING";
    sqlx::query(sql)
        .bind(link)
        .bind(&opening.by)
        .bind(&opening.display_name)
        .bind(time(opening.at))
        .execute(connection)
        .await?;
    Ok(())
}

async fn read_links(
    store: &SqliteStore,
    query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<Vec<ShareLink>, StoreError> {
    let attempt = async {
        let mut transaction = store.readers.begin().await?;
        let rows = query.fetch_all(&mut *transaction).await?;
        let mut links = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut link = read_link(row)?;
            link.opened = openings(&mut transaction, &link.id).await?;
            links.push(link);
        }
        Ok(links)
    };
    attempt.await.map_err(failed("read the share link"))
}

async fn openings(
    connection: &mut SqliteConnection,
    link: &str,
) -> Result<Vec<Opening>, sqlx::Error> {
    sqlx::query("SELECT * FROM openings WHERE link = ? ORDER BY rowid")
        .bind(link)
        .try_map(|row| read_opening(&row))
        .fetch_all(connection)
        .await
}

fn read_link(row: &SqliteRow) -> Result<ShareLink, sqlx::Error> {
    Ok(ShareLink {
        id: row.try_get("id")?,
        token: hash_in(row, "token")?,
        owner: row.try_get("owner")?,
        created: time_in(row, "created")?,
        expires: time_in(row, "expires")?,
        withdrawn: time_if_in(row, "withdrawn")?,
        opened: Vec::new(),
    })
}

fn read_opening(row: &SqliteRow) -> Result<Opening, sqlx::Error> {
    Ok(Opening {
        by: row.try_get("account")?,
        display_name: row.try_get("display_name")?,
        at: time_in(row, "at")?,
    })
}
