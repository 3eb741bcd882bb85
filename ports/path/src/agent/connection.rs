//! Decides which pair carries the path, and tells when that changes: the pair
//! that DTLS and media datagrams really take, for the stack reports none.

use super::Agent;
use super::configuration::FIRST_ESTIMATE;
use crate::carriage::Carriage;
use crate::output::{ChosenPath, PathKind, PathOutput};
use crate::relay_client::Order;
use crate::tap::Sort;
use hopsight_evidence::{CandidateKind, IceState, Pair, PathEvent, Transport, Via};
use std::time::Instant;
use str0m::IceConnectionState;
use str0m::bwe::Bitrate;

impl Agent {
    /// A datagram took this pair.
    pub(super) fn took(&mut self, pair: Pair, bytes: &[u8]) {
        match Sort::of(bytes) {
            Sort::Dtls | Sort::Media => {}
            Sort::Stun | Sort::Unknown => return,
        }
        if self.nominated != Some(pair) {
            self.nominated = Some(pair);
            let now = Instant::now();
            let began = *self.checking_since.get_or_insert(now);
            self.carriage = Some(Carriage::new(pair, began, now));
            self.see(PathEvent::Nominated { pair });
            self.bind(pair);
            self.changed(pair);
        }
        if is_picture(bytes) {
            self.packets.sent = self.packets.sent.saturating_add(1);
            self.picture_left();
            self.showed(pair);
        }
    }

    /// By a relay a stream may hold up for seconds what the other end tells.
    fn showed(&mut self, pair: Pair) {
        let is_straight = !self.is_relayed(&pair);
        if let Some(carriage) = self.carriage.as_mut().filter(|_| is_straight) {
            carriage.showed(Instant::now());
        }
    }

    /// A datagram arrived on this pair.
    pub(super) fn brought(&mut self, pair: Pair, bytes: &[u8]) {
        let is_picture = is_picture(bytes);
        if is_picture {
            self.packets.received = self.packets.received.saturating_add(1);
        }
        if let Some(carriage) = self.carriage.as_mut().filter(|c| c.pair == pair) {
            let now = Instant::now();
            carriage.arrived(now);
            if is_picture {
                carriage.brought(bytes.len(), now);
            }
        }
    }

    fn bind(&self, pair: Pair) {
        let relay = self
            .relays
            .iter()
            .find(|relay| relay.relayed == Some(pair.local));
        if let Some(relay) = relay {
            // Without a channel the datagrams are longer, nothing else.
            drop(relay.client.orders.try_send(Order::Bind(pair.remote)));
        }
    }

    /// Tells the way of this pair if it is another than was told.
    pub(super) fn changed(&mut self, pair: Pair) {
        let chosen = self.path(pair);
        if self.connected && self.chosen != Some(chosen) {
            self.chosen = Some(chosen);
            self.outbox.put(PathOutput::PathChanged(chosen));
            if !self.left.is_empty() || self.only_streams {
                // What left on the pair that was given up never arrived.
                self.forget_bandwidth();
                self.picture_wanted();
            }
        }
    }

    /// What was learnt of the bandwidth before says nothing of what comes now.
    pub(super) fn forget_bandwidth(&mut self) {
        self.rtc.bwe().reset(Bitrate::bps(FIRST_ESTIMATE));
        self.estimate(FIRST_ESTIMATE);
    }

    /// ICE and DTLS are up.
    pub(super) fn came_up(&mut self) {
        self.connected = true;
        self.connected_at = Some(Instant::now());
        self.received.connected(Instant::now());
        if let Some(pair) = self.nominated {
            let chosen = self.path(pair);
            self.chosen = Some(chosen);
            self.outbox.put(PathOutput::Connected(chosen));
        }
    }

    fn path(&self, pair: Pair) -> ChosenPath {
        let relay_there = self
            .told
            .iter()
            .any(|told| told.address == pair.remote && told.kind == CandidateKind::Relayed);
        let (kind, transport) = match pair.via {
            Via::Relay(transport) => (PathKind::Relay, transport),
            Via::Direct if relay_there => (PathKind::Relay, Transport::Udp),
            Via::Direct => (PathKind::Direct, Transport::Udp),
        };
        ChosenPath {
            pair,
            kind,
            transport,
        }
    }

    pub(super) fn ice_state(&mut self, state: IceConnectionState) {
        let state = match state {
            IceConnectionState::New => IceState::New,
            IceConnectionState::Checking => IceState::Checking,
            IceConnectionState::Connected => IceState::Connected,
            IceConnectionState::Completed => IceState::Completed,
            IceConnectionState::Disconnected => IceState::Disconnected,
        };
        if self.ice.replace(state) != Some(state) {
            self.see(PathEvent::IceStateChanged { state });
        }
    }
}

/// RTP and not RTCP (RFC 5761, section 4).
fn is_picture(bytes: &[u8]) -> bool {
    let second = bytes.get(1).copied().unwrap_or_default();
    Sort::of(bytes) == Sort::Media && !(64..96).contains(&(second & 0x7F))
}
