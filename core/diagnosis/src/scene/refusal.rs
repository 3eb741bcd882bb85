//! Decides which ICMP errors count as a word of a router: that it has no route,
//! or that a rule forbids the way.
//!
//! Three traps are answered here. A "host unreachable" that comes after three
//! seconds is a neighbour that stayed silent, not a missing route. A refusal
//! about an address that the other end only has behind its NAT says nothing
//! about the way that was needed. And an offender that is one of the two
//! parties is never a router, whoever says so.

use super::Scene;
use hopsight_evidence::{CandidateKind, Fact, IcmpKind, Observation, Side};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// A router's word that it does not let packets to the other end pass.
#[derive(Clone, Copy)]
pub(crate) struct Refusal<'a> {
    pub(crate) fact: &'a Fact,
    pub(crate) side: Side,
    pub(crate) offender: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) kind: IcmpKind,
    pub(crate) after_ms: u64,
    pub(crate) standing: Standing,
}

impl Refusal<'_> {
    /// When it came, as words.
    pub(crate) fn delay(&self) -> String {
        match self.after_ms {
            0 => "within 1 ms of the first check".to_owned(),
            millis => format!("{millis} ms after the first check"),
        }
    }
}

/// How much a refusal proves. Ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// About an address that need not be the one that mattered.
    Aside,
    /// The machine itself may be gone: nobody but the accuser saw it alive.
    Unattested,
    /// About the address that mattered.
    Full,
}

