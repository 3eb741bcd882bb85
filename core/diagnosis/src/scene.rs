//! Decides how the facts of a session read together: who has which address,
//! which pairs are direct, which direction delivered, which refusals of
//! routers count.
//!
//! An observer is believed about itself and about what reached it; it is not
//! believed when it accuses the other party's own addresses.

mod refusal;

use crate::{Case, Names};
use hopsight_evidence::{CandidateKind, Fact, Observation, Observer, Pair, Side, Via};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

pub(crate) use refusal::{Refusal, Standing, says_no_route};

/// The facts of one session in one fixed order, with what follows from them.
pub(crate) struct Scene<'a> {
    pub(crate) names: &'a Names,
    facts: Vec<&'a Fact>,
    relayed: BTreeSet<SocketAddr>,
    /// What is asked again and again, the sharer's first.
    own: [BTreeSet<IpAddr>; 2],
    told: [BTreeSet<IpAddr>; 2],
    relays: BTreeSet<IpAddr>,
    /// Both ends check each other over IPv4.
    is_over_four: bool,
}

const SIDES: [Side; 2] = [Side::Sharer, Side::Viewer];

/// One side's tally of one direct pair.
#[derive(Clone, Copy)]
pub(crate) struct Tally<'a> {
    pub(crate) fact: &'a Fact,
    pub(crate) side: Side,
    pub(crate) pair: Pair,
    pub(crate) sent: u32,
    pub(crate) answered: u32,
    pub(crate) received: u32,
    pub(crate) waited_ms: u64,
}

