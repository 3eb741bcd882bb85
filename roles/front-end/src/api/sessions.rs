//! Sharing sessions: their making, the relay grant for each end, and what
//! happened.

use super::body::Body;
use super::named::Named;
use super::with;
use crate::audience::{Hearer, copy_for};
use crate::error::ApiError;
use crate::front_end::{FrontEnd, rfc3339};
use crate::visitor::Visitor;
use crate::websocket::Remote;
use axum::extract::State;
use axum::{Extension, Json};
use hopsight_diagnosis::Verdict;
use hopsight_evidence::{Observation, Observer, Side};
use hopsight_kit::SessionId;
use hopsight_net::Entropy;
use hopsight_store::{
    Account, AccountKind, Party, SessionQuery, SessionRecord, SessionState, ShareLink,
    ShareLinkState,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// So many sessions are listed at once.
const PAGE: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    with: String,
    role: Side,
    #[serde(default)]
    purpose: Purpose,
}

/// What a session is made for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Purpose {
    /// To look at the path to a person, without any picture.
    Check,
    /// To share a desktop.
    #[default]
    Share,
}

pub(super) async fn make(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Body(new): Body<NewSession>,
) -> Result<Json<Value>, ApiError> {
    let now = front_end.clock.wall();
    let with = match new.purpose {
        Purpose::Check => checked(&front_end, &visitor.account, &new.with).await?,
        Purpose::Share => invited(&front_end, &visitor.account, &new.with).await?,
    };
    let caller = party(&front_end, &visitor.account, new.role);
    let mut callee = party(&front_end, &with, new.role.other());
    callee.uri = new.with;
    let id = SessionId::draw(now, &mut Entropy);
    let parties = vec![caller, callee];
    let record = match new.purpose {
        Purpose::Check => SessionRecord::check(id, parties, now),
        Purpose::Share => SessionRecord::new(id, parties, now),
    };
    front_end.store.put_session(&record).await?;
    Ok(Json(json!({"id": record.id})))
}

/// What marks a guest in lists of sessions.
pub(crate) const GUEST_MARK: &str = " (guest)";

fn party(front_end: &FrontEnd, account: &Account, side: Side) -> Party {
    Party {
        side,
        account: account.name.clone(),
        uri: front_end.uri_of(&account.name),
        display_name: match account.kind {
            AccountKind::Guest => format!("{}{GUEST_MARK}", account.display_name),
            AccountKind::Person => account.display_name.clone(),
        },
    }
}

/// The account behind a URI that `by` wants to invite: a person, or the owner
/// of a share. A guest reaches the share that they opened and nobody else.
async fn invited(front_end: &FrontEnd, by: &Account, uri: &str) -> Result<Account, ApiError> {
    let now = front_end.clock.wall();
    let name = front_end
        .name_in(uri)
        .ok_or_else(|| nobody_here(front_end, uri))?;
    let name = match name.strip_prefix("share.") {
        None if by.kind == AccountKind::Guest => return Err(ApiError::not_found("share")),
        None => name.to_owned(),
        Some(id) => {
            let link = front_end.store.share_link(id).await?;
            link.filter(|link| link.state(now) == ShareLinkState::Open && may_open(link, by))
                .ok_or_else(|| ApiError::not_found("share"))?
                .owner
        }
    };
    let account = front_end.store.account(&name).await?;
    account
        .filter(|account| account.is_usable(now))
        .ok_or_else(|| ApiError::not_found("person or share"))
}

/// Why `uri` is nobody of this domain. Who is elsewhere may well exist: this
/// server speaks with no other.
fn nobody_here(front_end: &FrontEnd, uri: &str) -> ApiError {
    let address = uri
        .strip_prefix("sip:")
        .and_then(|rest| rest.split_once('@'));
    match address {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() => ApiError::forbidden(
            format!(
                "This server reaches people of {} only.",
                front_end.settings.domain
            ),
            "Invite them by a share link, or ask for an account for them.",
        ),
        Some(_) | None => ApiError::not_found("person or share"),
    }
}

/// The person behind a URI to whom `by` wants to look at the path. Guests of a
/// link look at nobody, and nobody looks at a share.
async fn checked(front_end: &FrontEnd, by: &Account, uri: &str) -> Result<Account, ApiError> {
    let is_share = front_end
        .name_in(uri)
        .is_some_and(|name| name.starts_with("share."));
    if by.kind == AccountKind::Guest || is_share {
        return Err(ApiError::not_found("person"));
    }
    if !front_end.may_check(&by.name) {
        return Err(ApiError::too_many("checks"));
    }
    invited(front_end, by, uri).await
}

fn may_open(link: &ShareLink, by: &Account) -> bool {
    by.kind == AccountKind::Person || link.opened.iter().any(|opening| opening.by == by.name)
}

