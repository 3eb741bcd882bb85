//! Stories about accounts, devices and web sessions.

use crate::{
    Account, AccountChange, AccountKind, Device, Opening, Party, SessionQuery, SessionRecord,
    SessionState, ShareLink, Store, StoreErrorKind, TokenHash, WebSession,
};
use hopsight_evidence::Side;
use hopsight_kit::{SeededRandom, SessionId, Timestamp, Token};
use std::sync::Arc;

/// A second account of a name is refused, and the first stays.
pub async fn a_name_is_given_once(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let mut second = person("alice");
    second.administrator = true;

    let error = store.add_account(&second).await.unwrap_err();

    assert_eq!(error.kind, StoreErrorKind::Conflict);
    assert_eq!(store.account("alice").await.unwrap(), Some(person("alice")));
    assert_eq!(store.account("Alice").await.unwrap(), None);
}

/// Every field survives.
pub async fn an_account_is_read_as_it_was_written(store: Arc<dyn Store>) {
    let guest = Account {
        name: "guest.1".into(),
        display_name: "Zoë 'O\0' Ł".into(),
        kind: AccountKind::Guest,
        administrator: false,
        enabled: false,
        password: None,
        created: at(5),
        expires: Some(at(60)),
    };
    store.add_account(&person("bob")).await.unwrap();
    store.add_account(&guest).await.unwrap();

    assert_eq!(
        store.accounts().await.unwrap(),
        [person("bob"), guest.clone()]
    );
    store.ready().await.unwrap();
}

/// A change touches what it names.
pub async fn one_field_changes_and_the_others_stay(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let changes = [
        AccountChange::Administrator(true),
        AccountChange::DisplayName("Alice B.".into()),
        AccountChange::Enabled(false),
        AccountChange::Expires(Some(at(99))),
        AccountChange::Password(None),
    ];
    for change in &changes {
        store.change_account("alice", change).await.unwrap();
    }

    let changed = Account {
        display_name: "Alice B.".into(),
        administrator: true,
        enabled: false,
        password: None,
        expires: Some(at(99)),
        ..person("alice")
    };
    assert_eq!(store.account("alice").await.unwrap(), Some(changed));
    let error = store.change_account("nobody", &changes[0]).await;
    assert_eq!(error.unwrap_err().kind, StoreErrorKind::NotFound);
}

/// Devices come the newest first and go one by one.
pub async fn a_device_belongs_to_an_account(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let (old, new) = (device("alice", "laptop", 1), device("alice", "old desk", 2));
    store.add_device(&old).await.unwrap();
    store.add_device(&new).await.unwrap();

    assert_eq!(store.devices("alice").await.unwrap(), [new.clone(), old]);
    let error = store.add_device(&new).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Conflict);
    let error = store.add_device(&device("bob", "x", 1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);

    store.remove_device("alice", "laptop").await.unwrap();
    assert_eq!(store.devices("alice").await.unwrap(), [new]);
    let error = store.remove_device("alice", "laptop").await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);
}

/// A cookie opens until its time.
pub async fn a_web_session_ends_at_its_time_not_before(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let session = web_session("alice", "one", 10);
    store.add_web_session(&session).await.unwrap();

    let cookie = &session.cookie;
    assert_eq!(
        store.web_session(cookie, at(9)).await.unwrap(),
        Some(session.clone())
    );
    assert_eq!(store.web_session(cookie, at(10)).await.unwrap(), None);
    store.end_web_session(cookie).await.unwrap();
    store.end_web_session(cookie).await.unwrap();
    assert_eq!(store.web_session(cookie, at(9)).await.unwrap(), None);
}

/// All web sessions of an account end, but for the one that asked.
pub async fn a_changed_password_ends_the_other_web_sessions(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    store.add_account(&person("bob")).await.unwrap();
    let mine = web_session("alice", "mine", 10);
    let stolen = web_session("alice", "stolen", 10);
    let other = web_session("bob", "other", 10);
    for session in [&mine, &stolen, &other] {
        store.add_web_session(session).await.unwrap();
    }

    let keep = Some(&mine.cookie);
    store.end_web_sessions_of("alice", keep).await.unwrap();

    let left = |session: &WebSession| {
        let (store, cookie) = (store.clone(), session.cookie);
        async move { store.web_session(&cookie, at(1)).await.unwrap().is_some() }
    };
    assert!(left(&mine).await && !left(&stolen).await && left(&other).await);
    store.end_web_sessions_of("alice", None).await.unwrap();
    assert!(!left(&mine).await && left(&other).await);
}

/// Devices, links, web sessions, sessions and openings go with the account.
pub async fn an_erased_person_leaves_nothing_behind(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    store.add_account(&person("bob")).await.unwrap();
    store.add_device(&device("alice", "d", 1)).await.unwrap();
    let session = web_session("alice", "one", 10);
    store.add_web_session(&session).await.unwrap();
    let record = record_of_alice_and_bob();
    store.put_session(&record).await.unwrap();
    let (hers, his) = (share_link("1", "alice"), share_link("2", "bob"));
    store.add_share_link(&hers).await.unwrap();
    store.add_share_link(&his).await.unwrap();
    let opening = Opening {
        by: "alice".into(),
        display_name: "Alice".into(),
        at: at(3),
    };
    store.note_opening("2", &opening).await.unwrap();

    store.erase_account("alice").await.unwrap();

    assert_eq!(store.accounts().await.unwrap(), [person("bob")]);
    assert_eq!(store.devices("alice").await.unwrap(), []);
    let cookie = store.web_session(&session.cookie, at(1)).await.unwrap();
    assert_eq!(cookie, None);
    assert_eq!(store.share_link("1").await.unwrap(), None);
    assert_eq!(store.share_link("2").await.unwrap(), Some(his));
    let everything = SessionQuery {
        party: None,
        before: None,
        limit: 10,
    };
    assert_eq!(store.sessions(&everything).await.unwrap(), []);
    let error = store.erase_account("alice").await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);
}

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

pub(super) fn person(name: &str) -> Account {
    Account {
        name: name.into(),
        display_name: name.to_uppercase(),
        kind: AccountKind::Person,
        administrator: false,
        enabled: true,
        password: Some("$argon2id$v=19$…".to_owned().into()),
        created: at(1),
        expires: None,
    }
}

pub(super) fn share_link(id: &str, owner: &str) -> ShareLink {
    ShareLink {
        id: id.into(),
        token: TokenHash::of(&Token::presented(id)),
        owner: owner.into(),
        created: at(1),
        expires: at(100),
        withdrawn: None,
        opened: Vec::new(),
    }
}

pub(super) fn web_session(account: &str, cookie: &str, end: u64) -> WebSession {
    WebSession {
        cookie: TokenHash::of(&Token::presented(cookie)),
        account: account.into(),
        created: at(1),
        expires: at(end),
    }
}

fn device(account: &str, id: &str, created: u64) -> Device {
    Device {
        id: id.into(),
        account: account.into(),
        ha1_sha256: "00ff".to_owned().into(),
        ha1_md5: id.starts_with("old").then(|| "ff00".to_owned().into()),
        created: at(created),
    }
}

fn record_of_alice_and_bob() -> SessionRecord {
    let party = |side, name: &str| Party {
        side,
        account: name.into(),
        uri: format!("sip:{name}@example.test"),
        display_name: name.into(),
    };
    let id = SessionId::draw(at(2), &mut SeededRandom::new(1));
    let parties = vec![party(Side::Sharer, "alice"), party(Side::Viewer, "bob")];
    SessionRecord {
        state: SessionState::Answered,
        ..SessionRecord::new(id, parties, at(2))
    }
}
