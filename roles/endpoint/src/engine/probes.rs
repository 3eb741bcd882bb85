//! Carries out what the plan of a call wants to find out, and takes in what came
//! of it. Which probe comes when is decided by `hopsight_diagnosis`.

use super::{Engine, Input};
use crate::call::CallKey;
use hopsight_diagnosis::Probe;
use hopsight_evidence::{Claim, Observation, PathEvent, TcpOutcome};
use hopsight_kit::Moment;
use hopsight_path::SendError;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

impl Engine {
    /// Begins the probes of a call whose time has come.
    pub(super) fn probe(&mut self, key: CallKey, now: Moment) {
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let Some(path) = &call.path else {
            return;
        };
        let path = Arc::clone(path);
        let due = call.plan.due(now);
        for probe in due {
            match probe {
                Probe::Route { destination } => self.look_up(key, destination),
                Probe::Connect { destination } => self.connect(key, destination),
                Probe::Trace {
                    local,
                    remote,
                    hop_limits,
                } => begun(path.trace(local, remote, &hop_limits)),
                Probe::OtherPort { local, remote } => {
                    begun(path.try_other_port(local, remote));
                }
                Probe::RelayTrace { server, hop_limits } => {
                    begun(path.trace_relay(server, &hop_limits));
                }
                Probe::TcpTrace {
                    destination,
                    highest,
                } => self.follow(key, destination, highest),
                Probe::SizedTrace {
                    local,
                    remote,
                    hop_limits,
                    size,
                } => begun(path.trace_with_size(local, remote, &hop_limits, size)),
                Probe::Sizes {
                    local,
                    remote,
                    sizes,
                } => begun(path.send_sizes(local, remote, &sizes)),
                Probe::Run {
                    local,
                    remote,
                    pace,
                    count,
                } => begun(path.send_run(local, remote, pace, count)),
            }
        }
    }

    /// Asks which addresses this machine has.
    pub(super) fn look_around(&mut self, key: CallKey) {
        let inbox = self.inbox_sender.clone();
        self.spawn(key, async move {
            match hopsight_probe::interfaces().await {
                Ok(found) => {
                    for one in found {
                        // An engine that has ended needs no answer.
                        drop(inbox.send(Input::Looked(key, one)).await);
                    }
                }
                Err(error) => tracing::debug!(%error, "this machine's addresses were not told"),
            }
        });
    }

    fn look_up(&mut self, key: CallKey, destination: IpAddr) {
        let inbox = self.inbox_sender.clone();
        self.spawn(key, async move {
            match hopsight_probe::route(destination).await {
                // An engine that has ended needs no answer.
                Ok(found) => drop(inbox.send(Input::Looked(key, found)).await),
                Err(error) => tracing::debug!(%error, "a route was not told"),
            }
        });
    }

    fn connect(&mut self, key: CallKey, destination: SocketAddr) {
        self.tried(key, destination);
        let inbox = self.inbox_sender.clone();
        self.spawn(key, async move {
            let early = inbox.clone();
            let so_far = move |found| {
                // An engine that is behind learns it from the result.
                drop(early.try_send(Input::Looked(key, found)));
            };
            let found = hopsight_probe::tcp_connect(destination, so_far).await;
            // An engine that has ended needs no answer.
            drop(inbox.send(Input::Looked(key, found)).await);
        });
    }

    fn follow(&mut self, key: CallKey, destination: SocketAddr, highest: u8) {
        for _ in 0..highest {
            self.tried(key, destination);
        }
        let inbox = self.inbox_sender.clone();
        self.spawn(key, async move {
            let found = hopsight_probe::tcp_hops(destination, highest).await;
            // An engine that has ended needs no answer.
            drop(inbox.send(Input::Looked(key, found)).await);
        });
    }

    /// A packet that asks for a TCP connection left.
    fn tried(&mut self, key: CallKey, destination: SocketAddr) {
        let (now, wall) = (self.clock.now(), self.clock.wall());
        if let Some(call) = self.running.calls.get_mut(&key) {
            let event = PathEvent::Tried { destination };
            call.reporter.record(wall, event, now);
        }
    }

    fn spawn(&mut self, key: CallKey, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(call) = self.running.calls.get_mut(&key) {
            call.tasks.spawn(task);
        }
    }

    /// What came of a probe off the media socket.
    pub(super) fn looked(&mut self, key: CallKey, observation: Observation) {
        if let Observation::TcpConnect {
            destination,
            outcome: TcpOutcome::Accepted | TcpOutcome::Refused,
            ..
        } = &observation
            && let Some(call) = self.running.calls.get_mut(&key)
        {
            call.plan.connected(*destination);
        }
        if let Observation::TcpConnect {
            destination,
            after_ms: REPEATED..,
            ..
        } = &observation
        {
            self.tried(key, *destination);
        }
        self.observed(key, observation);
    }

    /// Something that this end knows and that is no event of the path.
    pub(super) fn observed(&mut self, key: CallKey, observation: Observation) {
        let (now, at) = (self.clock.now(), self.clock.wall());
        if let Some(call) = self.running.calls.get_mut(&key) {
            call.reporter.observed(Claim { at, observation }, now);
        }
    }
}

fn begun(outcome: Result<(), SendError>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "a probe was not begun");
    }
}

/// From then on the system has asked for the connection once more.
const REPEATED: u64 = 1000;
