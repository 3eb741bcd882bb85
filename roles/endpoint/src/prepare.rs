//! Prepares this end of a session: the session's name, the relay's grant, the
//! path, the SDP. Nothing here leaves before whoever asked for it was allowed
//! to.

use crate::engine::answer_to;
use crate::error::EndpointError;
use crate::server::{Account, Server};
use hopsight_evidence::{Observation, Side, SignallingRequest};
use hopsight_kit::SessionId;
use hopsight_net::HttpError;
use hopsight_net::tls::ClientConfig;
use hopsight_path::{Media, PathHandle, PathOutput, PathSettings, RelayAccess};
use hopsight_sip::server::SessionPurpose;
use std::sync::Arc;
use tokio::sync::mpsc;

/// With what sessions are prepared.
#[derive(Clone, Debug)]
pub(crate) struct Workshop {
    pub(crate) server: Server,
    pub(crate) account: Account,
    /// Whom to trust for `turns:`.
    pub(crate) relay_tls: Arc<ClientConfig>,
}

/// A prepared end.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) session: SessionId,
    pub(crate) path: PathHandle,
    pub(crate) outputs: mpsc::Receiver<PathOutput>,
    pub(crate) sdp: String,
    /// What the server said when it was asked for a relay.
    pub(crate) relay: Option<Observation>,
}

impl Workshop {
    /// The inviting end: a new session with `with`, and an offer.
    pub(crate) async fn offer(
        &self,
        with: &str,
        role: Side,
        purpose: SessionPurpose,
    ) -> Result<Prepared, EndpointError> {
        let made = self.server.make_session(&self.account, with, role, purpose);
        let session = made.await?;
        let (path, outputs, relay) = self.open(&session, role, purpose).await?;
        let sdp = path.offer().await?;
        Ok(Prepared {
            session,
            path,
            outputs,
            sdp,
            relay,
        })
    }

    /// The invited end: an answer to `offer`.
    pub(crate) async fn answer(
        &self,
        session: SessionId,
        offer: &str,
        role: Side,
        purpose: SessionPurpose,
    ) -> Result<Prepared, EndpointError> {
        let (path, outputs, relay) = self.open(&session, role, purpose).await?;
        let sdp = path.answer(offer).await?;
        Ok(Prepared {
            session,
            path,
            outputs,
            sdp,
            relay,
        })
    }

    async fn open(
        &self,
        session: &SessionId,
        role: Side,
        purpose: SessionPurpose,
    ) -> Result<Opened, EndpointError> {
        let (relay, answer) = self.relay(session).await;
        let settings = PathSettings {
            session: session.clone(),
            media: match (purpose, role) {
                (SessionPurpose::Check, Side::Sharer | Side::Viewer) => Media::Nothing,
                (SessionPurpose::Share, Side::Sharer) => Media::Send,
                (SessionPurpose::Share, Side::Viewer) => Media::Receive,
            },
            relay,
            interfaces: None,
        };
        let (path, outputs) = hopsight_path::open(settings).await?;
        Ok((path, outputs, answer))
    }

    /// A session that gets no relay may still find a direct path. What the
    /// server said is told either way, if it said something.
    async fn relay(&self, session: &SessionId) -> (Option<RelayAccess>, Option<Observation>) {
        let request = SignallingRequest::Relay;
        match self.server.relay(&self.account, session).await {
            Ok(grant) => {
                let access = RelayAccess {
                    urls: grant.urls,
                    username: grant.username,
                    password: grant.password,
                    tls: Arc::clone(&self.relay_tls),
                };
                (Some(access), Some(answer_to(request, 200, "OK")))
            }
            Err(error) => {
                tracing::warn!(%session, %error, "going on without the relay");
                let answer = match &error {
                    HttpError::Refused { status, code, .. } => {
                        Some(answer_to(request, *status, code))
                    }
                    HttpError::Broken { .. }
                    | HttpError::Connect(_)
                    | HttpError::NotUnderstood { .. }
                    | HttpError::Silent { .. } => None,
                };
                (None, answer)
            }
        }
    }
}

type Opened = (PathHandle, mpsc::Receiver<PathOutput>, Option<Observation>);
