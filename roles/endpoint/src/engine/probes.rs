//! Carries out what the plan of a call wants to find out, and takes in what came
//! of it. Which probe comes when is decided by `hopsight_diagnosis`.

use super::{Engine, Input};
use crate::call::CallKey;
use hopsight_diagnosis::Probe;
use hopsight_evidence::{Claim, Observation};
use hopsight_kit::Moment;

impl Engine {
    /// Begins the probes of a call whose time has come.
    pub(super) fn probe(&mut self, key: CallKey, now: Moment) {
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let Some(path) = &call.path else {
            return;
        };
        for probe in call.plan.due(now) {
            let inbox = self.inbox_sender.clone();
            match probe {
                Probe::Route { destination } => drop(call.tasks.spawn(async move {
                    match hopsight_probe::route(destination).await {
                        // An engine that has ended needs no answer.
                        Ok(found) => drop(inbox.send(Input::Looked(key, found)).await),
                        Err(error) => tracing::debug!(%error, "a route was not told"),
                    }
                })),
                Probe::Connect { destination } => drop(call.tasks.spawn(async move {
                    let found = hopsight_probe::tcp_connect(destination).await;
                    drop(inbox.send(Input::Looked(key, found)).await);
                })),
                Probe::Trace {
                    local,
                    remote,
                    hop_limits,
                } => {
                    if let Err(error) = path.trace(local, remote, hop_limits) {
                        tracing::debug!(%error, "a trace was not begun");
                    }
                }
            }
        }
    }

    /// What came of a probe off the media socket.
    pub(super) fn looked(&mut self, key: CallKey, observation: Observation) {
        let at = self.clock.wall();
        if let Some(call) = self.running.calls.get_mut(&key) {
            call.reporter.looked_up(Claim { at, observation });
        }
    }
}
