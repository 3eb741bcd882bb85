//! Decides in which network each side of a session is, how the session runs
//! between the two, and which way packets took while it worked.
//!
//! A side's network is the one of its interface at whose address the front end
//! sees it sign in. A side that tells no such interface (a browser, a side
//! behind NAT) is put into the /24 or /64 around the address it signs in from,
//! and teaches no way: what an endpoint claims of networks in which the front
//! end does not see it is not kept for others.

use hopsight_diagnosis::Verdict;
use hopsight_evidence::{Fact, IcmpKind, Observation, Observer, Side, Via};
use hopsight_kit::{Moment, Timestamp};
use hopsight_store::{NetworkPair, PairState, SessionRecord, WorkingPath};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// A session without a picture so long after its first check fails.
pub(super) const GIVEN_UP: Duration = Duration::from_secs(5);

/// For so long what a router said is worth something to the next session.
pub(super) const A_MOMENT: Duration = Duration::from_secs(120);

/// So many words of routers are handed on to the next session.
const MOST_REFUSALS: usize = 8;

/// An interface that claims a network larger than this is not believed.
const SHORTEST_PREFIX: u8 = 8;

/// Where a side is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whereabouts {
    /// `ADDRESS/LENGTH`.
    pub(super) network: String,
    /// Whether an interface of the side told the network, and the front end saw
    /// the side in it.
    pub(super) is_known: bool,
}

/// The network of a side, once it has signed in.
pub(super) fn whereabouts(side: Side, facts: &[Fact]) -> Option<Whereabouts> {
    let seen_at = facts.iter().find_map(|fact| {
        let Observation::SignedInFrom { side: of, address } = &fact.observation else {
            return None;
        };
        (*of == side).then_some(address.ip().to_canonical())
    })?;
    let told = facts.iter().find_map(|fact| {
        let Observation::Interface {
            address, prefix, ..
        } = &fact.observation
        else {
            return None;
        };
        let is_own = fact.observer == Observer::from(side) && *address == seen_at;
        (is_own && *prefix >= SHORTEST_PREFIX).then_some(*prefix)
    });
    let around = match seen_at {
        IpAddr::V4(_) => 24,
        IpAddr::V6(_) => 64,
    };
    Some(Whereabouts {
        network: network(seen_at, told.unwrap_or(around))?,
        is_known: told.is_some(),
    })
}

/// `ADDRESS/LENGTH` with the bits of the host cleared.
fn network(address: IpAddr, prefix: u8) -> Option<String> {
    let prefix_bits = u32::from(prefix);
    let base = match address {
        IpAddr::V4(address) => {
            let host = u32::MAX
                .checked_shr(prefix_bits)
                .filter(|_| prefix_bits <= 32);
            let mask = !host.or((prefix_bits == 32).then_some(0))?;
            IpAddr::V4(Ipv4Addr::from(u32::from(address) & mask))
        }
        IpAddr::V6(address) => {
            let host = u128::MAX
                .checked_shr(prefix_bits)
                .filter(|_| prefix_bits <= 128);
            let mask = !host.or((prefix_bits == 128).then_some(0))?;
            IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
        }
    };
    Some(format!("{base}/{prefix}"))
}

/// How a session runs between its networks; none while that is open.
pub(super) fn pair_of(
    record: &SessionRecord,
    facts: &[Fact],
    spoken: &[Verdict],
    is_given_up: bool,
    now: Timestamp,
) -> Option<NetworkPair> {
    let sharer = whereabouts(Side::Sharer, facts)?.network;
    let viewer = whereabouts(Side::Viewer, facts)?.network;
    let main = spoken.first();
    let state = match record.path.as_deref() {
        Some(path) if path.starts_with("direct") => PairState::Direct,
        Some(_) => PairState::Relayed,
        None if is_given_up && main.is_some() => PairState::Fails,
        None => return None,
    };
    let fault = main.filter(|_| state != PairState::Direct);
    Some(NetworkPair {
        sharer,
        viewer,
        state,
        since: now,
        seen: now,
        code: fault.map(|verdict| verdict.code.as_str().to_owned()),
        confidence: fault.map(|verdict| verdict.confidence.word().to_owned()),
        session: Some(record.id.clone()),
    })
}

/// The ways that packets of a session which runs direct take, as far as an end
/// followed them.
pub(super) fn working_paths(facts: &[Fact], now: Timestamp) -> Vec<WorkingPath> {
    let path = |side: Side| {
        let from = whereabouts(side, facts).filter(|place| place.is_known)?;
        let to = whereabouts(side.other(), facts).filter(|place| place.is_known)?;
        let destination = direct_remote(side, facts)?;
        let hops = facts.iter().find_map(|fact| {
            let Observation::Trace {
                destination: traced,
                hops,
                ..
            } = &fact.observation
            else {
                return None;
            };
            let is_wanted = fact.observer == Observer::from(side) && *traced == destination;
            (is_wanted && !hops.is_empty()).then(|| hops.clone())
        })?;
        (from.network != to.network).then(|| WorkingPath {
            from: from.network,
            to: to.network,
            destination: destination.ip(),
            hops,
            seen: now,
        })
    };
    [Side::Sharer, Side::Viewer]
        .into_iter()
        .filter_map(path)
        .collect()
}