impl Tally<'_> {
    /// "1 check" or "4 checks".
    pub(crate) fn checks(&self) -> String {
        match self.sent {
            1 => "1 check".to_owned(),
            sent => format!("{sent} checks"),
        }
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn new(case: &Case<'a>) -> Self {
        let mut facts: Vec<&Fact> = case.facts.iter().collect();
        facts.sort_by_key(|fact| fact.id);
        let facts: Vec<&Fact> = facts
            .into_iter()
            .filter(|fact| fact.observation.may_be_seen_by(fact.observer))
            .collect();
        let relayed = facts
            .iter()
            .filter_map(|fact| relayed_address(fact))
            .collect();
        let mut scene = Self {
            names: case.names,
            facts,
            relayed,
            own: [BTreeSet::new(), BTreeSet::new()],
            told: [BTreeSet::new(), BTreeSet::new()],
            relays: BTreeSet::new(),
            is_over_four: false,
        };
        scene.is_over_four = SIDES.into_iter().all(|side| scene.checks_over_four(side));
        scene.own = SIDES.map(|side| scene.find_addresses_of(side));
        scene.told = SIDES.map(|side| scene.find_addresses_told_of(side));
        scene.relays = scene.find_relay_addresses();
        scene
    }

    /// All facts, in order.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().copied()
    }

    /// The facts that `side` itself observed.
    pub(crate) fn seen_by(&self, side: Side) -> impl Iterator<Item = &'a Fact> {
        let observer = Observer::from(side);
        self.facts().filter(move |fact| fact.observer == observer)
    }

    /// The tallies of the pairs that do not touch a relay.
    pub(crate) fn direct_tallies(&self) -> impl Iterator<Item = Tally<'a>> {
        self.facts()
            .filter_map(tally)
            .filter(|tally| self.is_direct(&tally.pair))
    }

    /// Whether the picture runs straight, or a straight pair has answered.
    pub(crate) fn runs_direct(&self) -> bool {
        let chosen = self.facts().any(|fact| {
            matches!(&fact.observation, Observation::PathChosen { pair } if self.is_direct(pair))
        });
        chosen || self.direct_tallies().any(|tally| tally.answered > 0)
    }

    /// Whether an end has chosen a path that leads by a relay.
    pub(crate) fn uses_relay(&self) -> bool {
        self.facts().any(|fact| {
            let Observation::PathChosen { pair } = &fact.observation else {
                return false;
            };
            !self.is_direct(pair)
        })
    }

    /// Whether the way to this address is the one that is explained: over IPv4
    /// where both ends try it, for what becomes of IPv6 beside it is a fault of
    /// its own (`ipv6-broken`).
    pub(crate) const fn is_explained(&self, address: IpAddr) -> bool {
        !self.is_over_four || address.to_canonical().is_ipv4()
    }

    /// Whether both ends check each other over IPv4.
    pub(crate) const fn is_over_four(&self) -> bool {
        self.is_over_four
    }

    fn checks_over_four(&self, side: Side) -> bool {
        self.direct_tallies()
            .any(|tally| tally.side == side && tally.sent > 0 && is_four(tally.pair))
    }

    fn explained_tallies(&self) -> impl Iterator<Item = Tally<'a>> {
        self.direct_tallies()
            .filter(|tally| self.is_explained(tally.pair.remote.ip()))
    }

    /// Whether packets of the other end came straight to `side`.
    pub(crate) fn delivered_to(&self, side: Side) -> bool {
        let checks = self
            .explained_tallies()
            .any(|tally| tally.side == side && tally.received > 0);
        checks || self.seen_by(side).any(|fact| self.is_arrival(fact))
    }

    fn is_arrival(&self, fact: &Fact) -> bool {
        matches!(fact.observation, Observation::ProbesArrived { source, .. }
            if !self.relayed.contains(&source)
                && self.is_explained(source.ip())
                && !fact.observer.side().is_some_and(|side| self.is_beside(side.other(), source)))
    }

    /// Whether this is a port of `side`'s own machine that the path does not use.
    fn is_beside(&self, side: Side, source: SocketAddr) -> bool {
        let sockets = self.sockets_of(side, CandidateKind::Host);
        let is_here = sockets.iter().any(|own| own.ip() == source.ip());
        is_here && !sockets.contains(&source)
    }

    /// What `side` sent from another port arrived, on the way that is explained: the
    /// fact, and that port.
    pub(crate) fn arrived_from_beside(&self, side: Side) -> Option<(&'a Fact, u16)> {
        self.seen_by(side.other()).find_map(|fact| {
            let Observation::ProbesArrived { source, .. } = fact.observation else {
                return None;
            };
            let is_beside = self.is_beside(side, source) && self.is_explained(source.ip());
            is_beside.then(|| (fact, source.port()))
        })
    }

    /// `side`'s strongest tally of unanswered direct checks.
    pub(crate) fn unanswered_from(&self, side: Side) -> Option<Tally<'a>> {
        self.explained_tallies()
            .filter(|tally| tally.side == side && tally.sent > 0 && tally.answered == 0)
            .max_by_key(|tally| (tally.sent, tally.pair))
    }

    /// The sides whose direct packets are known not to arrive: a router said
    /// so, or one end sent and the other end, which also tells its counts,
    /// received nothing.
    pub(crate) fn is_lost_from(&self, side: Side) -> bool {
        let sent = self.unanswered_from(side).is_some();
        let mut heard = self
            .explained_tallies()
            .filter(|tally| tally.side == side.other())
            .peekable();
        sent && heard.peek().is_some() && heard.all(|tally| tally.received == 0)
    }

    /// Every address that is `side`'s own, as itself or the front end tells.
    pub(crate) const fn addresses_of(&self, side: Side) -> &BTreeSet<IpAddr> {
        let [sharer, viewer] = &self.own;
        match side {
            Side::Sharer => sharer,
            Side::Viewer => viewer,
        }
    }

    fn find_addresses_of(&self, side: Side) -> BTreeSet<IpAddr> {
        let own = self
            .seen_by(side)
            .filter_map(|fact| self.own_address(&fact.observation));
        own.chain(self.signed_in_from(side)).collect()
    }

    /// The addresses that `side`'s own interfaces have, as itself tells; of a
    /// browser, which knows no interface, those of its host candidates.
    pub(crate) fn own_interfaces(&self, side: Side) -> BTreeSet<IpAddr> {
        let told = self.seen_by(side).filter_map(interface);
        let told: BTreeSet<IpAddr> = told.map(|(address, _)| address).collect();
        if told.is_empty() {
            return self.own_hosts(side);
        }
        told
    }

    fn own_hosts(&self, side: Side) -> BTreeSet<IpAddr> {
        let told = self.seen_by(side).filter_map(|fact| {
            let Observation::Candidate {
                own: true,
                kind: CandidateKind::Host,
                address,
                ..
            } = fact.observation
            else {
                return None;
            };
            Some(address.ip().to_canonical())
        });
        told.collect()
    }

    /// The addresses at which relays were asked or offered.
    pub(crate) const fn relay_addresses(&self) -> &BTreeSet<IpAddr> {
        &self.relays
    }

    fn find_relay_addresses(&self) -> BTreeSet<IpAddr> {
        let offered = self.facts().filter_map(|fact| {
            let Observation::RelayOffered { servers } = &fact.observation else {
                return None;
            };
            Some(servers.iter().map(|server| server.ip().to_canonical()))
        });
        let asked = self.facts().filter_map(|fact| {
            let (Observation::RelayAllocated { server, .. }
            | Observation::RelaySilent { server, .. }
            | Observation::TurnResult { server, .. }) = fact.observation
            else {
                return None;
            };
            Some(server.ip().to_canonical())
        });
        offered.flatten().chain(asked).collect()
    }

    /// The addresses at which the other end tries to reach `side` directly.
    pub(crate) const fn addresses_told_of(&self, side: Side) -> &BTreeSet<IpAddr> {
        let [sharer, viewer] = &self.told;
        match side {
            Side::Sharer => sharer,
            Side::Viewer => viewer,
        }
    }

    fn find_addresses_told_of(&self, side: Side) -> BTreeSet<IpAddr> {
        self.seen_by(side.other())
            .filter_map(|fact| self.peer_address(&fact.observation))
            .collect()
    }

    /// The address from which `side` signs in, as the front end sees it.
    pub(crate) fn signed_in_from(&self, side: Side) -> Option<IpAddr> {
        self.facts().find_map(|fact| {
            let Observation::SignedInFrom { side: of, address } = fact.observation else {
                return None;
            };
            (of == side).then(|| address.ip().to_canonical())
        })
    }

    /// The address by which `side`'s machine is named in words.
    pub(crate) fn address_of(&self, side: Side) -> Option<IpAddr> {
        let own = self.addresses_of(side);
        let signed_in = self.signed_in_from(side);
        let told = self.addresses_told_of(side);
        signed_in
            .filter(|address| told.contains(address))
            .map(|address| self.behind(side, address).unwrap_or(address))
            .or_else(|| {
                self.unanswered_from(side)
                    .map(|tally| tally.pair.local.ip())
            })
            .or_else(|| own.first().copied())
            .or_else(|| told.first().copied())
    }

    /// The machine's own address behind the gate from which it signs in; never
    /// one that somebody else has, whatever the machine tells.
    fn behind(&self, side: Side, gate: IpAddr) -> Option<IpAddr> {
        let outside = self.candidates_of(side, CandidateKind::ServerReflexive);
        let interfaces = self.own_interfaces(side);
        if !outside.contains(&gate) || interfaces.contains(&gate) {
            return None;
        }
        let hosts = self.candidates_of(side, CandidateKind::Host);
        let other = side.other();
        let is_of_others = |address: &IpAddr| {
            self.relay_addresses().contains(address)
                || self.addresses_of(other).contains(address)
                || self.signed_in_from(other) == Some(*address)
        };
        let mut own = interfaces.into_iter();
        own.find(|address| hosts.contains(address) && !is_of_others(address))
    }

    /// The network of `address`, when an interface of `side` knows it.
    pub(crate) fn network_of(&self, side: Side, address: IpAddr) -> Option<String> {
        self.seen_by(side).find_map(|fact| {
            let Observation::Interface {
                address: own,
                prefix,
                ..
            } = fact.observation
            else {
                return None;
            };
            let own = own.to_canonical();
            (own == address).then(|| network(own, prefix)).flatten()
        })
    }

    /// Whether `address` is one of either party's.
    pub(crate) fn is_party(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        [Side::Sharer, Side::Viewer].into_iter().any(|side| {
            self.addresses_of(side).contains(&address)
                || self.addresses_told_of(side).contains(&address)
        })
    }

    /// Whether `address` lies outside every network that an interface of
    /// `side` knows; false when no interface was told.
    pub(crate) fn is_off_link(&self, side: Side, address: IpAddr) -> bool {
        let mut known = self.seen_by(side).filter_map(interface).peekable();
        known.peek().is_some()
            && known.all(|(own, prefix)| network(own, prefix) != network(address, prefix))
    }

    /// Whether the datagrams of `pair` touch no relay at either end.
    fn is_direct(&self, pair: &Pair) -> bool {
        pair.via == Via::Direct
            && !self.relayed.contains(&pair.remote)
            && !self.relayed.contains(&pair.local)
    }

    fn own_address(&self, observation: &Observation) -> Option<IpAddr> {
        if let Observation::Interface { address, .. } = observation {
            return Some(address.to_canonical());
        }
        self.candidate_address(observation, true)
            .or_else(|| self.direct_pair(observation).map(|pair| pair.local.ip()))
            .map(|address| address.to_canonical())
    }

    fn peer_address(&self, observation: &Observation) -> Option<IpAddr> {
        self.candidate_address(observation, false)
            .or_else(|| self.direct_pair(observation).map(|pair| pair.remote.ip()))
            .map(|address| address.to_canonical())
    }

    fn candidate_address(&self, observation: &Observation, wanted: bool) -> Option<IpAddr> {
        let Observation::Candidate { own, address, .. } = observation else {
            return None;
        };
        (*own == wanted && !self.relayed.contains(address)).then(|| address.ip())
    }

    fn direct_pair(&self, observation: &Observation) -> Option<Pair> {
        let Observation::Checks { pair, .. } = observation else {
            return None;
        };
        self.is_direct(pair).then_some(*pair)
    }
}

