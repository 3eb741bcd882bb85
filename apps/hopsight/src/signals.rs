//! Waits until somebody wants this program to end: Ctrl-C or SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

/// Returns at the first request.
pub(crate) async fn stop_requested() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tracing::warn!("cannot wait for SIGTERM; only Ctrl-C stops this in order");
        let _either_way = interrupted.await;
        return;
    };
    tokio::select! {
        _either_way = interrupted => {}
        _either_way = terminate.recv() => {}
    }
}
