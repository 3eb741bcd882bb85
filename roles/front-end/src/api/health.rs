//! What the deployment's look at itself showed, for administrators.

use crate::error::ApiError;
use crate::front_end::{FrontEnd, rfc3339};
use crate::self_test::SelfTest;
use crate::visitor::Visitor;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn show(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Json<Value>, ApiError> {
    visitor.administrator()?;
    let health = front_end.health.borrow().clone();
    let tests: Vec<Value> = health.tests.iter().map(shown).collect();
    Ok(Json(json!({
        "checked_at": health.checked_at.map(rfc3339),
        "tests": tests,
    })))
}

fn shown(test: &SelfTest) -> Value {
    json!({
        "name": test.name,
        "ok": test.ok,
        "says": test.says,
        "remedy": test.remedy,
        "code": test.code,
    })
}
