//! A process that writes is killed without warning; the store is opened again.

use hopsight_kit::Timestamp;
use hopsight_store::{Account, AccountKind, Store};
use hopsight_store_sqlite::SqliteStore;
use hopsight_testkit::Folder;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Tells this very program, started again, to be the one that writes.
const FILE: &str = "HOPSIGHT_TEST_WRITES_TO";
const ENOUGH: usize = 200;

#[tokio::test]
async fn what_was_acknowledged_is_there_after_kill_9() {
    let folder = Folder::new();
    let file = folder.file("hopsight.sqlite");
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::the_writing_process", "--nocapture"])
        .env(FILE, &file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut acknowledged = BTreeSet::new();
    let mut is_killed = false;
    while let Some(line) = lines.next_line().await.unwrap() {
        acknowledged.extend(line.strip_prefix("acknowledged ").map(str::to_owned));
        if acknowledged.len() >= ENOUGH && !is_killed {
            writer.start_kill().unwrap();
            is_killed = true;
        }
    }
    let status = writer.wait().await.unwrap();

    let store = SqliteStore::open(&file).await.unwrap();
    let kept = store.accounts().await.unwrap();
    let kept: BTreeSet<_> = kept.into_iter().map(|account| account.name).collect();

    assert!(!status.success() && acknowledged.len() >= ENOUGH);
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert_eq!(lost, Vec::<&String>::new());
    // At most the one write that was under way may be there unacknowledged.
    assert!(kept.len() <= acknowledged.len() + 1);
    store.ready().await.unwrap();
}

/// Not a story of its own: writes without end when the story above starts it.
#[tokio::test]
async fn the_writing_process() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let store = SqliteStore::open(Path::new(&file)).await.unwrap();
    for number in 0_u32.. {
        let name = format!("account-{number}");
        store.add_account(&account(&name)).await.unwrap();
        println!("acknowledged {name}");
    }
}

fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        display_name: "x".repeat(500),
        kind: AccountKind::Person,
        administrator: false,
        enabled: true,
        password: None,
        created: Timestamp::from_unix_seconds(1),
        expires: None,
    }
}
