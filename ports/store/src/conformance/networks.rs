//! Stories about pairs of networks.

use super::people::{at, person};
use super::sessions::record;
use crate::{NetworkPair, PairState, Retention, Store, WorkingPath};
use hopsight_evidence::Hop;
use std::sync::Arc;

/// One line for each pair, whichever way round is another pair.
pub async fn a_pair_of_networks_is_told_by_its_newest_session(store: Arc<dyn Store>) {
    let first = record(2, "alice", "bob");
    store.put_session(&first).await.unwrap();
    let relayed = NetworkPair {
        session: Some(first.id.clone()),
        ..pair("10.102.0.0/24", "10.103.0.0/24", 5)
    };
    let direct = NetworkPair {
        state: PairState::Direct,
        since: at(7),
        seen: at(8),
        code: None,
        confidence: None,
        ..relayed.clone()
    };
    let other_way = pair("10.103.0.0/24", "10.102.0.0/24", 6);
    for one in [&relayed, &other_way, &direct] {
        store.put_network_pair(one).await.unwrap();
    }

    assert_eq!(
        store.network_pairs().await.unwrap(),
        [direct.clone(), other_way]
    );
    let found = store.network_pair("10.102.0.0/24", "10.103.0.0/24");
    assert_eq!(found.await.unwrap(), Some(direct));
    let unknown = store.network_pair("10.102.0.0/24", "10.9.0.0/24");
    assert_eq!(unknown.await.unwrap(), None);
}

/// A line about networks outlives the people and keeps no name of theirs.
pub async fn an_erased_session_leaves_its_networks_without_it(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let session = record(2, "alice", "bob");
    store.put_session(&session).await.unwrap();
    let known = NetworkPair {
        session: Some(session.id),
        ..pair("10.102.0.0/24", "10.103.0.0/24", 5)
    };
    store.put_network_pair(&known).await.unwrap();

    store.erase_account("alice").await.unwrap();

    let left = NetworkPair {
        session: None,
        ..known
    };
    assert_eq!(store.network_pairs().await.unwrap(), [left]);
}

/// The newest path takes the place of the older one; each way has its own.
pub async fn the_newest_working_path_between_two_networks_is_kept(store: Arc<dyn Store>) {
    let (old, new) = (path(1, 5), path(2, 6));
    store.put_working_path(&old).await.unwrap();
    store.put_working_path(&new).await.unwrap();

    let there = store.working_path(&new.from, &new.to).await.unwrap();
    let back = store.working_path(&new.to, &new.from).await.unwrap();
    assert_eq!((there, back), (Some(new), None));
}

/// What no session has shown for as long as records are kept goes.
pub async fn networks_without_sessions_are_swept(store: Arc<dyn Store>) {
    let recent = pair("10.103.0.0/24", "10.102.0.0/24", 50);
    let old = pair("10.102.0.0/24", "10.103.0.0/24", 5);
    store.put_network_pair(&old).await.unwrap();
    store.put_network_pair(&recent).await.unwrap();
    store.put_working_path(&path(1, 5)).await.unwrap();
    let retention = Retention {
        now: at(100),
        facts_before: at(40),
        records_before: at(10),
    };

    let swept = store.sweep(&retention).await.unwrap();

    assert_eq!(swept.networks, 2);
    assert_eq!(store.network_pairs().await.unwrap(), [recent]);
    let gone = store.working_path("10.102.0.0/24", "10.103.0.0/24");
    assert_eq!(gone.await.unwrap(), None);
}

fn pair(sharer: &str, viewer: &str, seen: u64) -> NetworkPair {
    NetworkPair {
        sharer: sharer.to_owned(),
        viewer: viewer.to_owned(),
        state: PairState::Relayed,
        since: at(3),
        seen: at(seen),
        code: Some("no-route".to_owned()),
        confidence: Some("proven".to_owned()),
        session: None,
    }
}

fn path(ttl: u8, seen: u64) -> WorkingPath {
    WorkingPath {
        from: "10.102.0.0/24".to_owned(),
        to: "10.103.0.0/24".to_owned(),
        destination: "10.103.0.50".parse().unwrap(),
        hops: vec![Hop {
            ttl,
            address: "10.102.0.1".parse().unwrap(),
        }],
        seen: at(seen),
    }
}
