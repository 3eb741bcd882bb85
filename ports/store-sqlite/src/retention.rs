//! Takes away what is over, all of it or nothing.

use crate::SqliteStore;
use crate::error::failed;
use crate::rows::time;
use hopsight_kit::Timestamp;
use hopsight_store::{Retention, StoreError, Swept};
use sqlx::sqlite::SqliteConnection;

const WEB_SESSIONS: &str = "DELETE FROM web_sessions WHERE expires <= ?";
const SIGN_IN_LINKS: &str = "DELETE FROM sign_in_links WHERE expires <= ?";
const SHARE_LINKS: &str = "DELETE FROM share_links WHERE expires < ?";
const GUESTS: &str = "DELETE FROM accounts WHERE kind = 'guest' AND expires <= ?";
const FACTS: &str =
    "DELETE FROM facts WHERE session IN (SELECT id FROM sessions WHERE created < ?)";
const VERDICTS: &str =
    "DELETE FROM verdicts WHERE session IN (SELECT id FROM sessions WHERE created < ?)";
const SESSIONS: &str = "DELETE FROM sessions WHERE created < ?";
const NETWORK_PAIRS: &str = "DELETE FROM network_pairs WHERE seen < ?";
const WORKING_PATHS: &str = "DELETE FROM working_paths WHERE seen < ?";

pub(crate) async fn sweep(store: &SqliteStore, retention: &Retention) -> Result<Swept, StoreError> {
    let Retention {
        now,
        facts_before,
        records_before,
    } = *retention;
    let attempt = async {
        let mut transaction = store.writer.begin_with("BEGIN IMMEDIATE").await?;
        let swept = Swept {
            web_sessions: delete(&mut transaction, WEB_SESSIONS, now).await?,
            sign_in_links: delete(&mut transaction, SIGN_IN_LINKS, now).await?,
            share_links: delete(&mut transaction, SHARE_LINKS, facts_before).await?,
            guests: delete(&mut transaction, GUESTS, now).await?,
            facts: delete(&mut transaction, FACTS, facts_before).await?,
            verdicts: delete(&mut transaction, VERDICTS, facts_before).await?,
            sessions: delete(&mut transaction, SESSIONS, records_before).await?,
            networks: delete(&mut transaction, NETWORK_PAIRS, records_before).await?
                + delete(&mut transaction, WORKING_PATHS, records_before).await?,
        };
        transaction.commit().await?;
        Ok(swept)
    };
    attempt.await.map_err(failed("take away what is over"))
}

async fn delete(
    connection: &mut SqliteConnection,
    sql: &'static str,
    limit: Timestamp,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(sql)
        .bind(time(limit))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
