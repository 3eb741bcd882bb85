//! Lists the addresses of this machine with the devices that have them
//! (rtnetlink, unprivileged). Bridges and tunnels belong to the list: a peer
//! behind one of them is not where its address says.

use crate::link;
use crate::route::RouteError;
use futures_util::StreamExt;
use hopsight_evidence::{HardwareAddress, LinkKind, Observation};
use rtnetlink::Handle;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A machine with more addresses tells the first ones.
const MOST: usize = 32;

/// Every address of this machine but loopback and link-local ones, as
/// [`Observation::Interface`]. Must be called within a tokio runtime.
///
/// # Errors
/// When the kernel cannot be asked.
pub async fn interfaces() -> Result<Vec<Observation>, RouteError> {
    let (connection, handle, _) = rtnetlink::new_connection()?;
    let serving = tokio::spawn(connection);
    let devices = devices(&handle).await;
    let addresses = handle.address().get().execute();
    let listed: Vec<AddressMessage> = addresses
        .filter_map(async |address| address.ok())
        .collect()
        .await;
    serving.abort();
    let mut found: Vec<Observation> = listed
        .iter()
        .filter_map(|address| interface(address, &devices))
        .collect();
    found.truncate(MOST);
    Ok(found)
}

/// What is known of a device.
#[derive(Clone, Debug)]
struct Device {
    name: String,
    kind: LinkKind,
    hardware: Option<HardwareAddress>,
}

async fn devices(handle: &Handle) -> BTreeMap<u32, Device> {
    let links = handle.link().get().execute();
    let known = links.filter_map(async |link| {
        let link = link.ok()?;
        let device = Device {
            name: link::name(&link),
            kind: link::kind(&link),
            hardware: link::own_hardware(&link),
        };
        Some((link.header.index, device))
    });
    known.collect().await
}

fn interface(message: &AddressMessage, devices: &BTreeMap<u32, Device>) -> Option<Observation> {
    // On a link to one other machine the kernel calls the far end "address".
    let local = message.attributes.iter().find_map(|attribute| {
        let AddressAttribute::Local(address) = attribute else {
            return None;
        };
        Some(*address)
    });
    let address = local.or_else(|| {
        message.attributes.iter().find_map(|attribute| {
            let AddressAttribute::Address(address) = attribute else {
                return None;
            };
            Some(*address)
        })
    })?;
    let device = devices.get(&message.header.index)?;
    is_told(address).then(|| Observation::Interface {
        address,
        prefix: message.header.prefix_len,
        device: device.name.clone(),
        kind: device.kind,
        hardware: device.hardware.clone(),
    })
}

fn is_told(address: IpAddr) -> bool {
    let is_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !is_local && !address.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_never_leave_the_link_are_not_told() {
        let told = [
            "10.0.0.7",
            "fd00::7",
            "127.0.0.1",
            "169.254.1.1",
            "fe80::1",
            "::1",
        ]
        .map(|text| is_told(text.parse().unwrap()));

        assert_eq!(told, [true, true, false, false, false, false]);
    }
}
