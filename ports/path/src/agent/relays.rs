//! Decides what becomes of candidates and reports of the relays.

use super::network::pair;
use super::{Agent, Incoming, Relay};
use crate::candidate;
use crate::relay_client::{self, Order, RelayUrl, Report, Shared};
use crate::settings::RelayAccess;
use crate::socket::Datagram;
use hopsight_evidence::{CandidateKind, PathEvent, Transport, Via};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use str0m::Candidate;
use tokio::sync::mpsc;

/// More URLs than this no front end hands out.
const MOST_RELAYS: usize = 8;

impl Agent {
    /// Starts a client for every URL, all at once.
    pub(super) fn start_relays(
        &mut self,
        access: Option<RelayAccess>,
        incoming: &mpsc::Sender<Incoming>,
    ) {
        let Some(access) = access else {
            return;
        };
        let urls: Vec<RelayUrl> = access
            .urls
            .iter()
            .filter_map(|text| RelayUrl::read(text))
            .take(MOST_RELAYS)
            .collect();
        let shared = Shared {
            access: Arc::new(access),
            sockets: Arc::clone(&self.sockets),
            stop: self.stop.clone(),
        };
        for (index, url) in urls.into_iter().enumerate() {
            let wrap = move |report| Incoming::Relay { index, report };
            let client = relay_client::start(url, shared.clone(), incoming.clone(), wrap);
            self.relays.push(Relay {
                client,
                uses: None,
                relayed: None,
                ended: false,
            });
        }
    }

    pub(super) fn gather_hosts(&mut self) {
        let sockets = Arc::clone(&self.sockets);
        for socket in sockets.iter() {
            let local = socket.local();
            if let Some(candidate) = candidate::host(local) {
                self.found(CandidateKind::Host, Transport::Udp, None, candidate);
            }
        }
    }

    pub(super) fn relay_report(&mut self, index: usize, report: Report) {
        match report {
            Report::Uses { server, local } => {
                if let Some(relay) = self.relays.get_mut(index)
                    && relay.client.transport == Transport::Udp
                {
                    relay.uses = Some((local, server));
                }
            }
            Report::Seen(event) => self.see(event),
            Report::Allocated {
                relayed,
                base,
                mapped,
            } => self.allocated(index, relayed, base, mapped),
            Report::Data(peer, bytes) => self.relay_data(index, peer, bytes),
            Report::Ended => {
                if let Some(relay) = self.relays.get_mut(index) {
                    relay.ended = true;
                }
            }
        }
    }

    fn allocated(
        &mut self,
        index: usize,
        relayed: SocketAddr,
        base: SocketAddr,
        mapped: Option<SocketAddr>,
    ) {
        let Some(relay) = self.relays.get_mut(index) else {
            return;
        };
        relay.relayed = Some(relayed);
        let transport = relay.client.transport;
        let orders = relay.client.orders.clone();
        let reaches = |told: &&candidate::Told| {
            told.usable.is_some() && told.address.is_ipv4() == relayed.is_ipv4()
        };
        for told in self.told.iter().filter(reaches) {
            // A client that is behind with its work permits on the first check.
            drop(orders.try_send(Order::Permit(told.address.ip())));
        }
        if let Some(mapped) = mapped.filter(|mapped| *mapped != base)
            && transport == Transport::Udp
            && let Some(candidate) = candidate::server_reflexive(mapped, base)
        {
            let kind = CandidateKind::ServerReflexive;
            self.found(kind, transport, Some(base), candidate);
        }
        let nth = u16::try_from(index).unwrap_or(u16::MAX);
        let candidate = candidate::relayed(relayed, transport, nth);
        self.found(CandidateKind::Relayed, transport, Some(base), candidate);
    }

    fn found(
        &mut self,
        kind: CandidateKind,
        transport: Transport,
        base: Option<SocketAddr>,
        candidate: Candidate,
    ) {
        let address = candidate.addr();
        let Some(added) = self.rtc.add_local_candidate(candidate) else {
            return;
        };
        let attribute = added.to_sdp_string();
        self.found.push(added.clone());
        self.untold.push(attribute);
        self.see(PathEvent::CandidateFound {
            kind,
            transport,
            address,
            base,
        });
        self.drain();
    }

    fn relay_data(&mut self, index: usize, peer: SocketAddr, bytes: Vec<u8>) {
        let Some(relay) = self.relays.get(index) else {
            return;
        };
        let Some(relayed) = relay.relayed else {
            return;
        };
        let via = Via::Relay(relay.client.transport);
        let datagram = Datagram {
            source: peer,
            bytes,
            at: Instant::now(),
        };
        self.receive(pair(relayed, peer, via), &datagram);
    }
}
