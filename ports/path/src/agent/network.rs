//! Decides which way each datagram goes, and lets the tap look at all of them.

use super::{Agent, Incoming};
use crate::error_queue::QueueEntry;
use crate::probe::{Kind, Probe};
use crate::relay_client::Order;
use crate::socket::{Arrived, Datagram, MediaSocket};
use crate::tap::Sort;
use hopsight_evidence::{IcmpKind, Pair, PathEvent, Via};
use std::net::SocketAddr;
use std::time::Instant;
use str0m::Input;
use str0m::net::{Protocol, Receive, Transmit};

/// So many datagrams wait for their pair to succeed.
const PREMATURE: usize = 8;

impl Agent {
    pub(super) fn see(&mut self, event: PathEvent) {
        self.outbox.event(event, Instant::now());
    }

    pub(super) fn arrived(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Socket { local, arrived } => self.socket(local, arrived),
            Incoming::Relay { index, report } => self.relay_report(index, report),
        }
    }

    fn socket(&mut self, local: SocketAddr, arrived: Arrived) {
        for entry in arrived.told {
            self.queue_entry(entry);
        }
        for datagram in arrived.datagrams {
            match self.relay_behind(local, datagram.source) {
                Some(index) => self.order(index, Order::Incoming(datagram.bytes)),
                None => self.receive(pair(local, datagram.source, Via::Direct), &datagram),
            }
        }
    }

    /// A datagram for the stack, from a socket or out of a relay.
    pub(super) fn receive(&mut self, pair: Pair, datagram: &Datagram) {
        if self.has_left(&pair) {
            return self.receive_on_left(pair, datagram);
        }
        self.brought(pair, &datagram.bytes);
        match Sort::of(&datagram.bytes) {
            Sort::Media => {
                self.flight.arrived(&datagram.bytes);
                self.follow_media(pair);
            }
            Sort::Dtls => self.flight.arrived(&datagram.bytes),
            Sort::Stun | Sort::Unknown => {}
        }
        for event in self.tap.received(pair, &datagram.bytes, datagram.at) {
            if let PathEvent::CheckAnswered { pair, .. } = &event {
                self.answering = Some(*pair);
            }
            self.see(event);
        }
        if crate::tap::is_indication(&datagram.bytes) {
            self.follow(pair, &datagram.bytes);
            return;
        }
        let taken = self.take(pair, datagram);
        if !taken && is_dtls(&datagram.bytes) && self.premature.len() < PREMATURE {
            self.premature.push((pair, datagram.clone()));
        }
    }

    /// On a pair that was given up only runs are counted: with no picture beside
    /// them they show what the way itself loses.
    fn receive_on_left(&mut self, pair: Pair, datagram: &Datagram) {
        if !crate::tap::is_indication(&datagram.bytes) {
            return self.remind(pair, Instant::now());
        }
        for event in self.tap.received(pair, &datagram.bytes, datagram.at) {
            if matches!(event, PathEvent::RunArrived { .. }) {
                self.see(event);
            }
        }
    }

    /// Offers the stack once more what came before its pair had succeeded. The
    /// other end's first DTLS flight may overtake the answer to our check; lost,
    /// it would be repeated a second later.
    pub(super) fn retry_premature(&mut self) {
        for (pair, mut datagram) in std::mem::take(&mut self.premature) {
            datagram.at = Instant::now();
            if !self.connected && !self.take(pair, &datagram) {
                self.premature.push((pair, datagram));
            }
        }
    }

    /// Whether the stack took the datagram.
    fn take(&mut self, pair: Pair, datagram: &Datagram) -> bool {
        let received = Receive::new(Protocol::Udp, pair.remote, pair.local, &datagram.bytes);
        let Ok(received) = received else {
            return true;
        };
        let input = Input::Receive(datagram.at, received);
        let accepts = self.rtc.accepts(&input);
        if accepts {
            self.input(input);
            self.drain();
        }
        accepts
    }

    /// A datagram of the stack.
    pub(super) fn transmit(&mut self, transmit: &Transmit) {
        if self.stop.is_stopped() {
            return;
        }
        let bytes: &[u8] = &transmit.contents;
        let via = self
            .relay_of(transmit.source)
            .and_then(|index| self.relays.get(index))
            .map_or(Via::Direct, |relay| Via::Relay(relay.client.transport));
        let pair = pair(transmit.source, transmit.destination, via);
        if self.has_left(&pair) {
            return;
        }
        for event in self.tap.sent(pair, bytes, Instant::now()) {
            self.sent(&event);
            self.see(event);
        }
        if is_dtls(bytes) {
            self.flight.left(pair, bytes, Instant::now());
        }
        self.send_on(pair, bytes);
        self.took(pair, bytes);
    }

    fn send_on(&mut self, pair: Pair, bytes: &[u8]) {
        match self.relay_of(pair.local) {
            Some(index) => self.order(index, Order::Send(pair.remote, bytes.to_vec())),
            None => self.send(pair.local, pair.remote, bytes),
        }
    }

    /// The relay that lends this address.
    fn relay_of(&self, relayed: SocketAddr) -> Option<usize> {
        self.relays
            .iter()
            .position(|relay| relay.relayed == Some(relayed))
    }

    /// Sends a part of the handshake that may have been lost once more; where its way
    /// was given up, on one that answers: the stack waits for seconds by then.
    pub(super) fn repeat_flight(&mut self, now: Instant) {
        for (pair, bytes) in self.flight.due(now) {
            let ways = [Some(pair), self.answering].into_iter().flatten();
            let mut open = ways.filter(|way| !self.has_left(way));
            if let Some(way) = open.next() {
                self.send_on(way, &bytes);
            }
        }
    }

    /// A check on the chosen pair waits for its answer.
    fn sent(&mut self, event: &PathEvent) {
        if let PathEvent::CheckSent { pair, .. } = event
            && let Some(carriage) = self.carriage.as_mut().filter(|c| c.pair == *pair)
        {
            carriage.checked(Instant::now());
        }
    }

    fn send(&mut self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) {
        let Some(socket) = self.sockets.iter().find(|socket| socket.local() == source) else {
            return;
        };
        let sent = socket.send(destination, bytes);
        for entry in sent.told {
            self.queue_entry(entry);
        }
        if let Some((errno, text)) = sent.failed {
            self.see(PathEvent::SendFailed {
                destination,
                errno,
                text,
            });
        }
    }

    /// Queues probes on a way that this end checks itself.
    pub(super) fn probe(&mut self, local: SocketAddr, remote: SocketAddr, kinds: &[Kind]) {
        if !self.tap.checks(&pair(local, remote, Via::Direct)) {
            return;
        }
        self.queue(local, remote, kinds);
        let is_measured = kinds.iter().any(|kind| matches!(kind, Kind::Size(_)));
        let socket = self.sockets.iter().find(|socket| socket.local() == local);
        if let Some(socket) = socket.filter(|_| is_measured) {
            // Sizes are measured when no picture comes: what was lost until then may
            // have been too long, and is no sign of a narrow line.
            socket.allow_fragmenting();
            self.forget_bandwidth();
        }
    }

    /// Queues probes to a relay's port that one of this end's own sockets asks.
    pub(super) fn probe_relay(&mut self, server: SocketAddr, kinds: &[Kind]) {
        let asked = self.relays.iter().filter_map(|relay| relay.uses);
        let mut from = asked
            .filter(|(_, to)| *to == server)
            .map(|(local, _)| local);
        let is_ours = |local: &SocketAddr| self.sockets.iter().any(|one| one.local() == *local);
        if let Some(local) = from.find(is_ours) {
            self.queue(local, server, kinds);
        }
    }

    fn queue(&mut self, local: SocketAddr, remote: SocketAddr, kinds: &[Kind]) {
        let probes = kinds.iter().map(|kind| Probe {
            local,
            remote,
            kind: *kind,
        });
        self.probes.add(probes, Instant::now());
    }

    pub(super) fn send_due_probes(&mut self) {
        while let Some((probe, number)) = self.probes.due(Instant::now()) {
            self.send_probe(probe, number);
        }
    }

    fn send_probe(&mut self, probe: Probe, number: u32) {
        let Probe { local, remote, .. } = probe;
        let relay = self.relay_of(local);
        let socket = self.sockets.iter().find(|socket| socket.local() == local);
        let names = self.tap.names();
        let bytes = names.and_then(|(near, far)| crate::probe::written(probe, number, near, far));
        let Some(bytes) = bytes else {
            return;
        };
        if let Some(index) = relay {
            return self.order(index, Order::Send(remote, bytes));
        }
        let Some(socket) = socket else {
            return;
        };
        let sent = match probe.kind {
            Kind::Hop(ttl) => socket.send_with_hop_limit(remote, &bytes, ttl),
            Kind::LargeHop(ttl, _) => socket.send_in_one_piece_with_hop_limit(remote, &bytes, ttl),
            Kind::Size(_) => socket.send_in_one_piece(remote, &bytes),
            Kind::Run(_) | Kind::Farewell => socket.send(remote, &bytes),
            Kind::OtherPort => return self.send_beside(local, remote, &bytes),
        };
        for entry in sent.told {
            self.queue_entry(entry);
        }
        if let Some(transaction) = crate::tap::transaction(&bytes)
            && sent.failed.is_none()
        {
            let pair = pair(local, remote, Via::Direct);
            if let Some(event) = probe_sent(pair, transaction, probe.kind) {
                self.see(event);
            }
        }
    }

    /// From another port than the path's own; what comes back is nobody's.
    fn send_beside(&mut self, local: SocketAddr, remote: SocketAddr, bytes: &[u8]) {
        let sent = MediaSocket::bind_beside(local).map(|socket| socket.send(remote, bytes));
        match sent {
            Ok(_) => self.see(PathEvent::Tried {
                destination: remote,
            }),
            Err(error) => tracing::debug!(%error, "no other port was tried"),
        }
    }

    /// An entry of an error queue; one about a relay's address also ends the
    /// client that still waits for its first answer.
    pub(super) fn queue_entry(&mut self, entry: QueueEntry) {
        let text = ending(&entry.event);
        self.see(entry.event);
        let Some(text) = text else {
            return;
        };
        self.refused(entry.destination);
        let about = |relay: &super::Relay| {
            relay
                .uses
                .is_some_and(|(_, server)| server == entry.destination)
        };
        if let Some(index) = self.relays.iter().position(about) {
            self.order(index, Order::Unreachable(text));
        }
    }

    /// Datagrams to this address come to nothing.
    fn refused(&mut self, destination: SocketAddr) {
        let is_it = |pair: Pair| pair.via == Via::Direct && pair.remote == destination;
        if let Some(carriage) = self.carriage.as_mut().filter(|c| is_it(c.pair)) {
            carriage.refused(Instant::now());
        }
    }

    fn order(&self, index: usize, order: Order) {
        if let Some(relay) = self.relays.get(index) {
            // A client that is behind with its work loses datagrams as any
            // slow path does.
            drop(relay.client.orders.try_send(order));
        }
    }

    fn relay_behind(&self, local: SocketAddr, source: SocketAddr) -> Option<usize> {
        self.relays
            .iter()
            .position(|relay| relay.uses == Some((local, source)))
    }
}

