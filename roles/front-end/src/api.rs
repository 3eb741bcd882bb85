//! The HTTP API: which path does what. Each noun has a file of its own; forms
//! and errors stand in docs/http-api.md.

mod about;
mod body;
mod health;
mod links;
mod named;
mod networks;
mod people;
mod sessions;
mod sign_in;

pub(crate) use sessions::GUEST_MARK;
pub use sessions::shown as record_as_json;

use crate::front_end::FrontEnd;
use crate::{pages, websocket};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::{delete, get, post};
use serde_json::Value;
use std::sync::Arc;

/// More than so many bytes in a request are refused.
const LARGEST_BODY: usize = 64 * 1024;

/// All paths of the one port that speak HTTP.
pub(crate) fn router(front_end: Arc<FrontEnd>) -> Router {
    Router::new()
        .route("/readyz", get(about::ready))
        .route("/sip", get(websocket::open))
        .nest("/api/v1", api())
        .fallback(page)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(front_end)
}

fn api() -> Router<Arc<FrontEnd>> {
    Router::new()
        .route("/about", get(about::about))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/me", get(sign_in::me))
        .route("/password", post(sign_in::set_password))
        .route("/ticket", post(sign_in::ticket))
        .route("/people", get(people::list))
        .route("/people/events", get(people::events))
        .route("/links", get(links::list).post(links::make))
        .route("/links/open", post(links::open))
        .route("/links/{id}", delete(links::withdraw))
        .route("/health", get(health::show))
        .route("/networks", get(networks::list))
        .route("/sessions", get(sessions::list).post(sessions::make))
        .route("/sessions/{id}", get(sessions::show))
        .route("/sessions/{id}/relay", post(sessions::relay))
        .route("/sessions/{id}/relay/heard", get(sessions::relay_heard))
        .fallback(no_such_path)
}

async fn page(State(front_end): State<Arc<FrontEnd>>, uri: Uri) -> Response {
    pages::serve(front_end.settings.pages, &uri)
}

async fn no_such_path() -> crate::error::ApiError {
    crate::error::ApiError::not_found("path in this API")
}

/// A JSON object with one more field.
fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    object
}