impl<'a> Scene<'a> {
    /// The missing routes that `side` was told of, one per router, the best
    /// first.
    pub(crate) fn refusals(&self, side: Side) -> Vec<Refusal<'a>> {
        self.words_of_routers(side, says_no_route)
    }

    /// The rules that `side` was told of, one per device, the best first.
    pub(crate) fn prohibitions(&self, side: Side) -> Vec<Refusal<'a>> {
        self.words_of_routers(side, |kind, _| kind == IcmpKind::Prohibited)
    }

    fn words_of_routers(&self, side: Side, wanted: fn(IcmpKind, u64) -> bool) -> Vec<Refusal<'a>> {
        let mut all: Vec<Refusal<'a>> = self
            .seen_by(side)
            .filter_map(|fact| self.refusal(side, fact))
            .filter(|one| wanted(one.kind, one.after_ms))
            .collect();
        all.sort_by_key(|one| {
            let worth = std::cmp::Reverse(one.standing);
            (
                worth,
                one.after_ms,
                one.offender,
                one.destination,
                one.kind,
                one.fact.id,
            )
        });
        let best = all.first().map(|one| one.standing);
        let mut named = BTreeSet::new();
        all.retain(|one| Some(one.standing) == best && named.insert(one.offender));
        all
    }

    fn refusal(&self, side: Side, fact: &'a Fact) -> Option<Refusal<'a>> {
        let Observation::IcmpError {
            destination,
            offender,
            kind,
            after_ms,
            ..
        } = fact.observation
        else {
            return None;
        };
        let (offender, destination) = (offender.to_canonical(), destination.ip().to_canonical());
        if !self.may_be_router(offender, destination) {
            return None;
        }
        let is_outside = self.is_in_one_house(side.other(), destination)
            && is_private(destination)
            && !is_private(offender);
        let standing = self.standing(side, destination, kind);
        let standing = standing.filter(|_| !is_outside)?;
        Some(Refusal {
            fact,
            side,
            offender,
            destination,
            kind,
            after_ms,
            standing,
        })
    }

    /// Not the machine it is about, and not an address of either party,
    /// whoever told that address.
    pub(crate) fn may_be_router(&self, offender: IpAddr, destination: IpAddr) -> bool {
        let is_party = self.is_party(offender) || self.relay_addresses().contains(&offender);
        let is_address =
            !offender.is_unspecified() && !offender.is_loopback() && !offender.is_multicast();
        offender != destination && !is_party && is_address
    }

    fn standing(&self, side: Side, destination: IpAddr, kind: IcmpKind) -> Option<Standing> {
        let far = side.other();
        let told = self.addresses_told_of(far);
        let own = self.addresses_of(far);
        if !told.contains(&destination) && !own.contains(&destination) {
            return None;
        }
        if self.is_only_inside_a_nat(far, destination) {
            return None;
        }
        if !self.is_the_address_that_matters(far, destination) {
            return Some(Standing::Aside);
        }
        if kind == IcmpKind::HostUnreachable && !own.contains(&destination) {
            return Some(Standing::Unattested);
        }
        Some(Standing::Full)
    }

    /// `far` has another address outside, learnt from a STUN server or, where none
    /// answers it, seen where it signs in, and the other end is not behind that same one: two networks of
    /// one house, whose ends are to meet inside.
    pub(crate) fn is_only_inside_a_nat(&self, far: Side, destination: IpAddr) -> bool {
        let hosts = self.candidates_of(far, CandidateKind::Host);
        let outside = self.candidates_of(far, CandidateKind::ServerReflexive);
        let beside = self.candidates_of(far.other(), CandidateKind::ServerReflexive);
        if outside.is_empty() {
            return hosts.contains(&destination) && self.signs_in_from_outside(far);
        }
        let hidden: BTreeSet<&IpAddr> = outside.difference(&hosts).collect();
        let is_one_house = hidden.iter().any(|address| beside.contains(address));
        hosts.contains(&destination) && !hidden.is_empty() && !is_one_house
    }

    /// `side` is behind a NAT and cannot tell where to send to it: no STUN server
    /// answers it.
    pub(crate) fn is_hidden(&self, side: Side) -> bool {
        let outside = self.candidates_of(side, CandidateKind::ServerReflexive);
        outside.is_empty() && self.signs_in_from_outside(side)
    }

    /// `far` learnt no outside address, but signs in from one that it does
    /// not have, and the other end from another one.
    pub(crate) fn signs_in_from_outside(&self, far: Side) -> bool {
        let own = self.own_interfaces(far);
        let [far_from, near_from] = [far, far.other()].map(|side| self.signed_in_from(side));
        let is_outside = far_from.is_some_and(|from| !own.is_empty() && !own.contains(&from));
        is_outside && far_from != near_from
    }

    /// Both ends are behind one translator, and this is `far`'s address inside.
    fn is_in_one_house(&self, far: Side, destination: IpAddr) -> bool {
        let hosts = self.candidates_of(far, CandidateKind::Host);
        let [there, here] = [far, far.other()].map(|side| self.signed_in_from(side));
        let is_translated = there.is_some_and(|address| !hosts.contains(&address));
        is_translated && there == here && hosts.contains(&destination)
    }

    /// The address from which `far` signs in, if it is among its candidates;
    /// the only one tried; or one of several that were all refused.
    pub(crate) fn is_the_address_that_matters(&self, far: Side, destination: IpAddr) -> bool {
        let candidates = self.addresses_told_of(far);
        if let Some(signed_in) = self.signed_in_from(far) {
            return signed_in == destination || self.is_in_one_house(far, destination);
        }
        candidates
            .iter()
            .all(|address| *address == destination || self.is_refused(far.other(), *address))
    }

    fn is_refused(&self, side: Side, address: IpAddr) -> bool {
        self.seen_by(side).any(|fact| {
            matches!(fact.observation, Observation::IcmpError { destination, kind, after_ms, .. }
                if destination.ip().to_canonical() == address && says_no_route(kind, after_ms))
        })
    }

    /// The addresses of one kind that either end told of `side`.
    pub(crate) fn candidates_of(&self, side: Side, wanted: CandidateKind) -> BTreeSet<IpAddr> {
        let sockets = self.sockets_of(side, wanted).into_iter();
        sockets.map(|socket| socket.ip().to_canonical()).collect()
    }

    /// The same, with their ports.
    pub(crate) fn sockets_of(&self, side: Side, wanted: CandidateKind) -> BTreeSet<SocketAddr> {
        self.facts()
            .filter_map(|fact| {
                let Observation::Candidate {
                    own, kind, address, ..
                } = fact.observation
                else {
                    return None;
                };
                let of = fact.observer.side()?;
                let of = if own { of } else { of.other() };
                (of == side && kind == wanted).then_some(address)
            })
            .collect()
    }
}

/// For use inside a house, or between a carrier and its customers (RFC 1918,
/// RFC 6598, RFC 4193): nobody outside knows a way there.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_carriers = first == 100 && second & 0xC0 == 64;
            address.is_private() || is_carriers
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// A router without a route says so at once; only a neighbour that stays
/// silent is reported after its three requests (3.07 s).
pub(crate) const fn says_no_route(kind: IcmpKind, after_ms: u64) -> bool {
    match kind {
        IcmpKind::NetworkUnreachable => true,
        IcmpKind::HostUnreachable => after_ms <= AT_ONCE_MS,
        IcmpKind::PortUnreachable
        | IcmpKind::TooBig
        | IcmpKind::Prohibited
        | IcmpKind::TimeExceeded
        | IcmpKind::Other { .. } => false,
    }
}

const AT_ONCE_MS: u64 = 1000;
