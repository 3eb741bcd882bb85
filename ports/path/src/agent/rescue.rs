//! Moves the picture to the relay when the chosen direct pair is of no use, and
//! to a relay over TCP or TLS at both ends when full packets die on the way to the
//! relay as well; tells the other end, and tells what became of the pair.

use super::Agent;
use super::network::pair;
use crate::candidate::{self, Told};
use crate::carriage::Standing;
use crate::probe::{Kind, Probe};
use crate::settings::Media;
use hopsight_evidence::{CandidateKind, Pair, PathEvent, Transport, Via};
use std::time::{Duration, Instant};
use str0m::Candidate;

/// A farewell that is lost was said once more.
const FAREWELLS: usize = 3;
/// Where all of them were lost it is said again to whoever still sends.
const REMINDER: Duration = Duration::from_millis(40);

impl Agent {
    /// Looks at the chosen pair; returns when to look again.
    pub(super) fn watch_carriage(&mut self, now: Instant) -> Option<Instant> {
        let standing = self.standing()?;
        let carriage = self.carriage.as_mut()?;
        let chosen = carriage.pair;
        let stopped = carriage.stopped(now);
        let is_useless = carriage.is_useless(standing, now);
        let loses = carriage.loses(standing);
        let next = carriage.next_wake(standing);
        if let Some((lived, silent)) = stopped {
            self.see(PathEvent::FlowStopped {
                pair: chosen,
                lived,
                silent,
            });
        }
        let is_left =
            is_useless && self.give_up(chosen, loses) || stopped.is_some() && self.leave(chosen);
        if is_left {
            self.probes.add([farewell(chosen); FAREWELLS], now);
            self.reminded = Some(now);
        }
        next.filter(|at| *at > now)
    }

    /// The other end still sends on a pair that this end gave up.
    pub(super) fn remind(&mut self, pair: Pair, now: Instant) {
        let is_due = self.reminded.is_some_and(|last| now >= last + REMINDER);
        if is_due && self.tap.checks(&pair) {
            self.reminded = Some(now);
            self.probes.add([farewell(pair)], now);
            self.see(PathEvent::PairStillUsed { pair });
        }
    }

    /// The other end gave a pair up; this end follows.
    pub(super) fn follow(&mut self, pair: Pair, bytes: &[u8]) {
        let is_chosen = self.carriage.as_ref().is_some_and(|c| c.pair == pair);
        if self.tap.is_farewell(bytes) && (is_chosen || self.is_relayed(&pair)) {
            self.give_up(pair, false);
        }
    }

    /// Media of the other end comes by a relay, though this end uses a direct pair: it
    /// has given that up.
    pub(super) fn follow_media(&mut self, pair: Pair) {
        let Some(chosen) = self.carriage.as_ref().map(|carriage| carriage.pair) else {
            return;
        };
        if pair == chosen || !self.is_relayed(&pair) || self.is_relayed(&chosen) {
            return;
        }
        let is_left = self
            .carriage
            .as_mut()
            .is_some_and(|carriage| carriage.is_left_by_other(Instant::now()));
        if is_left {
            self.give_up(chosen, false);
        }
    }

    /// Whether nothing passes on this pair any more.
    pub(super) fn has_left(&self, pair: &Pair) -> bool {
        self.left.contains(pair) || self.only_streams && !self.is_of_streams(pair)
    }

    /// Whether a relay stands on this pair's way.
    pub(super) fn is_relayed(&self, pair: &Pair) -> bool {
        let is_relay = |told: &Told| told.address == pair.remote && is_relay(told);
        pair.via != Via::Direct || self.told.iter().any(is_relay)
    }

    /// Whether both ends speak to their relay over TCP or TLS.
    fn is_of_streams(&self, pair: &Pair) -> bool {
        let near = matches!(pair.via, Via::Relay(Transport::Tcp | Transport::Tls));
        let mut there = self.told.iter().filter(|told| told.address == pair.remote);
        near && there.any(is_stream)
    }

    /// Where many packets are lost another way over UDP may lose them as well,
    /// and the person has waited long enough: a stream brings them all.
    fn give_up(&mut self, chosen: Pair, loses: bool) -> bool {
        let is_relayed = self.is_relayed(&chosen);
        let is_left =
            (is_relayed || loses) && self.keep_to_streams() || !is_relayed && self.leave(chosen);
        if is_left && !is_relayed {
            self.see(PathEvent::PairLeft { pair: chosen });
        }
        is_left
    }

    /// Gives every way up on which a datagram could be too long for a link, if
    /// there is another; false if not.
    fn keep_to_streams(&mut self) -> bool {
        let near = self.found.iter().any(candidate::is_stream);
        let there = self.told.iter().any(is_stream);
        if self.only_streams || !near || !there {
            return false;
        }
        tracing::debug!("gave every pair up but those over TCP and TLS");
        self.only_streams = true;
        let found = self.found.iter().filter(|own| !candidate::is_stream(own));
        let told = self.told.iter().filter(|told| !is_stream(told));
        let told = told.filter_map(|told| told.usable.as_ref());
        let given_up: Vec<_> = found.chain(told).cloned().collect();
        self.discard(&given_up);
        true
    }

    /// Gives a direct pair up if there is a relay; false if not.
    fn leave(&mut self, chosen: Pair) -> bool {
        let has_relay = self.relays.iter().any(|relay| relay.relayed.is_some())
            || self.told.iter().any(is_relay);
        if !has_relay || self.is_relayed(&chosen) {
            return false;
        }
        let pair = pair(chosen.local, chosen.remote, chosen.via);
        if !self.left.insert(pair) {
            return false;
        }
        tracing::debug!(local = %pair.local, remote = %pair.remote, "gave a direct pair up");
        let there = self.told.iter().filter(|told| told.address == pair.remote);
        let given_up: Vec<_> = there.filter_map(|told| told.usable.clone()).collect();
        self.discard(&given_up);
        true
    }

    fn discard(&mut self, candidates: &[Candidate]) {
        for candidate in candidates {
            self.rtc.direct_api().invalidate_candidate(candidate);
        }
        self.carriage = None;
        self.flight.moved(Instant::now());
        self.input(str0m::Input::Timeout(Instant::now()));
    }

    fn standing(&self) -> Option<Standing> {
        let pair = self.carriage.as_ref()?.pair;
        let is_viewer = self.media == Media::Receive;
        Some(Standing {
            connected: self.connected_at,
            in_pieces: is_viewer && self.packets.received > 0 && !self.first_frame,
            is_relayed: self.is_relayed(&pair),
        })
    }
}

const fn farewell(pair: Pair) -> Probe {
    Probe {
        local: pair.local,
        remote: pair.remote,
        kind: Kind::Farewell,
    }
}

fn is_relay(told: &Told) -> bool {
    told.kind == CandidateKind::Relayed
}

fn is_stream(told: &Told) -> bool {
    told.usable.as_ref().is_some_and(candidate::is_stream)
}
