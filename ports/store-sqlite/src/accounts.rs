//! Accounts and devices.

use crate::SqliteStore;
use crate::error::{corrupt, failed, not_found};
use crate::rows::{time, time_if_in, time_in};
use hopsight_kit::Redacted;
use hopsight_store::{Account, AccountChange, AccountKind, Device, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(crate) async fn add(store: &SqliteStore, account: &Account) -> Result<(), StoreError> {
    let sql = "INSERT INTO accounts (name, display_name, kind, administrator, enabled, password,
            created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(&account.name)
        .bind(&account.display_name)
        .bind(kind_word(account.kind))
        .bind(account.administrator)
        .bind(account.enabled)
        .bind(account.password.as_ref().map(Redacted::reveal))
        .bind(time(account.created))
        .bind(account.expires.map(time))
        .execute(&store.writer)
        .await
        .map_err(failed("add the account"))?;
    Ok(())
}

pub(crate) async fn one(store: &SqliteStore, name: &str) -> Result<Option<Account>, StoreError> {
    sqlx::query("SELECT * FROM accounts WHERE name = ?")
        .bind(name)
        .try_map(|row| read(&row))
        .fetch_optional(&store.readers)
        .await
        .map_err(failed("read the account"))
}

pub(crate) async fn all(store: &SqliteStore) -> Result<Vec<Account>, StoreError> {
    sqlx::query("SELECT * FROM accounts ORDER BY name")
        .try_map(|row| read(&row))
        .fetch_all(&store.readers)
        .await
        .map_err(failed("read the accounts"))
}

pub(crate) async fn change(
    store: &SqliteStore,
    name: &str,
    change: &AccountChange,
) -> Result<(), StoreError> {
    const TRIED: &str = "change the account";
    let query = match change {
        AccountChange::Administrator(is) => {
            sqlx::query("UPDATE accounts SET administrator = ? WHERE name = ?").bind(*is)
        }
        AccountChange::DisplayName(shown) => {
            sqlx::query("UPDATE accounts SET display_name = ? WHERE name = ?").bind(shown)
        }
        AccountChange::Enabled(is) => {
            sqlx::query("UPDATE accounts SET enabled = ? WHERE name = ?").bind(*is)
        }
        AccountChange::Expires(end) => {
            sqlx::query("UPDATE accounts SET expires = ? WHERE name = ?").bind(end.map(time))
        }
        AccountChange::Password(hash) => {
            let hash = hash.as_ref().map(Redacted::reveal);
            sqlx::query("UPDATE accounts SET password = ? WHERE name = ?").bind(hash)
        }
    };
    let done = query.bind(name).execute(&store.writer).await;
    match done.map_err(failed(TRIED))?.rows_affected() {
        0 => Err(not_found(TRIED)),
        _ => Ok(()),
    }
}

pub(crate) async fn erase(store: &SqliteStore, name: &str) -> Result<(), StoreError> {
    const TRIED: &str = "erase the account";
    let begun = store.writer.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(failed(TRIED))?;
    for sql in [
        "DELETE FROM openings WHERE account = ?",
        "DELETE FROM sessions WHERE id IN (SELECT session FROM parties WHERE account = ?)",
    ] {
        let done = sqlx::query(sql).bind(name).execute(&mut *transaction).await;
        done.map_err(failed(TRIED))?;
    }
    let done = sqlx::query("DELETE FROM accounts WHERE name = ?")
        .bind(name)
        .execute(&mut *transaction)
        .await
        .map_err(failed(TRIED))?;
    if done.rows_affected() == 0 {
        return Err(not_found(TRIED));
    }
    transaction.commit().await.map_err(failed(TRIED))
}

pub(crate) async fn add_device(store: &SqliteStore, device: &Device) -> Result<(), StoreError> {
    let sql = "INSERT INTO devices (account, id, ha1_sha256, ha1_md5, created) \
               VALUES (?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(&device.account)
        .bind(&device.id)
        .bind(device.ha1_sha256.reveal())
        .bind(device.ha1_md5.as_ref().map(|ha1| ha1.reveal().as_str()))
        .bind(time(device.created))
        .execute(&store.writer)
        .await
        .map_err(failed("add the device"))?;
    Ok(())
}

pub(crate) async fn devices(store: &SqliteStore, account: &str) -> Result<Vec<Device>, StoreError> {
    sqlx::query("SELECT * FROM devices WHERE account = ? ORDER BY created DESC, rowid")
        .bind(account)
        .try_map(|row| read_device(&row))
        .fetch_all(&store.readers)
        .await
        .map_err(failed("read the devices"))
}

pub(crate) async fn remove_device(
    store: &SqliteStore,
    account: &str,
    id: &str,
) -> Result<(), StoreError> {
    const TRIED: &str = "remove the device";
    let done = sqlx::query("DELETE FROM devices WHERE account = ? AND id = ?")
        .bind(account)
        .bind(id)
        .execute(&store.writer)
        .await;
    match done.map_err(failed(TRIED))?.rows_affected() {
        0 => Err(not_found(TRIED)),
        _ => Ok(()),
    }
}

const fn kind_word(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Guest => "guest",
        AccountKind::Person => "person",
    }
}

fn read(row: &SqliteRow) -> Result<Account, sqlx::Error> {
    let kind = match row.try_get::<String, _>("kind")?.as_str() {
        "guest" => AccountKind::Guest,
        "person" => AccountKind::Person,
        _ => return Err(corrupt("kind")),
    };
    Ok(Account {
        name: row.try_get("name")?,
        display_name: row.try_get("display_name")?,
        kind,
        administrator: row.try_get("administrator")?,
        enabled: row.try_get("enabled")?,
        password: row
            .try_get::<Option<String>, _>("password")?
            .map(Redacted::new),
        created: time_in(row, "created")?,
        expires: time_if_in(row, "expires")?,
    })
}

fn read_device(row: &SqliteRow) -> Result<Device, sqlx::Error> {
    Ok(Device {
        id: row.try_get("id")?,
        account: row.try_get("account")?,
        ha1_sha256: Redacted::new(row.try_get("ha1_sha256")?),
        ha1_md5: row
            .try_get::<Option<String>, _>("ha1_md5")?
            .map(Redacted::new),
        created: time_in(row, "created")?,
    })
}
