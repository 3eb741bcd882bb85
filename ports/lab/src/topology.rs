//! Decides how a network is written down: links between nodes, switches with
//! several nodes, routes on nodes, and the places where people and servers sit.

use crate::Fault;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

/// A network without faults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Its name in cards.
    pub name: String,
    /// Whether its nodes speak IPv6 as well.
    #[serde(default)]
    pub ipv6: bool,
    /// Cables between two nodes.
    #[serde(default)]
    pub link: Vec<Link>,
    /// Switches.
    #[serde(default)]
    pub lan: Vec<Lan>,
    /// Who knows which way.
    #[serde(default)]
    pub route: Vec<Route>,
    /// What belongs to this network although it looks like a fault: address
    /// translation, filters, small links.
    #[serde(default)]
    pub fixture: Vec<Fault>,
    /// Where people and servers sit.
    pub places: Places,
    /// Faults that any card here can have as well.
    #[serde(default)]
    pub also: Vec<Also>,
}

/// A second fault, by the code that it must be reported under.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    /// The code.
    pub code: String,
    /// How it is brought about.
    pub fault: Fault,
}

/// A cable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// One end.
    pub a: End,
    /// The other end.
    pub b: End,
}

/// A switch and what is plugged into it. It has no address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lan {
    /// The node that is the switch.
    pub switch: String,
    /// What is plugged into it.
    pub ends: Vec<End>,
}

/// One end of a cable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The node it is plugged into.
    pub node: String,
    /// The node's address there, as `ADDRESS/LENGTH`.
    pub address: String,
    /// Its IPv6 address there, as `ADDRESS/LENGTH`.
    pub address6: Option<String>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The node that knows it.
    pub on: String,
    /// The network, as `ADDRESS/LENGTH`, or `default`.
    pub to: String,
    /// The next hop.
    pub via: String,
}

/// Where people and servers sit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// The node whose desktop is shown.
    pub sharer: String,
    /// The node that sees it.
    pub viewer: String,
    /// The node of the one server.
    pub server: String,
    /// The address at which clients reach the relay.
    pub relay: String,
}

/// One end of a cable as the kernel has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plug {
    pub(crate) node: String,
    pub(crate) device: String,
    /// The node at the other end.
    pub(crate) towards: String,
    pub(crate) addresses: Vec<String>,
}

impl Topology {
    /// The names of all nodes.
    #[must_use]
    pub fn nodes(&self) -> BTreeSet<String> {
        let ends = self.cables().into_iter().flatten();
        ends.map(|plug| plug.node).collect()
    }

    /// The first address of a node, without its length.
    #[must_use]
    pub fn address_of(&self, node: &str) -> Option<String> {
        let end = self.ends().find(|end| end.node == node)?;
        end.address.split('/').next().map(str::to_owned)
    }

    /// Which node has which address.
    #[must_use]
    pub fn owners(&self) -> BTreeMap<IpAddr, String> {
        let owner = |end: &End| {
            let addresses = [Some(&end.address), end.address6.as_ref()];
            let addresses = addresses.into_iter().flatten();
            let addresses = addresses.filter_map(|text| text.split('/').next()?.parse().ok());
            addresses
                .map(|address| (address, end.node.clone()))
                .collect::<Vec<_>>()
        };
        self.ends().flat_map(owner).collect()
    }

    /// The nodes of the shortest way between two nodes, both included; those two
    /// alone when no cable leads from one to the other.
    #[must_use]
    pub fn between(&self, from: &str, to: &str) -> Vec<String> {
        let cables = self.cables();
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut waiting = VecDeque::from([from]);
        while let Some(node) = waiting.pop_front() {
            let next = cables.iter().flatten().filter(|plug| plug.node == node);
            for plug in next {
                let towards = plug.towards.as_str();
                if towards != from && !came_from.contains_key(towards) {
                    came_from.insert(towards, &plug.node);
                    waiting.push_back(towards);
                }
            }
        }
        let back = std::iter::successors(Some(to), |node| came_from.get(node).copied());
        let mut way: Vec<String> = back.map(str::to_owned).collect();
        if way.last().is_some_and(|last| last != from) {
            way.push(from.to_owned());
        }
        way.reverse();
        way
    }

    /// Every cable with its two ends, named as they will be in the kernel.
    pub(crate) fn cables(&self) -> Vec<[Plug; 2]> {
        let links = self.link.iter().enumerate().map(|(number, link)| {
            [
                plug(&link.a, format!("l{number}a"), &link.b.node),
                plug(&link.b, format!("l{number}b"), &link.a.node),
            ]
        });
        let lans = self.lan.iter().enumerate().flat_map(|(number, lan)| {
            let end = move |(port, end): (usize, &End)| {
                let socket = Plug {
                    node: lan.switch.clone(),
                    device: format!("p{number}x{port}"),
                    towards: end.node.clone(),
                    addresses: Vec::new(),
                };
                let device = format!("e{number}x{port}");
                [plug(end, device, &lan.switch), socket]
            };
            lan.ends.iter().enumerate().map(end)
        });
        links.chain(lans).collect()
    }

    /// The end of the cable at `node` that leads to `towards`.
    pub(crate) fn plug(&self, node: &str, towards: &str) -> Option<Plug> {
        let mut plugs = self.cables().into_iter().flatten();
        plugs.find(|plug| plug.node == node && plug.towards == towards)
    }

    fn ends(&self) -> impl Iterator<Item = &End> {
        let links = self.link.iter().flat_map(|link| [&link.a, &link.b]);
        links.chain(self.lan.iter().flat_map(|lan| &lan.ends))
    }
}

fn plug(end: &End, device: String, towards: &str) -> Plug {
    let addresses = [Some(end.address.clone()), end.address6.clone()];
    Plug {
        node: end.node.clone(),
        device,
        towards: towards.to_owned(),
        addresses: addresses.into_iter().flatten().collect(),
    }
}
