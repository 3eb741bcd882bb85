//! Decides what a probe is: a STUN Binding indication (RFC 8489, section 5) on
//! the path of a check, signed as checks are, whose transaction id begins with
//! the hop limit under which it leaves.
//!
//! An indication asks for no answer. A router that lets its hop limit run out
//! quotes the transaction id; the other end tells by the signature that it
//! came from its peer. What the answers mean is left to `diagnosis`.

use crate::tap::Credentials;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use stun_types::attribute::Username;
use stun_types::message::{
    BINDING, IntegrityAlgorithm, Message, MessageClass, MessageType, MessageWriteVec,
    ShortTermCredentials, TransactionId,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

/// Routers answer a burst of about six and then one a second; one probe a
/// router and round stays below that.
const SPACING: Duration = Duration::from_millis(15);

/// More probes than this do not wait: the plan asks for far fewer.
const MOST_WAITING: usize = 64;

/// One probe that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) ttl: u8,
}

/// Probes that wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    waiting: VecDeque<Probe>,
    next: Option<Instant>,
    count: u32,
}

impl Probes {
    pub(crate) fn add(&mut self, probes: impl IntoIterator<Item = Probe>, now: Instant) {
        self.waiting.extend(probes);
        self.waiting.truncate(MOST_WAITING);
        self.next.get_or_insert(now);
    }

    /// When [`Probes::due`] has the next one.
    pub(crate) fn next_wake(&self) -> Option<Instant> {
        self.next.filter(|_| !self.waiting.is_empty())
    }

    /// The probe that leaves now, and its number.
    pub(crate) fn due(&mut self, now: Instant) -> Option<(Probe, u32)> {
        if self.next.is_some_and(|next| next > now) {
            return None;
        }
        let probe = self.waiting.pop_front();
        self.next = probe.map(|_| now + SPACING);
        self.count = self.count.saturating_add(1);
        probe.map(|probe| (probe, self.count))
    }
}

/// The bytes of a probe; `None` when the names do not fit into STUN.
pub(crate) fn written(
    ttl: u8,
    number: u32,
    near: &Credentials,
    far: &Credentials,
) -> Option<Vec<u8>> {
    let kind = MessageType::from_class_method(MessageClass::Indication, BINDING);
    let [a, b, c, d] = number.to_be_bytes();
    let id = [
        0, 0, 0, 0, ttl, b'p', b'r', b'o', b'b', b'e', b'-', b'-', a, b, c, d,
    ];
    let id = TransactionId::from(u128::from_be_bytes(id));
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    let user = Username::new(&format!("{}:{}", far.ufrag, near.ufrag)).ok()?;
    message.add_attribute(&user).ok()?;
    let password = ShortTermCredentials::new(far.password.clone());
    message
        .add_message_integrity(&password.into(), IntegrityAlgorithm::Sha1)
        .ok()?;
    Some(message.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_leave_one_after_another() {
        let now = Instant::now();
        let probe = |ttl| Probe {
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
            ttl,
        };
        let mut probes = Probes::default();
        probes.add([probe(1), probe(2)], now);

        assert_eq!(probes.due(now), Some((probe(1), 1)));
        assert_eq!(probes.due(now), None);
        assert_eq!(probes.next_wake(), Some(now + SPACING));
        assert_eq!(probes.due(now + SPACING), Some((probe(2), 2)));
        assert_eq!(probes.next_wake(), None);
    }
}
