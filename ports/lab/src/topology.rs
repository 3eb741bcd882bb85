//! Decides how a network is written down: links between nodes, routes on nodes,
//! and the places where people and servers sit.

use crate::Fault;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A network without faults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Its name in cards.
    pub name: String,
    /// Cables between two nodes.
    pub link: Vec<Link>,
    /// Who knows which way.
    pub route: Vec<Route>,
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

/// One end of a cable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The node it is plugged into.
    pub node: String,
    /// The node's address there, as `ADDRESS/LENGTH`.
    pub address: String,
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

impl Topology {
    /// The names of all nodes.
    #[must_use]
    pub fn nodes(&self) -> BTreeSet<&str> {
        let ends = self.link.iter().flat_map(|link| [&link.a, &link.b]);
        ends.map(|end| end.node.as_str()).collect()
    }

    /// The first address of a node, without its length.
    #[must_use]
    pub fn address_of(&self, node: &str) -> Option<&str> {
        let mut ends = self.link.iter().flat_map(|link| [&link.a, &link.b]);
        let end = ends.find(|end| end.node == node)?;
        end.address.split('/').next()
    }
}
