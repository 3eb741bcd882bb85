//! Decides how attributes stand in a message (RFC 8489, section 14) and which
//! ones this server knows.

/// One attribute as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its type.
    pub number: u16,
    /// Its value without padding.
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// Reads the attribute at `offset`; gives it and the offset of the next.
    pub(super) fn read(bytes: &'a [u8], offset: usize) -> Option<(Self, usize)> {
        let (header, rest) = bytes.get(offset..)?.split_first_chunk::<4>()?;
        let [n0, n1, l0, l1] = *header;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let padded = length.next_multiple_of(4);
        rest.get(..padded)?;
        let attribute = Self {
            number: u16::from_be_bytes([n0, n1]),
            value: rest.get(..length)?,
        };
        Some((attribute, offset.checked_add(4)?.checked_add(padded)?))
    }
}

/// The attributes this server reads or writes (RFC 8489, section 18.3;
/// RFC 8656, section 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the RFCs")]
pub enum AttributeKind {
    Username,
    MessageIntegrity,
    ErrorCode,
    UnknownAttributes,
    ChannelNumber,
    Lifetime,
    XorPeerAddress,
    Data,
    Realm,
    Nonce,
    XorRelayedAddress,
    RequestedAddressFamily,
    EvenPort,
    RequestedTransport,
    DontFragment,
    XorMappedAddress,
    ReservationToken,
    AdditionalAddressFamily,
    AddressErrorCode,
    Icmp,
    Software,
    Fingerprint,
}

impl AttributeKind {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Username => 0x0006,
            Self::MessageIntegrity => 0x0008,
            Self::ErrorCode => 0x0009,
            Self::UnknownAttributes => 0x000A,
            Self::ChannelNumber => 0x000C,
            Self::Lifetime => 0x000D,
            Self::XorPeerAddress => 0x0012,
            Self::Data => 0x0013,
            Self::Realm => 0x0014,
            Self::Nonce => 0x0015,
            Self::XorRelayedAddress => 0x0016,
            Self::RequestedAddressFamily => 0x0017,
            Self::EvenPort => 0x0018,
            Self::RequestedTransport => 0x0019,
            Self::DontFragment => 0x001A,
            Self::XorMappedAddress => 0x0020,
            Self::ReservationToken => 0x0022,
            Self::AdditionalAddressFamily => 0x8000,
            Self::AddressErrorCode => 0x8001,
            Self::Icmp => 0x8004,
            Self::Software => 0x8022,
            Self::Fingerprint => 0x8028,
        }
    }

    /// Whether a comprehension-required attribute of this number is understood.
    pub(super) fn is_known(number: u16) -> bool {
        REQUIRED.iter().any(|kind| kind.number() == number)
    }
}

const REQUIRED: [AttributeKind; 17] = [
    AttributeKind::Username,
    AttributeKind::MessageIntegrity,
    AttributeKind::ErrorCode,
    AttributeKind::UnknownAttributes,
    AttributeKind::ChannelNumber,
    AttributeKind::Lifetime,
    AttributeKind::XorPeerAddress,
    AttributeKind::Data,
    AttributeKind::Realm,
    AttributeKind::Nonce,
    AttributeKind::XorRelayedAddress,
    AttributeKind::RequestedAddressFamily,
    AttributeKind::EvenPort,
    AttributeKind::RequestedTransport,
    AttributeKind::DontFragment,
    AttributeKind::XorMappedAddress,
    AttributeKind::ReservationToken,
];
