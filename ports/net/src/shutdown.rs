//! Decides how everything that runs learns that it is to stop.

use tokio::sync::watch;

/// Asks everything that holds the belonging [`Shutdown`] to stop, when told to
/// or when dropped.
#[derive(Debug)]
pub struct Stopper {
    sender: watch::Sender<bool>,
}

/// Knows whether a stop was asked for.
#[derive(Clone, Debug)]
pub struct Shutdown {
    receiver: watch::Receiver<bool>,
}

impl Stopper {
    /// A stopper and what it stops.
    #[must_use]
    pub fn new() -> (Self, Shutdown) {
        let (sender, receiver) = watch::channel(false);
        (Self { sender }, Shutdown { receiver })
    }

    /// Asks for the stop.
    pub fn stop(&self) {
        self.sender.send_replace(true);
    }

    /// Waits until nothing holds the [`Shutdown`] any more: all have stopped.
    pub async fn stopped(&self) {
        self.sender.closed().await;
    }
}

impl Shutdown {
    /// Waits until a stop is asked for.
    pub async fn requested(&mut self) {
        // An error means that the stopper is gone, which asks for the same.
        let _gone = self.receiver.wait_for(|stop| *stop).await;
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.receiver.borrow() || self.receiver.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stop_reaches_every_holder_and_the_stopper_knows_when_all_are_gone() {
        let (stopper, shutdown) = Stopper::new();
        let holders: Vec<_> = (0..3)
            .map(|_| {
                let mut shutdown = shutdown.clone();
                tokio::spawn(async move { shutdown.requested().await })
            })
            .collect();
        assert!(!shutdown.is_requested());
        drop(shutdown);

        stopper.stop();
        stopper.stopped().await;

        for holder in holders {
            holder.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_dropped_stopper_stops_too() {
        let (stopper, mut shutdown) = Stopper::new();
        drop(stopper);

        shutdown.requested().await;

        assert!(shutdown.is_requested());
    }
}