/// What routers told the ends of a session that ran at `seen`, and what that
/// session was told of the one before, as far as it is worth anything at `now`.
pub(super) fn refusals(facts: &[Fact], seen: Timestamp, now: Timestamp) -> Vec<Observation> {
    let known = |side: &Side| whereabouts(*side, facts).is_some_and(|place| place.is_known);
    let said = facts.iter().filter_map(|fact| {
        let side = fact.observer.side().filter(known)?;
        refusal(&fact.observation, side, seen)
    });
    let told = facts.iter().filter_map(|fact| {
        let told = &fact.observation;
        let is_fresh = matches!(told, Observation::EarlierRefusal { seen_at, .. }
            if now.since(*seen_at) <= A_MOMENT);
        is_fresh.then(|| told.clone())
    });
    said.chain(told).take(MOST_REFUSALS).collect()
}

fn refusal(told: &Observation, side: Side, seen_at: Timestamp) -> Option<Observation> {
    let Observation::IcmpError {
        destination,
        offender,
        kind: kind @ (IcmpKind::NetworkUnreachable | IcmpKind::HostUnreachable),
        after_ms,
        ..
    } = told
    else {
        return None;
    };
    Some(Observation::EarlierRefusal {
        side,
        router: *offender,
        destination: destination.ip(),
        kind: *kind,
        after_ms: *after_ms,
        seen_at,
    })
}

/// Where a side sends the packets of its direct pair.
fn direct_remote(side: Side, facts: &[Fact]) -> Option<SocketAddr> {
    facts.iter().find_map(|fact| {
        let Observation::PathChosen { pair } = &fact.observation else {
            return None;
        };
        let is_wanted = fact.observer == Observer::from(side) && pair.via == Via::Direct;
        is_wanted.then_some(pair.remote)
    })
}

