//! Decides how the HTTP API says no: a status, a stable code, what is wrong and
//! what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hopsight_store::{StoreError, StoreErrorKind};
use serde::Serialize;

/// An answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: &'static str,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            remedy,
        }
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not-signed-in",
            "You are not signed in.",
            "Sign in, or open your sign-in link.",
        )
    }

    pub(crate) fn sign_in_refused() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "signin-refused",
            "This name and password do not belong together.",
            "Check both; your administrator can make a new sign-in link.",
        )
    }

    pub(crate) fn wrong(message: impl Into<String>, remedy: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", message, remedy)
    }

    pub(crate) fn forbidden(message: impl Into<String>, remedy: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-permitted", message, remedy)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            format!("There is no such {what}."),
            "Check the name; it may have been removed meanwhile.",
        )
    }

    pub(crate) fn too_many(what: &str) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            format!("There were too many {what} within a minute."),
            "Wait a minute, then ask again.",
        )
    }

    /// A part of this server that does not answer.
    pub(crate) fn unavailable(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            format!("The {what} of this server does not answer."),
            "Try again in a moment; if it lasts, tell your administrator.",
        )
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let status = match error.kind {
            StoreErrorKind::Conflict => StatusCode::CONFLICT,
            StoreErrorKind::NotFound => StatusCode::NOT_FOUND,
            StoreErrorKind::Full => StatusCode::INSUFFICIENT_STORAGE,
            StoreErrorKind::Busy
            | StoreErrorKind::Corrupt
            | StoreErrorKind::Invalid
            | StoreErrorKind::Newer
            | StoreErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        if status.is_server_error() {
            tracing::error!(%error, kind = ?error.kind, "the store refused");
        }
        Self::new(
            status,
            "not-kept",
            format!("The server could not {}.", error.tried),
            error.remedy(),
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: Inner<'a>,
        }
        #[derive(Serialize)]
        struct Inner<'a> {
            code: &'a str,
            message: &'a str,
            remedy: &'a str,
        }
        let body = Body {
            error: Inner {
                code: self.code,
                message: &self.message,
                remedy: self.remedy,
            },
        };
        (self.status, Json(body)).into_response()
    }
}
