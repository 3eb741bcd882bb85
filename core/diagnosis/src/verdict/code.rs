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
            /// Every code of the catalogue, by name.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

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
    /// The relay advertises an address that nobody can use.
    AdvertisedAddressWrong = "advertised-address-wrong" in AdvertisedAddress,
    /// Pictures are captured and all of one colour.
    CaptureBlack = "capture-black" in Capture,
    /// The person or the system refused screen capture.
    CaptureDenied = "capture-denied" in Capture,
    /// There is no screen to capture.
    CaptureNoSource = "capture-no-source" in Capture,
    /// The server's own certificate is expired, lacks the name or is not trusted.
    CertificateInvalid = "certificate-invalid" in TransportSecurity,
    /// The access network forbids traffic between its clients.
    ClientIsolation = "client-isolation" in Path,
    /// A clock is too far off for tickets, certificates or relay credentials.
    ClockSkew = "clock-skew" in Signin,
    /// The certificate in the DTLS handshake is not the one in the SDP.
    DtlsFingerprintMismatch = "dtls-fingerprint-mismatch" in TransportSecurity,
    /// Two machines use the peer's address.
    DuplicateAddress = "duplicate-address" in Host,
    /// The flow worked and then died.
    FlowCut = "flow-cut" in Path,
    /// Pictures arrive and cannot be shown.
    FramesNotDecoded = "frames-not-decoded" in Media,
    /// Two parties behind one NAT cannot reach its public address.
    HairpinMissing = "hairpin-missing" in Nat,
    /// The host's firewall drops or rejects arriving media.
    HostFirewallIn = "host-firewall-in" in Host,
    /// The host's firewall stops departing media.
    HostFirewallOut = "host-firewall-out" in Host,
    /// IPv6 is advertised and does not carry traffic.
    Ipv6Broken = "ipv6-broken" in Path,
    /// A `.local` candidate cannot be resolved by the other end.
    MdnsUnresolved = "mdns-unresolved" in AdvertisedAddress,
    /// Something on the way forges a reset.
    MiddleboxReset = "middlebox-reset" in TransportSecurity,
    /// A link takes smaller packets than media uses.
    MtuTooSmall = "mtu-too-small" in Path,
    /// A name of the deployment does not resolve, or to another address.
    NameResolution = "name-resolution" in Signin,
    /// A router has no route to the other subnet.
    NoRoute = "no-route" in Path,
    /// The host itself has no usable route to the peer.
    NoRouteOnHost = "no-route-on-host" in Host,
    /// The invitation is forbidden by policy.
    NotPermitted = "not-permitted" in Signin,
    /// The session description was refused.
    OfferNotAcceptable = "offer-not-acceptable" in Media,
    /// The peer is wrongly taken for a neighbour on the own link.
    OverlappingSubnet = "overlapping-subnet" in Host,
    /// A segment loses packets at random.
    PathLossy = "path-lossy" in Capacity,
    /// A rate limiter drops bursts.
    PathPoliced = "path-policed" in Capacity,
    /// The peer's address is stale or the machine is off.
    PeerHostGone = "peer-host-gone" in Host,
    /// The invited person does not exist or is not signed in.
    PeerNotRegistered = "peer-not-registered" in Signin,
    /// The peer's program no longer listens.
    PeerSocketClosed = "peer-socket-closed" in Host,
    /// A filter drops one protocol or port range and lets others pass.
    PortsFiltered = "ports-filtered" in Path,
    /// The relay is reachable and refuses the credentials.
    RelayCredentials = "relay-credentials" in Relay,
    /// No relay was offered although the path needs one.
    RelayNotConfigured = "relay-not-configured" in Relay,
    /// The relay's peer policy forbids this address.
    RelayPeerDenied = "relay-peer-denied" in Relay,
    /// The relay's port range cannot reach the peers.
    RelayPortsBlocked = "relay-ports-blocked" in Relay,
    /// The relay is out of allocations, ports or bandwidth.
    RelayQuota = "relay-quota" in Capacity,
    /// The relay answers over TCP or TLS but not over UDP.
    RelayUdpBlocked = "relay-udp-blocked" in Relay,
    /// No transport to the relay works for this endpoint.
    RelayUnreachable = "relay-unreachable" in Relay,
    /// A server on the signalling path refuses a header, body type or version.
    RequestNotSupported = "request-not-supported" in Signin,
    /// Packets arrive, the answers have no way back.
    ReturnRouteMissing = "return-route-missing" in Path,
    /// Routers hand the packets back and forth.
    RoutingLoop = "routing-loop" in Path,
    /// The host answers, the service does not.
    ServerNotListening = "server-not-listening" in Signin,
    /// The sign-in port cannot be reached.
    SigninPortBlocked = "signin-port-blocked" in Signin,
    /// Password, device secret, ticket or account refused.
    SigninRefused = "signin-refused" in Signin,
    /// Everything is discarded without a word.
    SilentDrop = "silent-drop" in Path,
    /// Both NATs map per destination.
    SymmetricNatBoth = "symmetric-nat-both" in Nat,
    /// Somebody answers TLS in the server's place.
    TlsIntercepted = "tls-intercepted" in TransportSecurity,
    /// No UDP at all passes for this network.
    UdpBlocked = "udp-blocked" in Path,
    /// Requests to the relay pass, its replies over UDP do not.
    UdpRepliesFiltered = "udp-replies-filtered" in Path,
    /// Nothing explains what was seen.
    Undetermined = "undetermined" in Path,
    /// The route to the peer leaves through a tunnel.
    VpnCapturesMedia = "vpn-captures-media" in Host,
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
    /// Address translation on the way.
    Nat,
    /// Too little of something.
    Capacity,
    /// TLS and DTLS.
    TransportSecurity,
    /// Descriptions and pictures.
    Media,
    /// The screen itself.
    Capture,
    /// Addresses that somebody told of themselves.
    AdvertisedAddress,
}
