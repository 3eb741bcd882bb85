//! Decides how the two address families are named, on the wire (RFC 8656,
//! section 18.6) and between the state machine and the sockets.

use std::net::IpAddr;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// The families of one relayed port: with both, the same number is open in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Families {
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
    /// A dual allocation (RFC 8656, section 7.1).
    Both,
}

/// Ports to be opened at once, all of them or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayedPorts {
    /// The port, or the lower one.
    pub first: u16,
    /// Whether the next higher port is opened with it, to be held in reserve
    /// (RFC 8656, section 7.2, EVEN-PORT).
    pub with_next: bool,
    /// The families in which they are opened.
    pub families: Families,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }

    /// The number in REQUESTED-ADDRESS-FAMILY.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Ipv4 => 1,
            Self::Ipv6 => 2,
        }
    }

    /// The family of a number in REQUESTED-ADDRESS-FAMILY.
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Ipv4),
            2 => Some(Self::Ipv6),
            _ => None,
        }
    }
}

impl Families {
    /// Each of them.
    #[must_use]
    pub const fn all(self) -> &'static [Family] {
        match self {
            Self::Ipv4 => &[Family::Ipv4],
            Self::Ipv6 => &[Family::Ipv6],
            Self::Both => &[Family::Ipv4, Family::Ipv6],
        }
    }
}

impl RelayedPorts {
    /// The port held in reserve, if one is wanted.
    #[must_use]
    pub const fn next(self) -> Option<u16> {
        if self.with_next {
            self.first.checked_add(1)
        } else {
            None
        }
    }

    /// Every port with each of its families.
    pub fn all(self) -> impl Iterator<Item = (u16, Family)> {
        let ports = std::iter::once(self.first).chain(self.next());
        ports.flat_map(move |port| {
            self.families
                .all()
                .iter()
                .map(move |family| (port, *family))
        })
    }
}
