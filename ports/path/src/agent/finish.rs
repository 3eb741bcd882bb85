//! Decides how a path ends: nothing of the picture leaves any more, the relays
//! get their addresses back, the endpoint is told last.

use super::{Agent, Incoming};
use crate::output::PathOutput;
use crate::relay_client::Report;
use std::time::Duration;
use tokio::time::timeout;

/// A relay that does not confirm is not waited for.
const FAREWELL: Duration = Duration::from_millis(600);

impl Agent {
    pub(super) async fn finish(&mut self) {
        self.stop.stop();
        self.rtc.disconnect();
        // A relay that keeps silent loses the allocation by its own clock.
        drop(timeout(FAREWELL, self.release_relays()).await);
        for relay in &self.relays {
            relay.client.task.abort();
        }
        let reason = self.over.clone().unwrap_or_default();
        self.outbox.put(PathOutput::Closed { reason });
        drop(timeout(FAREWELL, self.empty_outbox()).await);
    }

    /// Carries the relays' answers to their clients until all have ended.
    async fn release_relays(&mut self) {
        while !self.relays.iter().all(|relay| relay.ended) {
            let Some(incoming) = self.incoming.recv().await else {
                return;
            };
            match incoming {
                Incoming::Relay {
                    report: Report::Data(..),
                    ..
                } => {}
                Incoming::Socket { .. } | Incoming::Relay { .. } => self.arrived(incoming),
            }
        }
    }

    async fn empty_outbox(&mut self) {
        while self.outbox.is_waiting() {
            let sender = self.outbox.sender();
            if !crate::outbox::Outbox::room(sender).await {
                return;
            }
            self.outbox.flush();
        }
    }
}
