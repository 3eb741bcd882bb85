//! How sessions between pairs of networks run, for administrators.

use crate::error::ApiError;
use crate::front_end::{FrontEnd, rfc3339};
use crate::visitor::Visitor;
use axum::Json;
use axum::extract::State;
use hopsight_store::NetworkPair;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn list(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Json<Value>, ApiError> {
    visitor.administrator()?;
    let pairs = front_end.store.network_pairs().await?;
    let pairs: Vec<Value> = pairs.iter().map(shown).collect();
    Ok(Json(json!({ "pairs": pairs })))
}

fn shown(pair: &NetworkPair) -> Value {
    json!({
        "sharer": pair.sharer,
        "viewer": pair.viewer,
        "state": pair.state.as_str(),
        "since": rfc3339(pair.since),
        "code": pair.code,
        "confidence": pair.confidence,
        "session": pair.session,
    })
}
