//! Stories about session records, consents, facts, verdicts and retention.

use super::people::{at, person, share_link, web_session};
use crate::{
    Account, AccountKind, Consent, Party, Retention, SessionQuery, SessionRecord, SessionState,
    SignInLink, Store, StoreErrorKind, StoredVerdict, Swept, TokenHash,
};
use hopsight_evidence::{Fact, FactId, Observation, Observer, Privilege, Quality, Side};
use hopsight_kit::{Read, SeededRandom, SessionId, Token};
use serde_json::json;
use std::sync::Arc;

/// Nothing of the earlier record stays; what hangs on it does.
pub async fn a_session_record_is_replaced_as_a_whole(store: Arc<dyn Store>) {
    let first = record(2, "alice", "bob");
    store.put_session(&first).await.unwrap();
    let consent = consent(&first.id, 3);
    store.add_consent(&consent).await.unwrap();
    let second = SessionRecord {
        state: SessionState::Ended,
        ended: Some(at(9)),
        outcome: Some("no-route".into()),
        path: Some("relay/tls".into()),
        parties: vec![party(Side::Sharer, "carol")],
        ..first.clone()
    };

    store.put_session(&second).await.unwrap();

    assert_eq!(store.session(&first.id).await.unwrap(), Some(second));
    assert_eq!(store.consents(&first.id).await.unwrap(), [consent]);
    assert_eq!(store.sessions(&of("bob", 9)).await.unwrap(), []);
}

/// Pages do not overlap and leave nothing out.
pub async fn sessions_come_the_newest_first_and_by_pages(store: Arc<dyn Store>) {
    let records: Vec<_> = (1..=5).map(|n| record(n, "alice", "bob")).collect();
    let foreign = record(6, "carol", "dave");
    for record in records.iter().chain([&foreign]) {
        store.put_session(record).await.unwrap();
    }

    let page = store.sessions(&of("bob", 2)).await.unwrap();
    assert_eq!(page, [records[4].clone(), records[3].clone()]);
    let rest = SessionQuery {
        before: Some(records[3].id.clone()),
        ..of("bob", 9)
    };
    let rest = store.sessions(&rest).await.unwrap();
    let expected: Vec<_> = records[..3].iter().rev().cloned().collect();
    assert_eq!(rest, expected);
    let everybodys = SessionQuery {
        party: None,
        before: None,
        limit: 1,
    };
    assert_eq!(store.sessions(&everybodys).await.unwrap(), [foreign]);
}

