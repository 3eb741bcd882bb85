//! Tells which addresses the interfaces of this machine have that are up.
//! Devices and their kinds are told by `ports/probe`, which asks the kernel
//! another way.

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

/// An IPv4 address of this machine and the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interface {
    /// The machine's own address.
    pub address: Ipv4Addr,
    /// Leading bits that the whole network shares.
    pub prefix: u8,
}

/// The IPv4 networks that this machine is directly connected to, without
/// loopback and link-local ones, in the system's order.
///
/// # Errors
/// When the system does not list its interfaces.
pub fn interfaces() -> io::Result<Vec<Interface>> {
    let networks = up()?.filter_map(|interface| {
        let address = interface.address?.as_sockaddr_in()?.ip();
        let mask = interface.netmask?.as_sockaddr_in()?.ip();
        let prefix = u8::try_from(mask.to_bits().leading_ones()).unwrap_or(32);
        Some(Interface { address, prefix })
    });
    Ok(networks
        .filter(|one| !one.address.is_loopback() && !one.address.is_link_local())
        .collect())
}

/// Every address of an interface that is up, in the system's order.
///
/// # Errors
/// When the system does not list its interfaces.
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let addresses = up()?.filter_map(|interface| address(&interface.address?));
    Ok(addresses.collect())
}

fn up() -> io::Result<impl Iterator<Item = InterfaceAddress>> {
    let listed = getifaddrs()?;
    Ok(listed.filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP)))
}

fn address(storage: &SockaddrStorage) -> Option<IpAddr> {
    let four = storage.as_sockaddr_in().map(|found| found.ip().into());
    let six = storage.as_sockaddr_in6().map(|found| found.ip().into());
    four.or(six)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_an_address_and_no_network() {
        let loopback = Ipv4Addr::LOCALHOST;

        assert!(addresses().unwrap().contains(&IpAddr::V4(loopback)));
        let networks = interfaces().unwrap();
        assert!(networks.iter().all(|one| one.address != loopback));
    }
}
