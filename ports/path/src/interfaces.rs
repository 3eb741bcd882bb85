//! Decides from which addresses a path sends: every IPv4 address and every
//! global or unique-local IPv6 address of an interface that is up, loopback only
//! when there is no other.

use crate::settings::OpenPathError;
use hopsight_machine::addresses as listed;
use std::net::IpAddr;

/// More interfaces than this are container bridges and their like; each costs
/// a socket and a row of checks.
const MOST_ADDRESSES: usize = 8;

/// The addresses to bind to, without repetition.
pub(crate) fn addresses(wanted: Option<&[IpAddr]>) -> Result<Vec<IpAddr>, OpenPathError> {
    let mut addresses = match wanted {
        Some(wanted) => wanted.to_vec(),
        None => choose(&listed().map_err(OpenPathError::Interfaces)?),
    };
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() {
        return Err(OpenPathError::NoAddress);
    }
    Ok(addresses)
}

/// IPv4 comes first: of many addresses the last ones are left out.
fn choose(listed: &[IpAddr]) -> Vec<IpAddr> {
    let is_usable = |address: &IpAddr| match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unique_local() || (0x2000..0x4000).contains(&address.segments()[0])
        }
    };
    let usable: Vec<IpAddr> = listed.iter().copied().filter(is_usable).collect();
    if !usable.is_empty() {
        return usable;
    }
    let is_own = |address: &IpAddr| address.is_ipv4() && address.is_loopback();
    listed.iter().copied().filter(is_own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_taken_only_when_there_is_nothing_else() {
        let listed = addresses_of(["127.0.0.1", "10.102.0.139", "::1"]);

        assert_eq!(choose(&listed), addresses_of(["10.102.0.139"]));
        assert_eq!(
            choose(&addresses_of(["127.0.0.1", "::1"])),
            addresses_of(["127.0.0.1"])
        );
    }

    #[test]
    fn an_address_that_no_router_forwards_is_left_out() {
        let listed = addresses_of(["169.254.7.7", "fe80::7", "fd00:102::7", "2001:db8::7"]);

        assert_eq!(
            choose(&listed),
            addresses_of(["fd00:102::7", "2001:db8::7"])
        );
    }

    fn addresses_of<const N: usize>(texts: [&str; N]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }
}