const fn probe_sent(pair: Pair, transaction: [u8; 12], kind: Kind) -> Option<PathEvent> {
    Some(match kind {
        Kind::Farewell | Kind::OtherPort => return None,
        Kind::Hop(ttl) => PathEvent::ProbeSent {
            pair,
            transaction,
            ttl,
        },
        Kind::LargeHop(ttl, size) => PathEvent::LargeProbeSent {
            pair,
            transaction,
            ttl,
            size,
        },
        Kind::Size(size) => PathEvent::SizeSent {
            pair,
            transaction,
            size,
        },
        Kind::Run(pace) => PathEvent::RunSent {
            pair,
            transaction,
            pace,
        },
    })
}

pub(super) const fn pair(local: SocketAddr, remote: SocketAddr, via: Via) -> Pair {
    Pair { local, remote, via }
}

/// Why a relay cannot be reached, if the event says so.
fn ending(event: &PathEvent) -> Option<String> {
    let PathEvent::IcmpError { offender, kind, .. } = event else {
        return None;
    };
    let what = match kind {
        IcmpKind::PortUnreachable => "port closed",
        IcmpKind::HostUnreachable => "host unreachable",
        IcmpKind::NetworkUnreachable => "network unreachable",
        IcmpKind::Prohibited => "prohibited",
        IcmpKind::TooBig | IcmpKind::TimeExceeded | IcmpKind::Other { .. } => return None,
    };
    Some(format!("{what}, says {offender}"))
}

/// DTLS by its first byte (RFC 7983, section 7).
fn is_dtls(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (20..=63).contains(first))
}
