//! Decides what a card says: a network, the faults in it, and what must come of
//! a session there. The cards of the project are embedded.

use crate::Topology;
use serde::Deserialize;
use std::net::IpAddr;

/// A network with or without faults.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its name on the command line.
    pub name: String,
    /// One line about it.
    pub title: String,
    /// The name of the topology.
    pub topology: String,
    /// What is wrong, in the order in which it is brought about.
    pub fault: Vec<Fault>,
    /// What must come of a session.
    pub expect: Expect,
    /// What must come of it where routers say nothing; the same, when absent.
    pub expect_silent: Option<Expect>,
}

/// One thing that is wrong in a network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// A node lets only these pass between other nodes; everything else is
    /// dropped without a word.
    ForwardsOnly {
        /// The node.
        on: String,
        /// Protocol and destination port, as `tcp/443`, both ways.
        allow: Vec<String>,
    },
    /// A node drops a protocol between other nodes without a word.
    ProtocolDropped {
        /// The node.
        on: String,
        /// `udp` or `tcp`.
        protocol: String,
    },
    /// A node lets only TLS to this TCP port pass between other nodes, told by
    /// the first byte that a client sends; everything else is dropped without
    /// a word.
    TlsOnly {
        /// The node.
        on: String,
        /// The destination port.
        port: u16,
    },
    /// A node has a packet filter.
    Filter {
        /// The node.
        on: String,
        /// Where it looks: `input`, `output` or `forward`.
        hook: String,
        /// One rule as nftables has it.
        rule: String,
    },
    /// A node takes another way to a network than it should.
    RouteReplaced {
        /// The node.
        on: String,
        /// The network, as `ADDRESS/LENGTH`.
        to: String,
        /// What it does instead: `blackhole`, `prohibit`, `unreachable`, or the
        /// address of another next hop.
        by: String,
    },
    /// A node does not know the way to a network.
    RouteMissing {
        /// The node.
        on: String,
        /// The network, as `ADDRESS/LENGTH`.
        to: String,
    },
}

/// What must come of a session in this network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How the picture comes: `direct` or `relay`.
    pub path: String,
    /// What carries the picture at both ends: `udp`, `tcp` or `tls`; absent when
    /// it does not matter.
    pub transport: Option<String>,
    /// The code of the verdict; absent when none may be spoken.
    pub code: Option<String>,
    /// The confidence of the verdict.
    pub confidence: Option<String>,
    /// Addresses one of which the verdict's culprit must have.
    #[serde(default)]
    pub culprits: Vec<IpAddr>,
    /// Codes of further causes that must be reported.
    #[serde(default)]
    pub also: Vec<String>,
    /// Codes that the verdict must name among what it cannot tell apart.
    #[serde(default)]
    pub rivals: Vec<String>,
}

/// A card that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// No card has this name.
    #[error("there is no card `{name}`; `hopsight lab --list` names them all")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The file does not say what a card must say.
    #[error("card {name}: {problem}")]
    Malformed {
        /// The card.
        name: String,
        /// What is wrong with it, with line and key.
        problem: String,
    },
}

impl Card {
    /// The card of that name.
    pub fn named(name: &str) -> Result<Self, CardError> {
        let found = CARDS.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| CardError::Unknown {
            name: name.to_owned(),
        })?;
        read(name, text)
    }

    /// Every card, by name.
    #[must_use]
    pub fn all() -> Vec<Result<Self, CardError>> {
        CARDS.iter().map(|(name, text)| read(name, text)).collect()
    }

    /// What must come of a session, with routers that say why they do not
    /// forward a packet or with silent ones.
    #[must_use]
    pub fn expected(&self, silent_routers: bool) -> &Expect {
        let silent = self.expect_silent.as_ref().filter(|_| silent_routers);
        silent.unwrap_or(&self.expect)
    }

    /// The network before anything went wrong in it.
    pub fn topology(&self) -> Result<Topology, CardError> {
        let found = TOPOLOGIES.iter().find(|(known, _)| *known == self.topology);
        let (name, text) = found.ok_or_else(|| CardError::Malformed {
            name: self.name.clone(),
            problem: format!("there is no topology `{}`", self.topology),
        })?;
        read(name, text)
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, CardError> {
    toml::from_str(text).map_err(|error| CardError::Malformed {
        name: name.to_owned(),
        problem: error.to_string(),
    })
}

const CARDS: &[(&str, &str)] = &[
    (
        "admin-prohibited",
        include_str!("../../../cards/admin-prohibited.toml"),
    ),
    ("core-drops", include_str!("../../../cards/core-drops.toml")),
    (
        "core-drops-udp",
        include_str!("../../../cards/core-drops-udp.toml"),
    ),
    ("healthy", include_str!("../../../cards/healthy.toml")),
    (
        "host-and-router",
        include_str!("../../../cards/host-and-router.toml"),
    ),
    (
        "host-filter-in",
        include_str!("../../../cards/host-filter-in.toml"),
    ),
    (
        "host-filter-out",
        include_str!("../../../cards/host-filter-out.toml"),
    ),
    (
        "host-filter-silent",
        include_str!("../../../cards/host-filter-silent.toml"),
    ),
    (
        "host-without-route",
        include_str!("../../../cards/host-without-route.toml"),
    ),
    ("inter-vlan", include_str!("../../../cards/inter-vlan.toml")),
    ("lossy-core", include_str!("../../../cards/lossy-core.toml")),
    ("null-route", include_str!("../../../cards/null-route.toml")),
    (
        "only-sign-in-port",
        include_str!("../../../cards/only-sign-in-port.toml"),
    ),
    ("only-tls", include_str!("../../../cards/only-tls.toml")),
    (
        "prohibiting-route",
        include_str!("../../../cards/prohibiting-route.toml"),
    ),
    (
        "return-route",
        include_str!("../../../cards/return-route.toml"),
    ),
    (
        "sharer-filter-in",
        include_str!("../../../cards/sharer-filter-in.toml"),
    ),
    (
        "stateful-filter",
        include_str!("../../../cards/stateful-filter.toml"),
    ),
    (
        "tcp-dropped-between",
        include_str!("../../../cards/tcp-dropped-between.toml"),
    ),
    (
        "udp-dropped",
        include_str!("../../../cards/udp-dropped.toml"),
    ),
    (
        "viewer-filter-out",
        include_str!("../../../cards/viewer-filter-out.toml"),
    ),
    (
        "viewer-null-route",
        include_str!("../../../cards/viewer-null-route.toml"),
    ),
    (
        "wrong-gateway",
        include_str!("../../../cards/wrong-gateway.toml"),
    ),
];

const TOPOLOGIES: &[(&str, &str)] = &[(
    "seed-vlans",
    include_str!("../../../cards/topologies/seed-vlans.toml"),
)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_card_can_be_read_and_names_a_known_topology() {
        for card in Card::all() {
            let card = card.unwrap();

            assert_eq!(card.topology().map(|known| known.name), Ok(card.topology));
        }
    }

    #[test]
    fn every_card_in_the_folder_is_embedded_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cards");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .collect();
        files.sort();
        let names: Vec<String> = Card::all()
            .into_iter()
            .map(|card| card.unwrap().name)
            .collect();

        assert_eq!(files, names);
    }

    #[test]
    fn an_unknown_card_is_told_with_the_command_that_lists_them() {
        assert_eq!(
            Card::named("nope").unwrap_err().to_string(),
            "there is no card `nope`; `hopsight lab --list` names them all"
        );
    }
}
