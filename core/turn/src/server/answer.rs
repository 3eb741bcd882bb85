//! Decides how answers look: which code means what, and how an answer goes
//! back to whoever asked.

use super::Step;
use crate::message::{AttributeKind, Class, Message, TransactionId, Writer};
use crate::policy::Refusal;
use crate::values::{Action, Counter, Delivery, FiveTuple};

/// A message with the client that sent it.
pub(super) struct Request<'m> {
    pub(super) message: &'m Message<'m>,
    pub(super) from: FiveTuple,
}

/// Why an authenticated request is refused. The text is the reason phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("Bad Request")]
    BadRequest,
    #[error("Forbidden: {0}")]
    Forbidden(Refusal),
    #[error("Allocation Mismatch")]
    AllocationMismatch,
    #[error("Address Family not Supported")]
    AddressFamily,
    #[error("Wrong Credentials")]
    WrongCredentials,
    #[error("Unsupported Transport Protocol")]
    UnsupportedTransport,
    #[error("Peer Address Family Mismatch")]
    PeerAddressFamily,
    #[error("Allocation Quota Reached")]
    QuotaReached,
    #[error("Insufficient Capacity")]
    InsufficientCapacity,
}

impl Failure {
    /// The code of RFC 8656, section 19.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden(_) => 403,
            Self::AllocationMismatch => 437,
            Self::AddressFamily => 440,
            Self::WrongCredentials => 441,
            Self::UnsupportedTransport => 442,
            Self::PeerAddressFamily => 443,
            Self::QuotaReached => 486,
            Self::InsufficientCapacity => 508,
        }
    }
}

/// The value of the first attribute of this kind; any other length than the one
/// of its RFC is a bad request.
pub(super) fn fixed<const LENGTH: usize>(
    request: &Request<'_>,
    kind: AttributeKind,
) -> Result<Option<[u8; LENGTH]>, Failure> {
    let value = request.message.attribute(kind);
    let read = value.map(|value| value.try_into().map_err(|_| Failure::BadRequest));
    read.transpose()
}

impl<'m> Request<'m> {
    pub(super) const fn new(message: &'m Message<'m>, from: FiveTuple) -> Self {
        Self { message, from }
    }

    pub(super) const fn transaction(&self) -> TransactionId {
        self.message.transaction()
    }

    /// A good answer without attributes.
    pub(super) fn success(&self) -> Writer {
        Writer::new(Class::Success, self.message.method(), self.transaction())
    }

    /// A bad answer.
    pub(super) fn error(&self, code: u16, reason: &str) -> Writer {
        Writer::new(Class::Error, self.message.method(), self.transaction()).error(code, reason)
    }

    /// The answer to attributes that must be understood and are not.
    pub(super) fn unknown_attributes(&self, unknown: &[u16]) -> Writer {
        let value: Vec<u8> = unknown
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        self.error(420, "")
            .attribute(AttributeKind::UnknownAttributes, &value)
    }
}

impl Step<'_> {
    pub(super) fn count(&mut self, counter: Counter) {
        self.actions.push(Action::Count(counter));
    }

    /// Sends an answer back; with FINGERPRINT when the request had one.
    pub(super) fn answer(&mut self, request: &Request<'_>, answer: Writer) {
        let answer = if request.message.is_fingerprinted() {
            answer.fingerprint()
        } else {
            answer
        };
        self.actions.push(Action::ToClient {
            to: request.from,
            bytes: answer.finish(),
            delivery: Delivery::Answer,
        });
    }
}