/// Whether a session that began its checks at `first_check` will not get a
/// picture any more.
pub(super) fn is_given_up(first_check: Option<Moment>, is_over: bool, now: Moment) -> bool {
    is_over || first_check.is_some_and(|first| now.since(first) >= GIVEN_UP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::{Claim, Hop, LinkKind, Pair, Timeline};
    use hopsight_kit::{SeededRandom, SessionId};

    const NOW: Timestamp = Timestamp::from_unix_seconds(7);

    #[test]
    fn a_side_is_in_the_network_in_which_it_signs_in() {
        let mut facts = Told::default();
        facts.by(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        assert_eq!(facts.viewer(), place("10.103.0.0/24", false));

        facts.by(Observer::Viewer, interface("172.17.0.1", 16));
        assert_eq!(facts.viewer(), place("10.103.0.0/24", false));

        facts.by(Observer::Viewer, interface("10.103.0.50", 20));
        assert_eq!(facts.viewer(), place("10.103.0.0/20", true));
    }

    #[test]
    fn a_network_that_swallows_everything_is_not_believed() {
        let mut facts = Told::default();
        facts.by(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        facts.by(Observer::Viewer, interface("10.103.0.50", 0));
        assert_eq!(facts.viewer(), place("10.103.0.0/24", false));
        assert_eq!(network("10.1.2.3".parse().unwrap(), 33), None);
        let whole = network("10.1.2.3".parse().unwrap(), 32);
        assert_eq!(whole.as_deref(), Some("10.1.2.3/32"));
        let six = network("2001:db8:1:2:3::4".parse().unwrap(), 64);
        assert_eq!(six.as_deref(), Some("2001:db8:1:2::/64"));
    }

    #[test]
    fn the_way_of_a_direct_pair_is_kept_and_no_other() {
        let mut facts = Told::default();
        facts.by(Observer::FrontEnd, signed_in(Side::Sharer, "10.102.0.139"));
        facts.by(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        facts.by(Observer::Sharer, interface("10.102.0.139", 24));
        facts.by(Observer::Viewer, interface("10.103.0.50", 24));
        facts.by(Observer::Sharer, trace("10.103.0.50:6000", "10.102.0.1"));
        facts.by(Observer::Sharer, trace("10.103.0.50:7000", "10.102.0.9"));
        assert_eq!(working_paths(facts.0.facts(), NOW), []);

        facts.by(Observer::Sharer, chosen("10.103.0.50:6000"));

        let expected = WorkingPath {
            from: "10.102.0.0/24".to_owned(),
            to: "10.103.0.0/24".to_owned(),
            destination: "10.103.0.50".parse().unwrap(),
            hops: vec![hop("10.102.0.1")],
            seen: NOW,
        };
        assert_eq!(working_paths(facts.0.facts(), NOW), [expected]);
    }

    #[test]
    fn what_routers_said_is_handed_on_if_the_end_was_seen_in_its_network() {
        let mut facts = Told::default();
        facts.by(Observer::FrontEnd, signed_in(Side::Sharer, "10.102.0.139"));
        facts.by(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        facts.by(Observer::Sharer, interface("10.102.0.139", 24));
        facts.by(
            Observer::Sharer,
            icmp("10.102.0.1", IcmpKind::NetworkUnreachable),
        );
        facts.by(Observer::Sharer, icmp("10.102.0.2", IcmpKind::Prohibited));
        facts.by(
            Observer::Viewer,
            icmp("10.103.0.1", IcmpKind::NetworkUnreachable),
        );
        let soon = NOW + A_MOMENT;
        let handed_on = refusals(facts.0.facts(), NOW, soon);
        assert_eq!(handed_on, [earlier("10.102.0.1", NOW)]);

        let mut next = Told::default();
        for one in handed_on {
            next.by(Observer::FrontEnd, one);
        }
        let kept = refusals(next.0.facts(), soon, soon);
        assert_eq!(kept, [earlier("10.102.0.1", NOW)]);
        let late = soon + Duration::from_secs(1);
        assert_eq!(refusals(next.0.facts(), soon, late), []);
    }

    #[test]
    fn a_session_is_direct_relayed_or_given_up() {
        let mut facts = Told::default();
        facts.by(Observer::FrontEnd, signed_in(Side::Sharer, "10.102.0.139"));
        facts.by(Observer::FrontEnd, signed_in(Side::Viewer, "10.103.0.50"));
        let id = SessionId::draw(NOW, &mut SeededRandom::new(1));
        let mut record = SessionRecord::new(id, Vec::new(), NOW);
        let state = |record: &SessionRecord| {
            pair_of(record, facts.0.facts(), &[], true, NOW).map(|pair| pair.state)
        };

        assert_eq!(state(&record), None);
        record.path = Some("relay/tls".to_owned());
        assert_eq!(state(&record), Some(PairState::Relayed));
        record.path = Some("direct/udp".to_owned());
        assert_eq!(state(&record), Some(PairState::Direct));
    }

    struct Told(Timeline);

    impl Default for Told {
        fn default() -> Self {
            let mut random = SeededRandom::new(1);
            Self(Timeline::new(SessionId::draw(NOW, &mut random)))
        }
    }

    impl Told {
        fn by(&mut self, observer: Observer, observation: Observation) {
            let claim = Claim {
                at: NOW,
                observation,
            };
            assert_eq!(self.0.take_in(observer, vec![claim]).len(), 1);
        }

        fn viewer(&self) -> Option<Whereabouts> {
            whereabouts(Side::Viewer, self.0.facts())
        }
    }

    fn place(network: &str, is_known: bool) -> Option<Whereabouts> {
        Some(Whereabouts {
            network: network.to_owned(),
            is_known,
        })
    }

    fn signed_in(side: Side, address: &str) -> Observation {
        let address = SocketAddr::new(address.parse().unwrap(), 40_000);
        Observation::SignedInFrom { side, address }
    }

    fn interface(address: &str, prefix: u8) -> Observation {
        Observation::Interface {
            address: address.parse().unwrap(),
            prefix,
            device: String::new(),
            kind: LinkKind::Unknown,
            hardware: None,
        }
    }

    fn icmp(router: &str, kind: IcmpKind) -> Observation {
        Observation::IcmpError {
            destination: "10.103.0.50:6000".parse().unwrap(),
            offender: router.parse().unwrap(),
            kind,
            mtu: None,
            matched: true,
            after_ms: 3,
        }
    }

    fn earlier(router: &str, seen_at: Timestamp) -> Observation {
        Observation::EarlierRefusal {
            side: Side::Sharer,
            router: router.parse().unwrap(),
            destination: "10.103.0.50".parse().unwrap(),
            kind: IcmpKind::NetworkUnreachable,
            after_ms: 3,
            seen_at,
        }
    }

    fn trace(destination: &str, router: &str) -> Observation {
        Observation::Trace {
            destination: destination.parse().unwrap(),
            highest: 8,
            hops: vec![hop(router)],
        }
    }

    fn chosen(remote: &str) -> Observation {
        Observation::PathChosen {
            pair: Pair {
                local: "10.102.0.139:5000".parse().unwrap(),
                remote: remote.parse().unwrap(),
                via: Via::Direct,
            },
        }
    }

    fn hop(router: &str) -> Hop {
        Hop {
            ttl: 1,
            address: router.parse().unwrap(),
        }
    }
}
