//! Moves the picture to the relay when the chosen direct pair is of no use,
//! tells the other end, and tells what became of the pair.

use super::Agent;
use super::network::pair;
use crate::carriage::Standing;
use crate::probe::{Kind, Probe};
use crate::settings::Media;
use hopsight_evidence::{CandidateKind, Pair, PathEvent, Via};
use std::time::Instant;

/// A farewell that is lost was said once more.
const FAREWELLS: usize = 3;

impl Agent {
    /// Looks at the chosen pair; returns when to look again.
    pub(super) fn watch_carriage(&mut self, now: Instant) -> Option<Instant> {
        let standing = self.standing();
        let carriage = self.carriage.as_mut()?;
        let chosen = carriage.pair;
        let stopped = carriage.stopped(now);
        let is_useless = carriage.is_useless(standing, now);
        let next = carriage.next_wake(standing);
        if let Some((lived, silent)) = stopped {
            self.see(PathEvent::FlowStopped {
                pair: chosen,
                lived,
                silent,
            });
        }
        if (stopped.is_some() || is_useless) && self.leave(chosen) {
            let farewell = Probe {
                local: chosen.local,
                remote: chosen.remote,
                kind: Kind::Farewell,
            };
            self.probes.add([farewell; FAREWELLS], now);
        }
        next.filter(|at| *at > now)
    }

    /// The other end gave a direct pair up; this end follows.
    pub(super) fn follow(&mut self, pair: Pair, bytes: &[u8]) {
        if self.tap.is_farewell(bytes) && self.carriage.as_ref().is_some_and(|c| c.pair == pair) {
            self.leave(pair);
        }
    }

    /// Whether nothing passes on this pair any more.
    pub(super) fn has_left(&self, pair: &Pair) -> bool {
        self.left.contains(pair)
    }

    /// Gives a direct pair up if there is a relay; false if not.
    fn leave(&mut self, chosen: Pair) -> bool {
        let has_relay = self.relays.iter().any(|relay| relay.relayed.is_some())
            || self
                .told
                .iter()
                .any(|told| told.kind == CandidateKind::Relayed);
        let is_relay = |told: &crate::candidate::Told| {
            told.address == chosen.remote && told.kind == CandidateKind::Relayed
        };
        if chosen.via != Via::Direct || !has_relay || self.told.iter().any(is_relay) {
            return false;
        }
        let pair = pair(chosen.local, chosen.remote, chosen.via);
        if !self.left.insert(pair) {
            return false;
        }
        tracing::debug!(local = %pair.local, remote = %pair.remote, "gave a direct pair up");
        let there = self.told.iter().filter(|told| told.address == pair.remote);
        let given_up: Vec<_> = there.filter_map(|told| told.usable.clone()).collect();
        for candidate in given_up {
            self.rtc.direct_api().invalidate_candidate(&candidate);
        }
        self.carriage = None;
        self.input(str0m::Input::Timeout(Instant::now()));
        true
    }

    fn standing(&self) -> Standing {
        let is_viewer = self.media == Media::Receive;
        Standing {
            connected: self.connected_at,
            in_pieces: is_viewer && self.packets.received > 0 && !self.first_frame,
        }
    }
}
