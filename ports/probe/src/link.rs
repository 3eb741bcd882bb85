//! Reads what the kernel tells of a network device: its name, its kind, its
//! address on the link.

use hopsight_evidence::{HardwareAddress, LinkKind};
use rtnetlink::packet_route::link::{
    InfoKind, LinkAttribute, LinkInfo, LinkLayerType, LinkMessage,
};

/// What the system calls the device.
pub(crate) fn name(link: &LinkMessage) -> String {
    let names = link.attributes.iter().filter_map(|attribute| {
        let LinkAttribute::IfName(name) = attribute else {
            return None;
        };
        Some(name.clone())
    });
    names.into_iter().next().unwrap_or_default()
}

/// A tunnel by its driver or by having no addresses on its link (ARPHRD_NONE,
/// as tun devices have); a bridge by its driver.
pub(crate) fn kind(link: &LinkMessage) -> LinkKind {
    let driver = link.attributes.iter().find_map(driver);
    let is_tunnel = driver.is_some_and(|driver| TUNNELS.contains(driver));
    let layer = link.header.link_layer_type;
    if is_tunnel || layer == LinkLayerType::None || layer == LinkLayerType::Ppp {
        LinkKind::Tunnel
    } else if driver == Some(&InfoKind::Bridge) {
        LinkKind::Bridge
    } else if layer == LinkLayerType::Loopback {
        LinkKind::Loopback
    } else if layer == LinkLayerType::Ether {
        LinkKind::Ethernet
    } else {
        LinkKind::Unknown
    }
}

/// The device's own address on its link.
pub(crate) fn own_hardware(link: &LinkMessage) -> Option<HardwareAddress> {
    link.attributes.iter().find_map(|attribute| {
        let LinkAttribute::Address(bytes) = attribute else {
            return None;
        };
        hardware(bytes)
    })
}

/// Six bytes as the system writes them.
pub(crate) fn hardware(bytes: &[u8]) -> Option<HardwareAddress> {
    let texts: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    (bytes.len() == 6).then(|| HardwareAddress(texts.join(":")))
}

fn driver(attribute: &LinkAttribute) -> Option<&InfoKind> {
    let LinkAttribute::LinkInfo(infos) = attribute else {
        return None;
    };
    infos.iter().find_map(|info| {
        let LinkInfo::Kind(kind) = info else {
            return None;
        };
        Some(kind)
    })
}

const TUNNELS: &[InfoKind] = &[
    InfoKind::Wireguard,
    InfoKind::IpIp,
    InfoKind::Ip6Tnl,
    InfoKind::SitTun,
    InfoKind::GreTun,
    InfoKind::GreTun6,
    InfoKind::Xfrm,
    InfoKind::Tun,
];
