//! What a client must know before it signs in, and whether the server can work.

use crate::error::ApiError;
use crate::front_end::FrontEnd;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn about(State(front_end): State<Arc<FrontEnd>>) -> Json<Value> {
    Json(json!({
        "product": "hopsight",
        "version": env!("CARGO_PKG_VERSION"),
        "domain": front_end.settings.domain,
        "ca": front_end.settings.authority.to_string(),
        "relay": front_end.settings.relay.is_some(),
    }))
}

pub(super) async fn ready(State(front_end): State<Arc<FrontEnd>>) -> Result<Json<Value>, ApiError> {
    front_end.store.ready().await?;
    if !front_end.signalling.is_running() {
        return Err(ApiError::unavailable("signalling"));
    }
    if (front_end.relay.as_ref()).is_some_and(|relay| !relay.is_running()) {
        return Err(ApiError::unavailable("relay"));
    }
    Ok(Json(json!({"ready": true})))
}
