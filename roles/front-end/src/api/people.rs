//! Who is here: the list of people with their presence, once or as it changes.

use crate::error::ApiError;
use crate::front_end::FrontEnd;
use crate::visitor::Visitor;
use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use hopsight_store::AccountKind;
use serde::Serialize;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use tokio_stream::wrappers::WatchStream;

#[derive(Debug, Serialize)]
pub(super) struct Person {
    name: String,
    display_name: String,
    uri: String,
    online: bool,
}

pub(super) async fn list(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Json<Vec<Person>>, ApiError> {
    visitor.person()?;
    let online = front_end.signalling.online().borrow().clone();
    people(&front_end, &online).await.map(Json)
}

/// Sends the list at once and after each change of presence.
pub(super) async fn events(
    State(front_end): State<Arc<FrontEnd>>,
    visitor: Visitor,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    visitor.person()?;
    let stream = WatchStream::new(front_end.signalling.online()).filter_map(move |online| {
        let front_end = Arc::clone(&front_end);
        async move {
            let people = people(&front_end, &online).await.ok()?;
            Event::default()
                .event("people")
                .json_data(people)
                .ok()
                .map(Ok)
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

async fn people(front_end: &FrontEnd, online: &BTreeSet<String>) -> Result<Vec<Person>, ApiError> {
    let now = front_end.clock.wall();
    let accounts = front_end.store.accounts().await?;
    Ok(accounts
        .into_iter()
        .filter(|account| account.kind == AccountKind::Person && account.is_usable(now))
        .map(|account| {
            let uri = front_end.uri_of(&account.name);
            Person {
                online: online.contains(&uri),
                name: account.name,
                display_name: account.display_name,
                uri,
            }
        })
        .collect())
}
