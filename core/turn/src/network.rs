//! Decides what a network is: an address and a prefix length, as in
//! `10.0.0.0/8`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text or a pair that is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network; write an address and a prefix length, as in 10.0.0.0/8")]
pub struct NetworkError(String);

impl Network {
    /// The network of `address` whose first `prefix` bits are fixed.
    ///
    /// # Errors
    /// When the address has fewer bits than `prefix`.
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, NetworkError> {
        if prefix > bits(address) {
            return Err(NetworkError(format!("{address}/{prefix}")));
        }
        Ok(Self { address, prefix })
    }

    /// Whether `address` lies in this network. Families never mix.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix));
                let differing = u32::from(own) ^ u32::from(other);
                differing.checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix));
                let differing = u128::from(own) ^ u128::from(other);
                differing.checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
            None => bits(address),
        };
        Self::new(address, prefix).map_err(|_| wrong())
    }
}

const fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_ends_where_its_prefix_says() {
        let network: Network = "172.16.0.0/12".parse().unwrap();

        assert!(network.contains([172, 31, 255, 255].into()));
        assert!(!network.contains([172, 32, 0, 0].into()));
        assert!(!network.contains("::ffff:172.16.0.1".parse().unwrap()));
    }

    #[test]
    fn the_shortest_and_the_longest_prefix_hold() {
        let all: Network = "0.0.0.0/0".parse().unwrap();
        let one: Network = "10.0.0.1".parse().unwrap();

        assert!(all.contains([255, 255, 255, 255].into()));
        assert!(one.contains([10, 0, 0, 1].into()));
        assert!(!one.contains([10, 0, 0, 0].into()));
        assert_eq!(one.to_string(), "10.0.0.1/32");
    }

    #[test]
    fn other_texts_are_no_networks() {
        for text in ["10.0.0.0/33", "10.0.0/8", "/8", "10.0.0.0/", "::/129", ""] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError(text.to_owned())));
        }
    }
}
