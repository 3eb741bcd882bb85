//! Decides what can be wrong in a network, and how a router differs from an
//! ordinary one. How it is brought about is left to the network.

use serde::Deserialize;
use std::net::IpAddr;

/// One thing that is wrong in a network, or only odd.
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
        /// Where it looks: `input`, `output`, `forward` or `prerouting`.
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
    /// The cable between two nodes takes no packets above this size.
    LinkMtu {
        /// One end.
        on: String,
        /// The other end.
        towards: String,
        /// Bytes of an IP packet.
        mtu: u32,
    },
    /// A node puts its own address into what leaves towards another node.
    Nat {
        /// The node.
        on: String,
        /// Where its outside is.
        towards: String,
        /// How it chooses outside ports.
        ports: NatPorts,
    },
    /// A node has a further network device that leads nowhere.
    Device {
        /// The node.
        on: String,
        /// The name of the device.
        name: String,
        /// What kind it is.
        device: DeviceKind,
        /// Its own address, as `ADDRESS/LENGTH`.
        address: String,
        /// Networks that are sent into it, as `ADDRESS/LENGTH`.
        #[serde(default)]
        networks: Vec<String>,
    },
    /// A node has a further address on the cable towards another node.
    AddressAdded {
        /// The node.
        on: String,
        /// The other end of the cable.
        towards: String,
        /// The address, as `ADDRESS/LENGTH`.
        address: String,
    },
    /// A node has another address on the cable towards another node, or the
    /// same one with another length.
    AddressReplaced {
        /// The node.
        on: String,
        /// The other end of the cable.
        towards: String,
        /// The address, as `ADDRESS/LENGTH`.
        address: String,
    },
    /// A node has the network card of another one in its table of neighbours, for
    /// good.
    Neighbour {
        /// The node.
        on: String,
        /// The other end of its cable.
        towards: String,
        /// The address that it looks for.
        address: IpAddr,
        /// The node whose card it has for that.
        of: String,
    },
    /// A switch forwards nothing between the ports of people.
    Isolation {
        /// The switch.
        on: String,
    },
    /// A node finds a name at this address, whatever the others find (a line in
    /// its hosts file).
    Name {
        /// The node.
        on: String,
        /// The name.
        name: String,
        /// The address.
        address: IpAddr,
    },
    /// A node answers TLS connections to the sign-in port in the server's place,
    /// looks into them and passes them on.
    TlsBox {
        /// The node.
        on: String,
        /// The network, as `ADDRESS/LENGTH`, from which connections are answered;
        /// those of everybody, when absent.
        from: Option<String>,
        /// What it shows.
        certificate: BoxCertificate,
        /// Methods of HTTP that it does not pass on and answers with 501.
        #[serde(default)]
        refuses: Vec<String>,
    },
    /// The cable of a node towards another is pulled; its addresses stay.
    Unplugged {
        /// The node.
        on: String,
        /// The other end of the cable.
        towards: String,
    },
    /// The program of a person ends without a word, as when it crashes.
    ProgramKilled {
        /// The node on which it runs.
        on: String,
    },
    /// A setting of a node's kernel.
    Setting {
        /// The node.
        on: String,
        /// Its name for `sysctl`.
        key: String,
        /// Its value.
        value: String,
    },
}

/// The certificate of a box that answers TLS in the server's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoxCertificate {
    /// One of an authority of its own.
    Own,
    /// One that the deployment's authority signed for the server's address.
    Servers,
}

/// How an address translator chooses the port that others see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatPorts {
    /// The port of the machine inside, as long as it is free (RFC 4787,
    /// endpoint-independent mapping as far as one socket is concerned).
    Preserved,
    /// Another one for every destination (RFC 4787, address- and port-dependent
    /// mapping).
    Random,
}

/// What kind of device a machine has beside its cables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// The device of a VPN: what is sent into it reaches its program only.
    Tun,
    /// A bridge without ports, as container engines make them.
    Bridge,
}

/// A router that differs from an ordinary one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Router {
    /// The node.
    pub node: String,
    /// In what it differs.
    pub personality: Personality,
    /// The address that `foreign-icmp` speaks from.
    pub address: Option<IpAddr>,
}

/// In what a router differs from an ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Personality {
    /// It filters before it looks at the hop limit.
    EarlyFilter,
    /// Its ICMP errors come from an address that lies on none of its links.
    ForeignIcmp,
    /// It never says why it does not forward a packet.
    NoIcmp,
}

impl Fault {
    /// The node on which it is brought about.
    #[must_use]
    pub fn node(&self) -> &str {
        match self {
            Self::ForwardsOnly { on, .. }
            | Self::ProtocolDropped { on, .. }
            | Self::TlsOnly { on, .. }
            | Self::Filter { on, .. }
            | Self::RouteReplaced { on, .. }
            | Self::RouteMissing { on, .. }
            | Self::LinkMtu { on, .. }
            | Self::Nat { on, .. }
            | Self::Device { on, .. }
            | Self::AddressAdded { on, .. }
            | Self::AddressReplaced { on, .. }
            | Self::Neighbour { on, .. }
            | Self::Isolation { on }
            | Self::Name { on, .. }
            | Self::TlsBox { on, .. }
            | Self::Unplugged { on, .. }
            | Self::ProgramKilled { on }
            | Self::Setting { on, .. } => on,
        }
    }

    /// The node at the other end of the cable that it concerns.
    #[must_use]
    pub fn neighbour(&self) -> Option<&str> {
        match self {
            Self::LinkMtu { towards, .. }
            | Self::Nat { towards, .. }
            | Self::AddressAdded { towards, .. }
            | Self::AddressReplaced { towards, .. }
            | Self::Neighbour { towards, .. }
            | Self::Unplugged { towards, .. } => Some(towards),
            Self::ForwardsOnly { .. }
            | Self::ProtocolDropped { .. }
            | Self::TlsOnly { .. }
            | Self::Filter { .. }
            | Self::RouteReplaced { .. }
            | Self::RouteMissing { .. }
            | Self::Device { .. }
            | Self::Isolation { .. }
            | Self::Name { .. }
            | Self::TlsBox { .. }
            | Self::ProgramKilled { .. }
            | Self::Setting { .. } => None,
        }
    }

    /// An address that it adds to the network, and the node that has it then.
    pub(crate) fn further_address(&self) -> Option<(IpAddr, String)> {
        let (on, address) = match self {
            Self::AddressReplaced { on, address, .. } | Self::Device { on, address, .. } => {
                (on, address)
            }
            Self::ForwardsOnly { .. }
            | Self::ProtocolDropped { .. }
            | Self::TlsOnly { .. }
            | Self::Filter { .. }
            | Self::RouteReplaced { .. }
            | Self::RouteMissing { .. }
            | Self::LinkMtu { .. }
            | Self::Nat { .. }
            | Self::AddressAdded { .. }
            | Self::Neighbour { .. }
            | Self::Isolation { .. }
            | Self::Name { .. }
            | Self::TlsBox { .. }
            | Self::Unplugged { .. }
            | Self::ProgramKilled { .. }
            | Self::Setting { .. } => return None,
        };
        let address = address.split('/').next()?.parse().ok()?;
        Some((address, on.clone()))
    }
}
