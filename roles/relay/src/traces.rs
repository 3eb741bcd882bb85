//! Looks how far the relay's datagrams come on the way to a client: carries out
//! the probes that `core/turn` asked for and gathers which routers let one run
//! out. The probes leave from the port where the client was heard, so they take
//! the way of the relay's answers.

use crate::engine::{Engine, lock};
use hopsight_evidence::{Hop, IcmpKind, Observation};
use hopsight_kit::SessionId;
use hopsight_machine::{QueuedError, Said};
use hopsight_turn::{FiveTuple, HIGHEST_HOP_LIMIT, hop_limit_of, trace_probe};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;

/// The traces that run, by the client they go to.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    running: Mutex<BTreeMap<SocketAddr, Running>>,
}

#[derive(Debug)]
struct Running {
    token: [u8; 11],
    hops: BTreeMap<u8, IpAddr>,
}

impl Traces {
    /// False when the way to this client is being looked at already.
    fn begin(&self, client: SocketAddr, token: [u8; 11]) -> bool {
        let mut running = lock(&self.running);
        if running.len() >= MOST_AT_ONCE || running.contains_key(&client) {
            return false;
        }
        let hops = BTreeMap::new();
        running.insert(client, Running { token, hops });
        true
    }

    /// Takes in what routers said. What quotes no probe of a running trace is
    /// dropped.
    pub(crate) fn told(&self, entries: Vec<QueuedError>) {
        let mut running = lock(&self.running);
        for entry in entries {
            let (Some(destination), Some(router)) = (entry.destination, router(entry.said)) else {
                continue;
            };
            let Some(trace) = running.get_mut(&destination) else {
                continue;
            };
            if let Some(hop_limit) = hop_limit_of(trace.token, &entry.quoted) {
                trace.hops.entry(hop_limit).or_insert(router);
            }
        }
    }

    fn hops(&self, client: SocketAddr) -> Vec<Hop> {
        let running = lock(&self.running);
        let hops = running.get(&client).map(|trace| trace.hops.iter());
        hops.into_iter()
            .flatten()
            .map(|(ttl, address)| Hop {
                ttl: *ttl,
                address: *address,
            })
            .collect()
    }

    fn end(&self, client: SocketAddr) -> Vec<Hop> {
        let hops = self.hops(client);
        lock(&self.running).remove(&client);
        hops
    }
}

/// Runs one trace and reports it.
pub(crate) async fn run(
    engine: Arc<Engine>,
    session: SessionId,
    client: FiveTuple,
    token: [u8; 11],
) {
    let destination = client.client;
    if !engine.traces().begin(destination, token) {
        return;
    }
    for hop_limit in 1..=HIGHEST_HOP_LIMIT {
        engine.send_probe(&client, &trace_probe(token, hop_limit), hop_limit);
        sleep(SPACING).await;
    }
    sleep(FIRST_LOOK).await;
    let first = engine.traces().hops(destination);
    engine.report(session.clone(), observation(destination, first.clone()));
    sleep(PATIENCE).await;
    let all = engine.traces().end(destination);
    if all != first {
        engine.report(session, observation(destination, all));
    }
}

/// Who let a hop limit run out; nobody when something else was said.
const fn router(said: Said) -> Option<IpAddr> {
    match said {
        Said::Network {
            kind: IcmpKind::TimeExceeded,
            offender,
            ..
        } => offender,
        Said::Network { .. } | Said::ThisMachine { .. } => None,
    }
}

const fn observation(destination: SocketAddr, hops: Vec<Hop>) -> Observation {
    Observation::Trace {
        destination,
        highest: HIGHEST_HOP_LIMIT,
        hops,
    }
}

/// Routers answer a burst of about six and then one a second; one probe a router
/// stays below that.
const SPACING: Duration = Duration::from_millis(15);
/// Inside a site every router has answered by then.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// What has not come back after another while comes too late for a verdict.
const PATIENCE: Duration = Duration::from_millis(400);
const MOST_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routers_are_hops_of_the_trace_whose_probe_they_quote() {
        let traces = Traces::default();
        let client: SocketAddr = "10.102.0.5:40000".parse().unwrap();
        let token = [7; 11];
        assert!(traces.begin(client, token));
        assert!(!traces.begin(client, token));

        traces.told(vec![
            said(client, "10.1.0.2", trace_probe(token, 2)),
            said(client, "10.1.0.1", trace_probe(token, 1)),
            said(client, "10.1.0.9", trace_probe(token, 1)),
            said(client, "192.0.2.66", trace_probe([6; 11], 3)),
            said(
                "10.1.0.7:1".parse().unwrap(),
                "192.0.2.66",
                trace_probe(token, 3),
            ),
        ]);

        let hop = |ttl, address: &str| Hop {
            ttl,
            address: address.parse().unwrap(),
        };
        assert_eq!(traces.end(client), [hop(1, "10.1.0.1"), hop(2, "10.1.0.2")]);
        assert_eq!(traces.end(client), []);
    }

    fn said(destination: SocketAddr, router: &str, quoted: Vec<u8>) -> QueuedError {
        QueuedError {
            destination: Some(destination),
            said: Said::Network {
                kind: IcmpKind::TimeExceeded,
                icmp_type: 11,
                code: 0,
                offender: Some(router.parse().unwrap()),
                mtu: None,
            },
            quoted,
        }
    }
}
