//! Decides the names of faults and their layers. Codes are never renamed and
//! never reused.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal in $layer:ident,)*) => {
        /// A fault of the catalogue that this engine names, as a verdict, a
        /// rival or something excluded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// The code as it is written everywhere.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The layer to which the fault belongs.
            #[must_use]
            pub const fn layer(self) -> Layer {
                match self { $(Self::$name => Layer::$layer,)* }
            }
        }
    };
}

codes! {
    /// A device rejects the packets and says so.
    AdminProhibited = "admin-prohibited" in Path,
    /// The host's firewall drops or rejects arriving media.
    HostFirewallIn = "host-firewall-in" in Host,
    /// The host's firewall stops departing media.
    HostFirewallOut = "host-firewall-out" in Host,
    /// A link takes smaller packets than media uses.
    MtuTooSmall = "mtu-too-small" in Path,
    /// A router has no route to the other subnet.
    NoRoute = "no-route" in Path,
    /// The host itself has no usable route to the peer.
    NoRouteOnHost = "no-route-on-host" in Host,
    /// The peer's address is stale or the machine is off.
    PeerHostGone = "peer-host-gone" in Host,
    /// A filter drops one protocol or port range and lets others pass.
    PortsFiltered = "ports-filtered" in Path,
    /// No transport to the relay works for this endpoint.
    RelayUnreachable = "relay-unreachable" in Relay,
    /// Packets arrive, the answers have no way back.
    ReturnRouteMissing = "return-route-missing" in Path,
    /// The host answers, the service does not.
    ServerNotListening = "server-not-listening" in Signin,
    /// No UDP at all passes for this network.
    UdpBlocked = "udp-blocked" in Path,
    /// Everything is discarded without a word.
    SilentDrop = "silent-drop" in Path,
    /// Nothing explains what was seen.
    Undetermined = "undetermined" in Path,
    /// The host's next hop does not exist.
    WrongGateway = "wrong-gateway" in Host,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The groups of the fault catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Signing in and inviting.
    Signin,
    /// The path of last resort.
    Relay,
    /// The machine itself.
    Host,
    /// The network between.
    Path,
}
