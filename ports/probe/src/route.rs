//! Looks up a route and the state of its next hop (rtnetlink, unprivileged).

use crate::link;
use futures_util::StreamExt;
use hopsight_evidence::{HardwareAddress, LinkKind, NeighbourState, Observation};
use rtnetlink::packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState as Kernel,
};
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteMessage};
use rtnetlink::{Handle, RouteMessageBuilder};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Entries of the neighbour table that are looked at.
const MOST_NEIGHBOURS: usize = 4096;

/// Why a route could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The kernel's routing interface could not be opened.
    #[error("could not ask the kernel for its routes: {0}")]
    Open(#[from] io::Error),
    /// The kernel has no route, or refused to tell.
    #[error("the kernel tells no route to {destination}: {problem}")]
    None {
        /// Where to.
        destination: IpAddr,
        /// The kernel's words.
        problem: String,
    },
}

impl RouteError {
    /// Whether the same call may succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Open(_) => true,
            Self::None { .. } => false,
        }
    }
}

/// The way by which this machine sends to `destination`, as
/// [`Observation::Route`]. Must be called within a tokio runtime.
///
/// # Errors
/// When the kernel has no route or cannot be asked.
pub async fn route(destination: IpAddr) -> Result<Observation, RouteError> {
    let (connection, handle, _) = rtnetlink::new_connection()?;
    let serving = tokio::spawn(connection);
    let found = ask(&handle, destination).await;
    serving.abort();
    found
}

async fn ask(handle: &Handle, destination: IpAddr) -> Result<Observation, RouteError> {
    let mut answers = Box::pin(handle.route().get(question(destination)).execute());
    let none = |problem: String| RouteError::None {
        destination,
        problem,
    };
    let route = match answers.next().await {
        Some(Ok(route)) => route,
        Some(Err(error)) => return Err(none(error.to_string())),
        None => return Err(none("no answer".to_owned())),
    };
    let way = Way::of(&route);
    let next_hop = way.via.unwrap_or(destination);
    let (device, device_kind) = device(handle, way.device).await;
    let (neighbour, neighbour_hardware) = neighbour(handle, next_hop, way.device).await;
    Ok(Observation::Route {
        destination,
        via: way.via,
        device,
        device_kind,
        source: way.source,
        neighbour,
        neighbour_hardware,
    })
}

fn question(destination: IpAddr) -> RouteMessage {
    match destination {
        IpAddr::V4(address) => RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(address, 32)
            .build(),
        IpAddr::V6(address) => RouteMessageBuilder::<Ipv6Addr>::new()
            .destination_prefix(address, 128)
            .build(),
    }
}

/// What a route says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Way {
    via: Option<IpAddr>,
    source: Option<IpAddr>,
    device: Option<u32>,
}

impl Way {
    fn of(route: &RouteMessage) -> Self {
        let mut way = Self::default();
        for attribute in &route.attributes {
            if let RouteAttribute::Gateway(address) = attribute {
                way.via = plain(address);
            } else if let RouteAttribute::PrefSource(address) = attribute {
                way.source = plain(address);
            } else if let RouteAttribute::Oif(index) = attribute {
                way.device = Some(*index);
            }
        }
        way
    }
}

fn plain(address: &RouteAddress) -> Option<IpAddr> {
    if let RouteAddress::Inet(address) = address {
        return Some(IpAddr::V4(*address));
    }
    if let RouteAddress::Inet6(address) = address {
        return Some(IpAddr::V6(*address));
    }
    None
}

/// The name and kind of a network device; empty when it has gone meanwhile.
async fn device(handle: &Handle, index: Option<u32>) -> (String, LinkKind) {
    let Some(index) = index else {
        return (String::new(), LinkKind::Unknown);
    };
    let mut links = Box::pin(handle.link().get().match_index(index).execute());
    match links.next().await {
        Some(Ok(link)) => (link::name(&link), link::kind(&link)),
        Some(Err(_)) | None => (String::new(), LinkKind::Unknown),
    }
}

async fn neighbour(
    handle: &Handle,
    address: IpAddr,
    device: Option<u32>,
) -> (NeighbourState, Option<HardwareAddress>) {
    let entries = Box::pin(handle.neighbours().get().execute());
    let mut entries = entries.take(MOST_NEIGHBOURS);
    while let Some(Ok(entry)) = entries.next().await {
        let is_there = device.is_none_or(|index| index == entry.header.ifindex);
        if is_there && is_about(&entry, address) {
            return (state(entry.header.state), hardware(&entry));
        }
    }
    (NeighbourState::Unknown, None)
}

fn hardware(entry: &NeighbourMessage) -> Option<HardwareAddress> {
    entry.attributes.iter().find_map(|attribute| {
        let NeighbourAttribute::LinkLayerAddress(bytes) = attribute else {
            return None;
        };
        link::hardware(bytes)
    })
}

fn is_about(entry: &NeighbourMessage, address: IpAddr) -> bool {
    entry.attributes.iter().any(|attribute| {
        let NeighbourAttribute::Destination(found) = attribute else {
            return false;
        };
        match address {
            IpAddr::V4(address) => *found == NeighbourAddress::Inet(address),
            IpAddr::V6(address) => *found == NeighbourAddress::Inet6(address),
        }
    })
}

/// An entry that was asked and answered keeps its link address while it is
/// stale, delayed or probed anew.
const ANSWERS: [Kernel; 6] = [
    Kernel::Reachable,
    Kernel::Stale,
    Kernel::Delay,
    Kernel::Probe,
    Kernel::Permanent,
    Kernel::Noarp,
];

const SILENT: [Kernel; 2] = [Kernel::Incomplete, Kernel::Failed];

fn state(kernel: Kernel) -> NeighbourState {
    if ANSWERS.contains(&kernel) {
        NeighbourState::Answers
    } else if SILENT.contains(&kernel) {
        NeighbourState::Silent
    } else {
        NeighbourState::Unknown
    }
}