const fn is_four(pair: Pair) -> bool {
    pair.remote.ip().to_canonical().is_ipv4()
}

const fn interface(fact: &Fact) -> Option<(IpAddr, u8)> {
    let Observation::Interface {
        address, prefix, ..
    } = fact.observation
    else {
        return None;
    };
    Some((address.to_canonical(), prefix))
}

fn tally(fact: &Fact) -> Option<Tally<'_>> {
    let side = fact.observer.side()?;
    let Observation::Checks {
        pair,
        sent,
        answered,
        received,
        waited_ms,
        ..
    } = fact.observation
    else {
        return None;
    };
    Some(Tally {
        fact,
        side,
        pair,
        sent,
        answered,
        received,
        waited_ms,
    })
}

fn relayed_address(fact: &Fact) -> Option<SocketAddr> {
    if let Observation::Candidate { kind, address, .. } = fact.observation {
        return (kind == CandidateKind::Relayed).then_some(address);
    }
    if let Observation::RelayAllocated { relayed, .. } | Observation::RelayServes { relayed, .. } =
        fact.observation
    {
        return Some(relayed);
    }
    None
}

fn network(address: IpAddr, prefix: u8) -> Option<String> {
    let base: IpAddr = match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32_u32.checked_sub(prefix.into())?)
                .unwrap_or(0);
            std::net::Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(128_u32.checked_sub(prefix.into())?)
                .unwrap_or(0);
            std::net::Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    };
    Some(format!("{base}/{prefix}"))
}
