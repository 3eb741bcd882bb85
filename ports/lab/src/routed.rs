//! Decides which nodes packets pass on their way through a card's network: by the
//! routes of its topology and the faults that give other ones. Translation is left out;
//! where the routes do not lead to an address, nobody knows the way.

use crate::{Fault, Topology};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Farther than any way in a lab; a loop ends here.
const FARTHEST: usize = 32;

/// Who knows which way.
pub(crate) struct Routed<'a> {
    topology: &'a Topology,
    owners: BTreeMap<IpAddr, String>,
    known: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    on: String,
    network: Network,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    OnLink,
    Hop(IpAddr),
    Nowhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    length: u32,
}

impl<'a> Routed<'a> {
    /// The routes of `topology` after these faults.
    pub(crate) fn with(topology: &'a Topology, faults: &[Fault]) -> Self {
        let plugs = topology.cables().into_iter().flatten();
        let links = plugs.flat_map(|plug| {
            let networks = plug.addresses.into_iter();
            let networks = networks.filter_map(|text| Network::read(&text));
            networks
                .map(|network| Known {
                    on: plug.node.clone(),
                    network,
                    next: Next::OnLink,
                })
                .collect::<Vec<_>>()
        });
        let routes = topology.route.iter().filter_map(|route| {
            Some(Known {
                on: route.on.clone(),
                network: Network::read(&route.to)?,
                next: Next::Hop(route.via.parse().ok()?),
            })
        });
        let mut known: Vec<Known> = links.chain(routes).collect();
        for fault in faults {
            change(&mut known, fault);
        }
        Self {
            topology,
            owners: topology.owners(),
            known,
        }
    }

    /// The nodes from `from` to the one that has the address, both included.
    pub(crate) fn way(&self, from: &str, to: IpAddr) -> Option<Vec<String>> {
        let mut way = vec![from.to_owned()];
        for _ in 0..FARTHEST {
            let here = way.last()?.clone();
            if self.owners.get(&to) == Some(&here) {
                return Some(way);
            }
            let hop = match self.next(&here, to)? {
                Next::OnLink => to,
                Next::Hop(hop) => hop,
                Next::Nowhere => return None,
            };
            let next = self.owners.get(&hop)?;
            way.extend(self.topology.between(&here, next).into_iter().skip(1));
        }
        None
    }

    /// The narrowest route decides.
    fn next(&self, node: &str, to: IpAddr) -> Option<Next> {
        let known = self.known.iter();
        let fitting = known.filter(|one| one.on == node && one.network.has(to));
        fitting
            .max_by_key(|one| one.network.length)
            .map(|one| one.next)
    }
}

fn change(known: &mut Vec<Known>, fault: &Fault) {
    let (node, network, next) = match fault {
        Fault::RouteReplaced { on, to, by } => {
            let next = by.parse().map_or(Next::Nowhere, Next::Hop);
            (on, to, Some(next))
        }
        Fault::RouteMissing { on, to } => (on, to, None),
        Fault::ProtocolDropped { .. }
        | Fault::ForwardsOnly { .. }
        | Fault::TlsOnly { .. }
        | Fault::Filter { .. }
        | Fault::LinkMtu { .. }
        | Fault::Nat { .. }
        | Fault::Device { .. }
        | Fault::AddressAdded { .. }
        | Fault::AddressReplaced { .. }
        | Fault::Neighbour { .. }
        | Fault::Isolation { .. }
        | Fault::Name { .. }
        | Fault::TlsBox { .. }
        | Fault::Unplugged { .. }
        | Fault::ProgramKilled { .. }
        | Fault::Setting { .. } => return,
    };
    let Some(network) = Network::read(network) else {
        return;
    };
    known.retain(|one| one.on != *node || one.network != network);
    known.extend(next.map(|next| Known {
        on: node.clone(),
        network,
        next,
    }));
}

impl Network {
    /// `ADDRESS/LENGTH`, or `default`.
    fn read(text: &str) -> Option<Self> {
        let text = if text == "default" { "0.0.0.0/0" } else { text };
        let (address, length) = text.split_once('/')?;
        let mut network = Self {
            address: address.parse().ok()?,
            length: length.parse().ok()?,
        };
        network.address = base(network.address, network.length)?;
        Some(network)
    }

    fn has(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && base(address, self.length) == Some(self.address)
    }
}

fn base(address: IpAddr, length: u32) -> Option<IpAddr> {
    Some(match address {
        IpAddr::V4(address) => {
            let hosts = 32_u32.checked_sub(length)?;
            let mask = u32::MAX.checked_shl(hosts).unwrap_or(0);
            std::net::Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let hosts = 128_u32.checked_sub(length)?;
            let mask = u128::MAX.checked_shl(hosts).unwrap_or(0);
            std::net::Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Card;

    #[test]
    fn packets_take_the_detour_that_a_replaced_route_sends_them_on() {
        assert_eq!(
            way("hq-filters-detour", "gate-a", [192, 168, 20, 30]),
            ["gate-a", "wan-1", "hq-wall", "wan-2", "gate-b", "pc-b"]
        );
        assert_eq!(
            way("hq-filters-detour", "gate-b", [192, 168, 10, 20]),
            ["gate-b", "wan-2", "wan-1", "gate-a", "pc-a"]
        );
    }

    #[test]
    fn a_switch_stands_between_two_neighbours() {
        assert_eq!(
            way("lan-host-firewall", "pc-a", [192, 168, 1, 11]),
            ["pc-a", "switch", "pc-b"]
        );
    }

    #[test]
    fn where_a_route_is_missing_or_translation_stands_nobody_knows_the_way() {
        assert!(way("inter-vlan", "router-a", [10, 103, 0, 50]).is_empty());
        assert!(way("strict-gate-nat", "gate-a", [192, 168, 20, 30]).is_empty());
    }

    fn way(card: &str, from: &str, to: [u8; 4]) -> Vec<String> {
        let card = Card::named(card).unwrap();
        let topology = card.topology().unwrap();
        let way = Routed::with(&topology, &card.fault).way(from, to.into());
        way.unwrap_or_default()
    }
}
