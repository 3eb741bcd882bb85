//! Decides who makes an HTTP request: a browser by its cookie, a native
//! endpoint by its device secret. A request that changes something and comes
//! with a cookie must come from our own pages.

use crate::error::ApiError;
use crate::front_end::FrontEnd;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use base64::Engine;
use hopsight_kit::{Redacted, Token};
use hopsight_sip::digest::{Algorithm, ha1};
use hopsight_store::{Account, AccountKind, TokenHash};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The name of the cookie.
pub(crate) const COOKIE: &str = "hopsight_session";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) account: Account,
    /// The browser session; absent for a native endpoint.
    pub(crate) cookie: Option<TokenHash>,
}

impl Visitor {
    /// The visitor, if a person; guests may not do everything.
    pub(crate) fn person(self) -> Result<Account, ApiError> {
        match self.account.kind {
            AccountKind::Person => Ok(self.account),
            AccountKind::Guest => Err(ApiError::forbidden(
                "A guest may see the share of the link, nothing else.",
                "Ask the administrator for an account.",
            )),
        }
    }
}

impl Visitor {
    /// The visitor, if an administrator.
    pub(crate) fn administrator(self) -> Result<Account, ApiError> {
        if self.account.administrator {
            return Ok(self.account);
        }
        Err(ApiError::forbidden(
            "Only administrators see this.",
            "Ask an administrator of this server.",
        ))
    }
}

impl FromRequestParts<Arc<FrontEnd>> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        front_end: &Arc<FrontEnd>,
    ) -> Result<Self, ApiError> {
        recognise(front_end, &parts.method, &parts.headers)
            .await?
            .ok_or_else(ApiError::not_signed_in)
    }
}

/// The visitor of a request that serves strangers too.
pub(crate) struct MaybeVisitor(pub(crate) Option<Visitor>);

impl FromRequestParts<Arc<FrontEnd>> for MaybeVisitor {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        front_end: &Arc<FrontEnd>,
    ) -> Result<Self, ApiError> {
        recognise(front_end, &parts.method, &parts.headers)
            .await
            .map(Self)
    }
}

async fn recognise(
    front_end: &FrontEnd,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Visitor>, ApiError> {
    if let Some((name, secret)) = basic(headers) {
        return device(front_end, &name, &secret).await.map(Some);
    }
    let cookie = cookie(headers);
    let is_browser = cookie.is_some() || headers.contains_key(header::ORIGIN);
    if !method.is_safe() && is_browser && !is_from_our_pages(headers) {
        return Err(ApiError::forbidden(
            "This request did not come from the pages of this server.",
            "Open the page again from the address of this server.",
        ));
    }
    let Some(cookie) = cookie else {
        return Ok(None);
    };
    by_cookie(front_end, &cookie).await
}

async fn by_cookie(front_end: &FrontEnd, cookie: &Token) -> Result<Option<Visitor>, ApiError> {
    let now = front_end.clock.wall();
    let cookie = TokenHash::of(cookie);
    let Some(session) = front_end.store.web_session(&cookie, now).await? else {
        return Ok(None);
    };
    let account = front_end.store.account(&session.account).await?;
    Ok(account
        .filter(|account| account.is_usable(now))
        .map(|account| Visitor {
            account,
            cookie: Some(cookie),
        }))
}

async fn device(
    front_end: &FrontEnd,
    name: &str,
    secret: &Redacted<String>,
) -> Result<Visitor, ApiError> {
    let presented = device_key(name, &front_end.settings.domain, secret);
    let devices = front_end.store.devices(name).await?;
    let is_known = devices.iter().any(|device| {
        let kept = device.ha1_sha256.reveal().as_bytes();
        bool::from(kept.ct_eq(presented.reveal().as_bytes()))
    });
    let account = front_end.store.account(name).await?;
    account
        .filter(|account| is_known && account.is_usable(front_end.clock.wall()))
        .map(|account| Visitor {
            account,
            cookie: None,
        })
        .ok_or_else(|| {
            ApiError::new(
                axum::http::StatusCode::UNAUTHORIZED,
                "signin-refused",
                "This device secret is not valid for this name.",
                "Make a new one with `hopsight user add NAME --device`.",
            )
        })
}

/// The digest key of a device secret (RFC 7616, section 3.4.2, SHA-256).
#[must_use]
pub fn device_key(name: &str, realm: &str, secret: &Redacted<String>) -> Redacted<String> {
    ha1(name, realm, secret, Algorithm::Sha256)
}

/// The same for a device that knows nothing but MD5 (RFC 2617).
#[must_use]
pub fn legacy_device_key(name: &str, realm: &str, secret: &Redacted<String>) -> Redacted<String> {
    ha1(name, realm, secret, Algorithm::Md5)
}

fn basic(headers: &HeaderMap) -> Option<(String, Redacted<String>)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = value.strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some((name.to_owned(), Redacted::new(secret.to_owned())))
}

fn cookie(headers: &HeaderMap) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| Token::presented(token))
}

/// Whether the browser says that one of our pages made the request: its Origin
/// names the host that it was sent to.
pub(crate) fn is_from_our_pages(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.strip_prefix("https://"));
    origin.is_some() && origin == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_origin_that_is_the_host_is_ours() {
        let headers = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "desk.example:8443".parse().unwrap());
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            headers
        };

        assert!(is_from_our_pages(&headers("https://desk.example:8443")));
        assert!(!is_from_our_pages(&headers("https://evil.example")));
        assert!(!is_from_our_pages(&headers("null")));
        assert!(!is_from_our_pages(&HeaderMap::new()));
    }

    #[test]
    fn a_device_key_is_the_digest_key_of_rfc_7616() {
        let key = device_key(
            "Mufasa",
            "http-auth@example.org",
            &"Circle of Life".to_owned().into(),
        );

        assert_eq!(
            key.reveal(),
            "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"
        );
    }
}
