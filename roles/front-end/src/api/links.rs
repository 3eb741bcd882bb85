//! Share links: made by the sharer, opened by whoever holds them, withdrawn.

use super::body::Body;
use super::named::Named;
use super::sign_in::{Me, begin};
use super::with;
use crate::error::ApiError;
use crate::front_end::{FrontEnd, rfc3339};
use crate::visitor::{MaybeVisitor, Visitor, device_key};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hopsight_kit::{Random, Redacted, Timestamp, Token};
use hopsight_net::Entropy;
use hopsight_store::{Account, AccountKind, Device, Opening, ShareLink, ShareLinkState, TokenHash};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The longest life of a share link, in seconds.
const LONGEST_LIFE: u64 = 30 * 24 * 3600;

/// How long a guest's account lives.
const GUEST_LIFE: Duration = Duration::from_secs(12 * 3600);

/// The longest name that a guest may take, in characters.
const LONGEST_NAME: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLink {
    #[serde(default = "one_day")]
    expires_in_s: u64,
}

const fn one_day() -> u64 {
    24 * 3600
}

pub(super) async fn make(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Body(new): Body<NewLink>,
) -> Result<Json<Value>, ApiError> {
    let owner = visitor.person()?.name;
    let token = Token::draw(&mut Entropy);
    let now = front_end.clock.wall();
    let life = Duration::from_secs(new.expires_in_s.clamp(60, LONGEST_LIFE));
    let link = ShareLink {
        id: short_name(&mut Entropy),
        token: TokenHash::of(&token),
        owner,
        created: now,
        expires: now + life,
        withdrawn: None,
        opened: Vec::new(),
    };
    front_end.store.add_share_link(&link).await?;
    let url = front_end.share_url(&token).into();
    Ok(Json(with(shown(&front_end, &link), "url", url)))
}

pub(super) async fn list(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Json<Vec<Value>>, ApiError> {
    let owner = visitor.person()?.name;
    let now = front_end.clock.wall();
    let links = front_end.store.share_links_of(&owner).await?;
    Ok(Json(
        links
            .iter()
            .filter(|link| link.state(now) == ShareLinkState::Open)
            .map(|link| shown(&front_end, link))
            .collect(),
    ))
}

pub(super) async fn withdraw(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Named(id): Named<String>,
) -> Result<Json<Value>, ApiError> {
    let owner = visitor.person()?.name;
    let now = front_end.clock.wall();
    front_end
        .store
        .withdraw_share_link(&id, &owner, now)
        .await?;
    front_end.signalling.bar(front_end.share_uri(&id)).await;
    Ok(Json(json!({})))
}

fn shown(front_end: &FrontEnd, link: &ShareLink) -> Value {
    let opened: Vec<&str> = link
        .opened
        .iter()
        .map(|opening| opening.display_name.as_str())
        .collect();
    json!({
        "id": link.id,
        "uri": front_end.share_uri(&link.id),
        "created_at": rfc3339(link.created),
        "expires_at": rfc3339(link.expires),
        "opened": opened,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenLink {
    token: Redacted<String>,
    name: Option<String>,
    #[serde(default)]
    device: bool,
}

/// Opens a share link: whoever is signed in stays who they are, everybody else
/// becomes a named guest.
pub(super) async fn open(
    State(front_end): State<Arc<FrontEnd>>,
    MaybeVisitor(visitor): MaybeVisitor,
    Body(wanted): Body<OpenLink>,
) -> Result<Response, ApiError> {
    let now = front_end.clock.wall();
    let link = open_link(&front_end, wanted.token.reveal(), now).await?;
    let owner = front_end.store.account(&link.owner).await?;
    let owner = owner.filter(|owner| owner.is_usable(now));
    let by = owner
        .ok_or_else(|| ApiError::not_found("share"))?
        .display_name;
    let known = visitor.map(|visitor| visitor.account);
    let is_new = known.is_none();
    let account = match known {
        Some(account) => account,
        None => new_guest(&front_end, wanted.name.as_deref(), &link, now).await?,
    };
    let opening = Opening {
        by: account.name.clone(),
        display_name: account.display_name.clone(),
        at: now,
    };
    front_end.store.note_opening(&link.id, &opening).await?;
    let body = json!({
        "uri": front_end.share_uri(&link.id),
        "by": by,
        "me": Me::of(&front_end, &account),
    });
    if wanted.device && is_new {
        let device = new_device(&front_end, &account, now).await?;
        return Ok(Json(with(body, "device", device)).into_response());
    }
    if !is_new {
        return Ok(Json(body).into_response());
    }
    let cookie = begin(&front_end, &account).await?;
    Ok((cookie, Json(body)).into_response())
}

async fn open_link(
    front_end: &FrontEnd,
    token: &str,
    now: Timestamp,
) -> Result<ShareLink, ApiError> {
    let token = TokenHash::of(&Token::presented(token));
    let link = front_end.store.share_link_by_token(&token).await?;
    let link = link.ok_or_else(|| link_is_over("is not known here"))?;
    match link.state(now) {
        ShareLinkState::Open => Ok(link),
        ShareLinkState::Expired => Err(link_is_over("has expired")),
        ShareLinkState::Withdrawn => Err(link_is_over("was withdrawn by whoever made it")),
    }
}

fn link_is_over(how: &str) -> ApiError {
    ApiError::new(
        StatusCode::GONE,
        "link-over",
        format!("This share link {how}."),
        "Ask whoever sent it for a new one.",
    )
}

async fn new_guest(
    front_end: &FrontEnd,
    name: Option<&str>,
    link: &ShareLink,
    now: Timestamp,
) -> Result<Account, ApiError> {
    let account = Account {
        name: format!("guest.{}", short_name(&mut Entropy)),
        display_name: guest_name(name),
        kind: AccountKind::Guest,
        administrator: false,
        enabled: true,
        password: None,
        created: now,
        expires: Some((now + GUEST_LIFE).min(link.expires)),
    };
    front_end.store.add_account(&account).await?;
    Ok(account)
}

/// What a guest calls themselves, without anything that could pass for markup,
/// a SIP header or somebody verified.
fn guest_name(wanted: Option<&str>) -> String {
    let kept: String = wanted
        .unwrap_or_default()
        .chars()
        .filter(|character| character.is_alphanumeric() || " .'-".contains(*character))
        .take(LONGEST_NAME)
        .collect();
    let kept = kept.trim();
    if kept.is_empty() {
        "Guest".to_owned()
    } else {
        kept.to_owned()
    }
}

async fn new_device(
    front_end: &FrontEnd,
    account: &Account,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let secret = Redacted::new(Token::draw(&mut Entropy).reveal().to_owned());
    let device = Device {
        id: short_name(&mut Entropy),
        account: account.name.clone(),
        ha1_sha256: device_key(&account.name, &front_end.settings.domain, &secret),
        ha1_md5: None,
        created: now,
    };
    front_end.store.add_device(&device).await?;
    Ok(json!({"name": account.name, "secret": secret.reveal()}))
}

/// Sixteen characters that name something openly.
fn short_name(random: &mut dyn Random) -> String {
    Token::draw(random).reveal().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_name_loses_everything_that_is_not_a_name() {
        assert_eq!(
            guest_name(Some("  Zoë <script>\r\nVia: x ")),
            "Zoë scriptVia x"
        );
        assert_eq!(guest_name(Some("\"<>\"")), "Guest");
        assert_eq!(guest_name(None), "Guest");
    }
}
