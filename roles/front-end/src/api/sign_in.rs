//! Sign-in with a password or a one-time link, sign-out, the ticket for the
//! WebSocket, and the own password.

use super::body::Body;
use crate::error::ApiError;
use crate::front_end::FrontEnd;
use crate::visitor::{COOKIE, Visitor};
use crate::{tickets, visitor};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hopsight_kit::{Redacted, Token};
use hopsight_net::Entropy;
use hopsight_store::{Account, AccountChange, AccountKind, SignInLinkUse, TokenHash, WebSession};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long a browser stays signed in.
const COOKIE_LIFE: Duration = Duration::from_secs(14 * 24 * 3600);

/// The shortest password that is accepted, in characters.
const SHORTEST_PASSWORD: usize = 12;

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum SignIn {
    Link {
        link: Redacted<String>,
    },
    Password {
        name: String,
        password: Redacted<String>,
    },
}

/// Somebody as they themselves are told.
#[derive(Debug, Serialize)]
pub(super) struct Me {
    name: String,
    display_name: String,
    uri: String,
    kind: &'static str,
    domain: String,
    administrator: bool,
    has_password: bool,
}

impl Me {
    pub(super) fn of(front_end: &FrontEnd, account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            display_name: account.display_name.clone(),
            uri: front_end.uri_of(&account.name),
            kind: match account.kind {
                AccountKind::Guest => "guest",
                AccountKind::Person => "person",
            },
            domain: front_end.settings.domain.clone(),
            administrator: account.administrator,
            has_password: account.password.is_some(),
        }
    }
}

pub(super) async fn sign_in(
    State(front_end): State<Arc<FrontEnd>>,
    headers: HeaderMap,
    Body(how): Body<SignIn>,
) -> Result<Response, ApiError> {
    if !visitor::is_from_our_pages(&headers) {
        return Err(ApiError::forbidden(
            "This sign-in did not come from the pages of this server.",
            "Open the page again from the address of this server.",
        ));
    }
    let account = match how {
        SignIn::Link { link } => by_link(&front_end, link.reveal()).await?,
        SignIn::Password { name, password } => by_password(&front_end, &name, password).await?,
    };
    let cookie = begin(&front_end, &account).await?;
    tracing::info!(account = account.name, "signed in");
    Ok((cookie, Json(Me::of(&front_end, &account))).into_response())
}

async fn by_password(
    front_end: &FrontEnd,
    name: &str,
    password: Redacted<String>,
) -> Result<Account, ApiError> {
    let account = front_end.store.account(name).await?;
    let stored = account
        .as_ref()
        .and_then(|account| account.password.clone());
    let is_right = front_end.passwords.is_right(stored, password).await;
    account
        .filter(|account| is_right && account.is_usable(front_end.clock.wall()))
        .ok_or_else(ApiError::sign_in_refused)
}

async fn by_link(front_end: &FrontEnd, link: &str) -> Result<Account, ApiError> {
    let now = front_end.clock.wall();
    let token = TokenHash::of(&Token::presented(link));
    let name = match front_end.store.use_sign_in_link(&token, now).await? {
        SignInLinkUse::Accepted { account } => account,
        SignInLinkUse::AlreadyUsed { .. } => return Err(link_is_over("was used already")),
        SignInLinkUse::Expired { .. } => return Err(link_is_over("has expired")),
        SignInLinkUse::Unknown => return Err(link_is_over("is not known here")),
    };
    let account = front_end.store.account(&name).await?;
    account
        .filter(|account| account.is_usable(now))
        .ok_or_else(ApiError::sign_in_refused)
}

fn link_is_over(how: &str) -> ApiError {
    ApiError::new(
        axum::http::StatusCode::GONE,
        "link-over",
        format!("This sign-in link {how}."),
        "Sign in with your password, or ask your administrator for a new link.",
    )
}

/// Keeps a browser session for `account` and gives its cookie.
pub(super) async fn begin(front_end: &FrontEnd, account: &Account) -> Result<HeaderMap, ApiError> {
    let token = Token::draw(&mut Entropy);
    let now = front_end.clock.wall();
    let life = match account.expires {
        Some(end) => end.since(now).min(COOKIE_LIFE),
        None => COOKIE_LIFE,
    };
    let session = WebSession {
        cookie: TokenHash::of(&token),
        account: account.name.clone(),
        created: now,
        expires: now + life,
    };
    front_end.store.add_web_session(&session).await?;
    Ok(set_cookie(token.reveal(), life))
}

fn set_cookie(value: &str, life: Duration) -> HeaderMap {
    let seconds = life.as_secs();
    let text =
        format!("{COOKIE}={value}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age={seconds}");
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(header::SET_COOKIE, value);
    }
    headers
}

pub(super) async fn sign_out(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Response, ApiError> {
    if let Some(cookie) = visitor.cookie {
        front_end.store.end_web_session(&cookie).await?;
    }
    Ok((set_cookie("", Duration::ZERO), Json(json!({}))).into_response())
}

pub(super) async fn me(State(front_end): State<Arc<FrontEnd>>, visitor: Visitor) -> Json<Me> {
    Json(Me::of(&front_end, &visitor.account))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    password: Redacted<String>,
}

pub(super) async fn set_password(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
    Body(new): Body<NewPassword>,
) -> Result<Json<Value>, ApiError> {
    if new.password.reveal().chars().count() < SHORTEST_PASSWORD {
        return Err(ApiError::wrong(
            "This password is shorter than 12 characters.",
            "Choose a longer one; several words are good.",
        ));
    }
    let Some(cookie) = visitor.cookie else {
        return Err(ApiError::forbidden(
            "A device secret cannot set a password.",
            "Sign in with a browser and set it there.",
        ));
    };
    let name = visitor.person()?.name;
    let hash = front_end.passwords.hash(new.password, Entropy).await;
    let hash = hash.ok_or_else(|| ApiError::unavailable("password check"))?;
    let change = AccountChange::Password(Some(hash));
    front_end.store.change_account(&name, &change).await?;
    front_end
        .store
        .end_web_sessions_of(&name, Some(&cookie))
        .await?;
    Ok(Json(json!({})))
}

pub(super) async fn ticket(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Json<Value> {
    let ticket = Token::draw(&mut Entropy);
    front_end
        .tickets()
        .give(&ticket, &visitor.account.name, front_end.clock.now());
    Json(json!({"ticket": ticket.reveal(), "expires_in_s": tickets::LIFE.as_secs()}))
}
