//! Decides what a datagram at the boundary of the WebRTC stack says: a check
//! that leaves, its answer, a check of the other end, the first DTLS flight.
//!
//! The stack itself keeps its pairs, attempts and failures to itself. It takes
//! a new transaction id for each retry, so attempts are counted per pair.

mod pending;
mod turn;

pub(crate) use pending::Pending;
pub(crate) use turn::{TurnTap, Verdict};

use crate::probe::{Kind, size_with_headers};
use hopsight_evidence::{DtlsStep, Pair, PathEvent};
use rice_stun_types::attribute::{IceControlled, IceControlling, UseCandidate};
use std::collections::BTreeMap;
use std::time::Instant;
use stun_types::attribute::{ErrorCode, Username, XorMappedAddress};
use stun_types::message::{
    BINDING, Message, MessageClass, MessageIntegrityCredentials, ShortTermCredentials,
};
use stun_types::prelude::AttributeStaticType;

/// Pairs whose attempts are counted; a peer can make up any number of addresses.
const MOST_PAIRS: usize = 512;

/// Name and password of one end (RFC 8445, section 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// Looks at every datagram that passes between the stack and the sockets.
#[derive(Debug)]
pub(crate) struct Tap {
    local: Credentials,
    remote: Option<Credentials>,
    attempts: BTreeMap<Pair, u32>,
    sent: Pending<Pair>,
    controlling: Option<bool>,
    dtls_started: bool,
}

impl Tap {
    pub(crate) fn new(local: Credentials) -> Self {
        Self {
            local,
            remote: None,
            attempts: BTreeMap::new(),
            sent: Pending::default(),
            controlling: None,
            dtls_started: false,
        }
    }

    /// After a negotiation: what both ends now call themselves.
    pub(crate) fn negotiated(&mut self, local: Credentials, remote: Option<Credentials>) {
        self.local = local;
        self.remote = remote;
    }

    /// A datagram leaves.
    pub(crate) fn sent(&mut self, pair: Pair, bytes: &[u8], now: Instant) -> Vec<PathEvent> {
        match Sort::of(bytes) {
            Sort::Stun => self.sent_stun(pair, bytes, now),
            Sort::Dtls => self.dtls(),
            Sort::Media | Sort::Unknown => Vec::new(),
        }
    }

    /// Whether this end checks that pair: nothing else is ever probed.
    pub(crate) fn checks(&self, pair: &Pair) -> bool {
        self.attempts.contains_key(pair)
    }

    /// What the two ends call themselves, once both are known.
    pub(crate) fn names(&self) -> Option<(&Credentials, &Credentials)> {
        Some((&self.local, self.remote.as_ref()?))
    }

    /// A datagram arrived.
    pub(crate) fn received(&mut self, pair: Pair, bytes: &[u8], now: Instant) -> Vec<PathEvent> {
        match Sort::of(bytes) {
            Sort::Stun => self.received_stun(pair, bytes, now).into_iter().collect(),
            Sort::Dtls => self.dtls(),
            Sort::Media | Sort::Unknown => Vec::new(),
        }
    }

    /// Whether the other end says that it gives this pair up.
    pub(crate) fn is_farewell(&self, bytes: &[u8]) -> bool {
        binding(bytes).is_some_and(|message| {
            self.accepts(&message) && Kind::read(number(&message), 0) == Some(Kind::Farewell)
        })
    }

    fn dtls(&mut self) -> Vec<PathEvent> {
        if std::mem::replace(&mut self.dtls_started, true) {
            return Vec::new();
        }
        vec![PathEvent::Dtls {
            step: DtlsStep::Started,
        }]
    }

    fn sent_stun(&mut self, pair: Pair, bytes: &[u8], now: Instant) -> Vec<PathEvent> {
        let Some(message) = binding(bytes) else {
            return Vec::new();
        };
        if !message.has_class(MessageClass::Request) {
            return Vec::new();
        }
        let transaction = number(&message);
        self.sent.add(transaction, pair, now);
        let mut events: Vec<PathEvent> = self.role(&message).into_iter().collect();
        events.push(PathEvent::CheckSent {
            pair,
            transaction,
            attempt: self.attempt(pair),
            nominating: message.has_attribute(UseCandidate::TYPE),
        });
        events
    }

    fn role(&mut self, message: &Message<'_>) -> Option<PathEvent> {
        let controlling = match (
            message.has_attribute(IceControlling::TYPE),
            message.has_attribute(IceControlled::TYPE),
        ) {
            (true, false) => true,
            (false, true) => false,
            (true, true) | (false, false) => return None,
        };
        let before = self.controlling.replace(controlling);
        (before == Some(!controlling)).then_some(PathEvent::RoleSwitched { controlling })
    }

