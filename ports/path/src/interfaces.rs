//! Decides from which addresses a path sends: every IPv4 address of an
//! interface that is up, loopback only when there is no other.

use crate::settings::OpenPathError;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

/// More interfaces than this are container bridges and their like; each costs
/// a socket and a row of checks.
const MOST_ADDRESSES: usize = 8;

/// The addresses to bind to, without repetition.
pub(crate) fn addresses(wanted: Option<&[IpAddr]>) -> Result<Vec<IpAddr>, OpenPathError> {
    let mut addresses = match wanted {
        Some(wanted) => wanted.to_vec(),
        None => choose(&listed()?),
    };
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() {
        return Err(OpenPathError::NoAddress);
    }
    Ok(addresses)
}

fn listed() -> Result<Vec<Ipv4Addr>, OpenPathError> {
    let interfaces =
        getifaddrs().map_err(|errno| OpenPathError::Interfaces(io::Error::from(errno)))?;
    Ok(interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| interface.address?.as_sockaddr_in().map(|found| found.ip()))
        .collect())
}

fn choose(listed: &[Ipv4Addr]) -> Vec<IpAddr> {
    let (loopback, other): (Vec<Ipv4Addr>, Vec<Ipv4Addr>) =
        listed.iter().partition(|address| address.is_loopback());
    let usable: Vec<IpAddr> = other
        .into_iter()
        .filter(|address| !address.is_link_local())
        .map(IpAddr::V4)
        .collect();
    if usable.is_empty() {
        return loopback.into_iter().map(IpAddr::V4).collect();
    }
    usable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_taken_only_when_there_is_nothing_else() {
        let loopback = Ipv4Addr::LOCALHOST;
        let office = Ipv4Addr::new(10, 102, 0, 139);

        assert_eq!(choose(&[loopback, office]), [IpAddr::V4(office)]);
        assert_eq!(choose(&[loopback]), [IpAddr::V4(loopback)]);
    }

    #[test]
    fn an_address_that_no_router_forwards_is_left_out() {
        let own_made = Ipv4Addr::new(169, 254, 7, 7);
        let loopback = Ipv4Addr::LOCALHOST;

        assert_eq!(choose(&[own_made, loopback]), [IpAddr::V4(loopback)]);
    }
}
