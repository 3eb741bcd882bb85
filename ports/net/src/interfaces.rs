//! Tells which IPv4 networks this machine is directly connected to.

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use std::io;
use std::net::Ipv4Addr;

/// One address of this machine and the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interface {
    /// The machine's own address.
    pub address: Ipv4Addr,
    /// Leading bits that the whole network shares.
    pub prefix: u8,
}

/// The IPv4 addresses of interfaces that are up, without loopback and
/// link-local ones, in the system's order.
pub fn interfaces() -> io::Result<Vec<Interface>> {
    let listed = getifaddrs()?;
    Ok(listed
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| {
            let address = interface.address?.as_sockaddr_in()?.ip();
            let mask = interface.netmask?.as_sockaddr_in()?.ip();
            let prefix = u8::try_from(mask.to_bits().leading_ones()).unwrap_or(32);
            Some(Interface { address, prefix })
        })
        .filter(|one| !one.address.is_loopback() && !one.address.is_link_local())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_not_listed() {
        let listed = interfaces().unwrap();

        assert!(listed.iter().all(|one| !one.address.is_loopback()));
    }
}
