//! The ways in: one connection that speaks HTTP, one that speaks SIP.

use crate::front_end::FrontEnd;
use crate::{api, signalling, websocket};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// A client that takes longer to say what it wants is let go.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

impl FrontEnd {
    /// Serves one connection that speaks HTTP, until it ends.
    pub async fn serve_http<S>(self: Arc<Self>, stream: S, remote: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = api::router(self);
        let service = hyper_util::service::TowerToHyperService::new(
            router.layer(axum::Extension(websocket::Remote(remote))),
        );
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(hyper_util::rt::TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
            .with_upgrades();
        if let Err(error) = connection.await {
            tracing::debug!(%remote, %error, "an HTTP connection ended early");
        }
    }

    /// Serves one connection that speaks SIP over TLS, until it ends.
    pub async fn serve_sip<S>(self: Arc<Self>, stream: S, remote: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        signalling::serve_stream(&self.signalling, stream, remote).await;
    }
}
