//! Decides how a relay is set up and how it says that it cannot start.

use hopsight_kit::Redacted;
use hopsight_turn::{Budget, Network};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

/// How a relay is set up.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// The realm of its credentials: the domain of the installation.
    pub realm: String,
    /// Where it listens over UDP. On a machine with several addresses name each
    /// of them, so that answers leave from the address that was asked.
    pub udp: Vec<SocketAddr>,
    /// The address peers reach it under. Relayed sockets are bound to it when
    /// it is one of this machine, else (behind a one-to-one NAT) to all.
    pub advertised: Ipv4Addr,
    /// The same for IPv6; without one it lends IPv4 addresses only.
    pub advertised_ipv6: Option<Ipv6Addr>,
    /// The ports of relayed addresses.
    pub ports: RangeInclusive<u16>,
    /// Private networks to which it may send.
    pub peer_networks: Vec<Network>,
    /// Addresses of this machine; `advertised` need not be named.
    pub own_addresses: Vec<IpAddr>,
    /// Other listeners of this machine that nobody may reach through it; an
    /// unspecified address means all own ones. The UDP listeners above need not
    /// be named.
    pub never: Vec<SocketAddr>,
    /// How many unauthenticated answers over UDP a network gets.
    pub budget: Budget,
    /// The secret behind the grants of foreign tools; without one there are none.
    pub tool_key: Option<Redacted<[u8; 32]>>,
}

impl RelaySettings {
    /// A relay of `realm` at `advertised` that listens on UDP port 3478 of that
    /// address and sends to public peers only.
    #[must_use]
    pub fn new(realm: String, advertised: Ipv4Addr) -> Self {
        Self {
            realm,
            udp: vec![(advertised, 3478).into()],
            advertised,
            advertised_ipv6: None,
            ports: 49_152..=65_535,
            peer_networks: Vec::new(),
            own_addresses: Vec::new(),
            never: Vec::new(),
            budget: Budget::default(),
            tool_key: None,
        }
    }
}

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartRelayError {
    /// Somebody else listens there.
    #[error(
        "the relay cannot listen on UDP {address}: another program uses this port; \
         stop it, or give the relay another port"
    )]
    PortInUse {
        /// The listener.
        address: SocketAddr,
    },
    /// The operating system refused for another reason.
    #[error("the relay cannot listen on UDP {address}: {source}")]
    Listen {
        /// The listener.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl StartRelayError {
    /// Whether the same attempt may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::PortInUse { .. } => true,
            Self::Listen { .. } => false,
        }
    }

    pub(crate) fn listening(address: SocketAddr, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::AddrInUse {
            Self::PortInUse { address }
        } else {
            Self::Listen { address, source }
        }
    }
}