    fn attempt(&mut self, pair: Pair) -> u32 {
        if self.attempts.len() >= MOST_PAIRS && !self.attempts.contains_key(&pair) {
            self.attempts.pop_first();
        }
        let attempt = self.attempts.entry(pair).or_default();
        *attempt = attempt.saturating_add(1);
        *attempt
    }

    fn received_stun(&mut self, pair: Pair, bytes: &[u8], now: Instant) -> Option<PathEvent> {
        let message = binding(bytes)?;
        match message.class() {
            MessageClass::Request => Some(PathEvent::CheckReceived {
                pair,
                transaction: number(&message),
                accepted: self.accepts(&message),
            }),
            MessageClass::Success => self.answered(&message, now),
            MessageClass::Error => self.refused(&message),
            MessageClass::Indication if self.accepts(&message) => {
                probe_arrived(pair, number(&message), bytes.len())
            }
            MessageClass::Indication => None,
        }
    }

    /// RFC 8445, section 7.3: the user name begins with our fragment and the
    /// integrity was made with our password.
    fn accepts(&self, message: &Message<'_>) -> bool {
        let Ok(user) = message.attribute::<Username>() else {
            return false;
        };
        let ours = user.username().split(':').next();
        ours == Some(self.local.ufrag.as_str()) && made_with(message, &self.local.password)
    }

    fn answered(&mut self, message: &Message<'_>, now: Instant) -> Option<PathEvent> {
        let remote = self.remote.as_ref()?;
        if !made_with(message, &remote.password) {
            return None;
        }
        let transaction = number(message);
        let (pair, at) = self.sent.take(transaction)?;
        Some(PathEvent::CheckAnswered {
            pair,
            transaction,
            rtt: now.saturating_duration_since(at),
            mapped: mapped(message),
        })
    }

    fn refused(&mut self, message: &Message<'_>) -> Option<PathEvent> {
        let transaction = number(message);
        let (pair, _) = self.sent.take(transaction)?;
        let (code, reason) = error(message);
        Some(PathEvent::CheckRefused {
            pair,
            transaction,
            code,
            reason,
        })
    }
}

/// A probe of the other end.
fn probe_arrived(pair: Pair, id: [u8; 12], length: usize) -> Option<PathEvent> {
    let size = size_with_headers(pair.remote.ip(), length);
    Some(match Kind::read(id, size)? {
        Kind::Hop(ttl) | Kind::LargeHop(ttl, _) => PathEvent::ProbeArrived { pair, ttl },
        Kind::Size(size) => PathEvent::SizeArrived { pair, size },
        Kind::Run(pace) => PathEvent::RunArrived { pair, pace },
        Kind::Farewell | Kind::OtherPort => return None,
    })
}

/// What a datagram is, by its first byte (RFC 7983, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Stun,
    Dtls,
    Media,
    Unknown,
}

impl Sort {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(0..=3) => Self::Stun,
            Some(20..=63) => Self::Dtls,
            Some(128..=191) => Self::Media,
            Some(_) | None => Self::Unknown,
        }
    }
}

/// The transaction id at the head of a STUN message, which may be cut off after it.
pub(crate) fn transaction(bytes: &[u8]) -> Option<[u8; 12]> {
    let cookie = bytes.get(4..8)?;
    let id = bytes.get(8..20)?;
    let is_stun = Sort::of(bytes) == Sort::Stun && cookie == [0x21, 0x12, 0xA4, 0x42];
    is_stun.then(|| id.try_into().ok()).flatten()
}

/// Whether these are the bytes of a STUN indication (RFC 8489, section 5): the
/// stack has no use for one.
pub(crate) fn is_indication(bytes: &[u8]) -> bool {
    binding(bytes).is_some_and(|message| message.has_class(MessageClass::Indication))
}

/// The transaction id of a whole message.
fn number(message: &Message<'_>) -> [u8; 12] {
    let [_, _, _, _, id @ ..] = u128::from(message.transaction_id()).to_be_bytes();
    id
}

fn binding(bytes: &[u8]) -> Option<Message<'_>> {
    Message::from_bytes(bytes)
        .ok()
        .filter(|message| message.has_method(BINDING))
}

fn made_with(message: &Message<'_>, password: &str) -> bool {
    let credentials = ShortTermCredentials::new(password.to_owned());
    message
        .validate_integrity(&MessageIntegrityCredentials::from(credentials))
        .is_ok()
}

fn mapped(message: &Message<'_>) -> Option<std::net::SocketAddr> {
    message
        .attribute::<XorMappedAddress>()
        .ok()
        .map(|mapped| mapped.addr(message.transaction_id()))
}

fn error(message: &Message<'_>) -> (u16, String) {
    message
        .attribute::<ErrorCode>()
        .map_or((0, String::new()), |error| {
            (error.code(), error.reason().to_owned())
        })
}

#[cfg(test)]
mod tests;