/// Nothing hangs on a session that is not there.
pub async fn consents_facts_and_verdicts_need_a_session(store: Arc<dyn Store>) {
    let id = record(1, "alice", "bob").id;

    let consent = store.add_consent(&consent(&id, 1)).await;
    let facts = store.append_facts(&id, vec![fact(&id, Observer::Relay, 1)]);
    let verdict = store.add_verdict(&verdict(&id, 1)).await;

    assert_eq!(consent.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(facts.await.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(verdict.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(store.facts(&id).await.unwrap(), Read::clean(Vec::new()));
}

/// Ids follow the order of arrival and are those that are read later.
pub async fn facts_are_numbered_by_the_store(store: Arc<dyn Store>) {
    let id = kept_session(&store).await;
    let first = store.append_facts(&id, vec![fact(&id, Observer::Sharer, 7)]);
    let mut all = first.await.unwrap();
    let two = vec![
        fact(&id, Observer::Viewer, 8),
        fact(&id, Observer::Sharer, 9),
    ];
    all.extend(store.append_facts(&id, two).await.unwrap());

    let numbers: Vec<_> = all.iter().map(|fact| fact.id).collect();
    assert_eq!(numbers, [FactId(0), FactId(1), FactId(2)]);
    assert_eq!(store.facts(&id).await.unwrap(), Read::clean(all));
}

/// A number names one fact for ever, so that a verdict's evidence stays clear.
pub async fn a_replaced_observer_gets_new_numbers(store: Arc<dyn Store>) {
    let id = kept_session(&store).await;
    let three = vec![
        fact(&id, Observer::Sharer, 1),
        fact(&id, Observer::Viewer, 2),
        fact(&id, Observer::Sharer, 3),
    ];
    let three = store.append_facts(&id, three).await.unwrap();
    let newer = vec![fact(&id, Observer::Sharer, 4)];

    let newer = store
        .replace_facts(&id, Observer::Sharer, newer)
        .await
        .unwrap();

    assert_eq!(newer[0].id, FactId(3));
    let left = vec![three[1].clone(), newer[0].clone()];
    assert_eq!(store.facts(&id).await.unwrap(), Read::clean(left));
}

/// All or nothing.
pub async fn a_fact_of_another_session_is_refused_with_all_that_came_with_it(
    store: Arc<dyn Store>,
) {
    let id = kept_session(&store).await;
    let other = record(50, "alice", "bob").id;
    let mixed = vec![
        fact(&id, Observer::Relay, 1),
        fact(&other, Observer::Relay, 1),
    ];

    let appended = store.append_facts(&id, mixed).await;
    let foreign = vec![fact(&id, Observer::Relay, 1)];
    let replaced = store.replace_facts(&id, Observer::Viewer, foreign).await;

    assert_eq!(appended.unwrap_err().kind, StoreErrorKind::Invalid);
    assert_eq!(replaced.unwrap_err().kind, StoreErrorKind::Invalid);
    assert_eq!(store.facts(&id).await.unwrap(), Read::clean(Vec::new()));
}

/// The order of adding counts, not the time.
pub async fn verdicts_stay_in_their_order(store: Arc<dyn Store>) {
    let id = kept_session(&store).await;
    let (first, second) = (verdict(&id, 9), verdict(&id, 8));
    store.add_verdict(&first).await.unwrap();
    store.add_verdict(&second).await.unwrap();

    assert_eq!(store.verdicts(&id).await.unwrap(), [first, second]);
}

/// Each class of data goes at its own time.
pub async fn what_is_over_is_swept_and_the_rest_stays(store: Arc<dyn Store>) {
    for account in [person("alice"), guest("guest.1", 50), guest("guest.2", 500)] {
        store.add_account(&account).await.unwrap();
    }
    store
        .add_web_session(&web_session("alice", "old", 50))
        .await
        .unwrap();
    let link = SignInLink {
        token: TokenHash::of(&Token::presented("x")),
        account: "alice".into(),
        expires: at(50),
    };
    store.add_sign_in_link(&link).await.unwrap();
    let (mut dead, mut fresh) = (share_link("1", "alice"), share_link("2", "alice"));
    (dead.expires, fresh.expires) = (at(29), at(31));
    store.add_share_link(&dead).await.unwrap();
    store.add_share_link(&fresh).await.unwrap();
    let sessions = [9, 20, 40].map(|n| record(n, "alice", "guest.1"));
    for session in &sessions {
        let id = &session.id;
        store.put_session(session).await.unwrap();
        let facts = vec![fact(id, Observer::Relay, 1)];
        store.append_facts(id, facts).await.unwrap();
        store.add_verdict(&verdict(id, 1)).await.unwrap();
    }
    let retention = Retention {
        now: at(100),
        facts_before: at(30),
        records_before: at(10),
    };

    let swept = store.sweep(&retention).await.unwrap();

    let expected = Swept {
        guests: 1,
        sign_in_links: 1,
        share_links: 1,
        web_sessions: 1,
        facts: 2,
        verdicts: 2,
        sessions: 1,
        networks: 0,
    };
    assert_eq!(swept, expected);
    let names: Vec<_> = store.accounts().await.unwrap();
    let names: Vec<_> = names.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["alice", "guest.2"]);
    assert_eq!(store.share_link("2").await.unwrap(), Some(fresh));
    let left = store.sessions(&of("guest.1", 9)).await.unwrap();
    assert_eq!(left, [sessions[2].clone(), sessions[1].clone()]);
    let emptied = store.facts(&sessions[1].id).await.unwrap();
    assert_eq!(emptied, Read::clean(Vec::new()));
    assert_eq!(store.sweep(&retention).await.unwrap(), Swept::default());
}

async fn kept_session(store: &Arc<dyn Store>) -> SessionId {
    let record = record(2, "alice", "bob");
    store.put_session(&record).await.unwrap();
    record.id
}

pub(super) fn record(second: u64, sharer: &str, viewer: &str) -> SessionRecord {
    let id = SessionId::draw(at(second), &mut SeededRandom::new(second));
    let parties = vec![party(Side::Sharer, sharer), party(Side::Viewer, viewer)];
    SessionRecord::new(id, parties, at(second))
}

fn party(side: Side, name: &str) -> Party {
    Party {
        side,
        account: name.into(),
        uri: format!("sip:{name}@example.test"),
        display_name: name.to_uppercase(),
    }
}

fn consent(session: &SessionId, second: u64) -> Consent {
    Consent {
        session: session.clone(),
        by: "alice".into(),
        viewer: "bob".into(),
        at: at(second),
    }
}

fn verdict(session: &SessionId, second: u64) -> StoredVerdict {
    StoredVerdict {
        session: session.clone(),
        at: at(second),
        verdict: json!({"code": "no-route", "verdict_ms": second}),
    }
}

fn fact(session: &SessionId, observer: Observer, second: u64) -> Fact {
    Fact {
        id: FactId(77),
        session: session.clone(),
        observer,
        at: at(second),
        privilege: Privilege::User,
        quality: Quality::Direct,
        observation: Observation::FirstFrame { after_ms: second },
    }
}

fn guest(name: &str, end: u64) -> Account {
    Account {
        kind: AccountKind::Guest,
        expires: Some(at(end)),
        ..person(name)
    }
}

fn of(party: &str, limit: u32) -> SessionQuery {
    SessionQuery {
        party: Some(party.into()),
        before: None,
        limit,
    }
}
