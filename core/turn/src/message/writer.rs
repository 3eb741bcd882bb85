//! Decides how a message is built: attributes in the order given, lengths and
//! padding kept right, integrity and fingerprint last.

use super::{
    AttributeKind, Class, HEADER_LENGTH, Key, MAGIC_COOKIE, Method, TransactionId, fingerprint,
    type_number, write_xor_address,
};
use std::net::SocketAddr;

/// A message being built.
#[derive(Clone, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    transaction: TransactionId,
}

impl Writer {
    /// A message without attributes.
    #[must_use]
    pub fn new(class: Class, method: Method, transaction: TransactionId) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend(type_number(class, method).to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(MAGIC_COOKIE.to_be_bytes());
        bytes.extend(transaction.0);
        Self { bytes, transaction }
    }

    /// Adds an attribute. A value that does not fit into a message is left
    /// out; callers keep values below 64 kB.
    #[must_use]
    pub fn attribute(self, kind: AttributeKind, value: &[u8]) -> Self {
        self.raw(kind.number(), value)
    }

    /// Adds an attribute by its number.
    #[must_use]
    pub fn raw(mut self, number: u16, value: &[u8]) -> Self {
        let padded = value.len().next_multiple_of(4);
        let total = self.bytes.len().saturating_add(padded).saturating_add(4);
        let Ok(length) = u16::try_from(value.len()) else {
            return self;
        };
        if total.saturating_sub(HEADER_LENGTH) > usize::from(u16::MAX) {
            return self;
        }
        self.bytes.extend(number.to_be_bytes());
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(value);
        self.bytes.resize(total, 0);
        self
    }

    /// Adds an XOR address attribute.
    #[must_use]
    pub fn address(self, kind: AttributeKind, address: SocketAddr) -> Self {
        let value = write_xor_address(address, self.transaction);
        self.attribute(kind, &value)
    }

    /// Adds ERROR-CODE (RFC 8489, section 14.8).
    #[must_use]
    pub fn error(self, code: u16, reason: &str) -> Self {
        let class = u8::try_from(code / 100).unwrap_or_default();
        let number = u8::try_from(code % 100).unwrap_or_default();
        let mut value = vec![0, 0, class, number];
        value.extend(reason.as_bytes());
        self.attribute(AttributeKind::ErrorCode, &value)
    }

    /// Signs what stands there so far.
    #[must_use]
    pub fn sign(self, key: &Key) -> Self {
        let value = key.sign(&self.bytes);
        self.attribute(AttributeKind::MessageIntegrity, &value)
    }

    /// Adds FINGERPRINT.
    #[must_use]
    pub fn fingerprint(self) -> Self {
        let value = fingerprint(&self.bytes).to_be_bytes();
        self.attribute(AttributeKind::Fingerprint, &value)
    }

    /// The message.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let length = self.bytes.len().saturating_sub(HEADER_LENGTH);
        let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        for (into, from) in self.bytes.iter_mut().skip(2).zip(length) {
            *into = from;
        }
        self.bytes
    }
}
