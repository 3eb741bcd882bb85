//! Decides how XOR-MAPPED-ADDRESS and its kin are written (RFC 8489,
//! section 14.2). The address is given back as it stands in the message;
//! undoing disguises is left to `canonical`.

use super::{MAGIC_COOKIE, TransactionId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Reads the value of an XOR address attribute; `None` when it is malformed.
#[must_use]
pub fn read_xor_address(value: &[u8], transaction: TransactionId) -> Option<SocketAddr> {
    let ([_, family, p0, p1], address) = value.split_first_chunk::<4>()?;
    let port = u16::from_be_bytes([*p0, *p1]) ^ cookie_port();
    let address = match family {
        1 => {
            let bytes: [u8; 4] = address.try_into().ok()?;
            IpAddr::V4(Ipv4Addr::from(u32::from_be_bytes(bytes) ^ MAGIC_COOKIE))
        }
        2 => {
            let bytes: [u8; 16] = address.try_into().ok()?;
            let number = u128::from_be_bytes(bytes) ^ mask(transaction);
            IpAddr::V6(Ipv6Addr::from(number))
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// The value of an XOR address attribute.
#[must_use]
pub fn write_xor_address(address: SocketAddr, transaction: TransactionId) -> Vec<u8> {
    let family = if address.is_ipv4() { 1 } else { 2 };
    let mut value = vec![0, family];
    value.extend((address.port() ^ cookie_port()).to_be_bytes());
    match address.ip() {
        IpAddr::V4(v4) => value.extend((u32::from(v4) ^ MAGIC_COOKIE).to_be_bytes()),
        IpAddr::V6(v6) => value.extend((u128::from(v6) ^ mask(transaction)).to_be_bytes()),
    }
    value
}

const fn cookie_port() -> u16 {
    let [high, low, _, _] = MAGIC_COOKIE.to_be_bytes();
    u16::from_be_bytes([high, low])
}

fn mask(transaction: TransactionId) -> u128 {
    transaction
        .0
        .iter()
        .fold(u128::from(MAGIC_COOKIE), |sum, byte| {
            (sum << 8) | u128::from(*byte)
        })
}
