//! The way out: a bounded queue and the task that empties it.

use super::SipConnectionSettings;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

const CLOSING: Duration = Duration::from_secs(5);

/// Takes whole SIP messages that are to be sent. Clones send on the same
/// connection; when the last is gone, what waits is sent and the connection
/// ends.
#[derive(Clone, Debug)]
pub struct SipSender {
    queue: mpsc::Sender<Vec<u8>>,
    close: Arc<Notify>,
    remote: SocketAddr,
}

/// A message that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The connection has ended.
    #[error("could not send to {remote}: the connection has ended")]
    Closed {
        /// To whom.
        remote: SocketAddr,
    },
    /// The other end takes messages more slowly than they come.
    #[error("could not send to {remote}: too many messages wait for it")]
    Full {
        /// To whom.
        remote: SocketAddr,
    },
}

impl SendError {
    /// Whether the same call can succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Closed { .. } => false,
            Self::Full { .. } => true,
        }
    }
}

impl SipSender {
    /// Puts a message into the queue. Never waits.
    ///
    /// # Errors
    /// When the connection has ended or too many messages wait.
    pub fn send(&self, message: Vec<u8>) -> Result<(), SendError> {
        let remote = self.remote;
        self.queue.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Closed(_) => SendError::Closed { remote },
            mpsc::error::TrySendError::Full(_) => SendError::Full { remote },
        })
    }

    /// Ends the connection after what waits is sent. The receiver then gives
    /// nothing more.
    pub fn close(&self) {
        self.close.notify_one();
    }

    /// The address of the other end.
    #[must_use]
    pub const fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// A sender that does not keep the connection open.
    pub(super) fn downgrade(&self) -> mpsc::WeakSender<Vec<u8>> {
        self.queue.downgrade()
    }
}

/// How the way out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Closed,
    Failed(io::ErrorKind),
    Slow { waited: Duration },
}

pub(super) fn start(
    stream: impl AsyncWrite + Send + Unpin + 'static,
    settings: SipConnectionSettings,
    remote: SocketAddr,
) -> (SipSender, watch::Receiver<Option<Ending>>) {
    let (queue, waiting) = mpsc::channel(settings.queue.max(1));
    let (ended, ending) = watch::channel(None);
    let close = Arc::new(Notify::new());
    let sender = SipSender {
        queue,
        close: Arc::clone(&close),
        remote,
    };
    tokio::spawn(async move {
        let mut stream = stream;
        let ending = run(&mut stream, waiting, &close, &ended, settings.write).await;
        // The other end may be gone already, or never take it.
        let _gone = timeout(CLOSING, stream.shutdown()).await;
        ended.send_replace(Some(ending));
    });
    (sender, ending)
}

async fn run(
    stream: &mut (impl AsyncWrite + Unpin),
    mut waiting: mpsc::Receiver<Vec<u8>>,
    close: &Notify,
    ended: &watch::Sender<Option<Ending>>,
    limit: Duration,
) -> Ending {
    loop {
        let message = tokio::select! {
            biased;
            () = close.notified() => {
                waiting.close();
                continue;
            }
            // The receiving half is gone: nobody would learn of an answer.
            () = ended.closed() => return Ending::Closed,
            message = waiting.recv() => message,
        };
        let Some(message) = message else {
            return Ending::Closed;
        };
        match timeout(limit, write(stream, &message)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Ending::Failed(error.kind()),
            Err(_elapsed) => return Ending::Slow { waited: limit },
        }
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    stream.write_all(message).await?;
    stream.flush().await
}
