//! SIP over WebSocket (RFC 7118): a ticket opens it, one message is one frame.

use crate::error::ApiError;
use crate::front_end::FrontEnd;
use crate::signalling::identity_of;
use crate::visitor::is_from_our_pages;
use axum::Extension;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hopsight_kit::{Redacted, Token};
use hopsight_sip::server::Identity;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The largest SIP message, in bytes.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// A silent socket is asked this often whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote(pub(crate) SocketAddr);

#[derive(Debug, Deserialize)]
pub(crate) struct Presented {
    ticket: Redacted<String>,
}

pub(crate) async fn open(
    State(front_end): State<Arc<FrontEnd>>,
    Extension(Remote(remote)): Extension<Remote>,
    headers: HeaderMap,
    Query(presented): Query<Presented>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if !is_from_our_pages(&headers) {
        return Err(ApiError::forbidden(
            "This WebSocket was not opened by the pages of this server.",
            "Open the page again from the address of this server.",
        ));
    }
    let ticket = Token::presented(presented.ticket.reveal());
    let name = front_end.tickets().take(&ticket, front_end.clock.now());
    let name = name.ok_or_else(ticket_is_over)?;
    let now = front_end.clock.wall();
    let account = front_end.store.account(&name).await?;
    let account = account
        .filter(|account| account.is_usable(now))
        .ok_or_else(ticket_is_over)?;
    let identity = identity_of(&account, &front_end.settings.domain);
    Ok(upgrade
        .protocols(["sip"])
        .max_message_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| carry(front_end, socket, remote, identity)))
}

fn ticket_is_over() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "ticket-over",
        "This ticket was used already or is older than 30 seconds.",
        "Ask for a new ticket before every connect.",
    )
}

async fn carry(
    front_end: Arc<FrontEnd>,
    mut socket: WebSocket,
    remote: SocketAddr,
    identity: Identity,
) {
    let Some(mut flow) = front_end.signalling.open(remote, Some(identity)).await else {
        return;
    };
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        let step = tokio::select! {
            incoming = socket.recv() => Step::Incoming(incoming.and_then(Result::ok)),
            outgoing = flow.outgoing() => Step::Outgoing(outgoing),
            _ = ping.tick() => Step::Ping,
        };
        let goes_on = match step {
            Step::Incoming(Some(Message::Text(text))) => {
                flow.received(text.as_bytes().to_vec()).await
            }
            Step::Incoming(Some(Message::Binary(bytes))) => flow.received(bytes.to_vec()).await,
            Step::Incoming(Some(Message::Ping(_) | Message::Pong(_))) => true,
            Step::Incoming(Some(Message::Close(_)) | None) | Step::Outgoing(None) => false,
            Step::Outgoing(Some(bytes)) => socket.send(frame(bytes)).await.is_ok(),
            Step::Ping => socket.send(Message::Ping(Vec::new().into())).await.is_ok(),
        };
        if !goes_on {
            return;
        }
    }
}

enum Step {
    Incoming(Option<Message>),
    Outgoing(Option<Vec<u8>>),
    Ping,
}

/// Text when it is text: browsers' SIP stacks read no binary frames.
fn frame(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::Text(text.into()),
        Err(error) => Message::Binary(error.into_bytes().into()),
    }
}
