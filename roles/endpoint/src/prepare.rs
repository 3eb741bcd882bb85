//! Prepares this end of a session: the session's name, the relay's grant, the
//! path, the SDP. Nothing here leaves before whoever asked for it was allowed
//! to.

use crate::error::EndpointError;
use crate::server::{Account, Server};
use hopsight_evidence::Side;
use hopsight_kit::SessionId;
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
        let (path, outputs) = self.open(&session, role, purpose).await?;
        let sdp = path.offer().await?;
        Ok(Prepared {
            session,
            path,
            outputs,
            sdp,
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
        let (path, outputs) = self.open(&session, role, purpose).await?;
        let sdp = path.answer(offer).await?;
        Ok(Prepared {
            session,
            path,
            outputs,
            sdp,
        })
    }

    async fn open(
        &self,
        session: &SessionId,
        role: Side,
        purpose: SessionPurpose,
    ) -> Result<(PathHandle, mpsc::Receiver<PathOutput>), EndpointError> {
        let settings = PathSettings {
            session: session.clone(),
            media: match (purpose, role) {
                (SessionPurpose::Check, Side::Sharer | Side::Viewer) => Media::Nothing,
                (SessionPurpose::Share, Side::Sharer) => Media::Send,
                (SessionPurpose::Share, Side::Viewer) => Media::Receive,
            },
            relay: self.relay(session).await,
            interfaces: None,
        };
        Ok(hopsight_path::open(settings).await?)
    }

    /// A session that gets no relay may still find a direct path.
    async fn relay(&self, session: &SessionId) -> Option<RelayAccess> {
        match self.server.relay(&self.account, session).await {
            Ok(grant) => Some(RelayAccess {
                urls: grant.urls,
                username: grant.username,
                password: grant.password,
                tls: Arc::clone(&self.relay_tls),
            }),
            Err(error) => {
                tracing::warn!(%session, %error, "going on without the relay");
                None
            }
        }
    }
}
