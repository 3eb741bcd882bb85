//! Decides what a message between this end and its relay says, and when it is
//! time to give up: the client library reports no codes and takes a repeated
//! 401 for a stray datagram.

use super::{Pending, error, mapped, number};
use hopsight_evidence::{PathEvent, Transport, TurnMethod};
use std::net::SocketAddr;
use std::time::Instant;
use stun_types::attribute::{MessageIntegrity, MessageIntegritySha256};
use stun_types::message::{BINDING, Message, MessageClass, Method};
use stun_types::prelude::AttributeStaticType;
use turn_types::attribute::Lifetime;
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH};

/// Looks at every message to and from one relay over one transport.
#[derive(Debug)]
pub(crate) struct TurnTap {
    server: SocketAddr,
    transport: Transport,
    sent: Pending<Request>,
    mapped: Option<SocketAddr>,
    released: bool,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    method: TurnMethod,
    authenticated: bool,
}

/// What an answer means for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing beyond what the client finds out by itself.
    GoOn,
    /// The relay refused for good; asking again does not help.
    Refused,
}

impl TurnTap {
    pub(crate) fn new(server: SocketAddr, transport: Transport) -> Self {
        Self {
            server,
            transport,
            sent: Pending::default(),
            mapped: None,
            released: false,
        }
    }

    /// This end's address as the relay sees it.
    pub(crate) const fn mapped(&self) -> Option<SocketAddr> {
        self.mapped
    }

    /// Whether the allocation was given back: a Refresh with lifetime 0 left.
    pub(crate) const fn has_released(&self) -> bool {
        self.released
    }

    /// When the oldest unanswered request left.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        self.sent.oldest()
    }

    /// A message leaves. A retransmission is no event of its own.
    pub(crate) fn sent(&mut self, bytes: &[u8], now: Instant) -> Option<PathEvent> {
        let message = Message::from_bytes(bytes).ok()?;
        if !message.has_class(MessageClass::Request) {
            return None;
        }
        let method = method(message.method())?;
        let transaction = number(&message);
        let authenticated = message.has_attribute(MessageIntegrity::TYPE)
            || message.has_attribute(MessageIntegritySha256::TYPE);
        let request = Request {
            method,
            authenticated,
        };
        let lifetime = message
            .attribute::<Lifetime>()
            .map(|lifetime| lifetime.seconds());
        self.released |= method == TurnMethod::Refresh && lifetime == Ok(0);
        let is_new = self.sent.add(transaction, request, now);
        is_new.then_some(PathEvent::TurnSent {
            server: self.server,
            transport: self.transport,
            method,
            transaction,
        })
    }

    /// A message arrived.
    pub(crate) fn received(&mut self, bytes: &[u8]) -> Option<(PathEvent, Verdict)> {
        let message = Message::from_bytes(bytes).ok()?;
        if !message.is_response() {
            return None;
        }
        let transaction = number(&message);
        let (request, _) = self.sent.take(transaction)?;
        let failed = message.has_class(MessageClass::Error);
        if !failed && request.method == TurnMethod::Allocate {
            self.mapped = mapped(&message);
        }
        let (code, reason) = if failed {
            let (code, reason) = error(&message);
            (Some(code), reason)
        } else {
            (None, String::new())
        };
        let event = PathEvent::TurnAnswered {
            server: self.server,
            transport: self.transport,
            method: request.method,
            transaction,
            code,
            reason,
        };
        Some((event, verdict(request, code)))
    }
}

fn verdict(request: Request, code: Option<u16>) -> Verdict {
    match (request.method, code) {
        (_, Some(401)) if request.authenticated => Verdict::Refused,
        // 401 asks for credentials, 438 for a fresh nonce (RFC 8489, section 9.2.5).
        (TurnMethod::Allocate, Some(401 | 438)) => Verdict::GoOn,
        (TurnMethod::Allocate, Some(_)) => Verdict::Refused,
        (_, _) => Verdict::GoOn,
    }
}

fn method(method: Method) -> Option<TurnMethod> {
    [
        (BINDING, TurnMethod::Binding),
        (ALLOCATE, TurnMethod::Allocate),
        (REFRESH, TurnMethod::Refresh),
        (CREATE_PERMISSION, TurnMethod::CreatePermission),
        (CHANNEL_BIND, TurnMethod::ChannelBind),
    ]
    .into_iter()
    .find_map(|(known, name)| (known == method).then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn request(method: TurnMethod, authenticated: bool) -> Request {
        Request {
            method,
            authenticated,
        }
    }

    #[test]
    fn the_first_401_asks_for_the_password_the_second_refuses_it() {
        let first = verdict(request(TurnMethod::Allocate, false), Some(401));
        let second = verdict(request(TurnMethod::Allocate, true), Some(401));

        assert_eq!((first, second), (Verdict::GoOn, Verdict::Refused));
    }

    #[test]
    fn a_quota_ends_the_attempt_and_a_stale_nonce_does_not() {
        let quota = verdict(request(TurnMethod::Allocate, true), Some(486));
        let stale = verdict(request(TurnMethod::Allocate, true), Some(438));

        assert_eq!((quota, stale), (Verdict::Refused, Verdict::GoOn));
    }

    #[test]
    fn a_refused_permission_leaves_the_allocation_alone() {
        let refused = verdict(request(TurnMethod::CreatePermission, true), Some(403));

        assert_eq!(refused, Verdict::GoOn);
    }
}