/// Gives one end of a session its access to the relay.
pub(super) async fn relay(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Named(id): Named<SessionId>,
) -> Result<Json<Value>, ApiError> {
    let record = own(&front_end, &visitor, &id).await?;
    let sides: Vec<Side> = record
        .parties
        .iter()
        .filter(|party| party.account == visitor.account.name)
        .map(|party| party.side)
        .collect();
    if matches!(record.state, SessionState::Ended | SessionState::Refused) {
        return Err(ApiError::not_found("running session"));
    }
    let side = *sides
        .first()
        .ok_or_else(|| ApiError::not_found("session"))?;
    let owner = &visitor.account.name;
    front_end.grant(&id, side, owner).await.map(Json)
}

/// Whether the relay heard the visitor's machine ask over UDP without a sign that
/// an answer came there. Nobody learns this of any other address.
pub(super) async fn relay_heard(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Named(id): Named<SessionId>,
    Extension(Remote(remote)): Extension<Remote>,
) -> Result<Json<Value>, ApiError> {
    own(&front_end, &visitor, &id).await?;
    let client = remote.ip().to_canonical();
    let requests = front_end.relay_heard(client).await?;
    Ok(Json(json!({"client": client, "requests": requests})))
}

/// A record that the visitor may see.
async fn own(
    front_end: &FrontEnd,
    visitor: &Visitor,
    id: &SessionId,
) -> Result<SessionRecord, ApiError> {
    let record = front_end.store.session(id).await?;
    let name = &visitor.account.name;
    record
        .filter(|record| {
            visitor.account.administrator
                || record.parties.iter().any(|party| party.account == *name)
        })
        .ok_or_else(|| ApiError::not_found("session"))
}

pub(super) async fn list(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Json<Vec<Value>>, ApiError> {
    let account = visitor.account;
    let query = SessionQuery {
        party: (!account.administrator).then_some(account.name),
        before: None,
        limit: PAGE,
    };
    let records = front_end.store.sessions(&query).await?;
    if !account.administrator {
        return Ok(Json(records.iter().map(shown).collect()));
    }
    let mut lines = Vec::with_capacity(records.len());
    for record in &records {
        lines.push(line(&front_end, record).await?);
    }
    Ok(Json(lines))
}

/// A record as an administrator's table shows it: with the last verdict and how
/// long the first picture took.
async fn line(front_end: &FrontEnd, record: &SessionRecord) -> Result<Value, ApiError> {
    let verdicts = front_end.store.verdicts(&record.id).await?;
    let newest = verdicts.iter().map(|one| one.at).max();
    let main = verdicts.iter().find(|one| Some(one.at) == newest);
    let of = |name: &str| main.and_then(|one| one.verdict.get(name)).cloned();
    let facts = front_end.store.facts(&record.id).await?.value;
    let picture = facts.iter().find_map(|fact| {
        let Observation::FirstFrame { after_ms } = &fact.observation else {
            return None;
        };
        (fact.observer == Observer::Viewer).then_some(*after_ms)
    });
    let line = with(shown(record), "code", json!(of("code")));
    let line = with(line, "confidence", json!(of("confidence")));
    Ok(with(line, "first_picture_ms", json!(picture)))
}

pub(super) async fn show(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Named(id): Named<SessionId>,
) -> Result<Json<Value>, ApiError> {
    let record = own(&front_end, &visitor, &id).await?;
    let verdicts = front_end.store.verdicts(&id).await?;
    let facts = front_end.store.facts(&id).await?.value;
    if visitor.account.administrator {
        let verdicts = verdicts.into_iter().map(|stored| stored.verdict).collect();
        let body = with(shown(&record), "verdicts", Value::Array(verdicts));
        return Ok(Json(with(body, "facts", json!(facts))));
    }
    let copies: Vec<Verdict> = hearer(&record, &visitor)
        .map(|hearer| {
            verdicts
                .into_iter()
                .filter_map(|stored| serde_json::from_value(stored.verdict).ok())
                .map(|verdict| copy_for(hearer, &verdict, &facts))
                .collect()
        })
        .unwrap_or_default();
    Ok(Json(with(shown(&record), "verdicts", json!(copies))))
}

/// As whom a party reads about its own session.
fn hearer(record: &SessionRecord, visitor: &Visitor) -> Option<Hearer> {
    let account = &visitor.account;
    let mut parties = record.parties.iter();
    let party = parties.find(|party| party.account == account.name)?;
    Some(Hearer {
        side: party.side,
        is_guest: account.kind == AccountKind::Guest,
    })
}

/// A record as JSON (docs/http-api.md).
#[must_use]
pub fn shown(record: &SessionRecord) -> Value {
    let parties: Vec<Value> = record
        .parties
        .iter()
        .map(|party| {
            json!({
                "side": party.side,
                "uri": party.uri,
                "display_name": party.display_name,
            })
        })
        .collect();
    json!({
        "id": record.id,
        "created_at": rfc3339(record.created),
        "ended_at": record.ended.map(rfc3339),
        "state": record.state.as_str(),
        "outcome": record.outcome,
        "path": record.path,
        "parties": parties,
    })
}
