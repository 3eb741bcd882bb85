//! Decides what a STUN message is (RFC 8489, sections 5 and 14): header,
//! attributes, integrity, fingerprint.
//!
//! Reading borrows the bytes and checks structure once; anything malformed is
//! [`Malformed`], never a panic. What a message means is left to the server.

mod address;
mod attribute;
mod integrity;
mod writer;

pub use address::{read_xor_address, write_xor_address};
pub use attribute::{Attribute, AttributeKind};
pub use integrity::{Key, fingerprint};
pub use writer::Writer;

/// The value that tells STUN of RFC 5389 and later from anything else.
pub const MAGIC_COOKIE: u32 = 0x2112_A442;

/// Bytes before the first attribute.
pub const HEADER_LENGTH: usize = 20;

/// Joins an answer to its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransactionId(pub [u8; 12]);

/// What kind of message it is (RFC 8489, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Wants an answer.
    Request,
    /// Wants none.
    Indication,
    /// A good answer.
    Success,
    /// A bad answer.
    Error,
}

/// The methods a TURN server knows (RFC 8656, section 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in RFC 8656")]
pub enum Method {
    Binding,
    Allocate,
    Refresh,
    Send,
    Data,
    CreatePermission,
    ChannelBind,
    /// Any other number.
    Other(u16),
}

/// Bytes that are not a STUN message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Fewer bytes than a header.
    #[error("the message ends before its header does")]
    Short,
    /// The first two bits or the magic cookie are those of something else.
    #[error("the message is not STUN")]
    Foreign,
    /// The length in the header is not that of the message.
    #[error("the message is not as long as it says")]
    Length,
    /// An attribute runs past the end.
    #[error("an attribute runs past the end of the message")]
    Attribute,
    /// The checksum over the message is wrong.
    #[error("the fingerprint is wrong")]
    Fingerprint,
}

/// A STUN message whose structure was found sound.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    class: Class,
    method: Method,
    transaction: TransactionId,
    attributes: Vec<Attribute<'a>>,
    /// The bytes before MESSAGE-INTEGRITY and its value.
    signed: Option<(&'a [u8], &'a [u8])>,
    fingerprinted: bool,
}

impl<'a> Message<'a> {
    /// Reads one whole message. Attributes after MESSAGE-INTEGRITY are left
    /// out, as RFC 8489, section 14.5 demands.
    ///
    /// # Errors
    /// [`Malformed`], when the bytes are no sound STUN message.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = bytes
            .split_first_chunk::<HEADER_LENGTH>()
            .ok_or(Malformed::Short)?;
        let [t0, t1, l0, l1, c0, c1, c2, c3, transaction @ ..] = *header;
        let kind = u16::from_be_bytes([t0, t1]);
        if kind & 0xC000 != 0 || u32::from_be_bytes([c0, c1, c2, c3]) != MAGIC_COOKIE {
            return Err(Malformed::Foreign);
        }
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if length != body.len() || length % 4 != 0 {
            return Err(Malformed::Length);
        }
        let mut message = Self {
            class: class_of(kind),
            method: Method::from_number(method_number(kind)),
            transaction: TransactionId(transaction),
            attributes: Vec::new(),
            signed: None,
            fingerprinted: false,
        };
        message.read_attributes(bytes)?;
        Ok(message)
    }

    /// Request, indication or answer.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The transaction.
    #[must_use]
    pub const fn transaction(&self) -> TransactionId {
        self.transaction
    }

    /// The value of the first attribute of this kind.
    #[must_use]
    pub fn attribute(&self, kind: AttributeKind) -> Option<&'a [u8]> {
        self.values(kind).next()
    }

    /// The values of all attributes of this kind, in order.
    pub fn values(&self, kind: AttributeKind) -> impl Iterator<Item = &'a [u8]> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.number == kind.number())
            .map(|attribute| attribute.value)
    }

    /// The first attribute of this kind as text, if it is UTF-8.
    #[must_use]
    pub fn text(&self, kind: AttributeKind) -> Option<&'a str> {
        self.attribute(kind)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The comprehension-required attributes that this server does not know
    /// (RFC 8489, section 14), without repetition, in order of appearance.
    #[must_use]
    pub fn unknown_attributes(&self) -> Vec<u16> {
        let mut unknown = Vec::new();
        for attribute in &self.attributes {
            let number = attribute.number;
            if number < 0x8000 && !AttributeKind::is_known(number) && !unknown.contains(&number) {
                unknown.push(number);
            }
        }
        unknown
    }

    /// Whether the message carries MESSAGE-INTEGRITY.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.signed.is_some()
    }

    /// Whether the message carries MESSAGE-INTEGRITY made with `key`
    /// (RFC 8489, section 14.5).
    #[must_use]
    pub fn is_signed_with(&self, key: &Key) -> bool {
        self.signed
            .is_some_and(|(before, value)| key.verifies(before, value))
    }

    /// Whether the message carries FINGERPRINT (which was right, else it would
    /// not have been read).
    #[must_use]
    pub const fn is_fingerprinted(&self) -> bool {
        self.fingerprinted
    }

    fn read_attributes(&mut self, bytes: &'a [u8]) -> Result<(), Malformed> {
        let mut offset = HEADER_LENGTH;
        while offset < bytes.len() {
            let (attribute, next) = Attribute::read(bytes, offset).ok_or(Malformed::Attribute)?;
            let before = bytes.get(..offset).unwrap_or_default();
            if attribute.number == AttributeKind::Fingerprint.number() {
                let right = fingerprint(before).to_be_bytes();
                if attribute.value != right || next != bytes.len() {
                    return Err(Malformed::Fingerprint);
                }
                self.fingerprinted = true;
            } else if self.signed.is_none() {
                if attribute.number == AttributeKind::MessageIntegrity.number() {
                    self.signed = Some((before, attribute.value));
                } else {
                    self.attributes.push(attribute);
                }
            }
            offset = next;
        }
        Ok(())
    }
}

impl Method {
    const fn from_number(number: u16) -> Self {
        match number {
            0x001 => Self::Binding,
            0x003 => Self::Allocate,
            0x004 => Self::Refresh,
            0x006 => Self::Send,
            0x007 => Self::Data,
            0x008 => Self::CreatePermission,
            0x009 => Self::ChannelBind,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u16 {
        match self {
            Self::Binding => 0x001,
            Self::Allocate => 0x003,
            Self::Refresh => 0x004,
            Self::Send => 0x006,
            Self::Data => 0x007,
            Self::CreatePermission => 0x008,
            Self::ChannelBind => 0x009,
            Self::Other(other) => other,
        }
    }
}

const fn class_of(kind: u16) -> Class {
    match (kind & 0x0100 != 0, kind & 0x0010 != 0) {
        (false, false) => Class::Request,
        (false, true) => Class::Indication,
        (true, false) => Class::Success,
        (true, true) => Class::Error,
    }
}

const fn method_number(kind: u16) -> u16 {
    (kind & 0x000F) | ((kind & 0x00E0) >> 1) | ((kind & 0x3E00) >> 2)
}

const fn type_number(class: Class, method: Method) -> u16 {
    let class = match class {
        Class::Request => 0,
        Class::Indication => 0x0010,
        Class::Success => 0x0100,
        Class::Error => 0x0110,
    };
    let number = method.number();
    (number & 0x000F) | ((number & 0x0070) << 1) | ((number & 0x0F80) << 2) | class
}

#[cfg(test)]
mod tests;
