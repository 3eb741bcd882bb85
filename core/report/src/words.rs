//! Decides the plain words for a fault, so that no code stands alone.

use hopsight_diagnosis::Code;

/// What `code` is, as a phrase that goes into a sentence.
#[must_use]
pub const fn plain(code: Code) -> &'static str {
    match code {
        Code::AdminProhibited => "a rule of a device that forbids the way",
        Code::HostFirewallIn => "a firewall on a PC",
        Code::HostFirewallOut => "a firewall on the sending PC",
        Code::MtuTooSmall => "a link that takes smaller packets only",
        Code::NoRoute => "a router without a route",
        Code::NoRouteOnHost => "a PC without a route",
        Code::PeerHostGone => "a PC that is off or has another address now",
        Code::PortsFiltered => "a filter for some ports or protocols",
        Code::RelayUnreachable => "a relay that cannot be reached",
        Code::ReturnRouteMissing => "a router without the way back",
        Code::ServerNotListening => "a server that is not running",
        Code::SilentDrop => "something that drops packets without a word",
        Code::UdpBlocked => "a network that lets no UDP pass",
        Code::Undetermined => "a cause that is not known",
        Code::WrongGateway => "a wrong gateway address on a PC",
    }
}

/// The title of a ticket about `code`.
pub(crate) const fn title(code: Code) -> &'static str {
    match code {
        Code::AdminProhibited => "A rule forbids the direct way",
        Code::HostFirewallIn => "Host firewall drops arriving media",
        Code::HostFirewallOut => "Host firewall stops departing media",
        Code::MtuTooSmall => "Packets too big for a link",
        Code::NoRoute => "No route between two networks",
        Code::NoRouteOnHost => "No route on a host",
        Code::PeerHostGone => "Host gone from its address",
        Code::PortsFiltered => "Ports or protocol filtered",
        Code::RelayUnreachable => "Relay cannot be reached",
        Code::ReturnRouteMissing => "Return route missing",
        Code::ServerNotListening => "Server not listening",
        Code::SilentDrop => "Packets dropped without a word",
        Code::UdpBlocked => "No UDP passes",
        Code::Undetermined => "Direct path fails, cause not known",
        Code::WrongGateway => "Wrong gateway address",
    }
}

/// "a, b and c".
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
