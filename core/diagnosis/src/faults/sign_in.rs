//! What connecting to the sign-in port came to, before any fault reads it: how
//! far attempts with small hop limits got, and who answered.
//!
//! A trace over TCP is made to the server when the plain connection failed; after a
//! refusal a second one to a port that is closed there, for the distance. In a
//! session others are made to the other end and to a relay that answers (`ahead`).

use crate::scene::Scene;
use crate::{Evidence, Proof};
use hopsight_evidence::{Fact, Hop, Observation, Side, TcpOutcome};
use std::net::{IpAddr, SocketAddr};

/// A trace over TCP to the sign-in port.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) fact: &'a Fact,
    pub(super) side: Side,
    pub(super) server: SocketAddr,
    pub(super) outcome: TcpOutcome,
    pub(super) reset_at: Option<u8>,
    hops: &'a [Hop],
}

/// Every attempt at the server that did not end in a connection.
pub(super) fn failed<'a>(scene: &Scene<'a>) -> impl Iterator<Item = Attempt<'a>> {
    scene.facts().filter_map(|fact| {
        let side = fact.observer.side()?;
        let Observation::TcpTrace {
            destination,
            hops,
            outcome,
            reset_at,
            ..
        } = &fact.observation
        else {
            return None;
        };
        let is_server = !super::name_resolution::leads_astray(scene, side, destination.ip());
        let is_meant = is_server
            && is_service(scene, side, *destination)
            && !is_of_a_session(scene, side, *destination);
        (*outcome != TcpOutcome::Accepted && is_meant).then_some(Attempt {
            fact,
            side,
            server: *destination,
            outcome: *outcome,
            reset_at: *reset_at,
            hops,
        })
    })
}

/// Whether a service was wanted there. A second trace, to a port where nobody
/// was to listen, only shows how far away the machine is.
fn is_service(scene: &Scene<'_>, side: Side, place: SocketAddr) -> bool {
    let mut wanted = scene
        .seen_by(side)
        .filter_map(|fact| {
            let Observation::TcpConnect { destination, .. } = fact.observation else {
                return None;
            };
            Some(destination)
        })
        .filter(|wanted| wanted.ip() == place.ip())
        .peekable();
    wanted.peek().is_none() || wanted.any(|wanted| wanted == place)
}

/// Whether TCP was followed there in a session, where it passes.
fn is_of_a_session(scene: &Scene<'_>, side: Side, place: SocketAddr) -> bool {
    let is_peer = scene.addresses_told_of(side.other()).contains(&place.ip());
    let is_relay = scene.seen_by(side).any(|fact| {
        matches!(fact.observation,
            Observation::RelayAllocated { server, .. } | Observation::TurnResult { server, .. }
                if server == place)
    });
    is_peer || is_relay
}

impl Attempt<'_> {
    /// Whether something at that place was connected to all the same: its
    /// certificate was seen.
    pub(super) fn is_answered(&self, scene: &Scene<'_>) -> bool {
        scene.seen_by(self.side).any(|fact| {
            matches!(fact.observation, Observation::CertificateSeen { server, .. }
                if server == self.server)
        })
    }

    /// The last router that let a hop limit run out.
    pub(super) fn last_hop(&self) -> Option<IpAddr> {
        self.hops.iter().max().map(|hop| hop.address)
    }

    /// The router right before the place where a reset came from.
    pub(super) fn hop_before(&self, ttl: u8) -> Option<IpAddr> {
        let before = self.hops.iter().filter(|hop| hop.ttl < ttl);
        before.max().map(|hop| hop.address)
    }

    /// How many hops away the server is at least, by the routers that any trace
    /// to the same machine met, over any protocol.
    pub(super) fn known_distance(&self, scene: &Scene<'_>) -> Option<(u8, Evidence)> {
        scene
            .seen_by(self.side)
            .filter_map(|fact| {
                let (to, hops) = traced(fact)?;
                let farthest = hops.iter().map(|hop| hop.ttl).max()?;
                let says = format!("a router {farthest} hops away answered on the way to {to}");
                (to == self.server.ip()).then(|| (farthest, Evidence::of(fact, says)))
            })
            .max_by_key(|(farthest, _)| *farthest)
    }

    /// How many hops away something refused on another port of the same machine:
    /// the server is at least as far, whether routers speak or not.
    pub(super) fn refused_elsewhere(&self, scene: &Scene<'_>) -> Option<(u8, Evidence)> {
        scene
            .seen_by(self.side)
            .filter_map(|fact| {
                let Observation::TcpTrace {
                    destination,
                    reset_at: Some(reset_at),
                    ..
                } = fact.observation
                else {
                    return None;
                };
                let is_other = destination.ip() == self.server.ip() && destination != self.server;
                let says = format!("{destination} refused from {reset_at} hops away");
                is_other.then(|| (reset_at, Evidence::of(fact, says)))
            })
            .max_by_key(|(reset_at, _)| *reset_at)
    }

    /// What the attempt itself tells.
    pub(super) fn proof(&self, scene: &Scene<'_>) -> Proof {
        let computer = scene.names.computer(self.side);
        let reach = self.last_hop().map_or_else(
            || "no router on the way answered".to_owned(),
            |hop| format!("{hop} was the last router that answered"),
        );
        let what = match self.outcome {
            TcpOutcome::Accepted => "was accepted",
            TcpOutcome::Refused => "was refused",
            TcpOutcome::Silent => "was not answered",
            TcpOutcome::Unreachable => "could not be made",
        };
        let says = format!(
            "a TCP connection from {computer} to {} {what}; {reach}",
            self.server
        );
        Proof::new(Evidence::of(self.fact, says), Vec::new())
    }
}

fn traced(fact: &Fact) -> Option<(IpAddr, &[Hop])> {
    if let Observation::TcpTrace {
        destination, hops, ..
    }
    | Observation::Trace {
        destination, hops, ..
    } = &fact.observation
    {
        return Some((destination.ip(), hops));
    }
    None
}
