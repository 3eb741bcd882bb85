//! Decides that a path which was told to stop sends nothing more: one flag,
//! looked at right before every datagram.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Shared by the handle, the session's task and its TURN clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    told: Notify,
}

impl Stop {
    /// Lets no datagram of the picture out from now on.
    pub(crate) fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.told.notify_waiters();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Returns once [`Stop::stop`] was called.
    pub(crate) async fn stopped(&self) {
        let mut told = std::pin::pin!(self.0.told.notified());
        told.as_mut().enable();
        if !self.is_stopped() {
            told.await;
        }
    }
}
